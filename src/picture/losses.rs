//! If this were lost now: each region, any node, or what somebody supposes, with what it would cost and what would mend it.

use std::cmp::Reverse;

use super::{
    clusters::{Lack, known, lacks},
    datasets,
    inputs::Ground,
    scene::{DataLoss, DatasetRow, LossRow, TierLoss, TierRow},
    sentences::rank::names,
    tiers,
};
use crate::{
    model::{Ask, Duration, Loss, Schedule, SignalKey, Verdict, loss::LossOf},
    objectives::{Reach, fullest_node, reach::takes_connection},
    plan::{Accelerators, RecoverySource},
};

/// In peace, each region by itself and any node, the worst first. In an incident the loss has happened: none.
pub fn rows(ground: &Ground) -> Vec<LossRow> {
    if ground.open().is_some() || ground.supposed.is_some() {
        return vec![];
    }
    let regions = ground.facts.regions.iter().map(|region| Loss::Of(LossOf::Region(region.name.clone())));
    let mut rows: Vec<LossRow> = regions.map(|loss| supposing(&loss, ground)).collect();
    rows.extend(any_node(ground));
    rows.sort_by_key(|row| Reverse(row.verdict));
    rows
}

/// The node whose loss would hurt most, by the cards it has.
fn any_node(ground: &Ground) -> Option<LossRow> {
    let nodes = ground
        .inputs
        .plan
        .accelerators
        .iter()
        .filter_map(|cluster| Some(supposing(&Loss::Of(LossOf::Node(fullest(cluster, ground)?)), ground)));
    let mut worst = nodes.max_by_key(|row| row.verdict)?;
    let unseen = |cluster: &&Accelerators| cluster.via.is_some() && known(ground, cluster, None).cards.is_none();
    if let Some(unseen) = ground.inputs.plan.accelerators.iter().find(unseen) {
        worst.verdict = worst.verdict.max(Verdict::CannotTell);
        worst.mends.push(format!("cards of {} cannot be seen: what a node of it carries is not known", unseen.name));
    }
    Some(LossRow { what: "any node".into(), ..worst })
}

/// The node of `cluster` that carries most.
fn fullest(cluster: &Accelerators, ground: &Ground) -> Option<String> {
    let signal = ground.inputs.signals.get(&SignalKey::of(cluster.via.as_deref()?, &Ask::KubernetesNodes));
    let find = || fullest_node(cluster, ground.inputs.signals, ground.now());
    ground.kept.fullest.by_age(&cluster.name, None, signal, ground.now(), find)
}

fn supposing(loss: &Loss, ground: &Ground) -> LossRow {
    let supposed = ground.supposing(loss);
    row(&supposed, &tiers::rows(&supposed), &datasets::rows(&supposed))
}

/// What the loss that `ground` supposes would mean. `tiers` and `datasets` are those of `ground`.
pub fn row(ground: &Ground, tiers: &[TierRow], datasets: &[DatasetRow]) -> LossRow {
    let what = ground.supposed_loss().map(ToString::to_string).unwrap_or_default();
    let role = ground.role_of(Some(&what));
    let mut judged: Vec<&TierRow> = tiers.iter().collect();
    judged.sort_by_key(|tier| tier.rto.unwrap_or(Duration::from_millis(u64::MAX)));
    let lacks = lacks(ground);
    let tiers: Vec<TierLoss> = judged.iter().map(|row| tier(ground, row, &lacks)).collect();
    let left_bare = |row: &&DatasetRow| !row.sources.is_empty() && row.sources.iter().all(|source| !source.usable);
    let bare = datasets.iter().filter(left_bare).map(|row| row.name.clone()).collect();
    let data = datasets.first().filter(|_| !spares_data(ground)).map(data);
    let verdict = tiers.iter().filter(|tier| tier.hit).map(|tier| tier.verdict).chain(data.iter().map(|data| data.verdict)).max();
    let mut row =
        LossRow { what, role, tiers, data, bare, steps_there: steps_there(ground), verdict: Verdict::Met, mends: Vec::new() };
    row.verdict = verdict.unwrap_or(Verdict::Met).max(if lacks.is_empty() { Verdict::Met } else { Verdict::AtRisk });
    row.mends = mends(ground, &row, datasets, &lacks);
    row
}

/// No plan says which node data lives on.
fn spares_data(ground: &Ground) -> bool {
    matches!(ground.supposed_loss(), Some(Loss::Of(LossOf::Node(_))))
}

fn tier(ground: &Ground, row: &TierRow, lacks: &[Lack]) -> TierLoss {
    let reach = |name: &str| ground.supposed.as_ref().map_or(Reach::Spares, |supposed| supposed.reach(name));
    let hit = row.services.iter().any(|service| reach(&service.name) != Reach::Spares);
    let short = lacks.iter().filter(|lack| lack.tier == row.name && !lack.grows).map(|lack| lack.short).min();
    TierLoss {
        tier: row.name.clone(),
        rto: row.rto,
        hit,
        back: row.projected.filter(|_| hit).map(|at| Duration::between(ground.clock_at, at)),
        short,
        verdict: if hit { row.verdict } else { Verdict::Met },
        words: row.words.clone(),
    }
}

fn data(row: &DatasetRow) -> DataLoss {
    let (dataset, words) = (row.name.clone(), row.words.clone());
    DataLoss { dataset, rpo: row.rpo, loses: row.loses, verdict: row.verdict, words }
}

/// Steps of what would be carried out that act through a connection which would be gone.
fn steps_there(ground: &Ground) -> Vec<usize> {
    let Some(supposed) = &ground.supposed else { return vec![] };
    let opened = ground.counted().and_then(|state| state.book.as_ref()).map(|book| &book.runbook);
    let Some(runbook) = opened.or(supposed.runbook) else { return vec![] };
    let plan = ground.inputs.plan;
    let acts_there = |via: &str| {
        let region = plan.connections.get(via).and_then(|connection| connection.region.as_deref());
        takes_connection(via, region, supposed.loss, plan)
    };
    let steps = runbook.steps().enumerate().filter(|(_, step)| step.action.is_some());
    let there = steps.filter(|(_, step)| step.with.get("via").and_then(|via| via.as_str()).is_some_and(acts_there));
    there.map(|(at, _)| at + 1).collect()
}

/// What would bring it into plan, the worst first; nothing for what is in plan.
fn mends(ground: &Ground, row: &LossRow, datasets: &[DatasetRow], lacks: &[Lack]) -> Vec<String> {
    let mut mends: Vec<(Verdict, String)> = Vec::new();
    let bad = |verdict: Verdict| verdict > Verdict::OnTrack;
    let supposed = ground.supposed.as_ref();
    let hit: Vec<&TierLoss> = row.tiers.iter().filter(|tier| tier.hit && bad(tier.verdict)).collect();
    if !hit.is_empty() && supposed.is_some_and(|supposed| supposed.runbook.is_none()) && ground.open().is_none() {
        mends.push((Verdict::WillMiss, format!("no runbook answers the loss of {}: write one", row.what)));
    }
    for lack in lacks {
        let verdict = if lack.grows { Verdict::AtRisk } else { Verdict::WillMiss };
        mends.push((verdict, lack.mend()));
    }
    for tier in hit.iter().filter(|tier| tier.short.is_none()) {
        if let (Some(back), Some(rto)) = (tier.back, tier.rto)
            && back > rto
        {
            let name = supposed.and_then(|supposed| supposed.runbook).map_or("the runbook", |runbook| runbook.name.as_str());
            mends.push((tier.verdict, format!("{}: {name} takes ~{} of {rto}: shorten it", tier.tier, back.about())));
        }
    }
    for dataset in datasets.iter().filter(|dataset| bad(dataset.verdict)).take(2) {
        // What has nowhere to come back from is said with the others of its kind.
        if !spares_data(ground) && !row.bare.contains(&dataset.name) {
            mends.push((dataset.verdict, mend_data(ground, dataset)));
        }
    }
    if let [first, ..] = row.bare.as_slice() {
        let (has, it) = if row.bare.len() == 1 { ("has", "it") } else { ("have", "them") };
        let names = names(&row.bare);
        let alone = format!("{names} {has} no other place to recover from: keep a copy of {it} elsewhere");
        let lost_too = datasets.iter().any(|row| row.name == *first && row.verdict > Verdict::OnTrack);
        mends.push((if lost_too { Verdict::WillMiss } else { Verdict::Met }, alone));
    }
    mends.sort_by_key(|(verdict, _)| Reverse(*verdict));
    mends.into_iter().map(|(_, words)| words).collect()
}

fn mend_data(ground: &Ground, row: &DatasetRow) -> String {
    let name = &row.name;
    let sources = ground.facts.datasets.iter().find(|dataset| dataset.name == *name).map(|dataset| &dataset.sources);
    let best = row.best.as_ref().and_then(|best| sources?.iter().find(|source| source.name == *best));
    let Some(best) = best else {
        return format!("{name}: nothing tells a recovery point: let one of its sources be observed");
    };
    let every = interval(best);
    let age = row.loses.map(|loses| loses.most);
    match (every, age, row.rpo) {
        (Some(every), Some(age), _) if age.as_millis() * 2 > every.as_millis() * 3 => {
            format!("{name}: {} is late, {} old and planned every {every}: see why it did not run", best.name, age.whole())
        }
        (Some(every), _, Some(rpo)) if every >= rpo => {
            format!("{name}: {} every {every} cannot keep {rpo}: take it more often", best.name)
        }
        _ => format!("{name}: {}", row.words),
    }
}

/// How often a recovery point is planned, where that is a stretch of time.
fn interval(source: &RecoverySource) -> Option<Duration> {
    source.every.as_ref().map(Schedule::interval).filter(|every| *every > Duration::ZERO)
}

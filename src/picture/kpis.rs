//! How often backups succeed and are proven, against the plan's targets.

use super::{
    inputs::Ground,
    scene::{KpiRow, KpiSource},
};
use crate::{
    model::{Ask, SignalKey, Value, Verdict},
    objectives::runs::{Runs, Stretch, Tally, backup_runs, proof_runs},
    plan::{Kpi, KpiOf},
};

/// In the order of the plan.
pub fn rows(ground: &Ground) -> Vec<KpiRow> {
    ground.inputs.plan.kpis.iter().map(|kpi| row(kpi, ground)).collect()
}

fn row(kpi: &Kpi, ground: &Ground) -> KpiRow {
    let (signals, now) = (ground.inputs.signals, ground.now());
    let datasets = ground.facts.datasets.iter().filter(|dataset| kpi.counts(dataset));
    let sources = datasets.flat_map(|dataset| dataset.sources.iter().map(move |source| (dataset, source)));
    let mut each: Vec<KpiSource> = Vec::new();
    let mut uncounted = 0;
    for (dataset, source) in sources.filter(|(_, source)| source.purpose.recovers()) {
        let name = format!("{} of {} for {}", source.name, dataset.name, kpi.name);
        let remember = |via: &str, ask: &Ask, make: &dyn Fn() -> Stretch| {
            ground.kept.runs.by_answer(&name, signals.get(&SignalKey::of(via, ask)), make)
        };
        let runs = match kpi.of {
            KpiOf::BackupSuccess if !super::backups::is_backup(source) => continue,
            KpiOf::BackupVerified if source.verify.is_none() => continue,
            KpiOf::BackupSuccess => backup_runs(source, kpi.span(), signals, now, &remember),
            KpiOf::BackupVerified => proof_runs(source, kpi.span(), signals, now, &remember),
        };
        let (tally, words) = match runs {
            Runs::Seen(tally) => (tally, format!("{} of {} in {}", tally.good, tally.runs(), tally.seen.whole())),
            Runs::NoNews { words } => (Tally::default(), format!("no news: {words}")),
            Runs::Uncounted => {
                uncounted += 1;
                continue;
            }
        };
        let (dataset, source) = (dataset.name.clone(), source.name.clone());
        each.push(KpiSource { dataset, source, runs: tally.runs(), good: tally.good, seen: tally.seen, words });
    }
    // Those without news last: nothing is said against them.
    let share = |one: &KpiSource| if one.runs == 0 { 2.0 } else { one.good as f64 / one.runs as f64 };
    each.sort_by(|a, b| share(a).total_cmp(&share(b)));
    judged(kpi, each, uncounted)
}

fn judged(kpi: &Kpi, each: Vec<KpiSource>, uncounted: usize) -> KpiRow {
    let told = || each.iter().filter(|one| one.runs > 0);
    let (good, runs) = told().fold((0, 0), |(good, runs), one| (good + one.good, runs + one.runs));
    let seen = told().map(|one| one.seen).min().unwrap_or_default();
    let share = (runs > 0).then(|| good as f64 / runs as f64);
    let silent = each.iter().filter(|one| one.runs == 0).count();
    let meets = share.and_then(|share| kpi.target.holds(&Value::Number(share)).ok());
    let verdict = match meets {
        Some(false) => Verdict::AtRisk,
        Some(true) if silent == 0 => Verdict::Met,
        _ => Verdict::CannotTell,
    };
    let (thing, done) = match kpi.of {
        KpiOf::BackupSuccess => ("runs", "succeeded"),
        KpiOf::BackupVerified => ("proofs", "came"),
    };
    let target = kpi.target.to_string();
    let mut parts = Vec::new();
    let brief = match share {
        None => format!("{}: no news of {thing}", kpi.name),
        Some(share) => {
            let (least, most) = (seen.whole(), told().map(|one| one.seen.whole()).max().unwrap_or_default().min(kpi.span()));
            // A step of the past this way or that is the same time.
            let same = least.as_millis() * 10 >= most.as_millis() * 9;
            let reach = if same { most.to_string() } else { format!("{least} to {most}") };
            let percent = percent(share);
            parts.push(format!("{percent} of {runs} {thing} in {reach} {done}, wanted {target}"));
            format!("{}: {percent}, wanted {target}", kpi.name)
        }
    };
    match (share, told().next()) {
        (Some(share), Some(worst)) if share < 1.0 => {
            parts.push(format!("worst {} of {}, {} of {}", worst.source, worst.dataset, worst.good, worst.runs));
        }
        (None, _) => parts.push(format!("no news of {thing}, wanted {target}")),
        _ => {}
    }
    if silent > 0 {
        parts.push(format!("no news of {silent}"));
    }
    if uncounted > 0 {
        parts.push(format!("nothing keeps the past of {uncounted}"));
    }
    KpiRow { name: kpi.name.clone(), target, share, runs, good, seen, each, verdict, words: parts.join("; "), brief }
}

/// Never more than it is: what is not all is not 100 %.
fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0).floor() / 100.0;
    let tenths = (share * 1_000.0).floor() / 10.0;
    match share {
        1.0.. => "100 %".into(),
        0.99.. => format!("{hundredths:.2} %"),
        _ if tenths.fract() == 0.0 => format!("{tenths:.0} %"),
        _ => format!("{tenths:.1} %"),
    }
}

/// What falls short of its target: `Backup success is 99.2 %: ..`.
pub fn sentence(row: &KpiRow) -> Option<String> {
    (row.verdict == Verdict::AtRisk).then(|| format!("{}: {}.", row.name, row.words))
}

//! Backups: each against its own schedule, its own past, and the proof that it restores.

use std::cmp::Reverse;

use super::{
    inputs::Ground,
    kpis,
    scene::{BackupRow, BackupState, Backups, DatasetRow, Wrong},
};
use crate::{
    model::{Duration, Freshness, Verdict, size, time::clock_minutes},
    objectives::{
        Proof,
        exposure::past_keep,
        proof::proof_of,
        timely::{Keeping, Timely, keeping},
        underway::underway,
        usual::{Figure, Measure, figure},
    },
    plan::{Dataset, RecoverySource, SourceKind},
};

/// All that the plan names, the worst first.
pub fn backups(ground: &Ground) -> Backups {
    let datasets = ground.facts.datasets.iter().filter(|dataset| dataset.excluded.is_none());
    let sources = datasets.flat_map(|dataset| dataset.sources.iter().map(move |source| (dataset, source)));
    let mut rows: Vec<BackupRow> =
        sources.filter(|(_, source)| is_backup(source)).map(|(dataset, source)| row(ground, dataset, source)).collect();
    rows.sort_by_key(|row| (Reverse(row.verdict), Reverse(row.late_by)));
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    let on_schedule = count(BackupState::OnSchedule);
    let scheduled = rows.len() - count(BackupState::Unscheduled);
    let cannot_tell = count(BackupState::CannotTell);
    let kpis = kpis::rows(ground);
    let verdict = rows.iter().map(|row| row.verdict).max();
    let line = line(&rows, on_schedule, scheduled, cannot_tell);
    Backups { rows, on_schedule, scheduled, cannot_tell, line, verdict, kpis }
}

/// What follows all the time is a copy, and has its own rows; what nobody may recover from, or nobody misses, does not count.
pub fn is_backup(source: &RecoverySource) -> bool {
    let unseen = source.at.is_none() && (source.optional || source.every.is_none());
    source.kind != SourceKind::Replica && source.lag.is_none() && source.purpose.recovers() && !unseen
}

fn row(ground: &Ground, dataset: &Dataset, source: &RecoverySource) -> BackupRow {
    let (signals, now) = (ground.inputs.signals, ground.now());
    let Keeping { timely, newest, known } = keeping(source, signals, now);
    let underway = underway(source, signals, now);
    // Of what nobody knows whether it is the newest, nothing is said against it.
    let told = known == Freshness::Fresh && newest.is_some();
    let of = |probe: &Option<_>, measure| {
        probe.as_ref().filter(|_| told).and_then(|probe| figure(probe, measure, source, signals, now))
    };
    let (bytes, took) = (of(&source.size, Measure::Size), of(&source.took, Measure::Took));
    let usually = took.map(|took| Duration::from_millis((took.expected() * 1_000.0) as u64));
    let timely = timely.with(underway, usually, now);
    let proof = proof_of(source, signals, now);
    let sized = bytes.map(|bytes| bytes.words(size, "smaller", "large"));
    let lasted = took.map(|took| took.words(|seconds| Duration::from_secs(seconds as u64).to_string(), "less", "long"));
    let gone = past_keep(source, newest.filter(|_| told), now);
    let odd = |figure: &Option<Figure>| figure.is_some_and(|figure| figure.usual.is_odd());
    let every = source.every.as_ref().map(|every| every.words());
    let mut wrong = Vec::new();
    match (&timely, &every) {
        (Timely::Late { by, .. }, Some(every)) => {
            let runs = underway.map(|run| format!(", {}", run.words(now))).unwrap_or_default();
            wrong.push((Wrong::Late, format!("is late by {}: planned {every}{runs}", by.whole())));
        }
        (Timely::Never, _) => wrong.push((Wrong::Never, "was never made".to_owned())),
        _ => {}
    }
    let odd_words = sized.as_ref().filter(|_| odd(&bytes)).map(|sized| format!("is out of the ordinary: {sized}"));
    wrong.extend(odd_words.map(|words| (Wrong::Odd, words)));
    wrong.extend(gone.as_ref().map(|gone| (Wrong::Gone, format!("is {gone}"))));
    let proof_words = match &proof {
        Proof::Overdue { .. } => proof.words(now).map(|words| format!("is not proven to restore: {words}")),
        Proof::Never => Some("is not proven to restore: it was never verified".to_owned()),
        _ => None,
    };
    wrong.extend(proof_words.map(|words| (Wrong::Unproven, words)));
    let untold = matches!(timely, Timely::CannotTell { .. });
    let due = match &timely {
        Timely::Late { due, .. } => Some(format!("was due {}", clock_minutes(*due, now))),
        Timely::CannotTell { words } => Some(words.clone()),
        Timely::Unscheduled { words } => Some((*words).to_owned()),
        Timely::OnSchedule | Timely::Never | Timely::Running { .. } => None,
    };
    let proof_words = proof.words(now);
    let (bad_proof, good_proof) = match proof.verdict() {
        Verdict::AtRisk => (proof_words.clone(), None),
        _ => (None, proof_words.clone()),
    };
    let lasted = lasted.map(|lasted| format!("took {lasted}"));
    let odd_size = sized.clone().filter(|_| odd(&bytes));
    let runs = underway.map(|run| run.words(now)).filter(|_| !matches!(timely, Timely::Running { .. }));
    let notes = [due, runs.clone(), odd_size, bad_proof, gone.clone(), good_proof, lasted.clone()];
    let words = [Some(timely.words(now)), runs, sized, lasted, gone, proof_words];
    let joined = |parts: &[Option<String>]| parts.iter().flatten().cloned().collect::<Vec<_>>().join("; ");
    BackupRow {
        dataset: dataset.name.clone(),
        source: source.name.clone(),
        every,
        late_by: if let Timely::Late { by, .. } = timely { Some(by) } else { None },
        newest,
        running: underway.is_some(),
        running_since: underway.and_then(|run| run.since),
        size: bytes.map(|bytes| bytes.value as u64),
        odd: odd(&bytes),
        unproven: proof.verdict() == Verdict::AtRisk,
        verdict: match (wrong.is_empty(), untold) {
            (false, _) => Verdict::AtRisk,
            (true, true) => Verdict::CannotTell,
            // A schedule that nobody can judge is no reason to call it well.
            (true, false) if !timely.is_scheduled() && known != Freshness::Fresh => Verdict::CannotTell,
            (true, false) => proof.verdict(),
        },
        state: match timely {
            Timely::OnSchedule => BackupState::OnSchedule,
            Timely::Late { .. } => BackupState::Late,
            Timely::Running { .. } => BackupState::Running,
            Timely::Never => BackupState::Never,
            Timely::CannotTell { .. } => BackupState::CannotTell,
            Timely::Unscheduled { .. } => BackupState::Unscheduled,
        },
        known,
        words: joined(&words),
        notes: joined(&notes),
        wrong,
    }
}

/// `6 of 7 on schedule, monitoring late by 4m, 1 cannot tell`.
fn line(rows: &[BackupRow], on_schedule: usize, scheduled: usize, cannot_tell: usize) -> String {
    if scheduled == 0 {
        return String::new();
    }
    let mut parts = vec![format!("{on_schedule} of {scheduled} on schedule")];
    let with = |state| rows.iter().filter(|row| row.state == state).count();
    let (mut late, mut never) = (with(BackupState::Late), with(BackupState::Never));
    let worst = rows.iter().find(|row| row.state == BackupState::Late);
    if let Some(worst) = worst.or_else(|| rows.iter().find(|row| row.state == BackupState::Never)) {
        let name = &worst.dataset;
        let alone = rows.iter().filter(|row| row.dataset == *name).count() == 1;
        let name = if alone { name.clone() } else { format!("{name} {}", worst.source) };
        parts.push(match worst.late_by {
            Some(by) => {
                late -= 1;
                format!("{name} late by {}", by.whole())
            }
            None => {
                never -= 1;
                format!("{name} never made")
            }
        });
    }
    let mut counted = |count: usize, words: &str| {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    };
    counted(late, "more late");
    counted(never, if worst.is_some() { "never made" } else { "more never made" });
    counted(with(BackupState::Running), "running");
    counted(cannot_tell, "cannot tell");
    counted(rows.iter().filter(|row| row.odd).count(), "of odd size");
    counted(rows.iter().filter(|row| row.unproven).count(), "unproven");
    parts.join(", ")
}

/// All that is wrong with backups as one sentence, and whether one of them did not come: `Nightly snapshot of orders is late by 15h,
/// and 2 more backups late, 1 of odd size.` What the loss of its data says already is left out.
pub fn sentence(rows: &[BackupRow], datasets: &[DatasetRow]) -> Option<(bool, String)> {
    let said = |row: &BackupRow| datasets.iter().any(|dataset| dataset.name == row.dataset && dataset.verdict > Verdict::OnTrack);
    let all = rows.iter().flat_map(|row| row.wrong.iter().map(move |(kind, words)| (row, *kind, words)));
    let mut told: Vec<_> = all.filter(|(row, kind, _)| !(kind.is_of_schedule() && said(row))).collect();
    // Of one kind the worst stays first.
    told.sort_by_key(|(_, kind, _)| *kind);
    let [(row, first, words), rest @ ..] = &told[..] else { return None };
    // Each other backup counts once, by the worst of it.
    let mut others: Vec<(&BackupRow, Wrong)> = Vec::new();
    for (other, kind, _) in rest {
        if !std::ptr::eq(*other, *row) && !others.iter().any(|(known, _)| std::ptr::eq(*known, *other)) {
            others.push((*other, *kind));
        }
    }
    let mut more: Vec<String> = Vec::new();
    for kind in Wrong::ALL {
        let count = others.iter().filter(|(_, other)| *other == kind).count();
        let what = if !more.is_empty() {
            ""
        } else if count == 1 {
            " more backup"
        } else {
            " more backups"
        };
        if count > 0 {
            more.push(format!("{count}{what} {}", kind.word()));
        }
    }
    let text = match &more[..] {
        [] => format!("{} of {} {words}.", row.source, row.dataset),
        // Of several the numbers stand with the data.
        more => {
            format!("{} of {} {}, and {}.", row.source, row.dataset, words.split(": ").next().unwrap_or(words), more.join(", "))
        }
    };
    Some((first.is_of_schedule(), text))
}

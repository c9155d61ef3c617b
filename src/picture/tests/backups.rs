//! Backups as they are said: late, odd, unproven; nothing is accused by what is old, short or absent.

use super::orders::{Look, t};
use crate::{
    model::{Sample, Verdict},
    picture::scene::{BackupRow, BackupState},
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The replica keeps what would be lost in plan; the snapshot is a nightly one.
fn nightly(more: serde_json::Value) -> Look {
    let mut look = Look::peace();
    let query = |expr: &str| serde_json::json!({"query": {"via": "prom-west", "expr": expr}});
    let mut source = serde_json::json!({"name": "nightly", "kind": "snapshot", "region": "us-east-1", "restore": "45m", "every": "1day",
        "at": query("backup_time"), "size": query("backup_size"), "took": query("backup_took")});
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    look.plan.datasets[0].sources[1] = serde_json::from_value(source).unwrap();
    look.signals = super::orders::all_well(&look.plan, look.now);
    made(&mut look, 5 * HOUR);
    sized(&mut look, 9.7e9);
    look.answer("prom-west", "Query { expr: \"backup_took\"", vec![Sample::bare(840.0, t(0))]);
    past(&mut look, "backup_time", (1..=14).rev().map(|night| (night, made_at(5 * HOUR + night * DAY))));
    past(&mut look, "backup_size", (1..=14).rev().map(|night| (night, 9.8e9)));
    past(&mut look, "backup_took", (1..=14).rev().map(|night| (night, 800.0)));
    look
}

fn made_at(ago: i64) -> f64 {
    t(-ago).timestamp() as f64
}
fn made(look: &mut Look, ago: i64) {
    look.answer("prom-west", "Query { expr: \"backup_time\"", vec![Sample::bare(made_at(ago), t(0))]);
}
fn sized(look: &mut Look, bytes: f64) {
    look.answer("prom-west", "Query { expr: \"backup_size\"", vec![Sample::bare(bytes, t(0))]);
}
/// By nights ago.
fn past(look: &mut Look, expr: &str, values: impl Iterator<Item = (i64, f64)>) {
    let sample = |(night, value): (i64, f64)| Sample::bare(value, t(0)).label("at", made_at(night * DAY).to_string());
    look.answer("prom-west", &format!("History {{ expr: \"{expr}\""), values.map(sample).collect());
}
fn row(look: &Look) -> BackupRow {
    let mut backups = look.picture().backups;
    assert_eq!(backups.rows.len(), 1, "the replica is no backup");
    backups.rows.remove(0)
}

#[test]
fn a_backup_in_order_is_counted_and_needs_no_sentence() {
    let look = nightly(serde_json::json!({}));
    assert_eq!((row(&look).state, row(&look).verdict), (BackupState::OnSchedule, Verdict::Met));
    assert_eq!(row(&look).words, "on schedule; 9.7 GB; took 14m");
    assert_eq!(look.picture().backups.line, "1 of 1 on schedule");
    assert_eq!(look.sentences(), ["All objectives hold."]);
}

#[test]
fn a_late_one_is_said_although_another_source_keeps_the_promise() {
    let mut look = nightly(serde_json::json!({}));
    made(&mut look, 39 * HOUR);
    assert_eq!((row(&look).state, row(&look).verdict), (BackupState::Late, Verdict::AtRisk));
    assert_eq!(look.picture().backups.line, "0 of 1 on schedule, production late by 15h");
    let late = "Nightly of production is late by 15h: planned every 24h.";
    assert!(look.sentences().contains(&late.to_owned()), "{:?}", look.sentences());
    let mut never = nightly(serde_json::json!({}));
    never.answer("prom-west", "Query { expr: \"backup_time\"", vec![Sample::bare(-1.0, t(0))]);
    assert_eq!(row(&never).state, BackupState::Never);
    assert_eq!(never.picture().backups.line, "0 of 1 on schedule, production never made");
}

#[test]
fn a_size_is_odd_against_its_own_past_only() {
    let mut look = nightly(serde_json::json!({}));
    sized(&mut look, 3.1e9);
    let small = row(&look);
    assert_eq!((small.odd, small.state, small.verdict), (true, BackupState::OnSchedule, Verdict::AtRisk));
    assert_eq!(small.words, "on schedule; 3.1 GB, usually 9.8 GB: 68 % smaller; took 14m");
    assert_eq!(look.picture().backups.line, "1 of 1 on schedule, 1 of odd size");
    let odd = "Nightly of production is out of the ordinary: 3.1 GB, usually 9.8 GB: 68 % smaller.";
    assert!(look.sentences().contains(&odd.to_owned()), "{:?}", look.sentences());

    // With three nights only, with no past, and with one that is no amount, nobody can say what is usual.
    past(&mut look, "backup_size", (1..=3).rev().map(|night| (night, 9.8e9)));
    assert!(!row(&look).odd);
    past(&mut look, "backup_size", std::iter::empty());
    assert!(!row(&look).odd);
    past(&mut look, "backup_size", (1..=14).rev().map(|night| (night, if night % 2 == 0 { f64::NAN } else { -1.0 })));
    assert!(!row(&look).odd);
    assert_eq!(row(&look).words, "on schedule; 3.1 GB; took 14m");
}

#[test]
fn nothing_is_odd_about_what_is_not_known_now() {
    for way in ["size", "point", "past"] {
        let mut look = nightly(serde_json::json!({}));
        sized(&mut look, 3.1e9);
        match way {
            "size" => look.answer("prom-west", "Query { expr: \"backup_size\"", vec![Sample::bare(3.1e9, t(-600))]),
            "point" => look.answer("prom-west", "Query { expr: \"backup_time\"", vec![Sample::bare(made_at(5 * HOUR), t(-600))]),
            _ => look.now = t(0),
        }
        if way == "past" {
            let old = |night: i64| Sample::bare(9.8e9, t(-2 * HOUR)).label("at", made_at(night * DAY).to_string());
            look.answer("prom-west", "History { expr: \"backup_size\"", (1..=14).rev().map(old).collect());
        }
        assert!(!row(&look).odd, "{way} is old");
    }
}

#[test]
fn r22_an_unproven_source_is_offered_and_said() {
    let verify = |every: &str| {
        serde_json::json!({"verify": {"at": {"query": {"via": "prom-west", "expr": "proof_time"}}, "every": every},
            "keep": "7days", "region": "us-west-2"})
    };
    let mut look = nightly(verify("1day"));
    look.answer("prom-west", "proof_time", vec![Sample::bare(made_at(76 * HOUR), t(0))]);
    let overdue = row(&look);
    assert_eq!((overdue.unproven, overdue.verdict), (true, Verdict::AtRisk));
    let since = "proof overdue since 2027-01-13 04:00Z, verified 3d04h ago";
    assert!(overdue.words.ends_with(since), "{}", overdue.words);
    look.plan.datasets[0].sources.remove(0);
    let dataset = look.picture().datasets.remove(0);
    assert_eq!(dataset.best.as_deref(), Some("nightly"), "still offered");
    assert_eq!(dataset.why_best.as_deref(), Some(format!("the only one; {since}").as_str()));
    assert_eq!(dataset.sources[0].proof.as_deref(), Some(since));
}

#[test]
fn what_is_kept_for_somebody_else_is_no_recovery_source() {
    for (purpose, counts) in [("recovery", true), ("long-term", true), ("compliance", false), ("drills", false)] {
        let mut look = nightly(serde_json::json!({"purpose": purpose}));
        look.plan.datasets[0].sources.remove(0);
        let picture = look.picture();
        assert_eq!(picture.datasets[0].best.is_some(), counts, "{purpose}");
        assert_eq!(picture.backups.rows.len(), usize::from(counts), "{purpose}");
        if !counts {
            assert_eq!(picture.datasets[0].sources[0].words, format!("kept for {purpose}: no recovery source"));
        }
    }
}

/// With the past of its time, a moment each half day, as it is counted for the plan's target.
fn with_target(look: &mut Look, target: &str, missed: Option<i64>) {
    let kpi = serde_json::json!({"name": "Backup success", "of": "backup_success", "target": target, "over": "30days"});
    look.plan.kpis = vec![serde_json::from_value(kpi).unwrap()];
    let source = &look.plan.datasets[0].sources[1];
    let (via, ask) = crate::gates::history::counted_of(source, look.plan.kpis[0].span()).points.unwrap();
    let point = |at: i64| {
        (0..16)
            .filter(|night| Some(*night) != missed)
            .map(|night| made_at(5 * HOUR + night * DAY))
            .find(|made| *made <= at as f64)
    };
    let moments = (0..=28).rev().map(|half| t(0).timestamp() - half * DAY / 2);
    let samples = moments.filter_map(|at| Some(Sample::bare(point(at)?, t(0)).label("at", at.to_string()))).collect();
    let question = crate::model::Question::new(via, ask, crate::model::Duration::from_mins(10), None);
    let reading = crate::model::Reading { samples, read: t(0), warnings: vec![], cards: Default::default() };
    look.signals.record(&question, Ok(reading), t(0));
}

#[test]
fn how_often_it_succeeded_is_held_against_the_target() {
    let mut look = nightly(serde_json::json!({}));
    with_target(&mut look, "> 99.9%", None);
    let kpi = look.picture().backups.kpis.remove(0);
    assert_eq!((kpi.verdict, kpi.runs, kpi.good), (Verdict::Met, 14, 14));
    assert_eq!(kpi.words, "100 % of 14 runs in 14d succeeded, wanted > 99.9%");
    assert_eq!(look.sentences(), ["All objectives hold."]);

    with_target(&mut look, "> 99.9%", Some(6));
    let kpi = look.picture().backups.kpis.remove(0);
    assert_eq!((kpi.verdict, kpi.runs, kpi.good), (Verdict::AtRisk, 14, 13));
    let words = "92.8 % of 14 runs in 14d succeeded, wanted > 99.9%; worst nightly of production, 13 of 14";
    assert_eq!((kpi.words.as_str(), kpi.brief.as_str()), (words, "Backup success: 92.8 %, wanted > 99.9%"));
    assert!(look.sentences().contains(&format!("Backup success: {words}.")), "{:?}", look.sentences());
    with_target(&mut look, "> 90%", Some(6));
    assert_eq!(look.picture().backups.kpis.remove(0).verdict, Verdict::Met);

    // A past that is old, and one that nobody ever told, is no news.
    look.now = t(2 * HOUR);
    let kpi = look.picture().backups.kpis.remove(0);
    assert_eq!((kpi.verdict, kpi.share), (Verdict::CannotTell, None));
    assert_eq!(kpi.words, "no news of runs, wanted > 90%; no news of 1");
}

#[test]
fn what_is_wrong_with_several_is_one_sentence() {
    let mut look = nightly(serde_json::json!({}));
    let mut also = |name: &str, time: &str| {
        let mut source = look.plan.datasets[0].sources[1].clone();
        source.name = name.into();
        let probe = serde_json::json!({"query": {"via": "prom-west", "expr": time}});
        source.at = Some(serde_json::from_value(probe).unwrap());
        look.plan.datasets[0].sources.push(source);
    };
    also("weekly", "weekly_time");
    also("offsite", "offsite_time");
    made(&mut look, 39 * HOUR);
    sized(&mut look, 3.1e9);
    look.answer("prom-west", "Query { expr: \"weekly_time\"", vec![Sample::bare(made_at(49 * HOUR), t(0))]);
    look.answer("prom-west", "Query { expr: \"offsite_time\"", vec![Sample::bare(-1.0, t(0))]);
    let sentences = look.sentences();
    let told: Vec<_> = sentences.iter().filter(|text| text.contains("of production")).collect();
    assert_eq!(told, ["Offsite of production was never made, and 2 more backups late."], "{sentences:?}");
}

#[test]
fn one_that_is_being_made_is_not_late_for_twice_its_usual_time() {
    let running = serde_json::json!({"running": {"query": {"via": "prom-west", "expr": "began"}}});
    let began = |look: &mut Look, value: f64| look.answer("prom-west", "\"began\"", vec![Sample::bare(value, t(0))]);
    // It usually takes 800 s.
    for (value, state, words) in [
        (made_at(900), BackupState::Running, "running since 07:45Z; 9.7 GB; took 14m"),
        (made_at(1_700), BackupState::Late, "late by 15h, was due 2027-01-14 17:00Z; running since 07:31Z; 9.7 GB; took 14m"),
        (0.0, BackupState::Late, "late by 15h, was due 2027-01-14 17:00Z; 9.7 GB; took 14m"),
        // That one runs, but not since when: from when it was due it would be over by far.
        (1.0, BackupState::Late, "late by 15h, was due 2027-01-14 17:00Z; running; 9.7 GB; took 14m"),
    ] {
        let mut look = nightly(running.clone());
        made(&mut look, 39 * HOUR);
        began(&mut look, value);
        assert_eq!((row(&look).state, row(&look).words.as_str()), (state, words), "{value}");
    }
    let mut look = nightly(running.clone());
    made(&mut look, 39 * HOUR);
    began(&mut look, made_at(900));
    assert_eq!(look.picture().backups.line, "0 of 1 on schedule, 1 running");
    assert_eq!(look.sentences(), ["All objectives hold."]);
    // An old word that one runs excuses nobody.
    look.answer("prom-west", "\"began\"", vec![Sample::bare(made_at(900), t(-600))]);
    assert_eq!(row(&look).state, BackupState::Late);
    // Before it is late, that it runs is said beside.
    let mut look = nightly(running);
    began(&mut look, made_at(900));
    assert_eq!(row(&look).words, "on schedule; running since 07:45Z; 9.7 GB; took 14m");
}

#[test]
fn what_nobody_may_recover_from_outlives_nothing() {
    for (purpose, counts) in [("long-term", true), ("compliance", false), ("drills", false)] {
        let look = nightly(serde_json::json!({"purpose": purpose}));
        let shown = look.picture().datasets.remove(0).sources;
        let nightly = shown.iter().find(|source| source.name == "nightly").unwrap();
        assert_eq!(nightly.outlives.is_some(), counts, "{purpose}");
    }
}

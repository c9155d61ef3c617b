//! What a person chooses from, and what the journal says so far.

use lifeboat::{model::Severity, picture::*};

use super::{at, d, some};

pub(super) fn journal() -> Vec<JournalLine> {
    let line = |seq: u64, time: &str, who: &str, text: &str, loud: bool| JournalLine {
        seq,
        incident: "INC-0042".into(),
        at: at(time),
        recorded: None,
        who: who.into(),
        text: text.into(),
        loud,
    };
    let mut cut = line(9, "02:24:00", "Ben", "signed an outside fence for step 3: power of rack 12 cut", true);
    cut.recorded = Some(at("02:31:15"));
    vec![
        line(1, "02:17:23", "Ada", "declared SEV 1, us-east-1 lost", true),
        line(2, "02:17:40", "Ada", "joined as commander", false),
        line(3, "02:18:02", "Ada", "opened the runbook region-failover, 14 steps", false),
        line(4, "02:19:10", "Ada", "confirmed step 1, Confirm the outage from outside", false),
        line(5, "02:20:31", "Ben", "started step 2, Stop traffic to us-east-1", false),
        line(6, "02:21:43", "Ben", "step 2 succeeded: zone drained in us-east-1", false),
        line(7, "02:22:10", "Ben", "started step 3, Fence the old primary", false),
        line(8, "02:22:31", "Ben", "step 3 failed: 10.1.0.15:5432 is unreachable", true),
        cut,
        line(10, "02:40:12", "Ben", "step 5 is partial: eval-api refused, 403 Forbidden", true),
        line(11, "02:44:05", "Ada", "waived the need of step 7 for step 5: eval-api is not on the critical path", true),
        line(12, "02:46:53", "Ben", "asked Cy to approve step 7", false),
    ]
}

pub(super) fn scenarios(fires: bool) -> Vec<ScenarioChoice> {
    let scenario = |name: &str, severity: u8, rto: Option<&str>, since: Option<&str>| ScenarioChoice {
        weight: severity,
        name: name.into(),
        title: None,
        severity: Some(Severity::new(severity)),
        rto: rto.map(d),
        runbooks: vec![],
        suggested_since: since.filter(|_| fires).map(at),
    };
    vec![
        scenario("node-failure", 3, None, None),
        scenario("database-failure", 2, Some("30m"), Some("02:07:00")),
        scenario("regional-outage", 1, Some("4h"), Some("02:06:30")),
        scenario("data-corruption", 1, None, None),
        scenario("security-breach", 1, Some("8h"), None),
    ]
}

pub(super) fn runbooks() -> Vec<RunbookChoice> {
    vec![
        RunbookChoice {
            name: "region-failover".into(),
            title: some("Fail over to us-west-2"),
            steps: 14,
            suggested: true,
            by_itself: vec![],
        },
        RunbookChoice { name: "database-recovery".into(), title: None, steps: 9, suggested: false, by_itself: vec![] },
    ]
}

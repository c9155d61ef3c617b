//! Alerts: those of the outage, and a storm with what is silenced and inhibited in it.

use std::sync::Arc;

use lifeboat::{
    model::{Reading, Sample, Severity, time},
    picture::*,
};

use super::{at, peace, some};

pub(super) fn in_outage() -> Vec<AlertRow> {
    let own = |name: &str, since: &str, scenario: &str, runbook: Option<&str>, severity: u8, words: &str| AlertRow {
        since: Some(at(since)),
        scenario: Some(scenario.into()),
        runbook: runbook.map(Into::into),
        points_by: some("the plan says so"),
        severity: Some(Severity::new(severity)),
        count: 1,
        ..AlertRow::bare(name, AlertState::Firing, words)
    };
    vec![
        own("RegionFailure", "02:06:30", "regional-outage", Some("region-failover"), 1, "max by(region)(up) is 0"),
        own("DatabaseDown", "02:07:00", "database-failure", None, 2, "orders-db"),
        AlertRow::bare("GaudiExporterBlind", AlertState::CannotTell, "gaudi-w04: cards present, no data"),
        AlertRow::bare("BackupLate", AlertState::Quiet, ""),
    ]
}

fn alert(name: &str, state: &str, since: &str, labels: &[(&str, &str)]) -> Sample {
    let labels = labels.iter().copied();
    let bare = Sample::bare(state, at("14:02:10")).label("alertname", name).label("@since", time::full(at(since)));
    labels.fold(bare, |sample, (name, value)| sample.label(name, value))
}

fn row(name: &str, severity: u8, words: &str, samples: Vec<Sample>) -> AlertRow {
    let of = |word: &str| samples.iter().filter(|sample| sample.value == word.into()).count();
    let (count, silenced, inhibited) = (of("firing"), of("silenced"), of("inhibited"));
    let at_all = (0..samples.len()).collect();
    let reading = Reading { samples, read: at("14:02:11"), warnings: vec![], cards: Default::default() };
    AlertRow {
        via: some("alerts-west"),
        since: Some(at("13:41:00")),
        severity: Some(Severity::new(severity)),
        count,
        silenced,
        inhibited,
        members: Members::new(Arc::new(reading), at_all, None),
        ..AlertRow::bare(name, AlertState::Firing, words)
    }
}

/// In peace until an Alertmanager has five thousand alerts of three names.
pub fn storm() -> Picture {
    let mut picture = peace();
    let lost = alert(
        "RegionLost",
        "firing",
        "13:41:00",
        &[
            ("region", "us-east-1"),
            ("severity", "critical"),
            ("scenario", "regional-outage"),
            ("@summary", "No ingress of us-east-1 answers"),
            ("@runbook_url", "https://wiki.example/runbooks/region-failover"),
        ],
    );
    let lost = AlertRow {
        scenario: some("regional-outage"),
        runbook: some("region-failover"),
        points_by: some("its label names the scenario"),
        ..row("RegionLost", 1, "No ingress of us-east-1 answers", vec![lost])
    };
    let pod = |nth: usize| {
        let pod = format!("api-{nth}");
        let (state, by) = match nth {
            4_803..4_806 => ("silenced", Some("Ada: moving the rack")),
            4_806.. => ("inhibited", Some("RegionLost")),
            _ => ("firing", None),
        };
        let alert = alert("PodNotReady", state, "13:44:00", &[("pod", &pod), ("severity", "medium"), ("team", "serving")]);
        by.map_or(alert.clone(), |by| alert.label("@by", by))
    };
    let disk = |nth: usize| {
        let (node, disk) = (format!("gaudi-e{:02}", nth % 8 + 1), format!("nvme{nth}"));
        alert("DiskFull", "firing", "13:52:00", &[("node", &node), ("disk", &disk), ("severity", "medium")])
    };
    picture.alerts = vec![
        lost,
        row("PodNotReady", 3, "pod api-0, severity medium, team serving, 4802 more firing", (0..4_811).map(pod).collect()),
        row("DiskFull", 3, "disk nvme0, node gaudi-e01, severity medium, 192 more firing", (0..193).map(disk).collect()),
    ];
    picture
}

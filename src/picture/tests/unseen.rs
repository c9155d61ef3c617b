//! Nothing is green without a fresh proof (RULES R29): every kind of row, every way of not knowing.

use super::orders::Look;
use crate::{
    gates::questions,
    model::{Freshness, Verdict},
    picture::scene::{AlertState, BackupState, GateState, Picture, ServiceHealth},
};

/// Rows that claim that something is well.
pub fn greens(picture: &Picture) -> Vec<String> {
    let good = |verdict: Verdict| verdict <= Verdict::OnTrack;
    let mut green = Vec::new();
    let mut add = |is: bool, what: String| {
        if is {
            green.push(what);
        }
    };
    for tier in &picture.tiers {
        add(good(tier.verdict), format!("tier {}", tier.name));
        for service in &tier.services {
            add(service.health == ServiceHealth::Healthy, format!("health of {}", service.name));
            add(good(service.verdict), format!("service {}", service.name));
        }
    }
    for dataset in &picture.datasets {
        add(good(dataset.verdict), format!("dataset {}", dataset.name));
        for source in &dataset.sources {
            add(good(source.verdict) || source.known == Freshness::Fresh, format!("source {}", source.name));
        }
    }
    for copy in &picture.replication {
        add(good(copy.verdict) || copy.known == Freshness::Fresh || copy.behind.is_some(), format!("copy {}", copy.source));
    }
    for backup in &picture.backups.rows {
        let known = backup.state == BackupState::OnSchedule || backup.size.is_some() || backup.odd;
        add(good(backup.verdict) || known, format!("backup {}", backup.source));
    }
    for region in &picture.regions {
        add(good(region.verdict), format!("region {}", region.name));
    }
    for cluster in &picture.clusters {
        add(good(cluster.verdict) || cluster.known == Freshness::Fresh, format!("cluster {}", cluster.name));
    }
    for link in &picture.links {
        add(link.known == Freshness::Fresh, format!("link {}", link.name));
    }
    for alert in &picture.alerts {
        add(alert.state == AlertState::Quiet, format!("alert {}", alert.name));
    }
    for step in picture.book.iter().flat_map(|book| &book.steps) {
        for gate in &step.gates {
            add(gate.state == GateState::Holds, format!("gate {}", gate.wanted));
        }
    }
    green
}

#[test]
fn r29_the_same_rows_are_green_when_all_is_fresh() {
    let green = greens(&Look::peace().picture());
    for row in [
        "tier critical",
        "health of api",
        "service batch",
        "dataset production",
        "source replica",
        "copy replica",
        "backup snapshot",
        "region us-west-2",
        "cluster gaudi-west",
        "link db-east",
        "alert ApiDown",
    ] {
        assert!(green.iter().any(|g| g == row), "{row} is not among {green:#?}");
    }
    let gates = greens(&Look::after(13).picture());
    assert!(!gates.iter().any(|g| g.starts_with("gate select")), "{gates:?}");
}

#[test]
fn r29_absent_stale_and_failing_are_never_green() {
    for n in 0..=17 {
        let look = || if n == 0 { Look::peace() } else { Look::after(n) };
        let mut absent = look();
        absent.signals = Default::default();
        questions(&absent.plan).iter().for_each(|q| absent.signals.expect(q));
        let mut stale = look();
        stale.now += chrono::TimeDelta::minutes(5);
        let mut failing = look();
        for connection in failing.plan.connections.clone().keys() {
            failing.fail(connection);
        }
        for (way, look) in [("absent", absent), ("stale", stale), ("failing", failing)] {
            let picture = look.picture();
            assert_eq!(greens(&picture), Vec::<String>::new(), "{way} after {n} records");
            let well = picture.sentences.iter().find(|s| s.verdict <= Verdict::OnTrack && s.text.contains("hold"));
            assert_eq!(well, None, "{way} after {n} records");
        }
    }
}

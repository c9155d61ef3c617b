//! What a loss would cost, reckoned from the same rows as what has happened.

use serde_json::json;

use super::orders::{Look, t};
use crate::{
    model::{Duration, Loss, Sample, Verdict, loss::LossOf},
    picture::scene::{LossRow, Picture, TierLoss},
};

fn d(text: &str) -> Duration {
    text.parse().unwrap()
}
fn row<'p>(picture: &'p Picture, what: &str) -> &'p LossRow {
    picture.losses.iter().find(|row| row.what == what).unwrap_or_else(|| panic!("{what}: {:#?}", picture.losses))
}
fn tier<'p>(row: &'p LossRow, name: &str) -> &'p TierLoss {
    row.tiers.iter().find(|tier| tier.tier == name).unwrap()
}
fn region(name: &str) -> Loss {
    Loss::Of(LossOf::Region(name.into()))
}
fn supposing(look: &mut Look, loss: Loss) -> (LossRow, Picture) {
    look.supposed = Some(loss);
    let picture = look.picture();
    let supposed = picture.supposed.unwrap();
    (supposed.row.clone(), supposed.picture.clone())
}

#[test]
fn in_peace_each_region_and_any_node_says_what_its_loss_would_cost() {
    let look = Look::peace();
    let picture = look.picture();
    let whats: Vec<&str> = picture.losses.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(whats.len(), 3, "{whats:?}");
    let east = row(&picture, "us-east-1");
    // confirm 2m, fence 1m, promote 5m, start 10m; nothing says within what it is detected.
    assert_eq!((tier(east, "critical").back, tier(east, "critical").rto), (Some(d("18m")), Some(d("2h"))), "{east:#?}");
    assert_eq!((east.verdict, east.mends.as_slice()), (Verdict::OnTrack, &[] as &[String]));
    let data = east.data.as_ref().unwrap();
    assert_eq!((data.dataset.as_str(), data.loses.unwrap().most, data.verdict), ("production", Duration::ZERO, Verdict::Met));
    assert_eq!(east.steps_there, [2], "the fence would find nobody");
    let west = row(&picture, "us-west-2");
    assert!(west.tiers.iter().all(|tier| !tier.hit && tier.back.is_none()), "{west:#?}");
    assert_eq!((west.data.as_ref().unwrap().loses.unwrap().most, west.verdict), (Duration::ZERO, Verdict::Met));
    assert!(row(&picture, "any node").data.is_none(), "no plan says on which node data lives");
}

#[test]
fn a_row_that_is_not_in_plan_says_what_would_mend_it() {
    let mut look = Look::peace();
    look.plan.runbooks.clear();
    let picture = look.picture();
    let east = row(&picture, "us-east-1");
    assert_eq!(tier(east, "critical").words, "api: cannot tell: no runbook answers it");
    assert_eq!(east.mends, ["no runbook answers the loss of us-east-1: write one"]);

    let mut look = Look::peace();
    look.plan.services[1].cards = Some(30);
    let picture = look.picture();
    let east = row(&picture, "us-east-1");
    assert_eq!(tier(east, "standard").short, Some(14), "8 + 30 of 24");
    assert_eq!(east.verdict, Verdict::WillMiss);
    assert_eq!(east.mends, ["standard: 14 cards short in gaudi-west: 2 more nodes carry it"]);
    assert_eq!(picture.losses[0].what, "us-east-1", "the worst comes first");

    let mut look = Look::peace();
    let sources = &mut look.plan.datasets[0].sources;
    sources.remove(0);
    (sources[0].region, sources[0].every) = (Some("us-west-2".into()), "5m".parse().ok());
    look.answer("prom-west", "backup_time", vec![Sample::bare((look.now.timestamp() - 3_000) as f64, look.now)]);
    let picture = look.picture();
    let late = "production: snapshot is late, 50m old and planned every 5m: see why it did not run";
    assert_eq!(row(&picture, "us-east-1").mends, [late]);
}

#[test]
fn detection_belongs_to_the_outage_and_a_path_that_is_too_long_says_so() {
    let mut look = Look::peace();
    let scenario = look.plan.scenarios.get_mut("region").unwrap();
    scenario.detect = serde_json::from_value(json!({"by": "probes", "within": "5m"})).unwrap();
    scenario.rto = Some(d("20m"));
    let picture = look.picture();
    let critical = tier(row(&picture, "us-east-1"), "critical");
    assert_eq!((critical.back, critical.verdict), (Some(d("23m")), Verdict::WillMiss));
    let said = "critical: failover takes ~23m of 20m: shorten it";
    assert!(row(&picture, "us-east-1").mends.iter().any(|mend| mend == said), "{:?}", row(&picture, "us-east-1").mends);
}

#[test]
fn what_if_reckons_everything_without_it_and_the_world_stays_as_it_is() {
    let mut look = Look::peace();
    let before = look.picture();
    let (lost, without) = supposing(&mut look, region("us-west-2"));
    assert_eq!((lost.what.as_str(), lost.bare.len()), ("us-west-2", 0), "the snapshot in us-east-1 is left");
    let sources: Vec<_> = without.datasets[0].sources.iter().map(|s| (s.name.as_str(), s.usable)).collect();
    assert_eq!(sources, [("replica", false), ("snapshot", true)]);
    assert_eq!(without.datasets[0].words, "would lose nothing, it does not live there");
    assert_eq!((without.clusters[0].healthy_cards, without.clusters[0].words.as_str()), (Some(0), "lost with us-west-2"));
    let gone: Vec<&str> = without.links.iter().filter(|l| l.words == "lost with us-west-2").map(|l| l.name.as_str()).collect();
    assert_eq!(gone.len(), 3, "{gone:?}");
    let now = look.picture();
    assert_eq!((now.sentences, now.datasets, now.losses), (before.sentences, before.datasets, before.losses));

    let (lost, without) = supposing(&mut look, Loss::Of(LossOf::Data("production".into())));
    assert_eq!((without.datasets[0].words.as_str(), lost.tiers.iter().any(|t| t.hit)), ("would lose 0s", false));
    let (_, without) = supposing(&mut look, Loss::Of(LossOf::Node("a".into())));
    assert_eq!(without.clusters[0].healthy_cards, Some(16), "one of three nodes less");
    let (lost, without) = supposing(&mut look, Loss::Of(LossOf::Cluster("gaudi-west".into())));
    assert_eq!((without.clusters[0].healthy_cards, lost.what.as_str()), (Some(0), "gaudi-west"));
    assert!(
        without.datasets[0].words.starts_with("if it lives there, which the plan does not say: "),
        "{:?}",
        without.datasets[0]
    );
}

#[test]
fn in_an_incident_what_is_supposed_comes_on_top_of_what_is_lost() {
    let mut look = Look::after(3);
    assert!(look.picture().losses.is_empty(), "it has happened");
    let (_, without) = supposing(&mut look, region("us-west-2"));
    assert!(without.datasets[0].sources.iter().all(|source| !source.usable), "{:#?}", without.datasets[0]);
    assert_eq!(without.datasets[0].verdict, Verdict::WillMiss);
    assert!(without.sentences.iter().any(|s| s.text.contains("no usable recovery source")), "{:#?}", without.sentences);
}

#[test]
fn what_is_over_does_not_count_for_what_could_come() {
    let look = Look::after(usize::MAX);
    let state = look.state().unwrap();
    assert!(!state.is_open() && state.services.values().any(|service| !service.outages.is_empty()), "it was down, and is closed");
    let picture = look.picture();
    let east = row(&picture, "us-east-1");
    assert_eq!((tier(east, "critical").hit, tier(east, "critical").back), (true, Some(d("18m"))), "{east:#?}");
}

#[test]
fn what_cannot_be_seen_is_never_in_plan() {
    let mut look = Look::peace();
    look.fail("db-west");
    look.fail("prom-west");
    look.fail("west");
    look.now = t(3_600);
    let picture = look.picture();
    for row in &picture.losses {
        let data = row.data.as_ref().map(|data| data.verdict);
        assert!(row.what != "us-east-1" || data == Some(Verdict::CannotTell), "{row:#?}");
    }
}

//! Supposing a loss at a running console: reckoned at once, seen by nobody else, written nowhere.

use lifeboat::{
    console::Request,
    model::{Loss, Verdict, loss::LossOf},
};

use super::{driver::Driver, site::Site};

fn supposes(console: &mut Driver, loss: LossOf) -> std::sync::Arc<lifeboat::picture::SupposedPicture> {
    let loss = Loss::Of(loss);
    console.send(Request::Suppose(Some(loss.clone())));
    let picture = console.until("it is supposed", |p| p.supposed.as_ref().is_some_and(|supposed| supposed.loss == loss));
    picture.supposed.clone().unwrap()
}

#[test]
fn r17_what_is_supposed_is_reckoned_here_alone_and_nothing_is_written() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    let calm = |picture: &lifeboat::picture::Picture| {
        picture.losses.len() == 4 && picture.clusters.iter().all(|cluster| cluster.cards.is_some())
    };
    ada.until("all that can be seen is seen", calm);
    let without = supposes(&mut ada, LossOf::Region("us-east-1".into()));
    let critical = without.row.tiers.iter().find(|tier| tier.tier == "critical").unwrap();
    assert!(critical.hit && critical.back.is_some() && critical.verdict == Verdict::OnTrack, "{critical:#?}");
    let of = |name: &str| without.picture.datasets.iter().find(|dataset| dataset.name == name).unwrap();
    assert_eq!(of("production-db").best.as_deref(), Some("us-west-2 replica"));
    assert!(of("production-db").sources.iter().any(|source| !source.usable), "the nightly snapshot is gone with it");
    let lost = without.picture.links.iter().filter(|link| link.words == "lost with us-east-1").count();
    assert_eq!(lost, 4, "a Prometheus, a cluster, a database and a cache");

    let viewer = &mut site.viewer("Dee");
    viewer.until("she sees the world as it is", |p| p.supposed.is_none() && calm(p));
    let without = supposes(viewer, LossOf::Node("gaudi-w01".into()));
    assert!(without.picture.clusters.iter().any(|cluster| cluster.healthy_cards == Some(24)), "{:#?}", without.picture.clusters);
    ada.send(Request::Suppose(None));
    ada.until("the world as it is", |p| p.supposed.is_none());
    assert_eq!(site.records().len() + site.standing().len(), 0);
    ada.ends();
}

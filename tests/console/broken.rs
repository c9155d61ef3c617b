//! Looking at an action breaks by a fault of Lifeboat's own: people are answered all the same.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use lifeboat::{
    console::{Reply, Request},
    incident::{RunKind, Status},
    model::{Call, Clock, Identity, PartReport, Preview, Time},
    sim::Fault,
    systems::{ActionFault, Inspect, Inspectors},
};

use super::site::Site;

/// Looks as the real ones do, but at a fence, and when it reads back.
struct Breaking(Arc<dyn Inspectors>);

struct Breaks(Box<dyn Inspect>, bool);

impl Inspectors for Breaking {
    fn inspect(&self, call: &Call) -> Result<Box<dyn Inspect>, ActionFault> {
        Ok(Box::new(Breaks(self.0.inspect(call)?, call.action == "postgres.fence")))
    }
    fn inspect_parts(&self, call: &Call, parts: &[String]) -> Result<Box<dyn Inspect>, ActionFault> {
        Ok(Box::new(Breaks(self.0.inspect_parts(call, parts)?, false)))
    }
    fn inspect_undo(&self, _: &Call, _: &BTreeMap<String, serde_json::Value>) -> Result<Box<dyn Inspect>, ActionFault> {
        unreachable!("nothing is undone here")
    }
}

#[async_trait]
impl Inspect for Breaks {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        assert!(!self.1, "the preview broke");
        self.0.preview(clock).await
    }
    async fn read_back(&self, _: &[String], _: &Identity, _: Time, _: &Arc<dyn Clock>) -> Vec<PartReport> {
        panic!("the read-back broke")
    }
}

#[test]
fn r08_a_look_that_breaks_is_answered_and_what_was_unknown_stays_so() {
    let site = Site::quiet();
    let inspectors = Arc::new(Breaking(site.platform.inspectors()));
    let mut ada = site.at_the_actions(site.console_with("Ada", inspectors));

    let told = ada.ask(Request::Preview { step: "fence".into(), kind: RunKind::First });
    assert!(matches!(&told, Reply::Fault { reason, .. } if reason.contains("broke off inside Lifeboat")), "{told:?}");

    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() });
    ada.set_going("scale", RunKind::First);
    ada.until_step("scale", Status::Unknown);
    for _ in 0..2 {
        let refusal = ada.refused(Request::ReadBack { step: "scale".into() });
        assert!(refusal.to_string().contains("broke off inside Lifeboat"), "{refusal}");
        assert_eq!(ada.step("scale").status, Status::Unknown);
    }
    assert_eq!(site.platform.sent("kubernetes.scale", "training-api"), 1);
    ada.ends();
    site.assert_journal_good();
}

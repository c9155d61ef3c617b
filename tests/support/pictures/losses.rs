//! What would be lost, in peace and on top of an outage.

use std::sync::Arc;

use lifeboat::{
    model::{Loss, Verdict, loss::LossOf},
    picture::*,
};

use super::{d, outage};

/// In peace: one region is not in plan, the rest is.
pub(super) fn in_peace() -> Vec<LossRow> {
    let row = |what: &str, tiers: Vec<TierLoss>, data: Option<DataLoss>, verdict, mends: &[&str]| LossRow {
        what: what.into(),
        role: None,
        tiers,
        data,
        bare: vec![],
        steps_there: vec![],
        verdict,
        mends: mends.iter().map(|mend| (*mend).to_owned()).collect(),
    };
    let tier = |name: &str, rto: &str, back: Option<&str>, short: Option<u32>, verdict| TierLoss {
        tier: name.into(),
        rto: Some(d(rto)),
        hit: back.is_some() || short.is_some(),
        back: back.map(d),
        short,
        verdict,
        words: String::new(),
    };
    let data = |loses: &str, verdict| {
        let loses = Some(LossRange { least: d(loses), most: d(loses) });
        Some(DataLoss { dataset: "monitoring".into(), rpo: Some(d("1h")), loses, verdict, words: String::new() })
    };
    let (met, spared) = (Verdict::OnTrack, Verdict::Met);
    let untouched = || vec![tier("critical", "1h", None, None, spared), tier("standard", "4h", None, None, spared)];
    let east = vec![tier("critical", "1h", Some("41m"), None, met), tier("standard", "4h", None, Some(8), Verdict::WillMiss)];
    let mends = [
        "standard: 8 cards short in us-west-2: 1 more node carries it",
        "monitoring: snapshot us-west-2 is late, 1h22m old and planned every 1h: see why it did not run",
    ];
    let node = vec![tier("critical", "1h", None, None, spared), tier("standard", "4h", None, None, spared)];
    vec![
        row("us-east-1", east, data("1h22m", Verdict::WillMiss), Verdict::WillMiss, &mends),
        row("us-west-2", untouched(), data("0s", spared), spared, &[]),
        row("eu-west-1", untouched(), data("0s", spared), spared, &[]),
        row("any node", node, None, spared, &[]),
    ]
}

pub fn west() -> Loss {
    Loss::Of(LossOf::Region("us-west-2".into()))
}

/// The outage, and what it would be without the standby too.
pub fn supposing_west() -> Picture {
    let mut without = outage();
    let said = |text: &str, verdict| Sentence { text: text.into(), verdict };
    without.sentences = vec![
        said("Production no usable recovery source: all of it would be lost.", Verdict::WillMiss),
        said("Step 7 of region-failover acts there: expect no answer.", Verdict::AtRisk),
    ];
    without.timing = None;
    let row = LossRow {
        what: "us-west-2".into(),
        role: None,
        tiers: vec![],
        data: None,
        bare: vec![],
        steps_there: vec![7],
        verdict: Verdict::WillMiss,
        mends: vec![],
    };
    Picture { supposed: Some(Arc::new(SupposedPicture { loss: west(), row, picture: without })), ..outage() }
}

//! Which losses a recovery source outlives (RULES R22).

use crate::{
    incident::PlanFacts,
    model::{Loss, loss::LossKind},
    plan::{RecoverySource, RegionRole, SourceKind},
};

/// Why `source` is of no use once `loss` has happened; `None` when it is.
pub fn unusable_after(source: &RecoverySource, loss: &Loss, facts: &PlanFacts) -> Option<String> {
    let lost = || format!("lost with {}", the(loss));
    if let Some(survives) = &source.survives {
        return (!survives.iter().any(|s| covers(s, loss))).then(lost);
    }
    match loss.kind() {
        LossKind::Corruption if source.kind == SourceKind::Replica && !source.versioned => {
            Some("a replica repeats the corruption".into())
        }
        LossKind::Compromise if source.kind == SourceKind::Replica => Some("a replica cannot be trusted after a breach".into()),
        LossKind::Region => {
            let region = source.region.as_deref()?;
            let gone = match loss.name() {
                Some(name) => region == name,
                // Which one is not said: the one that everything runs in.
                None => facts.regions.iter().any(|r| r.name == region && r.role == Some(RegionRole::Primary)),
            };
            gone.then(lost)
        }
        LossKind::Zone | LossKind::Cluster | LossKind::Service | LossKind::Node => {
            (loss.name().is_some() && loss.name() == source.region.as_deref()).then(lost)
        }
        LossKind::Data | LossKind::Corruption | LossKind::Compromise => None,
    }
}

/// `survived` in a plan's list answers `loss`: the kind as a whole, or the very thing by name.
fn covers(survived: &Loss, loss: &Loss) -> bool {
    survived.kind() == loss.kind() && (survived.name().is_none() || survived.name() == loss.name())
}

fn the(loss: &Loss) -> String {
    match loss.name() {
        Some(name) => name.to_owned(),
        None => format!("the {loss}"),
    }
}

/// After these, later recovery points cannot be trusted.
pub fn spoils_points(loss: Option<&Loss>) -> bool {
    loss.is_some_and(|loss| matches!(loss.kind(), LossKind::Corruption | LossKind::Compromise))
}

//! What a loss takes with it, as far as the plan says where things are.

use super::survival::unusable_after;
use crate::{
    incident::PlanFacts,
    model::{
        Loss,
        loss::{LossKind, LossOf},
    },
    plan::{Accelerators, Dataset, Plan, RegionRole, Service},
};

/// Whether something is gone with a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Takes,
    Spares,
    /// The plan does not say whether it stands there.
    CannotTell,
}

/// Of the copy of `dataset` that is written to. A plan says of it only that it lives in the primary region.
pub fn of_data(dataset: &Dataset, loss: &Loss, facts: &PlanFacts) -> Reach {
    match loss {
        Loss::Of(LossOf::Data(name)) if *name == dataset.name => Reach::Takes,
        Loss::Of(LossOf::Data(_) | LossOf::Service(_)) => Reach::Spares,
        Loss::Of(LossOf::Region(name)) => of_region(name, facts),
        Loss::Of(LossOf::Zone(zone)) => match facts.regions.iter().find(|region| region.zones.contains(zone)) {
            Some(region) if of_region(&region.name, facts) == Reach::Spares => Reach::Spares,
            _ => Reach::CannotTell,
        },
        Loss::Of(LossOf::Node(_) | LossOf::Cluster(_)) => Reach::CannotTell,
        Loss::Any(_) => Reach::Takes,
    }
}

fn of_region(name: &str, facts: &PlanFacts) -> Reach {
    let mut primaries = facts.regions.iter().filter(|region| region.role == Some(RegionRole::Primary)).peekable();
    match (primaries.peek().is_some(), primaries.any(|region| region.name == name)) {
        (false, _) => Reach::CannotTell,
        (true, true) => Reach::Takes,
        (true, false) => Reach::Spares,
    }
}

/// Of a service. What stands in for another one is not missed while that one serves.
pub fn of_service(service: &Service, loss: &Loss, plan: &Plan) -> Reach {
    let within = |region: &str| service.region.as_deref() == Some(region);
    let took = |takes: bool| if takes { Reach::Takes } else { Reach::Spares };
    match loss {
        Loss::Of(LossOf::Service(name)) => took(*name == service.name),
        Loss::Of(LossOf::Region(region)) => took(within(region)),
        Loss::Of(LossOf::Cluster(name)) => {
            let cards = plan.accelerators.iter().find(|cluster| is_cluster(cluster, name));
            match (cards.and_then(|cluster| cluster.region.as_deref()), service.cards) {
                (Some(region), Some(_)) => took(within(region)),
                // Whether what needs no cards runs there too is not said.
                (Some(region), None) if within(region) => Reach::CannotTell,
                (Some(_), None) => Reach::Spares,
                (None, _) => {
                    let region = plan.connections.get(name).and_then(|connection| connection.region.as_deref());
                    took(region.is_some_and(within))
                }
            }
        }
        Loss::Of(LossOf::Zone(zone)) => {
            let inside = plan.regions.iter().any(|region| region.zones.contains(zone) && within(&region.name));
            if inside { Reach::CannotTell } else { Reach::Spares }
        }
        // One node more or less is a matter of capacity.
        Loss::Of(LossOf::Node(_) | LossOf::Data(_)) => Reach::Spares,
        Loss::Any(_) => Reach::CannotTell,
    }
}

/// Whether `name` means that cluster: by its own name or by its connection.
pub fn is_cluster(cluster: &Accelerators, name: &str) -> bool {
    cluster.name == name || cluster.via.as_deref() == Some(name)
}

/// Whether that very node is what is lost.
pub fn is_lost_node(node: &str, loss: &Loss) -> bool {
    matches!(loss, Loss::Of(LossOf::Node(lost)) if lost == node)
}

/// Whether a connection, or what it leads to, is gone.
pub fn takes_connection(name: &str, region: Option<&str>, loss: &Loss, plan: &Plan) -> bool {
    match loss {
        Loss::Of(LossOf::Region(lost)) => region == Some(lost),
        Loss::Of(LossOf::Cluster(lost)) => {
            name == lost || plan.accelerators.iter().any(|c| c.name == *lost && c.via.as_deref() == Some(name))
        }
        _ => false,
    }
}

/// Kinds of loss that a recovery source of `dataset` outlives, and those that it does not, in words.
pub fn outlives(dataset: &Dataset, source: &str, facts: &PlanFacts) -> Option<String> {
    let source = dataset.recovery_sources().find(|s| s.name == source)?;
    let base = source.base.as_ref().and_then(|base| dataset.sources.iter().find(|s| s.name == *base));
    let kinds = [LossKind::Region, LossKind::Corruption, LossKind::Compromise];
    let words = |kind| match kind {
        LossKind::Region => "the primary region",
        LossKind::Corruption => "corruption",
        _ => "a breach",
    };
    let survives = |kind: &LossKind| {
        [Some(source), base].into_iter().flatten().all(|s| unusable_after(s, &Loss::Any(*kind), facts).is_none())
    };
    let (outlived, lost): (Vec<_>, Vec<_>) = kinds.into_iter().partition(survives);
    let list = |kinds: Vec<LossKind>| kinds.into_iter().map(words).collect::<Vec<_>>().join(", ");
    Some(match (outlived.is_empty(), lost.is_empty()) {
        (false, true) => format!("outlives {}", list(outlived)),
        (true, false) => format!("does not outlive {}", list(lost)),
        _ => format!("outlives {}; not {}", list(outlived), list(lost)),
    })
}

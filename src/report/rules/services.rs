//! Services: one alert when the proof of health fails, one when there is no proof.

use super::{
    promql::{fails, inner, untold},
    rule::{Rule, Rules, Says},
};
use crate::{
    gates::series::fewer_of,
    incident::PlanFacts,
    model::Duration,
    objectives::{rto_of, tier_of},
    plan::{Plan, Probe, QueryProbe, Service},
};

/// How long a proof may be missing before somebody is told.
const UNTOLD: Duration = Duration::from_mins(2);

pub fn services(plan: &Plan, rules: &mut Rules) {
    let facts = PlanFacts::of(plan);
    for service in &plan.services {
        let Some(gate) = &service.healthy else {
            rules.left_out.push(format!("service {}: the plan names no proof of its health", service.name));
            continue;
        };
        let Some(queries) = queries(&gate.probe) else {
            rules.left_out.push(format!("service {}: its proof of health is more than queries of one Prometheus", service.name));
            continue;
        };
        let (failing, missing) = match told(&queries) {
            Ok(told) => told,
            Err(why) => {
                rules.left_out.push(format!("service {}: its proof of health: {why}", service.name));
                continue;
            }
        };
        let tier = tier_of(&facts, service);
        let rto = rto_of(&facts, None, None, tier).limit;
        let promise = rto.map(|rto| format!("out for at most {rto}"));
        let with = |rule: Rule| {
            let rule = rule.label("service", Some(&service.name)).label("tier", tier).label("region", service.region.as_deref());
            rule.promised(promise.clone())
        };
        let via = &queries[0].via;
        let rule = Rule::new(plan, "ServiceFailing", failing, Says::Wrong, format!("{} fails", title(service)));
        rules.add(via, with(rule).held(gate.hold));
        let summary = format!("Whether {} serves cannot be told: its proof has no samples", title(service));
        let rule = Rule::new(plan, "ServiceCannotTell", missing, Says::CannotTell, summary);
        rules.add(via, with(rule).held(Some(UNTOLD)));
        let fewer: Vec<String> = queries.iter().filter_map(|query| fewer_of(&query.expr)).collect();
        if !fewer.is_empty() {
            let summary =
                format!("Fewer targets prove the health of {} than an hour ago: those left may say too much", title(service));
            let rule = Rule::new(plan, "ServiceSeenByFewer", fewer.join(" or "), Says::CannotTell, summary);
            let why = "a target that is gone takes its series with it, and the worst of the rest looks well";
            rules.add(via, with(rule).held(Some(UNTOLD)).because(why));
        }
    }
}

/// What fires when one of `queries` fails, and what when one says nothing.
pub fn told(queries: &[&QueryProbe]) -> Result<(String, String), String> {
    let failing = queries.iter().map(|query| fails(query)).collect::<Result<Vec<_>, _>>()?;
    let missing = queries.iter().map(|query| Ok(untold(&inner(&query.expr)?))).collect::<Result<Vec<_>, String>>()?;
    Ok((any_of(failing), any_of(missing)))
}

/// What fires when one of `parts` does.
pub fn any_of(parts: Vec<String>) -> String {
    match &parts[..] {
        [only] => only.clone(),
        parts => parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" or "),
    }
}

fn title(service: &Service) -> &str {
    service.title.as_deref().unwrap_or(&service.name)
}

/// The queries of a condition all of which must hold, if one Prometheus can judge it.
pub fn queries(probe: &Probe) -> Option<Vec<&QueryProbe>> {
    let found: Vec<&QueryProbe> = match probe {
        Probe::Query(query) => vec![query],
        Probe::All(parts) => parts.iter().map(queries).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect(),
        _ => return None,
    };
    let first = found.first()?;
    found.iter().all(|query| query.via == first.via).then_some(found)
}

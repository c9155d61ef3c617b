//! Conditions and values in words.

use crate::{
    model::{Limit, Sample, Value, text::clean},
    plan::{Gate, Probe},
};

/// The comparison with its sign: `== 1`, also where the plan left the sign out.
pub fn limit(limit: &Limit) -> String {
    let text = limit.to_string();
    if text.starts_with(['=', '!', '<', '>']) { text } else { format!("== {text}") }
}

/// A value, short: numbers with at most three digits behind the point.
pub fn amount(value: &Value) -> String {
    match value {
        Value::Number(n) if n.is_finite() && n.fract() != 0.0 => {
            let text = format!("{n:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        other => clean(&other.to_string()),
    }
}

/// What tells a sample from the others: its labels.
pub fn sample_name(sample: &Sample) -> String {
    if sample.labels.is_empty() {
        return "a sample".into();
    }
    // What Prometheus calls `__name__` is the metric itself, and sorts before all labels.
    let label = |(name, value): (&String, &String)| if name == "__name__" { value.clone() } else { format!("{name} {value}") };
    let labels: Vec<_> = sample.labels.iter().map(label).collect();
    clean(&labels.join(", "))
}

/// What a probe looks at, without its comparison.
pub fn subject(probe: &Probe) -> String {
    match probe {
        Probe::Query(p) => p.expr.clone(),
        Probe::Sql(p) => p.query.clone(),
        Probe::Postgres(p) => format!("{} streams", p.via),
        Probe::Redis(p) => match p.role {
            Some(role) => format!("{} is the {}", p.via, role.word()),
            None => format!("{} is linked to its primary", p.via),
        },
        Probe::Sentinel(p) => format!("{} could fail {} over", p.via, p.master),
        Probe::Kubernetes(p) if p.deployments.is_empty() => format!("rollouts of {} on {}", p.namespace, p.via),
        Probe::Kubernetes(p) => format!("rollout of {} in {} on {}", p.deployments.join(", "), p.namespace, p.via),
        Probe::Http(p) if p.via.is_none() => format!("GET {}{}", p.server(), p.path()),
        Probe::Http(p) => format!("GET {} of {}", p.path(), p.server()),
        Probe::Files(p) => format!("files {} in {}", p.name, p.folder),
        Probe::Alert(p) => format!("alert {}", p.name),
        Probe::All(parts) => parts.iter().map(condition).collect::<Vec<_>>().join(" and "),
        Probe::Any(parts) => parts.iter().map(condition).collect::<Vec<_>>().join(" or "),
    }
}

fn condition(probe: &Probe) -> String {
    let expect = match probe {
        Probe::Query(p) => p.expect.as_ref(),
        Probe::Sql(p) => p.expect.as_ref(),
        Probe::Kubernetes(_) => return format!("{} complete", subject(probe)),
        Probe::Alert(_) => return format!("{} fires", subject(probe)),
        Probe::Http(p) => {
            let json = p.json.iter().map(|(place, expect)| format!(", {place} {}", limit(expect)));
            let status = p.expect.as_ref().map(|expect| format!(" {}", limit(expect)));
            return std::iter::once(subject(probe)).chain(status).chain(json).collect();
        }
        _ => None,
    };
    match expect {
        Some(expect) => format!("{} {}", subject(probe), limit(expect)),
        None => subject(probe),
    }
}

/// A gate as a person reads it: `max(probe_success) == 0 for 1m`.
pub fn wanted(gate: &Gate) -> String {
    let text = clean(&condition(&gate.probe));
    match gate.hold {
        Some(hold) => format!("{text} for {hold}"),
        None => text,
    }
}

//! Connections: two logins, nothing in the clear, and what the actions on them need.

use super::{names::Index, order::via};
use crate::{
    model::Catalogue,
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings, Place, quoted},
        types::{HttpLink, KubernetesLink, Link, Login, Plan, PostgresLink, Step},
    },
};

pub fn check(plan: &Plan, index: &Index<'_>, catalogue: &Catalogue, findings: &mut Findings) {
    let mutating = |step: &Step| {
        let spec = step.action.as_deref().and_then(|name| catalogue.get(name));
        spec.is_some_and(|spec| spec.traits(&step.with).mutating)
    };
    let steps = || plan.runbooks.iter().flat_map(|runbook| runbook.steps());
    for (name, connection) in &plan.connections {
        let Some(named) = index.get(Sort::Connection, name) else { continue };
        let inner = named.node.get(connection.link.system());
        let place = |field: &str| inner.and_then(|node| node.get(field)).map_or(named.place, |value| &value.place);
        let acted = steps().any(|step| via(step) == Some(name) && mutating(step));
        match &connection.link {
            Link::Postgres(link) => logins(&link.observe, link.act.as_ref(), link.tls, acted, &place, findings),
            Link::Redis(link) => {
                let itself = |step: &Step| via(step) == Some(name) && mutating(step) && !of_sentinel(step);
                logins(&link.observe, link.act.as_ref(), link.tls, steps().any(itself), &place, findings);
            }
            Link::Sentinel(link) => {
                let acted = steps().any(|step| mutating(step) && needs_act_of(step, plan, name));
                logins(&link.observe, link.act.as_ref(), link.tls, acted, &place, findings);
            }
            Link::Kubernetes(link) => kubernetes(link, acted, &place, findings),
            Link::Prometheus(link) => in_the_clear(&link.url, link.token.is_some(), &place, findings),
            Link::Alertmanager(link) => {
                in_the_clear(&link.url, link.token.is_some() || link.password.is_some(), &place, findings);
            }
            Link::Http(link) => http(link, acted, &place, findings),
        }
    }
    for runbook in &plan.runbooks {
        for step in runbook.steps().filter(|step| of_sentinel(step)) {
            let without = |name| {
                matches!(&plan.connections.get(name)?.link, Link::Redis(link) if link.sentinels.is_empty()).then_some(name)
            };
            if let Some(name) = via(step).and_then(without)
                && let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "with")
            {
                let message = format!("this is asked of a Sentinel, and the connection {} names none", quoted(name));
                findings.push(Finding::error("no-sentinel", &place, message).expected("`sentinels: [...]` in that connection"));
            }
        }
        for step in runbook.steps().filter(|step| step.action.as_deref() == Some("postgres.write_probe")) {
            let Some(Link::Postgres(link)) = via(step).and_then(|name| plan.connections.get(name)).map(|c| &c.link) else {
                continue;
            };
            let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "with") else { continue };
            let role = step.with.get("role").and_then(|role| role.as_str());
            write_probe(link, role, &place, findings);
        }
    }
}

fn write_probe(link: &PostgresLink, role: Option<&str>, place: &Place, findings: &mut Findings) {
    let help = "add `application: {user: …, password: {…}}` to the connection, with the application's own login";
    match (&link.application, role) {
        (None, _) => {
            let message = "the connection has no `application` login to write with";
            findings.push(Finding::warning("no-application-login", place, message).help(help));
        }
        (Some(login), Some(role)) if login.user != role => {
            let message =
                format!("it writes as {}, but the connection's application login is {}", quoted(role), quoted(&login.user));
            findings.push(Finding::warning("no-application-login", place, message).help(help));
        }
        _ => {}
    }
}

const TWO: &str = "use two: what only looks must not be able to change anything";

/// What a Sentinel is asked to do, by way of the Redis server that it watches.
fn of_sentinel(step: &Step) -> bool {
    matches!(step.action.as_deref(), Some("redis.sentinel_failover" | "redis.check_quorum"))
}

/// Whether `step` is asked of the Sentinel `name`, and of none that has an `act` login.
fn needs_act_of(step: &Step, plan: &Plan, name: &str) -> bool {
    let target = via(step).filter(|_| of_sentinel(step)).and_then(|via| plan.connections.get(via));
    let Some(Link::Redis(link)) = target.map(|connection| &connection.link) else { return false };
    let acts =
        |own: &String| matches!(plan.connections.get(own).map(|c| &c.link), Some(Link::Sentinel(own)) if own.act.is_some());
    link.sentinels.iter().any(|own| own == name) && !link.sentinels.iter().any(acts)
}

fn logins<'a>(
    observe: &Login,
    act: Option<&Login>,
    tls: Option<bool>,
    acted: bool,
    place: &dyn Fn(&str) -> &'a Place,
    findings: &mut Findings,
) {
    match act {
        Some(act) if act.user == observe.user => {
            findings.push(Finding::warning("one-login", place("act"), "one login observes and acts").help(TWO));
        }
        None if acted => {
            let finding =
                Finding::warning("one-login", place("observe"), "steps act on this connection, but it has no `act` login");
            findings.push(finding.help("add `act`; `observe` stays the one that only looks"));
        }
        _ => {}
    }
    if tls == Some(false) {
        let finding = Finding::warning("in-the-clear", place("tls"), "passwords and data are sent in the clear");
        findings.push(finding.help("take `tls: false` away; `ca` trusts an authority of your own"));
    }
}

fn kubernetes<'a>(link: &KubernetesLink, acted: bool, place: &dyn Fn(&str) -> &'a Place, findings: &mut Findings) {
    let one = link.acting().is_some() && link.acting() == link.observing();
    if acted && one {
        let field = if link.act.is_some() { "act" } else { "context" };
        findings.push(Finding::warning("one-login", place(field), "one login observes and acts").help(TWO));
    }
    if acted && link.acting().is_none() {
        let finding =
            Finding::error("no-act-login", place("observe"), "steps act on this connection, but it has only an `observe` login");
        findings.push(finding.expected("`act: {context: …}`"));
    }
}

fn in_the_clear<'a>(url: &str, has_login: bool, place: &dyn Fn(&str) -> &'a Place, findings: &mut Findings) {
    if url.starts_with("http://") && has_login {
        findings.push(Finding::warning("in-the-clear", place("url"), "the login is sent in the clear").help("use https"));
    }
}

fn http<'a>(link: &HttpLink, acted: bool, place: &dyn Fn(&str) -> &'a Place, findings: &mut Findings) {
    let logins = [Some(link.observing()), link.acting()];
    in_the_clear(&link.url, logins.iter().flatten().any(|login| !login.is_empty()), place, findings);
    match link.acting() {
        None if acted => {
            let finding = Finding::error(
                "no-act-login",
                place("observe"),
                "steps act on this connection, but it has only an `observe` login",
            );
            findings.push(finding.expected("`act: {token: …}`, or `act: {}` where none is wanted"));
        }
        Some(acting) if acted && !acting.is_empty() && acting == link.observing() => {
            let field = if link.act.is_some() { "act" } else { "url" };
            findings.push(Finding::warning("one-login", place(field), "one login observes and acts").help(TWO));
        }
        _ => {}
    }
}

//! Requests to web servers: one body, of a method that takes one, and headers that can be sent.

use super::names::Index;
use crate::{
    model::ReadsOnly,
    plan::{
        decode::{
            context::{CallSite, Sort},
            http::header_name,
        },
        findings::{Finding, Findings, quoted},
        source::node::Node,
    },
};

pub const REQUEST: &str = "http.request";
const BODIES: [&str; 2] = ["json", "form"];

/// Checks one use of `http.request`. `reads` says which methods only read.
pub fn check(call: &CallSite<'_>, reads: Option<ReadsOnly>, index: &Index<'_>, findings: &mut Findings) {
    let Some(with) = call.with else { return };
    let bodies: Vec<(&str, &Node)> = BODIES.iter().filter_map(|name| Some((*name, with.get(name)?))).collect();
    if let [_, (second, node), ..] = bodies[..] {
        let finding = Finding::error("one-of", &node.place, format!("a request has one body: `{second}` is a second one"));
        findings.push(finding.expected("`json` or `form`"));
    }
    let method = with.get("method").and_then(Node::text);
    if let (Some(ReadsOnly::Word(_, words)), Some(method), Some((body, node))) = (reads, method, bodies.first())
        && words.contains(&method)
    {
        let finding = Finding::error("needs-body", &node.place, format!("{method} sends no body, and `{body}` is one"));
        findings.push(finding.help("say POST, PUT, PATCH or DELETE, or take the body away"));
    }
    if let Some(path) = with.get("path")
        && path.text().is_some_and(|text| !text.starts_with('/') || text.contains('#'))
    {
        let finding = Finding::error("bad-address", &path.place, "this is no path of a server");
        findings.push(finding.expected("a path such as /api/v1/backup?full=1, which starts with /"));
    }
    for entry in with.get("headers").and_then(Node::entries).unwrap_or_default() {
        if let Err(why) = header_name(&entry.key) {
            let finding = Finding::error("bad-name", &entry.place, format!("{} {why}", quoted(&entry.key)));
            findings.push(finding.expected("the name of a header of your own, such as X-Request-Id"));
        } else if entry.value.text().is_some_and(|text| text.contains('\n')) {
            let finding = Finding::error("wrong-type", &entry.value.place, "a header is one line");
            findings.push(finding.expected("a text on one line"));
        }
    }
    twice(with, index, findings);
}

/// A header that the connection says already would be sent twice.
fn twice(with: &Node, index: &Index<'_>, findings: &mut Findings) {
    let connection = with.get("via").and_then(Node::text).and_then(|via| index.get(Sort::Connection, via));
    let Some(link) = connection.and_then(|named| named.node.get("http")) else { return };
    let logins = [Some(link), link.get("act")].into_iter().flatten();
    let said: Vec<&str> = logins
        .flat_map(|login| login.get("headers").and_then(Node::entries).unwrap_or_default())
        .map(|entry| entry.key.as_str())
        .collect();
    for entry in with.get("headers").and_then(Node::entries).unwrap_or_default() {
        if said.iter().any(|name| name.eq_ignore_ascii_case(&entry.key)) {
            let message = format!("the connection says {} too", quoted(&entry.key));
            let finding = Finding::error("duplicate-name", &entry.place, message);
            findings.push(finding.help("let one of the two say it"));
        }
    }
}

//! Web servers and Alertmanagers: their addresses and logins.

use super::{
    connection::address,
    context::Context,
    fields::{Fields, by_name},
    later,
    scalar::exact,
};
use crate::plan::{
    findings::{Finding, quoted},
    source::{
        masking::looks_secret,
        node::{Entry, Node},
    },
    types::{AlertmanagerLink, HttpHeader, HttpLink, HttpLogin, SecretRef},
};

/// What a request says by itself.
const OURS: [&str; 7] = ["host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "expect"];

impl HttpLink {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "an http connection")?;
        let url = f.required(cx, "url", base);
        let own = login(&mut f, cx);
        let observe = f.optional(cx, "observe", HttpLogin::decode);
        let act = f.optional(cx, "act", HttpLogin::decode);
        let ca = f.optional(cx, "ca", exact);
        f.finish(cx, later::NONE);
        let HttpLogin { token, user, password, headers } = own;
        Some(Self { url: url?, token, user, password, headers, observe, act, ca })
    }
}

impl HttpLogin {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a login of a web server")?;
        let out = login(&mut f, cx);
        f.finish(cx, later::NONE);
        Some(out)
    }
}

impl AlertmanagerLink {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "an alertmanager connection")?;
        let url = f.required(cx, "url", base);
        let (token, user, password) = who(&mut f, cx);
        let ca = f.optional(cx, "ca", exact);
        f.finish(cx, later::NONE);
        Some(Self { url: url?, token, user, password, ca })
    }
}

/// An address that paths are added to.
fn base<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let url = address(node, cx)?;
    if url.contains(['?', '#']) {
        let expected = "an address without ? and #: a query stands with the path that needs it";
        cx.error("bad-address", node, "paths cannot be added to this address", expected);
        return None;
    }
    Some(url)
}

fn login<'a>(f: &mut Fields<'a>, cx: &mut Context<'a>) -> HttpLogin {
    let (token, user, password) = who(f, cx);
    let headers = f.optional(cx, "headers", by_name("a map of headers", header)).unwrap_or_default();
    HttpLogin { token, user, password, headers }
}

type Who = (Option<SecretRef>, Option<String>, Option<SecretRef>);

/// A token, or a user with a password.
fn who<'a>(f: &mut Fields<'a>, cx: &mut Context<'a>) -> Who {
    let token = f.optional(cx, "token", SecretRef::decode);
    let user = f.optional(cx, "user", exact);
    let password = f.optional(cx, "password", SecretRef::decode);
    let said = |field: &str| f.node.get(field);
    if let (Some(_), Some(second)) = (said("token"), said("user").or(said("password"))) {
        let message = "a request carries a token or a user, not both";
        cx.error("one-of", second, message, "`token`, or `user` and `password`");
    } else if let (Some(alone), None) | (None, Some(alone)) = (said("user"), said("password")) {
        let missing = if f.has("user") { "password" } else { "user" };
        let finding = Finding::error("missing-field", &alone.place, format!("a login by password needs `{missing}`"));
        cx.push(finding.help(format!("add `{missing}`")));
    }
    (token, user, password)
}

fn header<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<HttpHeader> {
    if let Err(why) = header_name(&entry.key) {
        let finding = Finding::error("bad-name", &entry.place, format!("{} {why}", quoted(&entry.key)));
        cx.push(finding.expected("the name of a header of your own, such as X-Api-Key"));
        return None;
    }
    let node = &entry.value;
    if node.entries().is_some() || looks_secret(&entry.key) {
        return SecretRef::decode(node, cx).map(HttpHeader::Secret);
    }
    let text = exact(node, cx)?;
    if text.contains('\n') {
        cx.error("wrong-type", node, "a header is one line", "a text on one line");
        return None;
    }
    Some(HttpHeader::Text(text))
}

/// Whether it can be a header's name, and one that a plan may say.
pub fn header_name(name: &str) -> Result<(), &'static str> {
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_name {
        return Err("cannot be the name of a header");
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err("is said by the request itself");
    }
    Ok(())
}

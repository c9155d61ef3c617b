//! Connections, their logins and secrets. Nothing here repeats a value in a message: it may be a secret in the wrong place.

use super::{
    context::{Context, Named, Sort},
    fields::{Fields, list, one_or_many, tagged},
    later,
    scalar::{self, at_least, count, exact, refers, truth, via},
};
use crate::{
    model::Duration,
    plan::{
        findings::Finding,
        source::node::{Entry, Node},
        types::{
            AlertmanagerLink, Connection, HttpLink, KubernetesLink, KubernetesLogin, Link, Login, PostgresLink, PrometheusLink,
            RedisLink, SecretRef, SentinelLink,
        },
    },
};

const SECRET: &str =
    "a reference: {env: NAME}, {file: /run/secrets/name}, {command: [program, argument]} or {vault: \"path#field\"}";

impl Connection {
    pub fn decode<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Self> {
        let node = &entry.value;
        scalar::key(&entry.key, node, cx);
        let system = Link::SYSTEMS.iter().find(|system| node.get(system).is_some()).copied();
        let place = &entry.place;
        cx.named.push(Named { sort: Sort::Connection, name: &entry.key, place, node, system, inside: 0, whole: true });
        let beside = ["region", "drill", "every"];
        let link = tagged(node, cx, "a connection", &Link::SYSTEMS, later::SYSTEMS, &beside);
        let mut f = Fields::quietly(node, "a connection")?;
        let region = f.optional(cx, "region", refers(Sort::Region));
        let drill = f.optional(cx, "drill", truth).unwrap_or_default();
        let every = f.optional(cx, "every", at_least(Duration::from_secs(1)));
        let (system, content) = link?;
        let link = match system {
            "prometheus" => Link::Prometheus(PrometheusLink::decode(content, cx)?),
            "kubernetes" => Link::Kubernetes(KubernetesLink::decode(content, cx)?),
            "http" => Link::Http(HttpLink::decode(content, cx)?),
            "alertmanager" => Link::Alertmanager(AlertmanagerLink::decode(content, cx)?),
            "redis" => Link::Redis(RedisLink::decode(content, cx)?),
            "sentinel" => Link::Sentinel(SentinelLink::decode(content, cx)?),
            _ => Link::Postgres(PostgresLink::decode(content, cx)?),
        };
        Some(Self { region, drill, every, link })
    }
}

impl PrometheusLink {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a prometheus connection")?;
        let url = f.required(cx, "url", address);
        let token = f.optional(cx, "token", SecretRef::decode);
        let ca = f.optional(cx, "ca", exact);
        f.finish(cx, later::NONE);
        Some(Self { url: url?, token, ca })
    }
}

/// An `http` or `https` address without a login in it.
pub fn address<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    const EXPECTED: &str = "an address such as https://server.example:9090";
    let url = exact(node, cx)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if host.contains('@') => {
            let finding = Finding::error("secret-literal", &node.place, "the address holds a login");
            cx.push(finding.expected(EXPECTED).help("a token stands in `token`, by reference"));
            None
        }
        Some(host) if !host.is_empty() && !url.contains(char::is_whitespace) => Some(url),
        _ => {
            cx.error("bad-address", node, "this is no address of a server", EXPECTED);
            None
        }
    }
}

impl KubernetesLogin {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a login of a cluster")?;
        let context = f.required(cx, "context", exact);
        let kubeconfig = f.optional(cx, "kubeconfig", exact);
        f.finish(cx, later::NONE);
        Some(Self { context: context?, kubeconfig })
    }
}

impl KubernetesLink {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a kubernetes connection")?;
        let context = f.optional(cx, "context", exact);
        let kubeconfig = f.optional(cx, "kubeconfig", exact);
        let observe = f.optional(cx, "observe", KubernetesLogin::decode);
        let act = f.optional(cx, "act", KubernetesLogin::decode);
        if !(f.has("context") || f.has("observe") || f.has("act")) {
            let finding = Finding::error("missing-field", &node.place, "a kubernetes connection needs a context");
            cx.push(finding.expected("`context`, or `observe` and `act` with a context each"));
        }
        f.finish(cx, later::NONE);
        Some(Self { context, kubeconfig, observe, act })
    }
}

impl PostgresLink {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a postgres connection")?;
        let host = f.required(cx, "host", one_host);
        let port = f.optional(cx, "port", count(1, 65_535)).and_then(|port| u16::try_from(port).ok());
        let dbname = f.required(cx, "dbname", exact);
        let observe = f.required(cx, "observe", Login::decode);
        let act = f.optional(cx, "act", Login::decode);
        let application = f.optional(cx, "application", Login::decode);
        let ca = f.optional(cx, "ca", exact);
        let tls = f.optional(cx, "tls", truth);
        f.finish(cx, later::NONE);
        Some(Self { host: host?, port, dbname: dbname?, observe: observe?, act, application, ca, tls })
    }
}

impl RedisLink {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a redis connection")?;
        let host = f.required(cx, "host", one_host);
        let port = f.optional(cx, "port", count(1, 65_535)).and_then(|port| u16::try_from(port).ok());
        let observe = f.required(cx, "observe", Login::decode);
        let act = f.optional(cx, "act", Login::decode);
        let sentinels = f.optional(cx, "sentinels", one_or_many(via(&["sentinel"]))).unwrap_or_default();
        let ca = f.optional(cx, "ca", exact);
        let tls = f.optional(cx, "tls", truth);
        f.finish(cx, later::NONE);
        Some(Self { host: host?, port, observe: observe?, act, sentinels, ca, tls })
    }
}

impl SentinelLink {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a sentinel connection")?;
        let host = f.required(cx, "host", one_host);
        let port = f.optional(cx, "port", count(1, 65_535)).and_then(|port| u16::try_from(port).ok());
        let observe = f.required(cx, "observe", Login::decode);
        let act = f.optional(cx, "act", Login::decode);
        let ca = f.optional(cx, "ca", exact);
        let tls = f.optional(cx, "tls", truth);
        f.finish(cx, later::NONE);
        Some(Self { host: host?, port, observe: observe?, act, ca, tls })
    }
}

/// One server's name or address: RULES R14 knows no lists and no addresses with logins.
fn one_host<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    const EXPECTED: &str = "the name or address of one server";
    let host = exact(node, cx)?;
    if host.contains("://") || host.contains('@') {
        let finding = Finding::error("bad-address", &node.place, "this is a connection string, not a host");
        cx.push(finding.expected(EXPECTED).help("say the host, the port and the logins in fields of their own"));
        return None;
    }
    if host.contains([',', ' ', '\t', '\n']) {
        cx.error("bad-address", node, "a connection names one server", EXPECTED);
        return None;
    }
    Some(host)
}

impl Login {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a login")?;
        let user = f.required(cx, "user", exact);
        let password = f.optional(cx, "password", SecretRef::decode);
        f.finish(cx, later::NONE);
        Some(Self { user: user?, password })
    }
}

impl SecretRef {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        if node.entries().is_none() {
            if !node.is_refused() {
                let finding =
                    Finding::error("secret-literal", &node.place, "a secret never stands in a plan, only where it is found");
                cx.push(finding.expected(SECRET).help("if this was the secret itself, change it: it is known now"));
            }
            return None;
        }
        let (tag, content) = tagged(node, cx, "a secret", &["env", "file", "command", "vault"], later::NONE, &[])?;
        let said = |cx: &mut Context<'a>| {
            let text = content.text().filter(|text| !text.trim().is_empty());
            if text.is_none() {
                cx.error("wrong-type", content, format!("`{tag}` of a secret is a text, this is {}", content.kind()), SECRET);
            }
            text
        };
        match tag {
            "env" => {
                let name = said(cx)?;
                let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !is_name {
                    let finding = Finding::error("bad-name", &content.place, "this is no name of an environment variable");
                    cx.push(finding.expected("letters, digits and _, such as DB_PASSWORD"));
                    return None;
                }
                Some(SecretRef::Env(name.to_owned()))
            }
            "file" => said(cx).map(|path| SecretRef::File(path.to_owned())),
            "vault" => {
                let path = said(cx)?;
                if !path.split_once('#').is_some_and(|(path, field)| path.contains('/') && !field.is_empty()) {
                    cx.error("bad-address", content, "this is no place in Vault", "\"mount/path#field\", in quotes");
                    return None;
                }
                Some(SecretRef::Vault(path.to_owned()))
            }
            _ => {
                let argv = list(exact)(content, cx)?;
                if argv.is_empty() {
                    cx.error("nothing-said", content, "no program is said", "the program and its arguments: [pass, dr]");
                    return None;
                }
                Some(SecretRef::Command(argv))
            }
        }
    }
}

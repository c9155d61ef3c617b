//! Probes and gates. A gate is compared with something, a value is not.

use super::{
    connection::address,
    context::{Context, Sort},
    fields::{Fields, by_name, list, one_or_many, tagged},
    later,
    scalar::{self, at_least, duration, exact, limit, one_of, refers, truth, via},
};
use crate::{
    model::{Duration, Limit, file_name::FileName, listing::JsonList},
    plan::{
        findings::Finding,
        source::node::{Entry, Node},
        types::{
            AlertProbe, FilesProbe, Gate, HttpProbe, KubernetesProbe, PostgresProbe, Probe, QueryProbe, RedisProbe, RedisRole,
            SentinelProbe, SqlProbe, probe::Rollout,
        },
    },
};

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It holds or not: needs `expect`.
    Gate,
    /// It holds while a service serves: needs `expect`.
    Health,
    /// A figure of seconds: no `expect`.
    Lag,
    /// A moment: no `expect`.
    Point,
    /// A figure that a server is asked for: no `expect`.
    Figure,
    /// Whether a receiver is attached: needs `expect` where there is something to compare.
    Connected,
}

impl Purpose {
    fn compares(self) -> bool {
        matches!(self, Purpose::Gate | Purpose::Health | Purpose::Connected)
    }
}

/// A probe with `within` and `for` beside it.
pub fn decode_gate<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose, what: &'static str) -> Option<Gate> {
    let probe = decode(node, cx, purpose, what, &["within", "for"]);
    let mut f = Fields::quietly(node, what)?;
    let within = f.optional(cx, "within", at_least(Duration::from_secs(1)));
    let hold = f.optional(cx, "for", duration);
    Some(Gate { probe: probe?, within, hold })
}

/// A probe alone.
pub fn decode_probe<'a>(purpose: Purpose, what: &'static str) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<Probe> {
    move |node, cx| decode(node, cx, purpose, what, &[])
}

fn decode<'a>(
    node: &'a Node,
    cx: &mut Context<'a>,
    purpose: Purpose,
    what: &'static str,
    beside: &[&'static str],
) -> Option<Probe> {
    let (tag, content) = tagged(node, cx, what, &Probe::TAGS, later::PROBES, beside)?;
    let fits = match tag {
        "postgres" => !matches!(purpose, Purpose::Point | Purpose::Figure),
        // When a Redis saves is all that it tells.
        "redis" => purpose != Purpose::Figure,
        "http" => purpose.compares() || content.get("list").is_some() && matches!(purpose, Purpose::Point | Purpose::Figure),
        "files" => matches!(purpose, Purpose::Point | Purpose::Figure),
        "sentinel" | "kubernetes" | "alert" | "all" | "any" => purpose.compares(),
        _ => true,
    };
    if tag == "alert" && matches!(purpose, Purpose::Health | Purpose::Connected) {
        let message = format!("an alert fires when something is wrong, and {what} holds when it is well");
        cx.error("wrong-way-round", content, message, "a probe of what is well, such as query or http");
        return None;
    }
    if tag == "files" && !fits {
        let message = format!("files tell when recovery points were made, but {what} is another thing");
        cx.error("no-value", content, message, "a probe of another kind, such as query");
        return None;
    }
    if !fits {
        let message = format!("`{tag}` says whether something holds, but {what} is a value");
        let expected = match purpose {
            Purpose::Figure => "query, sql, files, or http with a list, without expect",
            Purpose::Point => "query, sql, redis, files, or http with a list, without expect",
            _ => "query, sql or redis, without expect, or for a lag postgres",
        };
        cx.error("no-value", content, message, expected);
        return None;
    }
    Some(match tag {
        "query" => Probe::Query(query(content, cx, purpose)?),
        "sql" => Probe::Sql(sql(content, cx, purpose)?),
        "postgres" => Probe::Postgres(postgres(content, cx)?),
        "redis" => Probe::Redis(redis(content, cx, purpose)?),
        "sentinel" => Probe::Sentinel(sentinel(content, cx)?),
        "kubernetes" => Probe::Kubernetes(kubernetes(content, cx)?),
        "http" => Probe::Http(http(content, cx, purpose)?),
        "files" => Probe::Files(files(content, cx)?),
        "alert" => Probe::Alert(AlertProbe { name: refers(Sort::Alert)(content, cx)?, ..AlertProbe::default() }),
        "all" => Probe::All(several(content, cx, purpose)?),
        _ => Probe::Any(several(content, cx, purpose)?),
    })
}

fn several<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose) -> Option<Vec<Probe>> {
    let probes = list(decode_probe(purpose, "a probe"))(node, cx)?;
    if node.items().is_some_and(<[Node]>::is_empty) {
        cx.error("nothing-said", node, "none of nothing can hold", "a list of probes");
        return None;
    }
    Some(probes)
}

/// `expect` stands exactly where something is compared.
fn expectation<'a>(f: &mut Fields<'a>, cx: &mut Context<'a>, purpose: Purpose) -> Option<Limit> {
    let expect = f.optional(cx, "expect", limit);
    match (f.node.get("expect"), purpose.compares()) {
        (None, true) => {
            let finding = Finding::error("gate-without-expect", &f.node.place, "nothing says what the answer must be");
            cx.push(finding.expected("`expect` with one comparison, such as \"== 1\""));
        }
        (Some(said), false) => {
            let finding = Finding::error("value-with-expect", &said.place, "a value is not compared with anything");
            cx.push(finding.help("take `expect` away; the limit of a lag is `limit`"));
        }
        _ => {}
    }
    expect
}

fn query<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose) -> Option<QueryProbe> {
    let mut f = Fields::of(node, cx, "a query")?;
    let via = f.required(cx, "via", via(&["prometheus"]));
    let expr = f.required(cx, "expr", exact);
    let expect = expectation(&mut f, cx, purpose);
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    let each = f.optional(cx, "each", truth).unwrap_or_default();
    f.finish(cx, later::NONE);
    if each && !purpose.compares() {
        cx.error("value-with-expect", node, "`each` is for a comparison, this is one value", "a query with one sample");
    }
    Some(QueryProbe { via: via?, expr: expr?, expect, max_age, each })
}

fn sql<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose) -> Option<SqlProbe> {
    let mut f = Fields::of(node, cx, "an sql probe")?;
    let via = f.required(cx, "via", via(&["postgres"]));
    let query = f.required(cx, "query", exact);
    let expect = expectation(&mut f, cx, purpose);
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    f.finish(cx, later::NONE);
    Some(SqlProbe { via: via?, query: query?, expect, max_age })
}

fn postgres<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<PostgresProbe> {
    let mut f = Fields::of(node, cx, "a postgres probe")?;
    let via = f.required(cx, "via", via(&["postgres"]));
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    f.finish(cx, later::NONE);
    Some(PostgresProbe { via: via?, max_age })
}

fn redis<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose) -> Option<RedisProbe> {
    let mut f = Fields::of(node, cx, "a redis probe")?;
    let via = f.required(cx, "via", via(&["redis"]));
    let role = f.optional(
        cx,
        "role",
        one_of("role of a Redis server", &["primary", "replica"], &[RedisRole::Primary, RedisRole::Replica]),
    );
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    f.finish(cx, later::NONE);
    if let Some(said) = node.get("role").filter(|_| !matches!(purpose, Purpose::Gate | Purpose::Health)) {
        let finding = Finding::error("value-with-expect", &said.place, "a role is something to hold, only a gate does that");
        cx.push(finding.help("take `role` away"));
    }
    Some(RedisProbe { via: via?, role, max_age })
}

fn sentinel<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<SentinelProbe> {
    let mut f = Fields::of(node, cx, "a sentinel probe")?;
    let via = f.required(cx, "via", via(&["sentinel"]));
    let master = f.required(cx, "master", exact);
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    f.finish(cx, later::NONE);
    Some(SentinelProbe { via: via?, master: master?, max_age })
}

fn kubernetes<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<KubernetesProbe> {
    let mut f = Fields::of(node, cx, "a kubernetes probe")?;
    let via = f.required(cx, "via", via(&["kubernetes"]));
    let namespace = f.required(cx, "namespace", scalar::name);
    let deployments = f.optional(cx, "deployments", one_or_many(scalar::name)).unwrap_or_default();
    let rollout = if f.has("pods_per_zone") && !f.has("rollout") {
        None
    } else {
        f.required(cx, "rollout", one_of("state of a rollout", &["complete"], &[Rollout::Complete]))
    };
    f.finish(cx, later::KUBERNETES_PROBE);
    Some(KubernetesProbe { via: via?, namespace: namespace?, deployments, rollout: rollout? })
}

/// Of a connection, or of an address that wants no login.
fn http<'a>(node: &'a Node, cx: &mut Context<'a>, purpose: Purpose) -> Option<HttpProbe> {
    let mut f = Fields::of(node, cx, "an http probe")?;
    let server = f.optional(cx, "via", via(&["http"]));
    let path = f.optional(cx, "path", request_path);
    let url = f.optional(cx, "url", address);
    let list = f.optional(cx, "list", decode_list);
    let expect = expectation(&mut f, cx, purpose);
    let json = f.optional(cx, "json", by_name("a map of places in JSON to comparisons", comparison)).unwrap_or_default();
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    match (f.has("via"), f.has("url"), f.has("path")) {
        (true, false, _) | (false, true, false) => {}
        (false, false, _) => {
            let finding = Finding::error("missing-field", &node.place, "nothing says which server is asked");
            cx.push(finding.expected("`via` with an http connection, or `url`"));
        }
        _ => cx.error("one-of", node, "the server is said twice", "`via` and a path, or a whole `url`"),
    }
    if let Some(said) = node.get("list").filter(|_| purpose.compares()) {
        cx.error(
            "value-with-expect",
            said,
            "a list of recovery points is nothing to compare",
            "`json` with what must stand where",
        );
    }
    if let (Some(_), Some(said)) = (node.get("list"), node.get("json")) {
        cx.error("one-of", said, "of a list single places are asked besides", "`only` in the list, or `json` without a list");
    }
    f.finish(cx, later::NONE);
    if server.is_none() && url.is_none() {
        return None;
    }
    Some(HttpProbe { via: server, path, url, expect, json, list, max_age })
}

/// Where recovery points stand in an answer.
fn decode_list<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<JsonList> {
    let mut f = Fields::of(node, cx, "a list of recovery points")?;
    let of = f.optional(cx, "of", exact);
    let time = f.required(cx, "time", exact);
    let size = f.optional(cx, "size", exact);
    let took = f.optional(cx, "took", exact);
    let only = f.optional(cx, "only", by_name("a map of places in JSON to comparisons", comparison)).unwrap_or_default();
    f.finish(cx, later::NONE);
    Some(JsonList { of, time: time?, size, took, only })
}

fn files<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<FilesProbe> {
    let mut f = Fields::of(node, cx, "files")?;
    let folder = f.required(cx, "folder", exact);
    let name = f.required(cx, "name", exact);
    let max_age = f.optional(cx, "max_age", at_least(Duration::from_secs(1)));
    f.finish(cx, later::NONE);
    if let (Some(said), Some(text)) = (node.get("folder"), &folder)
        && !text.starts_with('/')
    {
        cx.error("bad-folder", said, "this does not say where on the machine", "an absolute path, such as /backups/orders");
        return None;
    }
    if let (Some(said), Some(Err(why))) = (node.get("name"), name.as_deref().map(FileName::read)) {
        cx.error("bad-name", said, why, "a name such as orders-*.dump or orders-%Y%m%d.dump");
        return None;
    }
    Some(FilesProbe { folder: folder?, name: name?, max_age })
}

/// `/health`, with a query if there is one.
pub fn request_path<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let path = exact(node, cx)?;
    if !path.starts_with('/') || path.contains(['#', '\n']) {
        cx.error("bad-address", node, "this is no path of a server", "a path such as /health?full=1, which starts with /");
        return None;
    }
    Some(path)
}

fn comparison<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Limit> {
    scalar::key(&entry.key, &entry.value, cx).then(|| limit(&entry.value, cx)).flatten()
}

//! What can be observed: as a gate it carries `expect`, as a value (`lag`, `at`) it does not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Ask, Duration, Limit, listing::JsonList};

/// A PromQL expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryProbe {
    /// The Prometheus connection to ask.
    pub via: String,
    pub expr: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Limit>,
    /// Older samples are stale and pass nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// All of several samples must meet `expect`; without it several samples are an error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each: bool,
}

/// A read-only SQL query whose first column of the first row is the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlProbe {
    /// The PostgreSQL connection to ask, by its `observe` login.
    pub via: String,
    pub query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// Where a PostgreSQL server stands: as a `lag` the age of the oldest commit that has not arrived,
/// as `connected` whether its receiver is streaming. Lag without a connection is no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresProbe {
    pub via: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// Which side of a replication a Redis server is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedisRole {
    Primary,
    Replica,
}

impl RedisRole {
    pub fn word(self) -> &'static str {
        match self {
            RedisRole::Primary => "primary",
            RedisRole::Replica => "replica",
        }
    }
}

/// Where a Redis server stands. As a gate: it is in this `role`, without one its link to its primary is up and was heard
/// from lately. As a `lag` how far it is behind its primary, as `at` when it last wrote a snapshot of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedisProbe {
    pub via: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RedisRole>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// What a Sentinel sees of a master that it watches: holds while it is up, a failover could be authorized, and a
/// replica could take over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentinelProbe {
    pub via: String,
    /// The name that the Sentinels know the master by.
    pub master: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// What a rollout must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rollout {
    /// Every deployment runs what its specification says, with all replicas available.
    Complete,
}

/// Deployments of a namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesProbe {
    pub via: String,
    pub namespace: String,
    /// Of these; by default of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<String>,
    pub rollout: Rollout,
}

/// An answer of a web server to `GET`: its status, and what its JSON says. No redirect is followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpProbe {
    /// The http connection to ask, by its `observe` login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Added to the connection's address, with a query if there is one; by default `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Or a whole address that wants no login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the status must be: `200`, `"< 400"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Limit>,
    /// What must stand at these places of the answer: `/data/0/state` or `data.0.state`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub json: BTreeMap<String, Limit>,
    /// The answer lists recovery points: as an `at` the newest of them, as a `size` or `took` that of the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<JsonList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

impl HttpProbe {
    /// Whom it asks: its connection, else `https://host:port` of its address.
    pub fn server(&self) -> &str {
        match (&self.via, &self.url) {
            (Some(via), _) => via,
            (None, Some(url)) => split_address(url).0,
            (None, None) => "",
        }
    }
    /// The path it asks for, with its query.
    pub fn path(&self) -> String {
        let said = match &self.url {
            Some(url) if self.via.is_none() => split_address(url).1,
            _ => self.path.as_deref().unwrap_or_default(),
        };
        if said.starts_with('/') { said.to_owned() } else { format!("/{said}") }
    }
}

/// Files in a folder of the machine that the console runs on, each a recovery point: as an `at` the newest of them, as a `size` that of
/// the newest. One that is empty, or was written to in the last minute, is none yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesProbe {
    /// An absolute path.
    pub folder: String,
    /// `orders-*.dump`; with the time in it (`orders-%Y%m%d-%H%M.dump`, UTC) that is when it was made, else when it was last written to.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// The address of a folder of this machine.
const FOLDER: &str = "file://";

/// Whether a question goes to a folder of this machine.
pub fn is_folder(via: &str) -> bool {
    via.starts_with(FOLDER)
}

/// Whether a question goes to an address that stands in a probe itself, not to a connection.
pub fn is_address(via: &str) -> bool {
    via.starts_with("https://") || via.starts_with("http://")
}

/// `https://host:port` and the rest.
fn split_address(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    (&url[..end], &url[end..])
}

/// What an absent series means to an alert rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AbsentMeans {
    Fires,
    /// Whether it fires cannot be told.
    #[default]
    Unknown,
    /// All is well: a series that is there only once something happened.
    Quiet,
}

/// An alert of the plan, by name: it holds while the alert fires, silenced or not. Loading puts beside the name what the plan says of
/// it, so that a runbook once opened keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertProbe {
    pub name: String,
    /// Of an alert with `expr` the Prometheus, else the Alertmanager that knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<AbsentMeans>,
}

impl AlertProbe {
    pub fn ask(&self) -> Ask {
        match &self.expr {
            Some(expr) => Ask::Query { expr: expr.clone() },
            None => Ask::Alerts,
        }
    }
}

/// Several probes as one.
pub type AllOf = Vec<Probe>;

/// One thing to observe, tagged by its system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    Query(QueryProbe),
    Sql(SqlProbe),
    Postgres(PostgresProbe),
    Redis(RedisProbe),
    Sentinel(SentinelProbe),
    Kubernetes(KubernetesProbe),
    Http(HttpProbe),
    Files(FilesProbe),
    /// The name of one of the plan's alerts: holds while it fires.
    Alert(#[schemars(with = "String")] AlertProbe),
    /// Holds when all of them do.
    All(AllOf),
    /// Holds when one of them does.
    Any(AllOf),
}

impl Probe {
    /// The tags that exist, for messages.
    pub const TAGS: [&'static str; 11] =
        ["query", "sql", "postgres", "redis", "sentinel", "kubernetes", "http", "files", "alert", "all", "any"];

    /// The connection it asks, or the address of a server or a folder that needs none; `None` for a combination.
    pub fn via(&self) -> Option<&str> {
        match self {
            Probe::Query(p) => Some(&p.via),
            Probe::Sql(p) => Some(&p.via),
            Probe::Postgres(p) => Some(&p.via),
            Probe::Redis(p) => Some(&p.via),
            Probe::Sentinel(p) => Some(&p.via),
            Probe::Kubernetes(p) => Some(&p.via),
            Probe::Http(p) => Some(p.server()),
            Probe::Files(_) => Some(FOLDER),
            Probe::Alert(p) => p.via.as_deref(),
            Probe::All(_) | Probe::Any(_) => None,
        }
    }

    /// The question it asks its connection; `None` for a combination.
    pub fn ask(&self) -> Option<Ask> {
        Some(match self {
            Probe::Query(p) => Ask::Query { expr: p.expr.clone() },
            Probe::Sql(p) => Ask::Sql { query: p.query.clone() },
            Probe::Postgres(_) => Ask::PostgresState,
            Probe::Redis(_) => Ask::RedisState,
            Probe::Sentinel(p) => Ask::SentinelState { master: p.master.clone() },
            Probe::Kubernetes(p) => Ask::KubernetesDeployments { namespace: p.namespace.clone() },
            Probe::Files(p) => Ask::Files { folder: p.folder.clone(), name: p.name.clone() },
            Probe::Http(p) => match &p.list {
                Some(list) => Ask::HttpList { path: p.path(), list: list.clone() },
                None => Ask::Http { path: p.path(), json: p.json.keys().cloned().collect() },
            },
            Probe::Alert(p) => p.ask(),
            Probe::All(_) | Probe::Any(_) => return None,
        })
    }

    pub fn max_age(&self) -> Option<Duration> {
        match self {
            Probe::Query(p) => p.max_age,
            Probe::Sql(p) => p.max_age,
            Probe::Postgres(p) => p.max_age,
            Probe::Http(p) => p.max_age,
            Probe::Files(p) => p.max_age,
            Probe::Redis(p) => p.max_age,
            Probe::Sentinel(p) => p.max_age,
            _ => None,
        }
    }

    /// Itself and everything in it that asks a connection.
    pub fn leaves(&self) -> Vec<&Probe> {
        match self {
            Probe::All(many) | Probe::Any(many) => many.iter().flat_map(Probe::leaves).collect(),
            leaf => vec![leaf],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_own_server() {
        let probe = |url: &str| HttpProbe { url: Some(url.into()), ..HttpProbe::default() };
        for (url, server, path) in [
            ("https://a.example", "https://a.example", "/"),
            ("https://a.example:8443/x/y?z=1", "https://a.example:8443", "/x/y?z=1"),
            ("http://a.example?z=1", "http://a.example", "/?z=1"),
        ] {
            assert_eq!((probe(url).server(), probe(url).path().as_str()), (server, path));
        }
        let by = HttpProbe { via: Some("api".into()), path: Some("/live".into()), ..HttpProbe::default() };
        assert_eq!((by.server(), by.path().as_str()), ("api", "/live"));
        assert!(is_address("https://a.example") && !is_address("api"));
    }
}

//! What is asked of a system again and again, and the key its answers are kept under.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{duration::Duration, listing::JsonList};

/// Names one signal: the same question asked twice has the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalKey(String);

impl SignalKey {
    pub fn of(via: &str, ask: &Ask) -> Self {
        // The question itself: it is looked up for every value of every Picture, so nothing is reckoned here.
        let said = match ask {
            Ask::Query { expr } => expr,
            Ask::Sql { query } => query,
            Ask::SentinelState { master } => master,
            Ask::KubernetesDeployments { namespace } => namespace,
            Ask::Cards { select } => select.as_deref().unwrap_or_default(),
            Ask::History { expr, span, step } => &format!("{span}/{step} {expr}"),
            Ask::Increase { expr, span } => &format!("{span} {expr}"),
            Ask::Receipt { lag, connected } => &format!("{lag} while {connected}"),
            Ask::Http { path, json } if json.is_empty() => path,
            Ask::Http { path, json } => &format!("{path} {}", json.join(" ")),
            Ask::HttpList { path, list } => &format!("{path} {}", serde_json::to_string(list).unwrap_or_default()),
            Ask::Files { folder, name } => &format!("{folder} {name}"),
            Ask::PostgresState | Ask::RedisState | Ask::KubernetesNodes | Ask::Alerts => "",
        };
        Self(format!("{via}/{}/{said}", ask.kind()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for SignalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A question in the words of its system. Values come back as [`Reading`](super::Reading)s:
/// one sample per series, row, object or fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// PromQL. One sample a series, its labels, measured at the oldest sample that it rests on.
    Query { expr: String },
    /// PromQL over the past: one series, a sample each `step`. One sample a moment at which it had a value, with the label `at`
    /// (seconds since 1970, by the system's clock), in order; each measured when it was asked.
    History { expr: String, span: Duration, step: Duration },
    /// By how much counters grew over the past, all series of a plain selector together; a fall to zero on the way is a start
    /// anew, and takes nothing away. One sample a fact, label `fact`: `increase`, and `since` (seconds since 1970, by the
    /// system's clock): from when on there are samples. None where there is no series.
    Increase { expr: String, span: Duration },
    /// The newest moment of the last hours up to which a copy is proven to have everything: its lag (seconds) before a moment at which
    /// `connected`, a comparison, held. One sample, seconds since 1970 by the system's clock; none where it never held.
    Receipt { lag: String, connected: String },
    /// SQL run read-only by the `observe` login. One sample: the first column of the first row.
    Sql { query: String },
    /// Where a PostgreSQL server stands (DOMAIN.md section 2). One sample a fact, label `fact`:
    /// `role` (`primary` or `standby`), `system`, `timeline`, `lsn` (bytes; received on a standby), `replayed_lsn`,
    /// `receiver` (`streaming`, another state, or `none`), `receipt_age` (s since the last message from the
    /// primary), `replay_age` (s since the last replayed commit), `connections`. A fact the server cannot say is left out.
    PostgresState,
    /// Where a Redis server stands (DOMAIN.md section 3). One sample a fact, label `fact`: `role` (`primary` or `replica`),
    /// `run` (run id), `replid`, `offset` (bytes; received on a replica), `link` (`up`, `down` or `syncing`; of a replica),
    /// `heard_age` (s since the last word from its primary), `replicas` (attached to it), `save_age` (s since its last
    /// snapshot; only if it made one since it started), `save_ok` (truth: the last one did not fail), `aof` (truth), and
    /// of a primary `written` with a label `ago` (s): its offset that long ago. A fact the server cannot say is left out.
    RedisState,
    /// What a Sentinel sees of a master. One sample a fact, label `fact`: `primary` (its address), `primary_run`, `up`
    /// (truth: not down in its eyes), `replicas`, `ok_replicas`, `sentinels` (itself counted), `quorum` (counts),
    /// `quorum_ok` (truth: a failover could be authorized now), `failing_over` (truth).
    SentinelState { master: String },
    /// Deployments of a namespace. One sample a deployment and fact, labels `deployment`, `fact`:
    /// `wanted`, `updated`, `ready`, `available` (counts), `complete` (truth: the rollout is done).
    KubernetesDeployments { namespace: String },
    /// Nodes. One sample a node and fact, labels `node`, `fact`: `ready` (truth), `zone` (text),
    /// `gaudi_capacity`, `gaudi_allocatable` (cards), `gaudi_used` (requested by its pods).
    KubernetesNodes,
    /// `GET` of a path of a web server, by the `observe` login; no redirect is followed. One sample a fact: `status` (a number), and
    /// where there is something to say of the answer `note` (a text). Beside them one sample with the label `json` for each of
    /// these places in its body that holds a number, a text or a truth value.
    Http { path: String, json: Vec<String> },
    /// `GET` of a path of a web server that lists recovery points in JSON. One sample each, as of [`Ask::Files`].
    HttpList { path: String, list: JsonList },
    /// Files in a folder of this machine that are recovery points: those whose name is as `name` says, with something in them, not
    /// written to lately. One sample a recovery point, the oldest first: its size in bytes, with the labels `at` (seconds since 1970)
    /// and, where told, `took` (seconds) and `name`.
    Files { folder: String, name: String },
    /// Accelerator cards by their exporters' metrics, in either vocabulary (DOMAIN.md section 1). `select`: label matchers that
    /// mean this cluster, as in PromQL between the braces. The answer is in [`Reading::cards`](super::Reading::cards).
    Cards { select: Option<String> },
    /// All alerts of an Alertmanager. One sample an alert: `firing`, `silenced` or `inhibited`, with the alert's own labels and
    /// `@since` (RFC 3339), `@summary`, `@runbook_url`, `@fingerprint`, and `@by` (who silences it and why, or the alerts that
    /// inhibit it). Of too many those are kept that fire and are worst; a sample before them has the label `@left_out`, and
    /// says how many more there are.
    Alerts,
}

impl Ask {
    /// The past hardly changes, and costs more than a value: it is never asked more often than so.
    pub const SELDOM: Duration = Duration::from_mins(10);

    /// The least time between two askings, whatever its connection says.
    pub fn pause(&self) -> Duration {
        match self {
            Ask::History { .. } | Ask::Increase { .. } => Self::SELDOM,
            // What a receipt tells does not change while a copy is cut off, which is when it is wanted; lists are long.
            Ask::Receipt { .. } | Ask::Files { .. } | Ask::HttpList { .. } => Duration::from_mins(1),
            _ => Duration::ZERO,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Ask::Query { .. } => "query",
            Ask::History { .. } => "history",
            Ask::Increase { .. } => "increase",
            Ask::Receipt { .. } => "receipt",
            Ask::Sql { .. } => "sql",
            Ask::PostgresState => "postgres",
            Ask::RedisState => "redis",
            Ask::SentinelState { .. } => "sentinel",
            Ask::KubernetesDeployments { .. } => "deployments",
            Ask::KubernetesNodes => "nodes",
            Ask::Http { .. } => "http",
            Ask::HttpList { .. } => "list",
            Ask::Files { .. } => "files",
            Ask::Cards { .. } => "cards",
            Ask::Alerts => "alerts",
        }
    }
}

/// A question, whom to ask, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub key: SignalKey,
    /// The connection's name.
    pub via: String,
    pub ask: Ask,
    /// Usual time between two answers.
    pub every: Duration,
    /// Older than this is *stale* (RULES R29).
    pub max_age: Duration,
}

impl Question {
    /// Asks every `every`; stale after `max_age`, or three times `every`.
    pub fn new(via: &str, ask: Ask, every: Duration, max_age: Option<Duration>) -> Self {
        Self { key: SignalKey::of(via, &ask), via: via.to_owned(), ask, every, max_age: max_age.unwrap_or(every * 3) }
    }
}

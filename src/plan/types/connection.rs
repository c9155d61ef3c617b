//! How one server each is reached. Secrets by reference, never by value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Duration;

/// Where a secret is found. Its value is read when it is needed and never kept in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// An environment variable of the console.
    Env(String),
    /// A file; one line break at its end does not count.
    File(String),
    /// What a program prints: `[pass, dr]`.
    Command(Vec<String>),
    /// `mount/path#field` of the plan's Vault.
    Vault(String),
}

/// A user and its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
}

/// One Prometheus, asked over its HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrometheusLink {
    pub url: String,
    /// Sent as a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// A context of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesLogin {
    pub context: String,
    /// The file; by default `$KUBECONFIG`, else `~/.kube/config`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<String>,
}

/// One cluster. `context` alone serves both logins, and doctor says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesLink {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observe: Option<KubernetesLogin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<KubernetesLogin>,
}

impl KubernetesLink {
    fn own(&self) -> Option<KubernetesLogin> {
        self.context.clone().map(|context| KubernetesLogin { context, kubeconfig: self.kubeconfig.clone() })
    }
    /// The login that looks.
    pub fn observing(&self) -> Option<KubernetesLogin> {
        self.observe.clone().or_else(|| self.own()).or_else(|| self.act.clone())
    }
    /// The login that acts.
    pub fn acting(&self) -> Option<KubernetesLogin> {
        self.act.clone().or_else(|| self.own())
    }
}

/// One PostgreSQL server, never a name that may move. TLS with verification is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresLink {
    pub host: String,
    /// By default 5432.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    pub dbname: String,
    pub observe: Login,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Login>,
    /// What the application itself logs in as; `postgres.write_probe` writes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<Login>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// `false` sends everything in the clear; lint reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
}

impl PostgresLink {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(5432)
    }
    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }
}

/// How requests to a web server say who asks: a token, a user with a password, or headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpLogin {
    /// Sent as a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// Sent with `password` by basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// Further headers by name; what is secret in them by reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HttpHeader>,
}

impl HttpLogin {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HttpHeader {
    Text(String),
    Secret(SecretRef),
}

/// One web server with an API of its own. A login beside the address serves both logins, and lint says so where a step acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpLink {
    /// Paths of probes and requests are added to it.
    pub url: String,
    /// Sent as a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// Sent with `password` by basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// Further headers by name; what is secret in them by reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HttpHeader>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observe: Option<HttpLogin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<HttpLogin>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

impl HttpLink {
    /// A server that wants no login.
    pub fn open(url: &str) -> Self {
        Self { url: url.to_owned(), ..Self::default() }
    }
    /// The login beside the address.
    pub fn own(&self) -> HttpLogin {
        HttpLogin {
            token: self.token.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
            headers: self.headers.clone(),
        }
    }
    /// The login that looks; an empty one says nothing.
    pub fn observing(&self) -> HttpLogin {
        self.observe.clone().unwrap_or_else(|| self.own())
    }
    /// The login that acts. `None`: there is one to look with, and none to act with.
    pub fn acting(&self) -> Option<HttpLogin> {
        let only_looks = self.observe.is_some() && self.own().is_empty();
        self.act.clone().or_else(|| (!only_looks).then(|| self.own()))
    }
}

/// One Alertmanager, asked over its HTTP API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerLink {
    pub url: String,
    /// Sent as a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// Sent with `password` by basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// One Redis server, never a name that may move. TLS with verification is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedisLink {
    pub host: String,
    /// By default 6379.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// An ACL user; `default` where the server has no others.
    pub observe: Login,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Login>,
    /// The connections of the Sentinels that watch it; the first that answers is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sentinels: Vec<String>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// `false` sends everything in the clear; lint reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
}

impl RedisLink {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(6379)
    }
    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }
}

/// One Redis Sentinel, a server of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentinelLink {
    pub host: String,
    /// By default 26379.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// An ACL user of the Sentinel; `default` where it has no others.
    pub observe: Login,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Login>,
    /// A PEM file of the authority to trust instead of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// `false` sends everything in the clear; lint reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
}

impl SentinelLink {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(26379)
    }
    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }
}

/// The system a connection reaches, with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Prometheus(PrometheusLink),
    Kubernetes(KubernetesLink),
    Postgres(PostgresLink),
    Http(HttpLink),
    Alertmanager(AlertmanagerLink),
    Redis(RedisLink),
    Sentinel(SentinelLink),
}

impl Link {
    /// The systems that exist, for messages.
    pub const SYSTEMS: [&'static str; 7] = ["prometheus", "kubernetes", "postgres", "redis", "sentinel", "http", "alertmanager"];

    pub fn system(&self) -> &'static str {
        match self {
            Link::Prometheus(_) => "prometheus",
            Link::Kubernetes(_) => "kubernetes",
            Link::Postgres(_) => "postgres",
            Link::Http(_) => "http",
            Link::Alertmanager(_) => "alertmanager",
            Link::Redis(_) => "redis",
            Link::Sentinel(_) => "sentinel",
        }
    }
}

/// How to reach one server, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Connection {
    /// The region it stands in; silence of all of a region's observers is a verdict of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Marks what a drill may change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// How often it is asked; by default every 5s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    #[serde(flatten)]
    pub link: Link,
}

impl Connection {
    pub const EVERY: Duration = Duration::from_secs(5);

    pub fn every(&self) -> Duration {
        self.every.unwrap_or(Self::EVERY)
    }
}

/// Connections by name.
pub type Connections = BTreeMap<String, Connection>;

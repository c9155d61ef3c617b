//! The vocabulary of `plan.yaml` and `runbooks/*.yaml`, as types. Their docs become the JSON Schemas' descriptions.

pub mod connection;
pub mod dataset;
pub mod document;
pub mod keeping;
pub mod kpi;
pub mod objective;
pub mod person;
pub mod probe;
pub mod runbook;
pub mod scenario;
pub mod service;
pub mod step;

pub use connection::{
    AlertmanagerLink, Connection, Connections, HttpHeader, HttpLink, HttpLogin, KubernetesLink, KubernetesLogin, Link, Login,
    PostgresLink, PrometheusLink, RedisLink, SecretRef, SentinelLink,
};
pub use dataset::{Dataset, RecoverySource, SourceKind};
pub use document::{About, Plan, Reference};
pub use keeping::{Keep, KeepTiers, Runs, SourcePurpose, Verify};
pub use kpi::{Kpi, KpiOf};
pub use objective::{Objectives, Region, RegionRole, Tier};
pub use person::{Escalation, Person, Power, Role};
pub use probe::{
    AbsentMeans, AlertProbe, AllOf, FilesProbe, HttpProbe, KubernetesProbe, PostgresProbe, Probe, QueryProbe, RedisProbe,
    RedisRole, SentinelProbe, SqlProbe,
};
pub use runbook::{Phase, Runbook, Use};
pub use scenario::{AlertRule, Automatic, Detect, Scenario};
pub use service::{Accelerators, CardMetrics, Mode, Service};
pub use step::{
    Check, Condition, Decision, DecisionValue, DrillForm, Due, Gate, Names, NoticeStep, Origin, OtherWay, Owner, Step, StepKind,
    UndoForm, Way,
};

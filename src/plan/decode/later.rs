//! Words of the wider vocabulary that this version does not know yet: whoever writes one is not told that it is a mistake.

use crate::plan::findings::{Finding, Place};

pub const PLAN: &[&str] = &[
    "milestones",
    "audiences",
    "notices",
    "templates",
    "signoff",
    "drills",
    "calendar",
    "safeguards",
    "compliance",
    "costs",
    "accept",
];
pub const OBJECTIVES: &[&str] = &["availability"];
pub const TIER: &[&str] = &["availability", "requires"];
pub const REGION: &[&str] = &["availability"];
pub const SERVICE: &[&str] = &["zones", "availability"];
pub const DATASET: &[&str] = &["availability", "requires", "covers"];
pub const SOURCE: &[&str] = &["take", "managed_by"];
pub const KPI: &[&str] = &["during"];
/// Figures of a kpi.
pub const KPIS: &[&str] =
    &["mttr", "rto_met", "rpo_met", "recovery_success", "drill_success", "automated_steps", "replication_lag"];
pub const ROLE: &[&str] = &["reach"];
pub const PERSON: &[&str] = &["totp"];
pub const DECISION: &[&str] = &["from"];
pub const NOTICE: &[&str] = &["now"];
pub const KUBERNETES_PROBE: &[&str] = &["pods_per_zone"];
pub const PROBES: &[&str] = &["command", "s3", "velero", "pgbackrest", "kpi", "capacity", "compare", "clock"];
/// A probe as a condition.
pub const CONDITIONS: &[&str] = &[
    "query",
    "sql",
    "postgres",
    "redis",
    "sentinel",
    "kubernetes",
    "all",
    "any",
    "http",
    "command",
    "s3",
    "velero",
    "pgbackrest",
    "alert",
    "kpi",
    "capacity",
    "compare",
    "clock",
];
pub const SYSTEMS: &[&str] = &[
    "vault",
    "smtp",
    "statuspage",
    "slack",
    "teams",
    "pagerduty",
    "twilio",
    "s3",
    "aws",
    "route53",
    "rds",
    "kafka_connect",
    "kafka",
    "argocd",
    "patroni",
    "etcd",
    "velero",
    "terraform",
    "prometheus",
];
/// Where a map has nothing more to come.
pub const NONE: &[&str] = &[];

/// What is said of such a word.
pub fn message(word: &str, what: &str) -> String {
    format!("this version does not know `{word}` in {what} yet")
}
pub const CODE: &str = "not-yet-known";
pub const HELP: &str = "leave it out, or in a comment, until a version knows it: nothing in a plan is ignored in silence";

/// What is said of a word that is read and checked, and not yet acted upon.
pub fn by_hand(place: &Place, message: &str) -> Finding {
    Finding::note("by-hand", place, message).help("do it by hand until a version does it")
}

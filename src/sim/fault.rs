//! What can go wrong in the simulated platform: by a scenario's story, or put in by a test.

use serde::Deserialize;

use crate::model::Duration;

/// How something that cannot be reached behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nothing comes back; the asker waits for its timeout.
    #[default]
    Silent,
    /// The connection is refused at once.
    Refused,
}

/// What may be wrong with a card that still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// A double-bit error in its memory, and rows that wait for a reset.
    Ecc,
    /// Nearly as hot as where it slows itself down.
    Hot,
    /// A link to other nodes is down.
    PortOut,
    /// A link to the node's other cards is down.
    PortIn,
    /// Nothing any more.
    Nothing,
}

/// One thing that happens. In a story it is written `node_lost: {node: gaudi-e03}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// All that stands in the region stops and is unreachable.
    RegionDark {
        region: String,
    },
    RegionBack {
        region: String,
    },
    /// One server cannot be reached from here. It goes on by itself.
    ConnectionDark {
        connection: String,
        #[serde(default)]
        how: Silence,
    },
    ConnectionBack {
        connection: String,
    },
    /// The standby's receiver loses its primary, which has this much more than arrived.
    ReplicaDetached {
        connection: String,
        unreceived_bytes: u64,
    },
    ReplicaAttached {
        connection: String,
    },
    /// The copy of a bucket or a topic stops: nothing arrives any more.
    CopyStops {
        of: String,
    },
    CopyGoesOn {
        of: String,
    },
    /// The standby falls behind by so much more.
    MeasureGrows {
        connection: String,
        bytes: u64,
    },
    /// The server behind the connection says another thing of itself.
    IdentityChanged {
        connection: String,
        fact: String,
        value: String,
    },
    /// The server's own clock is that far ahead (negative: behind); zero puts it right.
    ClockOff {
        connection: String,
        seconds: i64,
    },
    /// The certificate by which a connection is acted on ends so much later.
    CertificateEnds {
        connection: String,
        after: Duration,
    },
    NodeLost {
        node: String,
    },
    /// One card of the node is marked unhealthy: capacity stays, allocatable shrinks.
    CardLost {
        node: String,
    },
    CardBack {
        node: String,
    },
    /// A card works on, and its exporter shows what is wrong with it.
    CardAils {
        node: String,
        card: u32,
        of: Ailment,
    },
    /// The node's exporter answers without any card, so its `up` stays 1.
    ExporterBlind {
        node: String,
    },
    ExporterSees {
        node: String,
    },
    /// Something else changes a deployment's count: an autoscaler, a GitOps controller.
    ReplicasDrift {
        connection: String,
        namespace: String,
        deployment: String,
        replicas: u32,
    },
    /// So many objects fail their checksum.
    Corruption {
        objects: u32,
    },
    /// So many alerts of intrusion detection are open.
    Intrusion {
        alerts: u32,
    },
    /// The next request of `action` for `part` is refused with this reason: on that connection, else wherever it goes.
    PartRefused {
        action: String,
        #[serde(default)]
        connection: Option<String>,
        part: String,
        reason: String,
    },
    /// The next request of `action` takes effect, but its answer never comes: unknown, and it did happen.
    NextActionTimesOutAfterSending {
        action: String,
    },
    /// The next request of `action` is lost on its way: unknown, and it did not happen.
    NextActionTimesOutOnItsWay {
        action: String,
    },
    /// The next request of `action` finds no connection: failed, nothing left.
    NextActionTimesOutBeforeSending {
        action: String,
    },
}

impl Fault {
    /// Whether it meets a request of `action` for `part`, which goes to `via`.
    pub fn meets(&self, action: &str, via: Option<&str>, part: &str) -> bool {
        match self {
            Fault::PartRefused { action: a, connection, part: p, .. } => {
                a == action && p == part && (connection.is_none() || connection.as_deref() == via)
            }
            Fault::NextActionTimesOutAfterSending { action: a }
            | Fault::NextActionTimesOutOnItsWay { action: a }
            | Fault::NextActionTimesOutBeforeSending { action: a } => a == action,
            _ => false,
        }
    }
}

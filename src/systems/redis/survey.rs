//! A Redis server and the Sentinels over it, looked at once: what it is itself, and what the first Sentinel that answers says.

use std::sync::Arc;

use super::{
    fault::Fault,
    identity::identity,
    info::{Info, info, run_id},
    link::{As, Kind, Server},
    sentinel::{self, Master, Replica},
};
use crate::model::{Clock, Duration, Identity};

/// Between a Sentinel's name and its run id in the identity.
const RUN: &str = " run ";

pub struct Survey {
    pub info: Info,
    /// The Sentinel that answered.
    pub sentinel: Server,
    pub sentinel_run: String,
    pub master: Master,
    pub replicas: Vec<Replica>,
    /// Whether a failover could be authorized, in its words.
    pub quorum: Result<String, String>,
    /// Why others did not answer.
    pub silent: Vec<String>,
}

impl Survey {
    /// As the Sentinel knows the server, if it takes it for a replica.
    pub fn own(&self) -> Option<&Replica> {
        self.replicas.iter().find(|replica| replica.run == self.info.run)
    }

    /// Whether the Sentinel takes the server for the primary. After a switch it knows a server's run id only some ten
    /// seconds later; `known_as` is the address under which it knew this one before.
    pub fn is_named_primary(&self, known_as: Option<&str>) -> bool {
        self.master.run == self.info.run || Some(self.master.address.as_str()) == known_as
    }

    /// The replica that the Sentinel would choose, if it is another one than this server.
    pub fn other_choice(&self) -> Option<&Replica> {
        sentinel::by_choice(&self.replicas, &self.master).first().copied().filter(|first| first.run != self.info.run)
    }

    /// The server's own facts, and `sentinel` and `primary` (the address that the Sentinel names).
    pub fn identity(&self, server: &Server) -> Identity {
        let sentinel = format!("{}{RUN}{}", self.sentinel.name, self.sentinel_run);
        identity(server, &self.info).with("sentinel", sentinel).with("primary", &self.master.address)
    }
}

/// The name of the Sentinel that an identity pins.
pub fn pinned_sentinel(identity: &Identity) -> Option<&str> {
    Some(identity.0.get("sentinel")?.rsplit_once(RUN)?.0)
}

/// Looks at `server` and at the first of `sentinels` that answers for `master`; `first` is asked before the others.
pub async fn survey(
    server: &Server,
    sentinels: &[Server],
    master: &str,
    first: Option<&str>,
    limit: Duration,
    clock: &Arc<dyn Clock>,
) -> Result<Survey, Fault> {
    let session = server.open(As::Observe, limit, clock).await?;
    let own = info(&session).await?;
    let mut silent = Vec::new();
    let preferred = sentinels.iter().filter(|s| Some(s.name.as_str()) == first);
    for sentinel in preferred.chain(sentinels.iter().filter(|s| Some(s.name.as_str()) != first)) {
        match ask(sentinel, master, limit, clock).await {
            Ok((sentinel_run, master, replicas, quorum)) => {
                let sentinel = sentinel.clone();
                return Ok(Survey { info: own, sentinel, sentinel_run, master, replicas, quorum, silent });
            }
            Err(fault) => silent.push(fault.reason),
        }
    }
    Err(Fault::unreachable(format!("no Sentinel of {} answers for {master}: {}", server.name, silent.join("; "))))
}

type Said = (String, Master, Vec<Replica>, Result<String, String>);

async fn ask(sentinel: &Server, master: &str, limit: Duration, clock: &Arc<dyn Clock>) -> Result<Said, Fault> {
    let session = sentinel.open(As::Observe, limit, clock).await?;
    let run = run_id(&session, Kind::Sentinel).await?;
    let seen = sentinel::master(&session, master).await?;
    let replicas = sentinel::replicas(&session, master).await?;
    let quorum = sentinel::quorum(&session, master).await?;
    Ok((run, seen, replicas, quorum))
}

//! How far a failover has come: what the new primary, the Sentinel and the old primary each say. Only when all three
//! agree is it done: for seconds after a switch the old primary still calls itself one, and takes writes.

use std::sync::Arc;

use super::{
    info::info,
    link::{As, Server},
    survey::Survey,
};
use crate::{
    model::{Clock, Duration, Outcome},
    plan::RedisRole,
};

/// What the server that was the primary is now.
#[derive(Clone, Debug, PartialEq)]
pub enum Old {
    Follows,
    StillPrimary,
    /// Nobody has asked it yet.
    Unasked,
    /// It does not answer, and why.
    Silent(String),
}

/// A stage of a failover.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The server is still a replica and nothing is under way.
    Idle,
    /// The Sentinel is at it.
    UnderWay(String),
    /// It took over; the old primary does not follow yet.
    Apart(String),
    /// It took over; the old primary does not answer.
    Alone(String),
    Done(Outcome),
}

/// What became of the old primary, which stood at the address `old`: by its own word where its connection is known, else by the Sentinel's.
pub async fn old_primary(of: Option<&Server>, old: &str, seen: &Survey, limit: Duration, clock: &Arc<dyn Clock>) -> Old {
    let Some(server) = of else { return by_sentinel(old, seen) };
    let asked = async { info(&server.open(As::Observe, limit, clock).await?).await };
    match asked.await {
        Ok(now) if now.role == RedisRole::Replica => Old::Follows,
        Ok(_) => Old::StillPrimary,
        Err(fault) => Old::Silent(fault.reason),
    }
}

fn by_sentinel(old: &str, seen: &Survey) -> Old {
    let Some(old) = seen.replicas.iter().find(|replica| replica.address == old) else { return Old::Unasked };
    match old.follows() {
        _ if old.is_silent() => Old::Silent(format!("{} is down in the Sentinel's eyes", old.address)),
        Some(true) => Old::Follows,
        Some(false) => Old::StillPrimary,
        None => Old::Unasked,
    }
}

/// The servers as they were before.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// The run id of the replica that was to take over.
    pub run: String,
    /// The address under which the Sentinel knew it, where that is known.
    pub known_as: Option<String>,
    /// The address of the primary.
    pub primary: String,
}

/// How far the failover to the server `name` has come.
pub fn stage(name: &str, before: &Before, seen: &Survey, old: &Old) -> Stage {
    if seen.info.run != before.run {
        return Stage::Done(Outcome::unknown(format!("{name} was started anew meanwhile: look at what it is now")));
    }
    let is_primary = seen.info.role == RedisRole::Primary;
    match (is_primary, seen.is_named_primary(before.known_as.as_deref())) {
        (true, true) => match old {
            Old::Follows => Stage::Done(Outcome::succeeded(format!("{name} took over; the old primary follows it"))),
            Old::StillPrimary => {
                Stage::Apart("took over, but the old primary still says that it is one: it may take writes".into())
            }
            Old::Unasked => Stage::Apart("took over; whether the old primary follows is not known yet".into()),
            Old::Silent(why) => Stage::Alone(format!("{name} took over; the old primary does not answer ({why})")),
        },
        (true, false) => Stage::UnderWay(format!("promoted; {} does not name it yet", seen.sentinel.name)),
        (false, _) if seen.master.is_failing_over() => Stage::UnderWay("the Sentinel is at it".into()),
        (false, _) if seen.master.address != before.primary => {
            let other = &seen.master.address;
            Stage::Done(Outcome::unknown(format!("{} made {other} the primary instead of {name}", seen.sentinel.name)))
        }
        (false, _) => Stage::Idle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::redis::{
        info::tests::read_info,
        sentinel::tests::{master, replica},
    };

    const OLD: &str = "10.1.0.15:6379";

    /// `role`: of the server that takes over; `named`: the address that the Sentinel names.
    fn seen(role: &str, named: &str, flags: &str) -> Survey {
        let link = crate::plan::SentinelLink {
            host: "10.9.0.1".into(),
            port: None,
            observe: crate::plan::Login { user: "look".into(), password: None },
            act: None,
            ca: None,
            tls: None,
        };
        let mut master = master(flags);
        (master.address, master.run) = (named.to_owned(), String::new());
        Survey {
            info: read_info(role, ""),
            sentinel: Server::sentinel("sentinel-north", &link),
            sentinel_run: "77".into(),
            master,
            replicas: vec![replica("", "slave", "100", "1")],
            quorum: Ok("OK".into()),
            silent: Vec::new(),
        }
    }
    fn before() -> Before {
        Before { run: "3f9a".into(), known_as: Some("10.2.0.16:6379".into()), primary: OLD.into() }
    }

    #[test]
    fn r08_a_failover_is_done_only_when_all_three_agree() {
        let took_over = seen("master", "10.2.0.16:6379", "master");
        let at = |seen: &Survey, old: Old| stage("redis-west", &before(), seen, &old);
        assert!(matches!(at(&took_over, Old::Follows), Stage::Done(outcome) if outcome.is_success()));
        assert!(matches!(at(&took_over, Old::StillPrimary), Stage::Apart(words) if words.contains("may take writes")));
        assert!(matches!(at(&took_over, Old::Unasked), Stage::Apart(_)));
        assert!(matches!(at(&took_over, Old::Silent("gone".into())), Stage::Alone(_)));
        assert!(matches!(at(&seen("master", OLD, "master"), Old::Follows), Stage::UnderWay(_)), "the Sentinel has not moved");
        assert!(matches!(at(&seen("slave", OLD, "master,failover_in_progress"), Old::StillPrimary), Stage::UnderWay(_)));
        assert_eq!(at(&seen("slave", OLD, "master"), Old::StillPrimary), Stage::Idle);
        let other = at(&seen("slave", "10.3.0.15:6379", "master"), Old::Follows);
        assert!(matches!(&other, Stage::Done(Outcome::Unknown { reason }) if reason.contains("10.3.0.15:6379")), "{other:?}");
        let anew = stage("redis-west", &Before { run: "other".into(), ..before() }, &took_over, &Old::Follows);
        assert!(matches!(anew, Stage::Done(Outcome::Unknown { .. })));
    }
}

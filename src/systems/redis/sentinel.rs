//! What a Sentinel answers: the master it watches, its replicas, whether a failover could be authorized.

use redis::Value;

use super::{fault::Fault, link::Session, reply};
use crate::model::{Duration, text::brief};

/// A master as a Sentinel sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Master {
    /// Empty until the Sentinel has asked the server.
    pub run: String,
    /// `host:port`.
    pub address: String,
    flags: Vec<String>,
    /// Sentinels that watch it, this one counted.
    pub sentinels: u64,
    pub quorum: u64,
    /// After which a Sentinel gives a failover up.
    pub failover_timeout: Duration,
}

impl Master {
    /// Not down in this Sentinel's eyes.
    pub fn is_up(&self) -> bool {
        !is_down(&self.flags)
    }
    pub fn is_failing_over(&self) -> bool {
        self.flags.iter().any(|flag| flag == "failover_in_progress")
    }
}

/// A replica as a Sentinel sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    pub run: String,
    pub address: String,
    flags: Vec<String>,
    priority: u64,
    offset: u64,
    link_ok: bool,
    /// What the server said of itself, if the Sentinel has asked it since it took it for a replica.
    reported: Option<String>,
}

impl Replica {
    pub fn is_up(&self) -> bool {
        !is_down(&self.flags)
    }
    /// It has not answered the Sentinel for as long as that calls down. A connection that does not stand yet is no silence.
    pub fn is_silent(&self) -> bool {
        self.flags.iter().any(|flag| matches!(flag.as_str(), "s_down" | "o_down"))
    }
    /// Whether the Sentinel would take it at all. Its link is lost where its primary is.
    pub fn is_able(&self, master: &Master) -> bool {
        self.is_up() && self.priority > 0 && (self.link_ok || !master.is_up())
    }
    /// Whether the server itself said that it is a replica.
    pub fn follows(&self) -> Option<bool> {
        self.reported.as_ref().map(|role| role == "slave")
    }
}

fn is_down(flags: &[String]) -> bool {
    flags.iter().any(|flag| matches!(flag.as_str(), "s_down" | "o_down" | "disconnected"))
}

/// In the order in which a Sentinel would choose: priority, then the most data, then the run id.
pub fn by_choice<'a>(replicas: &'a [Replica], master: &Master) -> Vec<&'a Replica> {
    let mut able: Vec<&Replica> = replicas.iter().filter(|replica| replica.is_able(master)).collect();
    able.sort_by(|a, b| (a.priority, b.offset, &a.run).cmp(&(b.priority, a.offset, &b.run)));
    able
}

/// The master `name`; refused when this Sentinel watches none of that name.
pub async fn master(session: &Session, name: &str) -> Result<Master, Fault> {
    let answer = session.ask(&["SENTINEL", "MASTER", name]).await?;
    read_master(&answer).ok_or_else(|| session.odd("SENTINEL MASTER lacks what is needed"))
}

/// The replicas of the master `name`.
pub async fn replicas(session: &Session, name: &str) -> Result<Vec<Replica>, Fault> {
    let answer = session.ask(&["SENTINEL", "REPLICAS", name]).await?;
    let Value::Array(items) = &answer else { return Err(session.odd("SENTINEL REPLICAS is no list")) };
    let read: Option<Vec<Replica>> = items.iter().map(read_replica).collect();
    read.ok_or_else(|| session.odd("SENTINEL REPLICAS lacks what is needed"))
}

/// Whether a failover of the master `name` could be authorized, in the Sentinel's own words.
pub async fn quorum(session: &Session, name: &str) -> Result<Result<String, String>, Fault> {
    match session.ask(&["SENTINEL", "CKQUORUM", name]).await {
        Ok(answer) => {
            reply::text(&answer).map(|text| Ok(brief(&text))).ok_or_else(|| session.odd("SENTINEL CKQUORUM is no text"))
        }
        Err(fault) if fault.is("NOQUORUM") => {
            let place = format!("{}: ", session.place());
            Ok(Err(fault.reason.strip_prefix(&place).unwrap_or(&fault.reason).to_owned()))
        }
        Err(fault) => Err(fault),
    }
}

fn address(of: &std::collections::BTreeMap<String, String>) -> Option<String> {
    Some(format!("{}:{}", of.get("ip")?, of.get("port")?))
}

fn flags(of: &std::collections::BTreeMap<String, String>) -> Option<Vec<String>> {
    Some(of.get("flags")?.split(',').map(str::to_owned).collect())
}

fn read_master(value: &Value) -> Option<Master> {
    let said = reply::pairs(value)?;
    Some(Master {
        run: said.get("runid").cloned().unwrap_or_default(),
        address: address(&said)?,
        flags: flags(&said)?,
        sentinels: said.get("num-other-sentinels")?.parse::<u64>().ok()?.saturating_add(1),
        quorum: said.get("quorum")?.parse().ok()?,
        failover_timeout: Duration::from_millis(said.get("failover-timeout")?.parse().ok()?),
    })
}

fn read_replica(value: &Value) -> Option<Replica> {
    let said = reply::pairs(value)?;
    let number = |name: &str| said.get(name).and_then(|value| value.parse::<u64>().ok());
    Some(Replica {
        run: said.get("runid").cloned().unwrap_or_default(),
        address: address(&said)?,
        flags: flags(&said)?,
        priority: number("slave-priority")?,
        offset: number("slave-repl-offset").unwrap_or_default(),
        link_ok: said.get("master-link-status").is_some_and(|status| status == "ok"),
        // Before it was asked (never: 0) the Sentinel repeats what it takes it for.
        reported: said.get("role-reported").filter(|_| number("info-refresh").is_some_and(|ago| ago > 0)).cloned(),
    })
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn told(pairs: &[(&str, &str)]) -> Value {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        Value::Array(pairs.iter().flat_map(|(name, value)| [bulk(name), bulk(value)]).collect())
    }
    pub fn master(flags: &str) -> Master {
        let pairs = [("ip", "10.1.0.15"), ("port", "6379"), ("runid", "3f9a"), ("flags", flags)];
        let more = [("num-other-sentinels", "2"), ("quorum", "2"), ("failover-timeout", "180000")];
        read_master(&told(&[&pairs[..], &more[..]].concat())).unwrap()
    }
    pub fn replica(run: &str, flags: &str, priority: &str, offset: &str) -> Replica {
        read_replica(&told(&[
            ("ip", "10.2.0.15"),
            ("port", "6379"),
            ("runid", run),
            ("flags", flags),
            ("slave-priority", priority),
            ("slave-repl-offset", offset),
            ("master-link-status", "ok"),
            ("role-reported", "slave"),
            ("info-refresh", "0"),
        ]))
        .unwrap()
    }

    #[test]
    fn the_choice_is_priority_then_data_then_name_and_never_who_is_down() {
        let all = [
            replica("a", "slave", "100", "900"),
            replica("b", "slave", "50", "10"),
            replica("c", "slave", "50", "20"),
            replica("d", "slave", "0", "999"),
            replica("e", "s_down,slave,disconnected", "1", "999"),
        ];
        let order: Vec<&str> = by_choice(&all, &master("master")).iter().map(|r| r.run.as_str()).collect();
        assert_eq!(order, ["c", "b", "a"]);
    }

    #[test]
    fn what_a_sentinel_only_assumes_is_not_what_a_server_said() {
        assert_eq!(replica("a", "slave", "100", "1").follows(), None);
    }

    #[test]
    fn a_master_is_read_with_all_that_is_needed_or_not_at_all() {
        let half = told(&[("ip", "10.1.0.15"), ("port", "6379"), ("runid", "3f9a"), ("flags", "master")]);
        assert_eq!(read_master(&half), None);
        let master = master("master,failover_in_progress");
        assert!(master.is_up() && master.is_failing_over() && master.sentinels == 3);
    }
}

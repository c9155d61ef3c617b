//! Where a Redis server stands, as its `INFO` tells at one moment.

use super::{
    fault::Fault,
    link::{Kind, Session},
    reply,
};
use crate::{model::text::brief, plan::RedisRole};

/// What the server says of itself. `None`: it does not say, or it makes no sense for its role.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// New with each start of the server.
    pub run: String,
    pub role: RedisRole,
    /// Names its history of writes.
    pub replid: Option<String>,
    /// Bytes of that history: written by a primary, received by a replica.
    pub offset: Option<f64>,
    /// Of a replica: `up`, `down` or `syncing`.
    pub link: Option<&'static str>,
    /// Seconds since the primary last said anything. Only while the link is up.
    pub heard: Option<f64>,
    /// Replicas attached to it.
    pub replicas: Option<u64>,
    /// Of those, how many count for `min-replicas-to-write`. Only where that is set, and then writes need them.
    pub good_replicas: Option<u64>,
    /// Clients connected.
    pub clients: Option<u64>,
    /// Snapshots since it started (Redis 7). Without one, the time of the last is that of its start.
    pub saves: Option<u64>,
    /// That time, seconds since 1970 by its own clock.
    pub last_save: Option<f64>,
    pub save_ok: Option<bool>,
    pub saving: bool,
    /// Seconds that the snapshot now being written has taken.
    pub saving_for: Option<u64>,
    pub aof: Option<bool>,
    /// Its clock, seconds since 1970.
    pub clock: Option<f64>,
}

impl Info {
    /// Seconds since the last snapshot, by its own clock; only if one was written since it started.
    pub fn save_age(&self) -> Option<f64> {
        self.saves.filter(|saves| *saves > 0)?;
        Some((self.clock? - self.last_save?).max(0.0))
    }
}

/// The run id of a Sentinel, or of a server whose rest does not matter.
pub async fn run_id(session: &Session, kind: Kind) -> Result<String, Fault> {
    let text = reply::text(&session.ask(&["INFO", "server"]).await?).ok_or_else(|| session.odd("INFO is no text"))?;
    run_of(&text, kind).map_err(|why| session.odd(&why))
}

/// Asks the server where it stands.
pub async fn info(session: &Session) -> Result<Info, Fault> {
    let text = reply::text(&session.ask(&["INFO"]).await?).ok_or_else(|| session.odd("INFO is no text"))?;
    read(&text).map_err(|why| session.odd(&why))
}

fn run_of(text: &str, kind: Kind) -> Result<String, String> {
    let lines = reply::lines(text);
    let is = lines.get("redis_mode").copied().unwrap_or("standalone");
    match (kind, is) {
        (Kind::Redis, "sentinel") => return Err("it is a Sentinel; name a Redis server, and the Sentinel in `sentinels`".into()),
        (Kind::Sentinel, mode) if mode != "sentinel" => return Err(format!("it is no Sentinel but a Redis server ({mode})")),
        _ => {}
    }
    let run = lines.get("run_id").filter(|run| !run.is_empty());
    run.map(|run| brief(run)).ok_or_else(|| "INFO names no run id".into())
}

fn read(text: &str) -> Result<Info, String> {
    let run = run_of(text, Kind::Redis)?;
    let lines = reply::lines(text);
    let number = |name: &str| lines.get(name).and_then(|value| value.parse::<f64>().ok()).filter(|n| n.is_finite());
    let count = |name: &str| lines.get(name).and_then(|value| value.parse::<u64>().ok());
    let role = match lines.get("role").copied() {
        Some("master") => RedisRole::Primary,
        Some("slave") => RedisRole::Replica,
        _ => return Err("INFO does not say its role".into()),
    };
    let is_replica = role == RedisRole::Replica;
    let syncing = lines.get("master_sync_in_progress") == Some(&"1");
    let link = match lines.get("master_link_status").copied().filter(|_| is_replica) {
        _ if is_replica && syncing => Some("syncing"),
        Some("up") => Some("up"),
        Some(_) => Some("down"),
        None => None,
    };
    Ok(Info {
        run,
        role,
        replid: lines.get("master_replid").map(|id| brief(id)),
        offset: number(if is_replica { "slave_repl_offset" } else { "master_repl_offset" }),
        link,
        // -1 while there is no link.
        heard: number("master_last_io_seconds_ago").filter(|age| is_replica && *age >= 0.0 && link == Some("up")),
        replicas: count("connected_slaves"),
        good_replicas: count("min_slaves_good_slaves"),
        clients: count("connected_clients"),
        saves: count("rdb_saves"),
        last_save: number("rdb_last_save_time"),
        save_ok: lines.get("rdb_last_bgsave_status").map(|status| *status == "ok"),
        saving: lines.get("rdb_bgsave_in_progress") == Some(&"1"),
        saving_for: count("rdb_current_bgsave_time_sec"),
        aof: lines.get("aof_enabled").map(|on| *on == "1"),
        clock: number("server_time_usec").map(|micros| micros / 1e6),
    })
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A primary or a replica as Redis 7.0 describes itself, cut to what is read.
    pub fn text(role: &str, more: &str) -> String {
        format!(
            "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:3f9a\r\nserver_time_usec:1700000100000000\r\n\
             # Persistence\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:1700000000\r\nrdb_last_bgsave_status:ok\r\naof_enabled:0\r\n\
             # Replication\r\nrole:{role}\r\nmaster_replid:ab\r\nmaster_repl_offset:500\r\n{more}"
        )
    }

    pub fn read_info(role: &str, more: &str) -> Info {
        read(&text(role, more)).unwrap()
    }

    #[test]
    fn a_save_time_without_a_save_is_none() {
        let none = read(&text("master", "rdb_saves:0\r\n")).unwrap();
        assert_eq!((none.last_save, none.save_age()), (Some(1_700_000_000.0), None), "it is the time of the server's start");
        assert_eq!(read(&text("master", "rdb_saves:1\r\n")).unwrap().save_age(), Some(100.0));
        assert_eq!(read(&text("master", "")).unwrap().save_age(), None, "before Redis 7 nobody can tell");
    }

    #[test]
    fn a_link_that_is_not_up_has_heard_nothing() {
        let link = |more: &str| {
            let info = read(&text("slave", more)).unwrap();
            (info.link, info.heard)
        };
        assert_eq!(link("master_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n"), (Some("up"), Some(3.0)));
        assert_eq!(link("master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\n"), (Some("down"), None));
        let filling = "master_link_status:down\r\nmaster_last_io_seconds_ago:0\r\nmaster_sync_in_progress:1\r\n";
        assert_eq!(link(filling), (Some("syncing"), None));
        assert_eq!(read(&text("master", "master_link_status:up\r\n")).unwrap().link, None);
    }

    #[test]
    fn another_kind_of_server_is_named() {
        let sentinel = "redis_mode:sentinel\r\nrun_id:77\r\n";
        assert!(read(sentinel).unwrap_err().contains("it is a Sentinel"));
        assert_eq!(run_of(sentinel, Kind::Sentinel), Ok("77".into()));
        assert!(run_of(&text("master", ""), Kind::Sentinel).unwrap_err().contains("no Sentinel"));
        assert!(read("hello").is_err());
    }
}

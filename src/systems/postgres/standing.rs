//! Where a PostgreSQL server stands: its role, its positions in the WAL, its receiver.

use super::{
    fault::Fault,
    identity::{Facts, identify},
    link::Session,
};
use crate::model::text::brief;

/// Positions as bytes since the beginning of the WAL. On a standby `lsn` is the larger of received and replayed: what it
/// replayed from an archive it has as well. Without rights on `pg_stat_wal_receiver` its columns are NULL, not its row.
const STANDING: &str = "\
    SELECT (CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
                 ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::float8 AS lsn, \
           (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::float8 AS replayed, \
           w.pid IS NOT NULL AS receiving, w.status AS receiver, \
           (w.latest_end_lsn - '0/0'::pg_lsn)::float8 AS announced, \
           extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time)::float8 AS receipt_age, \
           extract(epoch FROM w.last_msg_receipt_time)::float8 AS receipt, \
           extract(epoch FROM clock_timestamp())::float8 AS clock, \
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS replay_age, \
           (SELECT CASE WHEN bool_and(backend_type IS NOT NULL) THEN count(*) FILTER (WHERE backend_type = 'client backend') END \
            FROM pg_stat_activity)::float8 AS connections \
    FROM (SELECT 1) AS one LEFT JOIN pg_stat_wal_receiver w ON true";

/// What the server says of itself at one moment. `None`: it does not say, or it makes no sense for its role.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub facts: Facts,
    /// Bytes: the end of the WAL on a primary, of what it has on a standby.
    pub lsn: Option<f64>,
    /// Bytes, on a standby.
    pub replayed: Option<f64>,
    /// On a standby: `streaming`, another state, or `none`.
    pub receiver: Option<String>,
    /// Bytes: how far the primary said it was in its last message.
    pub announced: Option<f64>,
    /// Seconds since the last message from the primary, by the standby's own clock.
    pub receipt_age: Option<f64>,
    /// That message's moment, seconds since 1970 by the standby's clock.
    pub receipt: Option<f64>,
    /// The server's clock, seconds since 1970.
    pub clock: f64,
    /// Seconds since the last replayed commit. Grows on an idle primary's standby too.
    pub replay_age: Option<f64>,
    /// Sessions of clients, this one included. Not known to a login that may not see others' sessions.
    pub connections: Option<f64>,
}

impl Standing {
    pub fn streams(&self) -> bool {
        self.receiver.as_deref() == Some("streaming")
    }
    /// Bytes received and not yet replayed: they cost time at a promotion, no data.
    pub fn to_replay(&self) -> Option<f64> {
        Some((self.lsn? - self.replayed?).max(0.0))
    }
    /// Bytes that the primary announced and that have not arrived.
    pub fn to_receive(&self) -> Option<f64> {
        Some((self.announced? - self.lsn?).max(0.0))
    }
}

/// Asks the server where it stands.
pub async fn standing(session: &Session) -> Result<Standing, Fault> {
    let facts = identify(session).await?;
    let row = session.row(STANDING, &[]).await?;
    let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: it answers unlike PostgreSQL: {error}", session.place()));
    let standby = facts.standby;
    let only_standby = |value: Option<f64>| value.filter(|_| standby);
    let number = |column: &str| row.try_get::<_, Option<f64>>(column).map_err(bad);
    let receiving: bool = row.try_get("receiving").map_err(bad)?;
    let status: Option<String> = row.try_get("receiver").map_err(bad)?;
    Ok(Standing {
        receiver: match (standby, receiving) {
            (false, _) => None,
            (true, false) => Some("none".into()),
            (true, true) => status.map(|s| brief(&s)),
        },
        lsn: number("lsn")?,
        replayed: only_standby(number("replayed")?),
        announced: only_standby(number("announced")?),
        receipt_age: only_standby(number("receipt_age")?).map(|s| s.max(0.0)),
        receipt: only_standby(number("receipt")?),
        clock: number("clock")?.unwrap_or_default(),
        replay_age: only_standby(number("replay_age")?).map(|s| s.max(0.0)),
        connections: number("connections")?,
        facts,
    })
}

/// `0/3000148`: a position as PostgreSQL writes it.
pub fn lsn_text(bytes: f64) -> String {
    let bytes = bytes as u64;
    format!("{:X}/{:X}", bytes >> 32, bytes & 0xffff_ffff)
}

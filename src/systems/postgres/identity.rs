//! What a PostgreSQL server says it is (RULES R14).

use tokio_postgres::error::SqlState;

use super::{fault::Fault, link::Session};
use crate::model::{Identity, text::brief};

/// Everything at once, so that the facts belong together. A standby's timeline is what it has replayed into its
/// control file; a primary's is in the name of its current WAL file, which is right from the promotion on.
const FULL: &str = "\
    SELECT pg_is_in_recovery() AS standby, \
           host(inet_server_addr()) || ':' || inet_server_port() AS address, \
           (SELECT system_identifier::text FROM pg_control_system()) AS system, \
           CASE WHEN pg_is_in_recovery() \
                THEN (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) FROM pg_control_checkpoint() c, pg_control_recovery() r) \
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline";

/// For a login that may not read the control file.
const REDUCED: &str = "\
    SELECT pg_is_in_recovery() AS standby, \
           host(inet_server_addr()) || ':' || inet_server_port() AS address, \
           NULL::text AS system, \
           CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli FROM pg_stat_wal_receiver) \
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline";

/// The server's facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub standby: bool,
    /// `None` when the login may not read it.
    pub system: Option<String>,
    /// As the server knows itself; behind a proxy not what the plan says.
    pub address: Option<String>,
    pub timeline: Option<i32>,
}

impl Facts {
    pub fn role(&self) -> &'static str {
        if self.standby { "standby" } else { "primary" }
    }

    /// The facts `system`, `address`, `timeline`, `role`; what the server does not say is left out.
    pub fn identity(&self) -> Identity {
        let mut identity = Identity::default().with("role", self.role());
        if let Some(system) = &self.system {
            identity = identity.with("system", system);
        }
        if let Some(address) = &self.address {
            identity = identity.with("address", address);
        }
        if let Some(timeline) = self.timeline {
            identity = identity.with("timeline", timeline.to_string());
        }
        identity
    }

    /// Whether this is the server that was consented to, but for facts in `allowed`. What the pinned one could not be
    /// asked (its login may have had fewer rights) is not held against it.
    pub fn same(&self, place: &str, pinned: &Identity, allowed: &[&str]) -> Result<(), String> {
        let mut allowed = allowed.to_vec();
        allowed.extend(["system", "timeline"].iter().filter(|fact| !pinned.0.contains_key(**fact)));
        let differences = self.identity().differences(pinned, &allowed);
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!("{place} is not the server that was agreed to: {}; look at it again", differences.join(", ")))
    }
}

/// Asks the server what it is.
pub async fn identify(session: &Session) -> Result<Facts, Fault> {
    let row = match session.row(FULL, &[]).await {
        Err(fault) if fault.is(SqlState::INSUFFICIENT_PRIVILEGE.code()) => session.row(REDUCED, &[]).await?,
        other => other?,
    };
    let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: it answers unlike PostgreSQL: {error}", session.place()));
    Ok(Facts {
        standby: row.try_get("standby").map_err(bad)?,
        system: row.try_get::<_, Option<String>>("system").map_err(bad)?.map(|s| brief(&s)),
        address: row.try_get::<_, Option<String>>("address").map_err(bad)?.map(|s| brief(&s)),
        timeline: row.try_get("timeline").map_err(bad)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts { standby: true, system: Some("7412".into()), address: Some("10.2.0.15:5432".into()), timeline: Some(3) }
    }

    #[test]
    fn r14_another_system_address_timeline_or_role_is_another_server() {
        let pinned = facts().identity();
        assert_eq!(facts().same("db-west", &pinned, &[]), Ok(()));
        for other in [
            Facts { system: Some("7413".into()), ..facts() },
            Facts { address: Some("10.2.0.16:5432".into()), ..facts() },
            Facts { timeline: Some(4), ..facts() },
            Facts { standby: false, ..facts() },
            Facts { system: None, ..facts() },
        ] {
            assert!(other.same("db-west", &pinned, &[]).unwrap_err().contains("not the server that was agreed to"), "{other:?}");
        }
        let promoted = Facts { timeline: Some(4), standby: false, ..facts() };
        assert_eq!(promoted.same("db-west", &pinned, &["timeline", "role"]), Ok(()));
    }

    #[test]
    fn r14_what_the_looking_login_could_not_ask_is_not_held_against_the_acting_one() {
        let pinned = Facts { system: None, ..facts() }.identity();
        assert_eq!(facts().same("db-west", &pinned, &[]), Ok(()));
        assert!(Facts { address: Some("elsewhere:1".into()), ..facts() }.same("db-west", &pinned, &[]).is_err());
    }
}

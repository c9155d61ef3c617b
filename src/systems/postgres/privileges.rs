//! What a role of a PostgreSQL server may do to others: asked before it is needed, and before consent. Anybody may ask
//! that about anybody.

use super::{
    fault::Fault,
    link::{Session, quoted},
};
use crate::model::text::clean;

/// Whether the role `$1` may promote.
const MAY_PROMOTE: &str = "SELECT count(*) > 0 AND bool_and(has_function_privilege(r.oid, 'pg_promote(boolean, integer)', 'EXECUTE')) \
    FROM pg_roles r WHERE r.rolname = $1";
/// Whether the login that asks may promote.
pub const MAY_I_PROMOTE: &str = "SELECT has_function_privilege(current_user, 'pg_promote(boolean, integer)', 'EXECUTE')";
/// What mends it.
pub const LET_PROMOTE: &str = "grant it EXECUTE on pg_promote(boolean, integer)";

/// Whether the role `$1` could use the table of the write test as it stands.
const MAY_WRITE: &str = "SELECT coalesce((SELECT has_schema_privilege($1::name, n.oid, 'USAGE') \
        AND has_table_privilege($1::name, c.oid, 'INSERT') AND has_table_privilege($1::name, c.oid, 'SELECT') AND has_table_privilege($1::name, c.oid, 'DELETE') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'lifeboat' AND c.relname = 'write_probe'), false)";

/// What `$1` is, and what it may do to `$2`. From 16 on CREATEROLE reaches only roles that it has the ADMIN option on, and
/// SET ROLE is a right of its own.
const OVER: &str = "\
    SELECT r.oid IS NOT NULL AS there, coalesce(r.rolcanlogin, false) AS login, coalesce(r.rolsuper, false) AS target_super, \
           coalesce(r.rolreplication, false) AS target_replication, m.rolsuper AS super, m.rolcreaterole AS createrole, \
           v.n >= 160000 AS since_16, \
           coalesce(pg_has_role(m.oid, r.oid, 'MEMBER WITH ADMIN OPTION'), false) AS admin, \
           pg_has_role(m.oid, 'pg_signal_backend'::name, 'USAGE') OR coalesce(pg_has_role(m.oid, r.oid, 'USAGE'), false) AS signals, \
           coalesce(CASE WHEN v.n >= 160000 THEN pg_has_role(m.oid, r.oid, 'SET') ELSE pg_has_role(m.oid, r.oid, 'MEMBER') END, false) AS takes_on, \
           has_database_privilege(m.oid, current_database(), 'CREATE') AS creates, current_database()::text AS dbname \
    FROM pg_roles m CROSS JOIN (SELECT current_setting('server_version_num')::int AS n) v LEFT JOIN pg_roles r ON r.rolname = $2 \
    WHERE m.rolname = $1";

/// What a login that only looks should not be able to do, of `$1`.
const REACH: &str = "\
    SELECT m.rolsuper AS super, m.rolcreaterole AS createrole, pg_has_role(m.oid, 'pg_signal_backend'::name, 'USAGE') AS signals, \
           has_function_privilege(m.oid, 'pg_promote(boolean, integer)', 'EXECUTE') AS promotes, \
           pg_has_role(m.oid, 'pg_read_all_stats'::name, 'USAGE') AS hears \
    FROM pg_roles m WHERE m.rolname = $1";

/// What is not so, and what makes it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    pub why: String,
    pub mend: String,
}

fn lack(why: impl Into<String>, mend: impl Into<String>) -> Result<(), Lack> {
    Err(Lack { why: why.into(), mend: mend.into() })
}

/// Whether `user` may promote, or what it lacks.
pub async fn may_promote(session: &Session, user: &str) -> Result<Result<(), Lack>, Fault> {
    let row = session.row(MAY_PROMOTE, &[&user]).await?;
    if row.try_get::<_, bool>(0).unwrap_or(false) {
        return Ok(Ok(()));
    }
    let grant = format!("GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO {}", quoted(user));
    Ok(lack(format!("{} may not promote: {LET_PROMOTE}", clean(user)), format!("on the primary, in this database: {grant}")))
}

/// Whether `role` could use the table of the write test as it stands.
pub async fn may_write(session: &Session, role: &str) -> Result<bool, Fault> {
    let row = session.row(MAY_WRITE, &[&role]).await?;
    row.try_get(0).map_err(|error| Fault::lost(format!("{}: {error}", session.place())))
}

/// What one role may do to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub user: String,
    pub role: String,
    /// Whether there is a role of that name.
    pub there: bool,
    pub login: bool,
    pub target_super: bool,
    pub target_replication: bool,
    pub superuser: bool,
    pub createrole: bool,
    pub since_16: bool,
    pub admin: bool,
    pub signals: bool,
    pub takes_on: bool,
    pub creates: bool,
    pub dbname: String,
}

/// What `user` may do to `role`.
pub async fn over(session: &Session, user: &str, role: &str) -> Result<Over, Fault> {
    let row = session.row(OVER, &[&user, &role]).await?;
    let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: it answers unlike PostgreSQL: {error}", session.place()));
    let truth = |column: &str| row.try_get::<_, bool>(column).map_err(bad);
    Ok(Over {
        user: user.to_owned(),
        role: role.to_owned(),
        there: truth("there")?,
        login: truth("login")?,
        target_super: truth("target_super")?,
        target_replication: truth("target_replication")?,
        superuser: truth("super")?,
        createrole: truth("createrole")?,
        since_16: truth("since_16")?,
        admin: truth("admin")?,
        signals: truth("signals")?,
        takes_on: truth("takes_on")?,
        creates: truth("creates")?,
        dbname: row.try_get("dbname").map_err(bad)?,
    })
}

impl Over {
    /// ALTER ROLE .. LOGIN and NOLOGIN.
    pub fn may_change_login(&self) -> Result<(), Lack> {
        let (user, role) = (quoted(&self.user), quoted(&self.role));
        if self.superuser {
            return Ok(());
        }
        if self.target_super || (self.target_replication && !self.since_16) {
            let what = if self.target_super { "a superuser" } else { "a role for replication" };
            return lack(
                format!("{} is {what}: only a superuser can change its LOGIN", self.role),
                "let the application log in as an ordinary role",
            );
        }
        if !self.createrole {
            return lack(format!("{} has no CREATEROLE", self.user), format!("ALTER ROLE {user} CREATEROLE"));
        }
        if self.since_16 && !self.admin {
            return lack(
                format!("{} has no ADMIN option on {}, which PostgreSQL wants from 16 on", self.user, self.role),
                format!("GRANT {role} TO {user} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"),
            );
        }
        Ok(())
    }

    /// pg_terminate_backend for its sessions.
    pub fn may_end_sessions(&self) -> Result<(), Lack> {
        if self.superuser || (self.signals && !self.target_super) {
            return Ok(());
        }
        if self.target_super {
            return lack(
                format!("{} is a superuser: only a superuser can end its sessions", self.role),
                "let the application log in as an ordinary role",
            );
        }
        lack(
            format!("{} is no member of pg_signal_backend: open sessions would go on writing", self.user),
            format!("GRANT pg_signal_backend TO {}", quoted(&self.user)),
        )
    }

    /// SET ROLE.
    pub fn may_take_on(&self) -> Result<(), Lack> {
        if self.superuser || self.takes_on {
            return Ok(());
        }
        lack(
            format!("{} may not SET ROLE {}", self.user, self.role),
            format!("GRANT {} TO {}, or give the connection an `application` login", quoted(&self.role), quoted(&self.user)),
        )
    }

    /// CREATE SCHEMA, for a table that is not there yet.
    pub fn may_prepare(&self) -> Result<(), Lack> {
        if self.superuser || self.creates {
            return Ok(());
        }
        lack(
            format!("{} may not make the table lifeboat.write_probe", self.user),
            format!("on the primary: GRANT CREATE ON DATABASE {} TO {}", quoted(&self.dbname), quoted(&self.user)),
        )
    }
}

/// What a looking login is.
pub struct Looker {
    /// What it could do beside looking, in words; empty as it should be.
    pub beyond: Vec<&'static str>,
    /// Whether it sees when a standby last heard of its primary.
    pub hears: bool,
}

/// What `user`, which should only look, is.
pub async fn looker(session: &Session, user: &str) -> Result<Looker, Fault> {
    let row = session.row(REACH, &[&user]).await?;
    let truth = |column: &str| row.try_get::<_, bool>(column).unwrap_or(false);
    let beyond = if truth("super") {
        vec!["is a superuser"]
    } else {
        let could = [("createrole", "may change roles"), ("signals", "may end others' sessions"), ("promotes", "may promote")];
        could.into_iter().filter(|(column, _)| truth(column)).map(|(_, words)| words).collect()
    };
    Ok(Looker { beyond, hears: truth("hears") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Over {
        Over {
            user: "act".into(),
            role: "app".into(),
            there: true,
            login: true,
            target_super: false,
            target_replication: false,
            superuser: false,
            createrole: true,
            since_16: true,
            admin: true,
            signals: true,
            takes_on: false,
            creates: true,
            dbname: "orders".into(),
        }
    }

    #[test]
    fn createrole_reaches_every_ordinary_role_before_16_and_from_then_on_only_those_it_administers() {
        assert_eq!(usual().may_change_login(), Ok(()));
        let mend = |over: Over| over.may_change_login().unwrap_err().mend;
        assert_eq!(mend(Over { admin: false, ..usual() }), "GRANT \"app\" TO \"act\" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        assert_eq!(Over { admin: false, since_16: false, ..usual() }.may_change_login(), Ok(()));
        assert_eq!(mend(Over { createrole: false, ..usual() }), "ALTER ROLE \"act\" CREATEROLE");
        assert!(mend(Over { target_super: true, ..usual() }).contains("ordinary role"));
        assert!(mend(Over { target_replication: true, since_16: false, ..usual() }).contains("ordinary role"));
        assert_eq!(Over { target_replication: true, ..usual() }.may_change_login(), Ok(()));
        assert_eq!(Over { superuser: true, createrole: false, admin: false, ..usual() }.may_change_login(), Ok(()));
    }

    #[test]
    fn sessions_of_a_superuser_are_ended_by_a_superuser_alone() {
        assert_eq!(usual().may_end_sessions(), Ok(()));
        assert!(Over { target_super: true, ..usual() }.may_end_sessions().is_err());
        assert_eq!(Over { signals: false, ..usual() }.may_end_sessions().unwrap_err().mend, "GRANT pg_signal_backend TO \"act\"");
        assert_eq!(Over { superuser: true, target_super: true, ..usual() }.may_end_sessions(), Ok(()));
    }

    #[test]
    fn names_in_a_mend_stay_identifiers() {
        let odd = Over { role: "a\"; DROP".into(), ..usual() };
        assert_eq!(odd.may_take_on().unwrap_err().mend.split(',').next(), Some("GRANT \"a\"\"; DROP\" TO \"act\""));
    }
}

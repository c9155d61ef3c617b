//! The roles of a PostgreSQL server: whether they may log in, what sessions they have, who else could write.

use super::{fault::Fault, link::Session};
use crate::model::text::clean;

const ROLE: &str = "\
    SELECT r.rolcanlogin AS login, r.rolsuper AS super, \
           (SELECT count(*) FROM pg_stat_activity a WHERE a.usename = r.rolname AND a.pid <> pg_backend_pid()) AS sessions \
    FROM pg_roles r WHERE r.rolname = $1";

/// Roles with a session of a client, that are not among `$1`, and that could change a table of this database.
const OTHER_WRITERS: &str = "\
    SELECT DISTINCT r.rolname::text AS role, r.rolsuper AS super \
    FROM pg_stat_activity a JOIN pg_roles r ON r.rolname = a.usename \
    WHERE coalesce(a.backend_type, 'client backend') = 'client backend' AND a.pid <> pg_backend_pid() AND NOT (r.rolname = ANY($1)) \
      AND (r.rolsuper OR EXISTS ( \
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lifeboat') AND n.nspname NOT LIKE 'pg\\_%' \
          AND has_table_privilege(r.rolname, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))) \
    ORDER BY 1";

/// A role as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub login: bool,
    pub superuser: bool,
    /// Sessions of it, this one not counted.
    pub sessions: i64,
}

/// The role, or `None` when the server has none of that name.
pub async fn role(session: &Session, name: &str) -> Result<Option<Role>, Fault> {
    let rows = session.rows(ROLE, &[&name]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: it answers unlike PostgreSQL: {error}", session.place()));
    Ok(Some(Role {
        login: row.try_get("login").map_err(bad)?,
        superuser: row.try_get("super").map_err(bad)?,
        sessions: row.try_get("sessions").map_err(bad)?,
    }))
}

/// Sentences about others who have a session and could write; `but` are the roles that are dealt with.
pub async fn other_writers(session: &Session, but: &[String]) -> Result<Vec<String>, Fault> {
    let rows = session.rows(OTHER_WRITERS, &[&but]).await?;
    let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: it answers unlike PostgreSQL: {error}", session.place()));
    let mut said = Vec::new();
    for row in &rows {
        let name = clean(&row.try_get::<_, String>("role").map_err(bad)?);
        said.push(match row.try_get("super").map_err(bad)? {
            true => format!("{name} is connected too, a superuser: this does not stop it from writing"),
            false => format!("{name} is connected too and may write to tables: name it in `roles` if it does"),
        });
    }
    Ok(said)
}

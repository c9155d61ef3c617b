//! Trap: pgBackRest says ok of a stanza whose archive gets nothing any more. What PostgreSQL itself says of its archiver tells.

use super::{looks::Looks, pair::Pair};

/// The newest moment to which one could recover by the archive: now, as long as it takes what it is given.
const ARCHIVED: &str = "SELECT extract(epoch FROM CASE WHEN last_failed_time > last_archived_time THEN last_archived_time \
                        ELSE now() END)::float8 FROM pg_stat_archiver";

#[test]
fn r23_an_archive_that_takes_nothing_is_no_recovery_point_although_pgbackrest_says_ok() {
    let pair = Pair::up(&["archived"]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: orders
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections: {{db-east: {}}}
datasets:
  - name: orders
    rpo: 10s
    sources:
      - name: archive
        kind: wal
        how: pgbackrest
        region: west
        every: continuous
        at: {{sql: {{via: db-east, query: \"{ARCHIVED}\"}}}}
",
        pair.connection("primary"),
    ));
    let says_ok = || {
        let info: serde_json::Value = serde_json::from_str(&pair.lab.script("archive-info.sh", &[])).unwrap();
        assert_eq!((&info[0]["status"]["code"], &info[0]["status"]["message"]), (&0.into(), &"ok".into()), "{info}");
        assert_eq!(info[0]["backup"].as_array().unwrap().len(), 1, "{info}");
    };
    says_ok();
    looks.until("the archive takes all", |text| text.contains("met: would lose ") && text.contains("(archive)"));

    pair.sql("primary", "ALTER SYSTEM SET archive_command = 'false'");
    pair.sql("primary", "SELECT pg_reload_conf()");
    looks.until("it takes nothing", |text| {
        pair.sql("primary", "SELECT pg_switch_wal() FROM pg_logical_emit_message(true, 'lifeboat', 'more')");
        text.contains("will miss: would lose ") && text.contains(" of 10s (archive)")
    });
    says_ok();
}

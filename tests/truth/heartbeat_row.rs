//! A row that the primary writes all the time tells how old the standby's data is, whatever the standby says of its lag.

use super::{looks::Looks, pair::Pair};

#[test]
fn r23_a_heartbeat_row_says_what_a_lag_of_zero_hides() {
    let pair = Pair::up(&[]);
    pair.sql("primary", "CREATE TABLE heartbeat (at timestamptz); GRANT SELECT ON heartbeat TO observe");
    pair.sql("primary", "INSERT INTO heartbeat VALUES (now())");
    let told = "at: {sql: {via: db-west, query: \"SELECT extract(epoch FROM max(at))::float8 FROM heartbeat\"}}";
    let looks = Looks::at(&pair.plan_of_standby(&["replica"], &[told]));
    let beat = || pair.sql("primary", "UPDATE heartbeat SET at = now()");
    let fresh = |text: &str| text.contains("standby of orders  caught up") || text.contains("standby of orders  behind");
    looks.until("it follows", |text| {
        beat();
        fresh(text) && text.contains("what arrived last is ")
    });

    // Its receiver goes. The primary's heart beats on, as if an hour had passed; nothing of it arrives.
    pair.sql("replica", "ALTER SYSTEM SET primary_conninfo = ''");
    pair.sql("replica", "SELECT pg_reload_conf()");
    let gone = |text: &str| text.contains("standby of orders  over its limit");
    let usual = "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE 99 END";
    looks.until("the row grows old", |text| {
        beat();
        gone(text)
    });
    assert_eq!(pair.sql("replica", usual), "0", "the usual lag is green, and wrong");
}

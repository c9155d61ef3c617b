//! Trap: a standby whose clock is ahead. The usual lag compares its clock with the primary's and says ten minutes while nothing is
//! missing.

use super::{looks::Looks, pair::Pair};

#[test]
fn r29_a_standby_whose_clock_is_ahead_is_not_behind_and_its_clock_is_said() {
    let pair = Pair::up(&["ahead"]);
    let told = ["lag: {postgres: {via: db-west}}", "connected: {postgres: {via: db-west}}"];
    let looks = Looks::at(&pair.plan_of_standby(&["primary", "replica"], &told));
    pair.sql("primary", "CREATE TABLE sold (n int)");
    looks.until("it follows, and its clock is said", |text| {
        pair.sql("primary", "INSERT INTO sold VALUES (1)");
        text.contains("standby of orders  caught up") && text.contains("db-west's clock is 10m ahead of this machine's")
    });
    let usual = "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp()) > 590";
    assert_eq!(pair.sql("replica", usual), "t", "the usual lag is ten minutes, and wrong");
}

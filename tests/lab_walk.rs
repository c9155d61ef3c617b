//! The walk: the application loses its way to the database, and a commander brings it back, on real servers, with the real
//! program in a pseudo-terminal. Then the servers are asked whether it truly happened.

mod support;
mod walk;

use walk::{
    console::{Console, ready, wait_for},
    stage::{Play, Stage},
};

const PLAY: Play = Play { plan: "walk/plan", drill: false };

const SERVICES: [(&str, u64); 4] = [("user-service", 3), ("tenant-service", 2), ("plugin-service", 2), ("ai-service", 1)];

#[test]
fn walk_one_a_commander_moves_the_database_and_loses_nothing() {
    ready();
    let stage = Stage::set(&PLAY);
    let ada = Console::open(&stage, "Ada");
    let cy = Console::open(&stage, "Cy");
    ada.sees("4 of 4 answer");
    wait_for("the application writes", || stage.application.acknowledged().len() > 20);
    let way = stage.application.wrote_at().expect("it wrote");

    stage.cut_the_way();
    ada.declares("orders cannot be written");
    ada.opens("database-failover");
    ada.sees_step("confirm", "succeeded");
    ada.confirms("nobody", None);
    ada.runs("stop-writes");
    ada.runs("fence");
    ada.runs("caught-up");
    ada.runs("isolate");
    let before = stage.application.acknowledged();
    ada.asks_approval("promote");
    cy.approves("promote");
    ada.types_and_runs("promote", "db-replica");
    ada.runs("login");
    ada.runs("write-test");
    ada.runs("point");
    ada.runs("start");
    wait_for("the application writes again", || stage.application.acknowledged().len() > before.len() + 20);
    let rows = stage.postgres.sql("replica", "select count(*) from orders").expect("the new primary answers");
    ada.confirms("integrity", Some(&rows));
    ada.decides("way-back", "Sunday 01:00Z");
    ada.sees_service_restored("user-service");
    ada.closes();

    // What truly happened.
    assert_ne!(way, moved_without_loss(&stage));
    assert!(before.len() > 20);
    let report = stage.reported("INC-0001");
    for said in ["Promote the us-east-1 replica", "approved by Cy", "resolved", "| user-service | critical | "] {
        assert!(report.contains(said), "the report does not say `{said}`:\n{report}");
    }
    let database = report.lines().find(|line| line.starts_with("| database |")).expect("the dataset's line");
    assert!(database.contains("| 0s | met |"), "nothing was lost, and the report says so: {database}");
}

/// Asks the servers themselves whether the application lives on the new primary with all that it was told was written.
fn moved_without_loss(stage: &Stage) -> String {
    assert!(stage.postgres.is_primary("replica"), "the replica is a primary");
    assert!(stage.postgres.sql("primary", "select 1").is_err(), "the old primary is stopped");
    let new = format!("127.0.0.1:{}", stage.postgres.port("replica"));
    assert_eq!(stage.application.wrote_at().as_deref(), Some(new.as_str()), "the application writes to it");
    let told = stage.application.acknowledged();
    let kept = stage.postgres.orders("replica");
    let lost: Vec<_> = told.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty(), "commits that the application was told about are gone: {lost:?}");
    for (name, replicas) in SERVICES {
        assert_eq!(stage.deployment(name), (replicas, new.clone()), "{name} has its remembered replicas and the new address");
    }
    new
}

#[test]
fn walk_two_the_console_dies_during_the_promotion_and_another_one_finishes() {
    ready();
    let stage = Stage::set(&PLAY);
    let ada = Console::open(&stage, "Ada");
    ada.sees("4 of 4 answer");
    wait_for("the application writes", || stage.application.acknowledged().len() > 20);
    stage.cut_the_way();
    ada.declares("orders cannot be written");
    ada.opens("database-failover");
    ada.sees_step("confirm", "succeeded");
    ada.confirms("nobody", None);
    ada.runs("stop-writes");
    ada.runs("fence");
    ada.runs("caught-up");
    ada.runs("isolate");
    ada.breaks_glass("promote", "nobody else is awake");
    // The promotion is sent and answered slowly: the console dies while it waits.
    stage.postgres.hold_promotion();
    ada.agrees_to("promote", "db-replica");
    stage.postgres.wait_until_promotion_is_asked();
    ada.dies();
    stage.postgres.release_promotion();
    wait_for("the replica is promoted", || stage.postgres.is_primary("replica"));

    let ben = Console::open(&stage, "Ben");
    ben.sees_step("promote", "unknown");
    ben.is_offered("read back");
    ben.is_refused("start promote");
    ben.reads_back("promote");
    ben.sees_step("promote", "succeeded");
    for step in ["login", "write-test", "point", "start"] {
        ben.runs(step);
    }
    wait_for("the application writes again", || {
        stage.application.wrote_at().is_some_and(|at| at.ends_with(&stage.postgres.port("replica").to_string()))
    });
    wait_for("promoted once: from timeline 1 to timeline 2", || stage.postgres.timeline("replica").as_deref() == Ok("2"));
    let rows = stage.postgres.sql("replica", "select count(*) from orders").expect("the new primary answers");
    ben.confirms("integrity", Some(&rows));
    ben.decides("way-back", "Sunday 01:00Z");
    ben.takes_command("Ben");
    ben.sees_service_restored("user-service");
    ben.closes();
    moved_without_loss(&stage);
    let report = stage.reported("INC-0001");
    assert!(report.contains("glass broken") && report.contains("nobody else is awake"), "{report}");
    let (_, lines) = stage.lifeboat(&["journal", "export"]);
    let starts = lines.lines().filter(|line| line.contains("action_started") && line.contains("postgres.promote")).count();
    assert_eq!(starts, 1, "the promotion was started once");
}

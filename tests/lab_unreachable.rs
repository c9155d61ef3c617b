//! The old primary does not answer: nobody can ask it whether it stopped, nor what the replica lacks. On real servers, with the
//! real program in a pseudo-terminal; then the servers are asked what truly happened.
#![allow(clippy::disallowed_methods, reason = "real servers run in real time; every wait is bounded")]

mod support;
mod walk;

use lifeboat::model::{Time, time};
use walk::{
    console::{Console, ready, wait_for},
    servers::Servers,
    stage::{Journaled, Play, Stage},
};

const PLAY: Play = Play { plan: "unreachable/plan", drill: true };
const CUT: &str = "the power of its rack, by Ben";

fn now() -> Time {
    std::time::SystemTime::now().into()
}

/// A moment after all that happened so far, half a second beyond a full one since the replica's last message: its age is
/// measured a little differently each time, and must not change which whole seconds are said.
fn a_moment_later(servers: &Servers) -> Time {
    let mut moment = servers.last_receipt() + chrono::TimeDelta::milliseconds(500);
    let happened = now();
    while moment <= happened {
        moment += chrono::TimeDelta::seconds(1);
    }
    wait_for("the moment passes", || now() > moment);
    moment
}

/// As a person types it who knows it exactly.
fn typed(moment: Time) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Commits reach the replica no more, then everything hangs: what the application was told meanwhile is only there.
fn hangs_with_what_was_not_sent(stage: &Stage) -> Time {
    stage.postgres.stop_sending();
    let before = stage.application.acknowledged().len();
    wait_for("the application writes on", || stage.application.acknowledged().len() > before + 30);
    stage.postgres.freeze_primary();
    a_moment_later(&stage.postgres)
}

/// Everything of a moment that only one server knew: what was lost, and that the screen's range holds it.
fn lost_within_the_range(stage: &Stage, cut: Time) {
    stage.postgres.thaw();
    // It writes on: what it was told by now is on one of the two.
    let told = stage.application.acknowledged();
    let (old, new) = (stage.postgres.orders("primary"), stage.postgres.orders("replica"));
    let lost: Vec<i64> = told.iter().copied().filter(|id| !new.contains(id)).collect();
    assert!(lost.len() >= 30, "what was not sent is lost: {lost:?}");
    assert!(lost.iter().all(|id| old.contains(id)), "the old primary has all that the new one lacks");
    let foreseen = stage.journaled("loss_foreseen");
    let [foreseen] = foreseen.as_slice() else { panic!("once: {foreseen:?}") };
    let point: Time = foreseen.body["point"].as_str().and_then(|at| at.parse().ok()).expect("a moment");
    // A commit may be told while the message before it is still on its way.
    let from = point - chrono::TimeDelta::milliseconds(200);
    let at = |id: &i64| stage.application.told_at(*id).expect("it was told");
    assert!(
        lost.iter().all(|id| (from..=cut).contains(&at(id))),
        "from {point} to {cut}: {:?}",
        lost.iter().map(at).collect::<Vec<_>>()
    );
}

/// The body of the only record of that kind.
fn only(stage: &Stage, kind: &str) -> Journaled {
    let mut all = stage.journaled(kind);
    assert_eq!(all.len(), 1, "{kind}: {all:?}");
    all.remove(0)
}

fn starts_of(stage: &Stage, action: &str) -> usize {
    stage.journaled("action_started").iter().filter(|started| started.body["call"]["action"] == action).count()
}

#[test]
fn r19_r20_r21_walk_three_the_old_primary_hangs_and_the_loss_is_a_range() {
    ready();
    let stage = Stage::set(&PLAY);
    let ada = Console::open(&stage, "Ada");
    let cy = Console::open(&stage, "Cy");
    ada.sees("6 of 6 answer");
    wait_for("the application writes", || stage.application.acknowledged().len() > 20);

    let cut = hangs_with_what_was_not_sent(&stage);
    ada.declares("orders cannot be written");
    ada.opens("primary-unreachable");
    ada.runs("stop-writes");
    let said = ada.fences_in_vain("fence");
    assert!(said.contains("does it hang?; the fence counts as failed: sign an outside fence"), "{said}");
    // A failed fence leads on by the outside fence or by the typed words, and by nothing else.
    ada.is_refused_because("start promote", "is failed. Instead: bring step 2");
    ada.waives("promote", "we are in a hurry");
    ada.reads("that fence did not prove that writes stopped. Instead: sign an outside fence");
    ada.turns_to("data");
    ada.reads("us-east-1 replica replica us-east-1");
    ada.reads("the primary does not answer");
    ada.signs_outside_fence("fence", CUT, &typed(cut));
    ada.confirms("isolate", Some("the rack is dark"));
    ada.turns_to("data");
    ada.reads(&format!("writes provably stopped at {}", time::clock(cut, now())));
    let range = range_after(&ada.reads("on track: would lose 0s to "), "would lose ");
    ada.asks_approval("promote");
    cy.approves("promote");
    let asked = ada.types_wrongly("promote", "db-primary", "db-replica");
    let signed = format!("outside fence since {}, signed by Ada (unverified): {CUT}", time::clock(cut, now()));
    for said in [format!("at stake database would lose {range}: from "), "when writes stopped".into(), signed] {
        assert!(asked.contains(&said), "consent does not say `{said}`: {asked}");
    }
    ada.types_and_runs("promote", "db-replica");
    ada.turns_to("data");
    ada.reads(&format!("did lose {range} with us-east-1 replica"));
    for step in ["login", "write-test", "point", "start"] {
        ada.runs(step);
    }
    let moved = format!("127.0.0.1:{}", stage.postgres.port("replica"));
    wait_for("the application writes again", || stage.application.wrote_at().as_deref() == Some(&*moved));
    ada.sees_service_restored("user-service");
    ada.closes();

    // What truly happened.
    assert!(stage.postgres.is_primary("replica"), "the replica is a primary");
    assert_eq!(stage.postgres.timeline("replica").as_deref(), Ok("2"), "promoted once");
    assert_eq!(stage.deployment("user-service"), (3, moved), "it has its remembered replicas and the new address");
    lost_within_the_range(&stage, cut);
    let report = stage.reported("INC-0001");
    let database = report.lines().find(|line| line.starts_with("| database |")).expect("the dataset's line");
    assert!(database.contains(&format!("| {} |", time::full(cut))), "when the outside fence took effect: {database}");
    assert!(database.contains(&format!("| {range} | met | did lose {range} with us-east-1 replica |")), "{database}");
    assert!(report.contains("Ada (unverified) signed an outside fence for step fence"), "{report}");
    let signed = only(&stage, "outside_fence_signed");
    assert_eq!((&*signed.who, signed.body["how"].as_str()), ("Ada", Some(CUT)));
    let (tried, foreseen) = (only(&stage, "fence_unreachable"), only(&stage, "loss_foreseen"));
    assert!(tried.seq < signed.seq && signed.seq < foreseen.seq);
    assert_eq!((starts_of(&stage, "postgres.fence"), starts_of(&stage, "postgres.promote")), (0, 1), "sent once, or not at all");
}

#[test]
fn r31_walk_four_the_same_as_a_drill_waits_for_a_real_incident_and_touches_nothing_of_production() {
    ready();
    let stage = Stage::set(&PLAY);
    let servers = stage.drill.as_ref().expect("the pair for drills");
    let ada = Console::open(&stage, "Ada");
    let cy = Console::open(&stage, "Cy");
    ada.sees("6 of 6 answer");
    wait_for("the application writes", || stage.application.acknowledged().len() > 20);
    let way = stage.application.wrote_at().expect("it wrote");

    servers.sql("primary", "insert into orders (id, note) values (1, 'practice')").expect("it is written");
    wait_for("the replica has it", || servers.orders("replica").contains(&1));
    servers.freeze_primary();
    let cut = a_moment_later(servers);
    ada.declares_drill("database-practice", "the drill database hangs");
    ada.opens("primary-unreachable-practice");
    ada.sees(" DRILL ");
    ada.is_refused_because("start stop-writes", "this is a drill, and k8s is not marked `drill: true`");
    ada.talks_through("stop-writes");
    ada.fences_in_vain("fence");
    ada.signs_outside_fence("fence", CUT, &typed(cut));
    ada.confirms("isolate", Some("the rack is dark"));
    ada.turns_to("data");
    let range = range_after(&ada.reads("drill-database may lose 1h on track: would lose 0s to "), "would lose 0s to ");
    ada.asks_approval("promote");
    cy.approves("promote");
    servers.hold_promotion();
    ada.agrees_to("promote", "drill-replica");
    servers.wait_until_promotion_is_asked();

    // Production needs everybody while the drill's promotion is under way.
    stage.cut_the_way();
    cy.turns_to("board");
    cy.declares_as("INC-0002", "orders cannot be written");
    ada.reads("PRODUCTION ai-native-saas INC-0002");
    ada.looks_at("INC-0001");
    ada.turns_to("board");
    ada.reads("This drill is suspended, nothing new starts: INC-0002 is real and was declared: the drill waits.");
    // What runs finishes, and is journaled; nothing new starts.
    ada.sees_step("promote", "running");
    servers.release_promotion();
    ada.sees_step("promote", "succeeded");
    ada.is_refused_because("start login", "the drill is suspended: INC-0002 is real");
    ada.is_refused_because("resume-drill", "INC-0002 is open and no drill. Instead: close it first");
    stage.mend_the_way();
    cy.sees_service_restored("user-service");
    cy.closes_until("Nothing real is open: :resume-drill goes on.");
    ada.reads("Nothing real is open: :resume-drill goes on.");
    ada.resumes_the_drill();
    for step in ["login", "write-test"] {
        ada.runs(step);
    }
    for step in ["point", "start"] {
        ada.talks_through(step);
    }
    ada.closes();

    // What truly happened.
    assert!(servers.is_primary("replica"), "the drill's replica is a primary");
    assert_eq!(servers.timeline("replica").as_deref(), Ok("2"), "promoted once");
    assert!(servers.orders("replica").contains(&1));
    assert!(stage.postgres.is_primary("primary") && !stage.postgres.is_primary("replica"), "production stands where it stood");
    assert_eq!(stage.postgres.timeline("primary").as_deref(), Ok("1"));
    assert_eq!(stage.deployment("user-service"), (3, way.clone()), "nobody touched it");
    assert_eq!(stage.application.wrote_at().as_deref(), Some(&*way), "the application writes where it wrote");
    let (suspended, resumed) = (only(&stage, "drill_suspended"), only(&stage, "drill_resumed"));
    assert_eq!((&*suspended.incident, suspended.body["real"].as_str()), ("INC-0001", Some("INC-0002")));
    let started = stage.journaled("action_started");
    assert!(started.iter().all(|s| s.body["call"]["via"].as_str().is_some_and(|via| via.starts_with("drill-"))), "{started:?}");
    let waits = suspended.seq..resumed.seq;
    assert!(!started.iter().any(|s| waits.contains(&s.seq)), "nothing started while it was suspended: {started:?}");
    let ended = stage.journaled("part_ended");
    assert!(ended.iter().any(|e| e.body["step"] == "promote" && waits.contains(&e.seq)), "what ran ended: {ended:?}");
    assert_eq!(starts_of(&stage, "postgres.promote"), 1);
    let report = stage.reported("INC-0001");
    for said in [
        "# DRILL INC-0001: the drill database hangs",
        "Ada (unverified) signed an outside fence for step fence",
        "suspended the drill: INC-0002 is real and was declared",
        "resumed the drill",
        &format!("did lose 0s to {range} with drill replica"),
    ] {
        assert!(report.contains(said), "the report does not say `{said}`:\n{report}");
    }
    assert!(!stage.reported("INC-0002").contains("DRILL"));
}

/// The figures behind the first `words`: `0s to 2s`, up to what is no figure.
fn range_after(screen: &str, words: &str) -> String {
    let rest = screen.split(words).nth(1).expect("the words were read");
    let figure = |word: &&str| *word == "to" || word.starts_with(|c: char| c.is_ascii_digit());
    rest.split(' ').take_while(figure).collect::<Vec<_>>().join(" ")
}

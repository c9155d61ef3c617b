//! R13 with the real console: an autoscaler undoes what a step did, and gives it back.

use lifeboat::{
    incident::Status,
    model::Verdict,
    picture::{Picture, StepPicture},
    sim::{Fault, Silence},
};

use super::{driver::step_of, site::Site};

/// Something else wants another number of replicas than there are cards for.
fn drift(replicas: u32) -> Fault {
    let (connection, namespace, deployment) = ("west".into(), "prod".into(), "training-api".into());
    Fault::ReplicasDrift { connection, namespace, deployment, replicas }
}

fn scale(picture: &Picture) -> StepPicture {
    step_of(picture, "scale").unwrap().clone()
}

fn broken(picture: &Picture) -> bool {
    scale(picture).words.starts_with("no longer holds")
}

#[test]
fn r13_what_something_else_undid_is_said_journaled_once_and_taken_back_when_it_holds_again() {
    // Slow enough for observers to keep up on a busy machine.
    let site = Site::new("quiet", 20.0);
    let mut ada = site.ada_at_the_actions();
    let mut dee = site.viewer("Dee");
    ada.carries_out("scale");
    assert_eq!(site.count("proof_lost"), 0);

    site.platform.inject(drift(400));
    let told = ada.until("it is told", broken);
    assert_eq!((scale(&told).status, scale(&told).verdict), (Status::Succeeded, Verdict::AtRisk));
    assert!(told.sentences.iter().any(|s| s.text.starts_with("Step 5 no longer holds")), "{:#?}", told.sentences);
    ada.until("since when", |p| scale(p).words.starts_with("no longer holds since "));
    dee.until("whoever looks on sees it too", broken);
    // Six minutes on it still does not hold, and that is one record.
    let lost = ada.look().now;
    ada.until("six minutes pass", |p| (p.now - lost).num_minutes() >= 6);
    ada.until("it still does not hold", broken);
    assert_eq!((site.count("proof_lost"), site.count("proof_regained")), (1, 0));

    site.platform.inject(drift(2));
    ada.until("it holds again", |p| scale(p).verdict == Verdict::Met);
    ada.until("that is journaled too", |p| p.journal.iter().any(|line| line.text.contains("holds again")));
    assert_eq!((site.count("proof_lost"), site.count("proof_regained")), (1, 1));
    ada.ends();
    dee.ends();
    site.assert_journal_good();
}

#[test]
fn r13_a_server_that_cannot_be_asked_proves_nothing_either_way() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    ada.carries_out("scale");
    site.platform.inject(Fault::ConnectionDark { connection: "west".into(), how: Silence::Refused });
    let dark = ada.until("nobody can tell", |p| scale(p).verdict == Verdict::CannotTell);
    assert!(scale(&dark).words.starts_with("cannot tell whether it still holds: west does not answer"), "{:?}", scale(&dark));
    let then = dark.now;
    ada.until("five minutes pass", |p| (p.now - then).num_minutes() >= 5);
    assert_eq!((site.count("proof_lost"), site.count("proof_regained")), (0, 0));
    site.platform.inject(Fault::ConnectionBack { connection: "west".into() });
    ada.until("it is seen again", |p| scale(p).verdict == Verdict::Met);
    ada.ends();
}

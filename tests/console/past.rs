//! What steps took in incidents that are over is reckoned with in the next one, on every console.

use lifeboat::incident::Command;

use super::site::Site;

#[test]
fn r26_five_runs_are_experience_for_whoever_comes_next() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    for nth in 0..5 {
        ada = site.at_the_actions(ada);
        let step = ada.step("scale");
        assert_eq!(step.before.as_ref().map(|before| before.contains("too few runs")), (nth > 0).then_some(true), "{step:?}");
        ada.carries_out("scale");
        ada.closes("practised");
    }
    ada = site.at_the_actions(ada);
    let before = ada.step("scale").before.unwrap();
    assert!(before.starts_with("median ") && before.contains(", by 5 runs; lately "), "{before}");
    assert!(ada.look().book.as_ref().unwrap().learned > 0);

    // Somebody who starts a console now reads it from the journal.
    let mut ben = site.joined_by("Ben");
    let same = |p: &lifeboat::picture::Picture| super::driver::step_of(p, "scale").and_then(|step| step.before.clone());
    ben.until("Ben sees the same", |p| same(p).as_ref() == Some(&before));
    ben.says(Command::Note { text: "seen".into(), happened: None });
    ada.ends();
    ben.ends();
    site.assert_journal_good();
}

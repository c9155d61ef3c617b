//! R25: by when to decide, and after that what the rest may take.

use super::orders::{Look, t};
use crate::model::{Duration, Verdict};

#[test]
fn r25_before_it_the_moment_to_decide_by() {
    let picture = Look::after(2).picture();
    let timing = picture.timing.as_ref().unwrap();
    assert_eq!(timing.words, "decide by 09:37Z: failover takes ~18m, deadline 09:55Z");
    assert_eq!((timing.brief.as_str(), timing.shortest.as_str()), ("decide by 09:37Z, deadline 09:55Z", "decide by 09:37Z"));
    assert_eq!(timing.decide_by, Some(timing.deadline - Duration::from_mins(18).delta()));
    assert!(picture.sentences.iter().any(|s| s.text == "Decide by 09:37Z: failover takes ~18m, deadline 09:55Z."));
}

#[test]
fn r25_past_the_moment_it_is_now_and_among_the_first_things_said() {
    let mut look = Look::after(2);
    look.now = t(2 * 3600 - 5 * 60 - 17 * 60);
    let picture = look.picture();
    let timing = picture.timing.as_ref().unwrap();
    assert_eq!((timing.words.as_str(), timing.verdict), ("decide now: failover takes ~18m, deadline 09:55Z", Verdict::WillMiss));
    assert!(picture.sentences[..3].iter().any(|s| s.text.starts_with("Decide now: ")), "{:#?}", picture.sentences);
}

#[test]
fn r25_after_it_deadline_projected_finish_and_what_may_overrun() {
    // The promotion runs since 09:00 after the base, and takes 5m; starting the services takes 10m.
    let look = Look::after(10);
    let timing = look.picture().timing.unwrap();
    assert_eq!(timing.decide_by, None);
    assert_eq!(timing.words, "deadline 09:55Z, projected ~08:24Z: step 3 has 1h31m to spare");
    assert!(look.sentences().iter().any(|s| s == "Deadline 09:55Z, projected ~08:24Z: step 3 has 1h31m to spare."));
    let mut late = Look::after(10);
    late.now += chrono::TimeDelta::minutes(7);
    let words = late.picture().timing.unwrap().words;
    assert_eq!(words, "deadline 09:55Z, projected ~08:26Z: step 3 is 2m over its time, 1h29m to spare");
}

#[test]
fn r25_a_deadline_that_passed_is_said_as_that_and_nothing_once_all_is_back() {
    let mut look = Look::after(13);
    look.now = t(3 * 3600);
    let words = look.picture().timing.unwrap().words;
    assert!(words.starts_with("deadline 09:55Z, passed, projected ~"), "{words}");
    assert_eq!(Look::after(16).picture().timing, None);
    assert_eq!(Look::peace().picture().timing, None);
    assert_eq!(Look::after(1).picture().timing, None, "no runbook is open: nothing says how long anything takes");
}

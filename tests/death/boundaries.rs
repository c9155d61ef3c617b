//! kill -9 at every append of the walk, before and after its commit: another console finds what was done, does nothing of it
//! again, and goes on to the end.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    kill::{self, Moment, When},
    walk::{STEPS, Until, Walk},
};

const FOLDER: &str = "LIFEBOAT_TEST_WALK";
const DIES: &str = "LIFEBOAT_TEST_DIES";
/// No step appends as often.
const MOST: u64 = 60;

/// What the other process runs: one step of the walk, if it lives that long. By itself it does nothing.
#[test]
fn as_a_console_that_dies() {
    let (Some(folder), Ok(dies)) = (std::env::var_os(FOLDER), std::env::var(DIES)) else { return };
    let mut words = dies.split(' ');
    let (step, nth) = (words.next().unwrap(), words.next().unwrap().parse().unwrap());
    let moment = if words.next() == Some("before") { Moment::BeforeCommit } else { Moment::AfterCommit };
    kill::when(When::Append(nth), moment);
    Walk::open(&PathBuf::from(folder)).takes(step, Until::Proven);
    println!("\nfinished");
}

enum End {
    Finished,
    /// So many records were committed by then.
    Died(usize),
}

fn console(folder: &Path, step: &str, nth: u64, moment: Moment) -> End {
    let moment = if moment == Moment::BeforeCommit { "before" } else { "after" };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "boundaries::as_a_console_that_dies", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(DIES, format!("{step} {nth} {moment}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let committed = said.lines().find_map(|line| line.strip_prefix("committed ")).map(|n| n.parse().unwrap());
    match committed {
        Some(committed) => End::Died(committed),
        None => {
            assert!(said.contains("finished"), "{step}, append {nth}: it neither died nor finished:\n{said}\n{errors}");
            End::Finished
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let there = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &there),
            false => drop(std::fs::copy(entry.path(), there).unwrap()),
        }
    }
}

/// Each step from where the step before it was brought by those who came after the last death.
fn dies_at_every_append(moment: Moment) {
    let root = tempfile::tempdir().unwrap();
    let mut here = root.path().join("start");
    drop(Walk::begin(&here));
    let (mut deaths, mut found_unknown) = (0, 0);
    for step in STEPS {
        let mut next = None;
        for nth in 1..=MOST {
            let folder = root.path().join(format!("{step}-{nth}"));
            copy(&here, &folder);
            let before = Walk::open(&folder).records();
            let end = console(&folder, step, nth, moment);
            let walk = Walk::open(&folder);
            walk.the_journal_is_whole();
            let after = walk.records();
            assert_eq!(after[..before.len()], before, "{step}, append {nth}: what was there stays");
            if let End::Died(committed) = end {
                deaths += 1;
                assert_eq!(
                    after.len(),
                    before.len() + committed,
                    "{step}, append {nth}: what was committed is there, and no more"
                );
                walk.takes(step, Until::Done);
                let all = walk.records();
                assert_eq!(all[..after.len()], after);
                found_unknown += all.iter().filter(|record| record.event.kind() == "console_lost").count();
                found_unknown -= after.iter().filter(|record| record.event.kind() == "console_lost").count();
                walk.the_journal_is_whole();
            }
            walk.nothing_was_done_twice();
            if let End::Finished = end {
                next.get_or_insert(folder);
                break;
            }
            next = Some(folder);
        }
        here = next.unwrap();
        // Those who came after the last death go on.
        Walk::open(&here).takes(step, Until::Proven);
    }
    let walk = Walk::open(&here);
    assert!(!walk.state().is_open(), "the incident was brought to its end");
    // Seven steps act, some of them on several parts: each was killed before, in and after each of them.
    assert!(deaths >= 28 && found_unknown >= 10, "{deaths} deaths, {found_unknown} runs found unknown");
}

#[test]
fn r07_r08_killed_before_any_commit_of_the_walk_nothing_is_lost_or_done_twice() {
    dies_at_every_append(Moment::BeforeCommit);
}

#[test]
fn r07_r08_killed_after_any_commit_of_the_walk_nothing_is_lost_or_done_twice() {
    dies_at_every_append(Moment::AfterCommit);
}

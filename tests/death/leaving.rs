//! Leaving with and without a step under way: by a signal, by a closed terminal, by one that hangs.

use lifeboat::incident::Status;
use rustix::process::Signal;

use super::scene::{SOON, Scene, gives_the_terminal_back, sees_the_work, starts_the_work, wait_for};
use crate::support::terminal::Terminal;

/// The terminal is given back while the process goes on.
fn is_left(terminal: &Terminal) {
    terminal.until("waiting for actions that still run", SOON);
    assert_eq!(terminal.taken(), Vec::<&str>::new());
}

#[test]
fn r09_told_to_end_with_nothing_under_way_it_ends_and_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP] {
        let scene = Scene::new();
        let mut ada = scene.console("Ada");
        assert!(!ada.taken().is_empty());
        ada.signal(signal);
        gives_the_terminal_back(&mut ada, 0);
        assert!(!ada.screen().contains("waiting for actions"), "{}", ada.screen());
        scene.the_journal_is_whole();
    }
}

#[test]
fn r09_a_closed_terminal_with_nothing_under_way_ends_it() {
    let scene = Scene::new();
    let mut ada = scene.console("Ada");
    ada.close();
    assert_eq!(ada.ended(SOON), 0);
    scene.the_journal_is_whole();
}

#[test]
fn r09_told_to_end_it_finishes_what_runs_and_others_follow_it() {
    for signal in [Signal::TERM, Signal::HUP] {
        let scene = Scene::new();
        let mut ada = scene.console("Ada");
        let ben = scene.console("Ben");
        starts_the_work(&ada, &scene);
        ada.signal(signal);
        is_left(&ada);
        sees_the_work(&ben, "running");
        let before = scene.count("part_progressed");
        wait_for("its progress is journaled", || scene.count("part_progressed") > before);
        ben.until("running at Ada's", SOON);
        assert!(ada.is_running());
        scene.let_go();
        gives_the_terminal_back(&mut ada, 0);
        sees_the_work(&ben, "succeeded");
        scene.the_work_was_done_once();
    }
}

#[test]
fn r09_a_closed_terminal_ends_the_screen_but_not_what_runs() {
    let scene = Scene::new();
    let mut ada = scene.console("Ada");
    let ben = scene.console("Ben");
    starts_the_work(&ada, &scene);
    ada.close();
    let (spent, before) = (cpu_ticks(ada.pid()), scene.count("part_progressed"));
    wait_for("its progress is journaled", || scene.count("part_progressed") > before);
    sees_the_work(&ben, "running");
    assert!(ada.is_running());
    // Two seconds lie between two journaled lines of progress: a thread that reads what is gone again and again takes 200.
    let spent = cpu_ticks(ada.pid()) - spent;
    assert!(spent < 60, "it took {spent} hundredths of a second for nothing");
    scene.let_go();
    assert_eq!(ada.ended(SOON), 0);
    sees_the_work(&ben, "succeeded");
    scene.the_work_was_done_once();
}

/// Hundredths of a second that the process has had so far.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().unwrap()).sum()
}

#[test]
fn r09_others_can_stop_what_a_console_without_a_screen_runs() {
    let scene = Scene::new();
    let mut ada = scene.console("Ada");
    let ben = scene.console("Ben");
    starts_the_work(&ada, &scene);
    ada.signal(Signal::HUP);
    is_left(&ada);
    sees_the_work(&ben, "running");
    ben.command("stop work");
    ben.until("Esc leaves it", SOON);
    ben.press("it is the wrong one\r");
    gives_the_terminal_back(&mut ada, 0);
    // Killed half-way it may have done its work or not.
    sees_the_work(&ben, "unknown");
    assert_eq!(scene.running(), Vec::<String>::new(), "with its child");
    assert_eq!((scene.count("stop_asked"), scene.count("console_lost")), (1, 0));
    scene.the_journal_is_whole();
}

#[test]
fn r09_a_second_sigterm_ends_at_once_and_leaves_it_unknown() {
    let scene = Scene::new();
    let mut ada = scene.console("Ada");
    starts_the_work(&ada, &scene);
    ada.signal(Signal::TERM);
    is_left(&ada);
    ada.signal(Signal::TERM);
    gives_the_terminal_back(&mut ada, 128 + 15);
    assert_eq!(scene.status(), Status::Running, "nobody has said anything else");
    let ben = scene.console("Ben");
    sees_the_work(&ben, "unknown");
    assert_eq!((scene.count("console_lost"), scene.deeds()), (1, 1));
    scene.the_journal_is_whole();
}

#[test]
fn r09_leaving_by_the_key_finishes_what_runs_too() {
    let scene = Scene::new();
    let mut ada = scene.console("Ada");
    starts_the_work(&ada, &scene);
    ada.press("\x03");
    ada.until("Leave the console?", SOON);
    ada.press("\x03");
    is_left(&ada);
    scene.let_go();
    gives_the_terminal_back(&mut ada, 0);
    scene.the_work_was_done_once();
}

/// Ada's console runs the work in a terminal that takes nothing any more, and its screen waits for that.
fn hanging(scene: &Scene) -> Terminal {
    let ada = scene.console("Ada");
    starts_the_work(&ada, scene);
    ada.hangs();
    // Each paints the whole screen: more than lies between the two ends of a terminal.
    ada.press(&"\x0c".repeat(40));
    wait_for("the screen's thread stands in a write", || stands_in_a_write(ada.pid()));
    ada
}

#[test]
fn r09_a_terminal_that_hangs_keeps_nobody_from_finishing_what_runs() {
    let scene = Scene::new();
    let mut ada = hanging(&scene);
    ada.signal(Signal::TERM);
    scene.let_go();
    assert_eq!(ada.ended(SOON), 0);
    assert!(!ada.taken().contains(&"its modes"), "what can be given back is");
    scene.the_work_was_done_once();
}

#[test]
fn r09_a_terminal_that_hangs_keeps_nobody_from_ending_at_once() {
    let scene = Scene::new();
    let mut ada = hanging(&scene);
    // Two that come together count as one.
    let code = ada.ends_by(Signal::TERM, SOON);
    assert_eq!(code, 128 + 15);
    assert!(!ada.taken().contains(&"its modes"), "what can be given back is");
    assert_eq!((scene.deeds(), scene.status()), (1, Status::Running));
    scene.the_journal_is_whole();
}

/// Whether the process's first thread waits for room to write in.
fn stands_in_a_write(pid: u32) -> bool {
    let call = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/syscall")).unwrap_or_default();
    // Number 1 is write on x86-64, 64 on aarch64; 20 and 66 are writev.
    call.split_whitespace().next().is_some_and(|number| ["1", "64", "20", "66"].contains(&number))
}

//! Ctrl-Z and back.
#![allow(clippy::disallowed_methods, reason = "what the clock on the screen says is compared with the machine's")]

use portable_pty::CommandBuilder;

use super::scene::{SIZE, SOON, Scene, starts_the_work, wait_for};
use crate::support::terminal::Terminal;

/// Ada's console, started from a shell with job control.
fn from_a_shell(scene: &Scene) -> Terminal {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "shell> ");
    let shell = Terminal::run("Ada", command, SIZE);
    shell.until("shell>", SOON);
    let (program, plan, journal) = (env!("CARGO_BIN_EXE_lifeboat"), scene.night.plan_dir(), scene.night.journal());
    shell.press(&format!("'{program}' --plan '{}' --journal '{}' --as Ada\n", plan.display(), journal.display()));
    shell.until("INC-0001", SOON);
    shell
}

/// The time in the first line, in seconds of the day.
fn clock_of(screen: &str) -> Option<i64> {
    let first = screen.lines().next()?.trim_end();
    let time = first.rsplit(' ').next()?.strip_suffix('Z')?;
    let mut parts = time.splitn(3, ':').map(|part| part.parse::<i64>());
    Some(parts.next()?.ok()? * 3600 + parts.next()?.ok()? * 60 + parts.next()?.ok()?)
}

fn of_the_machine() -> i64 {
    chrono::Utc::now().timestamp().rem_euclid(86_400)
}

#[test]
fn ctrl_z_leaves_a_clean_shell_and_fg_a_whole_screen_with_the_right_time() {
    let scene = Scene::new();
    let ada = from_a_shell(&scene);
    ada.press("\x1a");
    ada.until("Stopped", SOON);
    // The shell has its own line editing on: what counts is that nothing of the console's is left.
    let left: Vec<_> = ada.taken().into_iter().filter(|what| !["its modes", "pasting"].contains(what)).collect();
    assert_eq!(left, Vec::<&str>::new());
    ada.press("echo sane-$((6 * 7))\n");
    ada.until("sane-42", SOON);
    let stopped = of_the_machine();
    wait_for("two seconds pass", || of_the_machine() - stopped >= 2);
    ada.press("clear; fg\n");
    ada.wait("the screen is back, whole and in time", SOON, |screen| {
        screen.contains("INC-0001") && screen.contains("Do the work") && clock_of(screen).is_some_and(|at| at >= stopped + 2)
    });
    assert!(!ada.screen().contains("sane-42"), "nothing of the shell's is left on it");
    ada.press("\x03\x03");
    ada.until("shell>", SOON);
    scene.the_journal_is_whole();
}

#[test]
fn a_step_under_way_wants_a_second_ctrl_z_and_goes_on_after_fg() {
    let scene = Scene::new();
    let ada = from_a_shell(&scene);
    starts_the_work(&ada, &scene);
    ada.wait("the dialog's end", SOON, |screen| !screen.contains("Esc leaves this"));
    ada.press("\x1a");
    ada.until("once more does it", SOON);
    ada.press("\x1a");
    ada.until("Stopped", SOON);
    // The command goes on by itself, and ends while nobody can hear of it.
    scene.let_go();
    wait_for("the command's end", || scene.running().is_empty());
    ada.press("clear; fg\n");
    ada.until("INC-0001", SOON);
    wait_for("its end is journaled", || scene.count("part_ended") == 1);
    scene.the_work_was_done_once();
    ada.press("\x03\x03");
    ada.until("shell>", SOON);
}

//! Panics: of the screen's thread, of the console's loop, of an action's task. The console is the real one in a process of
//! its own; what breaks in it was put in by the test.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use lifeboat::{
    cli::screen::{show, show_by},
    console::{Colleague, Reply, Request},
    incident::RunKind,
    model::{Call, Clock, PartReport},
    systems::{ActionFault, Order, Perform, Performers, Progress},
    tui::{
        Ending, Ports, Screen, Settings,
        keymap::Keymap,
        theme::{Depth, Theme},
    },
};
use portable_pty::CommandBuilder;
use ratatui::widgets::Paragraph;
use tokio_util::sync::CancellationToken;

use super::scene::{SIZE, SOON, Scene, gives_the_terminal_back, sees_the_work, starts_the_work, wait_for};
use crate::support::terminal::Terminal;

const FOLDER: &str = "LIFEBOAT_TEST_FOLDER";
const BREAKS: &str = "LIFEBOAT_TEST_BREAKS";

/// Ada's console, in which `part` breaks when told to.
fn console(scene: &Scene, part: &str) -> Terminal {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "broken::as_a_console_of_its_own", "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, scene.folder());
    command.env(BREAKS, part);
    Terminal::run("Ada", command, SIZE)
}

fn breaks(scene: &Scene) {
    std::fs::write(scene.folder().join("break"), "").unwrap();
}

/// What the other process runs; by itself it does nothing.
#[test]
fn as_a_console_of_its_own() {
    let (Some(folder), Ok(part)) = (std::env::var_os(FOLDER), std::env::var(BREAKS)) else { return };
    let scene = Scene::at(&PathBuf::from(folder));
    let now = scene.folder().join("break");
    let is_now = move || now.exists();
    let colleague: Option<Colleague> = (part == "loop").then(|| {
        let is_now = is_now.clone();
        let speak: Colleague = Box::new(move |_, _| if is_now() { panic!("the loop broke") } else { vec![] });
        speak
    });
    let handle = scene.night.console_with("Ada", colleague, |actors| match part.as_str() {
        "action" => Arc::new(Breaking { actors, is_now: is_now.clone() }),
        _ => actors,
    });
    let settings = Settings { theme: Theme::dark(Depth::of_terminal()), keys: Keymap::shipped(), mistakes: vec![] };
    let code = match part.strip_prefix("screen") {
        Some(with) => show_by(handle, |screen, ports, _| break_the_screen(screen, &ports, with == " with work", is_now)),
        None => show(handle, settings),
    };
    std::process::exit(code.into());
}

/// Does what a screen does, and breaks half-way through a frame.
fn break_the_screen(mut screen: Screen, ports: &Ports, works: bool, is_now: impl Fn() -> bool) -> std::io::Result<Ending> {
    screen.paint(|frame| frame.render_widget(Paragraph::new("the screen stands"), frame.area()))?;
    if works {
        let (step, kind) = ("work".into(), RunKind::First);
        ports.requests.send(Request::Preview { step, kind }).unwrap();
        let Reply::Preview { step, kind, preview } = ports.replies.recv().unwrap() else { panic!("no preview") };
        ports.requests.send(Request::Agree { step, kind, seen: preview, typed: None }).unwrap();
    }
    wait_for("the moment to break", is_now);
    screen.paint(|frame| {
        frame.render_widget(Paragraph::new("half a frame"), frame.area());
        panic!("the screen broke")
    })?;
    Ok(Ending::Quit)
}

struct Breaking<F> {
    actors: Arc<dyn Performers>,
    is_now: F,
}

impl<F: Fn() -> bool + Clone + Send + Sync + 'static> Performers for Breaking<F> {
    fn perform(&self, call: &Call) -> Result<Box<dyn Perform>, ActionFault> {
        Ok(Box::new(Breaks { real: self.actors.perform(call)?, is_now: self.is_now.clone() }))
    }
}

struct Breaks<F> {
    real: Box<dyn Perform>,
    is_now: F,
}

#[async_trait]
impl<F: Fn() -> bool + Send + Sync> Perform for Breaks<F> {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let moment = async {
            while !(self.is_now)() {
                clock.sleep(lifeboat::model::Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            reports = self.real.run(order, progress, clock, stop) => reports,
            () = moment => panic!("the action broke"),
        }
    }
    async fn undo(&self, _: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        unreachable!("nothing is undone here")
    }
}

#[test]
fn r09_a_screen_that_breaks_gives_the_terminal_back_and_ends() {
    let scene = Scene::new();
    let mut ada = console(&scene, "screen");
    ada.until("the screen stands", SOON);
    breaks(&scene);
    gives_the_terminal_back(&mut ada, 4);
    let screen = ada.screen();
    assert!(screen.contains("the screen broke") && screen.contains("start it again"), "{screen}");
    assert!(!screen.contains("half a frame") && !screen.contains("the screen stands"), "{screen}");
    scene.the_journal_is_whole();
}

#[test]
fn r09_what_runs_is_finished_after_the_screen_broke() {
    let scene = Scene::new();
    let mut ada = console(&scene, "screen with work");
    let ben = scene.console("Ben");
    wait_for("the command runs", || scene.running().len() == 2);
    breaks(&scene);
    ada.until("waiting for actions that still run", SOON);
    assert_eq!(ada.taken(), Vec::<&str>::new());
    sees_the_work(&ben, "running");
    scene.let_go();
    gives_the_terminal_back(&mut ada, 4);
    sees_the_work(&ben, "succeeded");
    scene.the_work_was_done_once();
}

#[test]
fn r09_a_loop_that_breaks_ends_the_screen_and_says_why() {
    let scene = Scene::new();
    let mut ada = console(&scene, "loop");
    ada.until("INC-0001", SOON);
    breaks(&scene);
    gives_the_terminal_back(&mut ada, 4);
    let screen = ada.screen();
    assert!(screen.contains("the loop broke") && screen.contains("start it again"), "{screen}");
    scene.the_journal_is_whole();
}

#[test]
fn r09_what_runs_is_finished_after_the_loop_broke_and_can_be_stopped() {
    for stopped in [false, true] {
        let scene = Scene::new();
        let mut ada = console(&scene, "loop");
        ada.until("INC-0001", SOON);
        let ben = scene.console("Ben");
        starts_the_work(&ada, &scene);
        breaks(&scene);
        ada.until("waiting for actions that still run", SOON);
        assert_eq!(ada.taken(), Vec::<&str>::new());
        sees_the_work(&ben, "running");
        if stopped {
            ben.command("stop work");
            ben.until("Esc leaves it", SOON);
            ben.press("it is the wrong one\r");
        } else {
            scene.let_go();
        }
        gives_the_terminal_back(&mut ada, 4);
        if stopped {
            sees_the_work(&ben, "unknown");
            assert_eq!((scene.count("console_lost"), scene.running().len()), (0, 0));
            scene.the_journal_is_whole();
        } else {
            sees_the_work(&ben, "succeeded");
            scene.the_work_was_done_once();
        }
    }
}

#[test]
fn r08_an_action_whose_task_breaks_is_unknown_and_the_screen_stands() {
    let scene = Scene::new();
    let mut ada = console(&scene, "action");
    ada.until("INC-0001", SOON);
    starts_the_work(&ada, &scene);
    breaks(&scene);
    ada.until("the action broke", SOON);
    sees_the_work(&ada, "unknown");
    ada.press("\x03");
    ada.until("Leave the console?", SOON);
    ada.press("\x03");
    gives_the_terminal_back(&mut ada, 0);
    assert_eq!((scene.deeds(), scene.count("console_lost")), (1, 0));
    scene.the_journal_is_whole();
}

//! A person at the real program: verbs are typed, the screen is read.
#![allow(clippy::disallowed_methods, reason = "real servers run in real time; every wait is bounded")]

use std::time::{Duration, Instant};

use lifeboat::plan::{Plan, load};

use super::stage::Stage;
use crate::support::terminal::Terminal;

const SOON: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(90);

pub struct Console {
    terminal: Terminal,
    plan: Plan,
}

/// What TLS needs before the application or a test speaks it.
pub fn ready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Waits for something outside any screen, with a bound.
pub fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {LONG:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

impl Console {
    pub fn open(stage: &Stage, name: &str) -> Self {
        let (plan, journal) = (stage.plan(), stage.journal());
        let args = ["--plan", plan.to_str().unwrap(), "--journal", journal.to_str().unwrap(), "--as", name];
        let terminal = Terminal::start(name, &args, &[], (150, 50));
        let loaded = load(&plan, &lifeboat::systems::catalogue());
        let plan = loaded.plan.unwrap_or_else(|| panic!("the plan of the walk has errors: {:?}", loaded.findings));
        terminal.until("LIFEBOAT", SOON);
        Self { terminal, plan }
    }

    pub fn sees(&self, text: &str) {
        self.terminal.until(text, LONG);
    }

    pub fn screen(&self) -> String {
        self.terminal.screen()
    }

    /// The screen's words come, however they are broken into lines; all of them then.
    pub fn reads(&self, words: &str) -> String {
        flat(&self.terminal.wait(&format!("`{words}`"), LONG, |screen| flat(screen).contains(words)))
    }

    pub fn declares(&self, title: &str) {
        self.declares_as("INC-0001", title);
    }

    pub fn declares_as(&self, incident: &str, title: &str) {
        // The alert suggests the scenario; the form begins with it.
        let alert = self.plan.alerts[0].name.clone();
        self.terminal.wait("a suggested scenario", LONG, |screen| screen.contains(&*alert) && screen.contains("1 firing"));
        self.terminal.command("declare");
        self.terminal.until("SUGGESTED", SOON);
        self.terminal.press("\r");
        // In production a person says that it is real: nothing is preselected.
        self.terminal.until("production is affected", SOON);
        self.terminal.press("\x1b[B\r");
        self.terminal.until("typing writes another", SOON);
        self.terminal.press(title);
        self.terminal.until(title, SOON);
        self.terminal.press("\r\r\r");
        self.terminal.until(incident, SOON);
    }

    pub fn declares_drill(&self, scenario: &str, title: &str) {
        self.terminal.command("declare");
        self.terminal.until("none of these", SOON);
        let place = self.plan.scenarios.keys().position(|name| name == scenario).expect("a scenario of the plan");
        self.terminal.press(&format!("\x1b[H{}\r", "\x1b[B".repeat(place)));
        self.terminal.until("nothing in production is touched", SOON);
        self.terminal.press("\x1b[B\x1b[B\r");
        self.terminal.until("typing writes another", SOON);
        self.terminal.press(title);
        self.terminal.until(title, SOON);
        self.terminal.press("\r\r\r");
        self.terminal.until("INC-0001", SOON);
    }

    pub fn opens(&self, runbook: &str) {
        self.terminal.command("open");
        self.terminal.until("Open a runbook", SOON);
        self.terminal.press("\r");
        self.terminal.wait("the open runbook", SOON, |screen| screen.contains(&format!("{runbook} 0 of")));
    }

    /// The step in full on the runbook screen has that status.
    pub fn sees_step(&self, id: &str, status: &str) {
        self.terminal.command(&format!("runbook {id}"));
        let (number, title) = self.step(id);
        let head = format!("─ {number}. {title}");
        // How much of a long page is seen may stand behind it.
        let is = [format!("─ {status} ─"), format!("─ {status}, ")];
        self.terminal.wait(&format!("step {id} {status}"), LONG, |screen| {
            screen.lines().any(|line| line.contains(&head) && is.iter().any(|is| line.contains(is)))
        });
    }

    pub fn confirms(&self, id: &str, seen: Option<&str>) {
        self.terminal.command(&format!("confirm {id}"));
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press(seen.unwrap_or_default());
        // What was seen, then when it happened, which is left empty: now.
        self.terminal.press("\r\r");
        self.no_dialog();
        self.sees_step(id, "succeeded");
    }

    pub fn decides(&self, id: &str, answer: &str) {
        self.terminal.command(&format!("decide {id}"));
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press(answer);
        self.terminal.press("\r");
        self.no_dialog();
        self.sees_step(id, "succeeded");
    }

    /// Looks at what would be sent, agrees, and sees it succeed.
    pub fn runs(&self, id: &str) {
        self.terminal.command(&format!("start {id}"));
        self.terminal.until("⏎ takes it", SOON);
        self.terminal.press("y\r");
        self.no_dialog();
        self.sees_step(id, "succeeded");
    }

    pub fn types_and_runs(&self, id: &str, target: &str) {
        self.agrees_to(id, target);
        self.sees_step(id, "succeeded");
    }

    /// Types the target's name; does not wait for the end.
    pub fn agrees_to(&self, id: &str, target: &str) {
        self.terminal.command(&format!("start {id}"));
        self.terminal.until(&format!("Type {target}"), SOON);
        self.terminal.press(target);
        self.terminal.press("\r");
        self.no_dialog();
    }

    /// Until the dialog is answered and gone: letters belong to it before.
    fn no_dialog(&self) {
        self.terminal.wait("the dialog's end", SOON, |screen| !screen.contains("Esc leaves this"));
    }

    pub fn asks_approval(&self, id: &str) {
        self.terminal.command(&format!("ask-approval {id}"));
        self.terminal.until("yes, ask", SOON);
        self.terminal.press("y\r");
        self.no_dialog();
    }

    pub fn approves(&self, id: &str) {
        let (_, title) = self.step(id);
        self.terminal.command(&format!("runbook {id}"));
        self.terminal.wait("the request for approval", LONG, |screen| screen.contains(title) && screen.contains("approv"));
        self.retry_until(&format!("approve {id}"), "⏎ takes it");
        self.terminal.press("y\r");
        self.no_dialog();
        self.terminal.until("approved", SOON);
    }

    /// Types a verb again until its dialog stands: what it waits for may still be on its way.
    fn retry_until(&self, words: &str, text: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            self.terminal.command(words);
            if self.terminal.comes(Duration::from_secs(1), |screen| screen.contains(text)) {
                return;
            }
            assert!(Instant::now() < deadline, "`{text}` does not come:\n{}", self.terminal.screen());
        }
    }

    pub fn breaks_glass(&self, id: &str, why: &str) {
        self.terminal.command(&format!("break-glass {id}"));
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press(why);
        self.terminal.press("\r");
        self.no_dialog();
    }

    pub fn reads_back(&self, id: &str) {
        self.terminal.command(&format!("read-back {id}"));
        self.terminal.until("yes, read back", SOON);
        self.terminal.press("y\r");
        self.no_dialog();
    }

    /// Among the keys and verbs that the footer offers for the chosen step.
    pub fn is_offered(&self, verb: &str) {
        self.terminal
            .wait(&format!("{verb} offered"), SOON, |screen| screen.lines().rev().take(3).any(|line| line.contains(verb)));
    }

    pub fn is_refused(&self, words: &str) {
        self.terminal.command(words);
        self.terminal.until("is refused", SOON);
    }

    /// Wants to fence what gives no answer; the screen that says so.
    pub fn fences_in_vain(&self, id: &str) -> String {
        self.terminal.command(&format!("start {id}"));
        let screen = self.reads("the fence counts as failed");
        self.no_dialog();
        self.sees_step(id, "failed");
        screen
    }

    pub fn signs_outside_fence(&self, id: &str, how: &str, since: &str) {
        self.terminal.command(&format!("outside-fence {id}"));
        self.terminal.until("Sign an outside fence", SOON);
        self.terminal.press(&format!("{how}\r{since}\r"));
        self.no_dialog();
        self.sees_step(id, "succeeded");
    }

    /// Goes over the only need that stands in the way, with these words; the form stays or goes, the console answers.
    pub fn waives(&self, id: &str, why: &str) {
        self.terminal.command(&format!("waive {id}"));
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press(&format!("\r{why}\r"));
    }

    pub fn is_refused_because(&self, words: &str, why: &str) -> String {
        self.terminal.command(words);
        self.reads(why)
    }

    /// Types another name than the target's, and leaves; all words of the dialog.
    pub fn types_wrongly(&self, id: &str, other: &str, target: &str) -> String {
        self.terminal.command(&format!("start {id}"));
        self.terminal.until(&format!("Type {target}"), SOON);
        self.terminal.press(&format!("{other}\r"));
        let dialog = flat(&self.terminal.until(&format!("type {target} exactly"), SOON));
        self.terminal.press("\x1b");
        self.no_dialog();
        dialog
    }

    pub fn talks_through(&self, id: &str) {
        self.terminal.command(&format!("talk-through {id}"));
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press("\r");
        self.no_dialog();
        self.sees_step(id, "talked through");
    }

    /// Goes to another screen: `data`, `board`.
    pub fn turns_to(&self, screen: &str) {
        self.terminal.command(screen);
    }

    pub fn looks_at(&self, incident: &str) {
        self.terminal.command("incident");
        self.terminal.until("Look at an incident", SOON);
        self.terminal.press("\x1b[H");
        while !self.terminal.comes(Duration::from_secs(1), |screen| screen.contains(&format!("› {incident}"))) {
            self.terminal.press("\x1b[B");
        }
        self.terminal.press("\r");
        self.no_dialog();
        self.terminal.until(incident, SOON);
    }

    pub fn resumes_the_drill(&self) {
        self.terminal.command("resume-drill");
        self.terminal.until("yes, resume", SOON);
        self.terminal.press("y\r");
        self.no_dialog();
        self.terminal.wait("the drill goes on", SOON, |screen| !screen.contains("This drill is suspended"));
    }

    pub fn sees_service_restored(&self, name: &str) {
        self.terminal.command("journal");
        self.terminal.command("find is back since");
        self.terminal.press("\r");
        let words = format!("observed: {name} is back since");
        self.terminal.wait(&words, LONG, |screen| screen.contains(&words));
    }

    /// Takes command: who had it is gone.
    pub fn takes_command(&self, own_name: &str) {
        self.terminal.command("hand-over");
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press(&format!("{own_name}\r"));
        self.no_dialog();
        self.terminal.until(&format!("{own_name}, commander"), SOON);
    }

    pub fn closes(&self) {
        self.closes_until("CLOSED");
    }

    /// Closes it and sees that sign of it: where another incident is open, the screen goes to that one.
    pub fn closes_until(&self, sign: &str) {
        self.terminal.command("close");
        self.terminal.until("Esc leaves it", SOON);
        self.terminal.press("\x1b[B\r");
        self.terminal.press("the application writes again\r");
        self.no_dialog();
        self.terminal.wait(&format!("`{sign}`"), SOON, |screen| flat(screen).contains(sign));
    }

    pub fn dies(self) {
        self.terminal.kill();
    }

    fn step(&self, id: &str) -> (usize, &str) {
        let steps = self.plan.runbooks.iter().flat_map(|runbook| runbook.steps());
        let found = steps.enumerate().find(|(_, step)| step.id.as_str() == id).expect("a step of the walk");
        (found.0 + 1, &found.1.title)
    }
}

/// The words of a screen with one blank between them: frames and ends of lines are none.
fn flat(screen: &str) -> String {
    let words = screen.split_whitespace().filter(|word| !word.chars().all(|c| "│┃─━".contains(c)));
    words.collect::<Vec<_>>().join(" ")
}

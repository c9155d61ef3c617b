//! The program as scripts and people at a shell use it: exit codes, what is said where, and the files it leaves.

mod support;

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use lifeboat::{
    incident::Event,
    journal::{Draft, Writer},
    model::{ConsoleId, IncidentId},
};
use support::{
    records::{at, declared, draft, story},
    terminal::Terminal,
};

/// Longer than the program takes for anything here.
const SOON: Duration = Duration::from_secs(30);
const PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/plans/gaudi3-scale");

/// The program in a home of its own.
struct Shell {
    home: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(args).env_clear().current_dir(self.home.path()).stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("XDG_STATE_HOME", self.path("state")).env("USER", "ada");
        command
    }

    /// The program in a terminal.
    fn terminal(&self, args: &[&str]) -> Terminal {
        let (home, state) = (self.home.path().to_str().unwrap(), self.path("state"));
        let env = [("HOME", home), ("XDG_STATE_HOME", state.to_str().unwrap()), ("NO_COLOR", "1")];
        Terminal::start("lifeboat", args, &env, (120, 30))
    }

    fn run(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// A journal with the story of one incident that was closed, and one that is open.
    fn journal(&self) -> PathBuf {
        let path = self.path("orders.db");
        let mut writer = Writer::open(&path, "orders", &ConsoleId::from("a"), "Ada", at(0)).unwrap();
        let mut newest = 0;
        for record in story().0 {
            let Draft { incident, .. } = draft(Event::Released);
            let one = Draft { incident, who: record.who, happened: record.happened, event: record.event };
            newest = writer.append(newest, &[one], record.recorded).unwrap()[0].seq;
        }
        let second = Draft { incident: IncidentId::numbered(2), ..draft(declared()) };
        writer.append(newest, &[second], at(9_000)).unwrap();
        path
    }
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!said.err.contains("panicked") && !said.err.contains("RUST_BACKTRACE"), "{}", said.err);
        said
    }

    /// It ended so, with words that hold all of these on standard error and nothing on standard output.
    #[track_caller]
    fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
    }

    #[track_caller]
    fn good(&self) -> &str {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        &self.out
    }
}

const COMMANDS: [&[&str]; 14] = [
    &[],
    &["demo"],
    &["plan"],
    &["plan", "check"],
    &["plan", "rules"],
    &["plan", "schema"],
    &["incident"],
    &["incident", "list"],
    &["report"],
    &["journal"],
    &["journal", "verify"],
    &["journal", "export"],
    &["journal", "continue"],
    &["completions"],
];

#[test]
fn help_and_version_are_data_and_good() {
    let shell = Shell::new();
    for command in COMMANDS.iter().copied().chain([["man"].as_slice()]) {
        let help = shell.run(&[command, &["--help"]].concat());
        assert!(help.good().contains("Usage: lifeboat"), "{command:?}: {}", help.out);
    }
    assert_eq!(shell.run(&["--version"]).good(), format!("lifeboat {}\n", env!("CARGO_PKG_VERSION")));
    assert!(shell.run(&["--help"]).good().contains("Exit codes: 0 good"));
}

#[test]
fn usage_errors_are_wrong_input_and_name_the_place() {
    let shell = Shell::new();
    shell.run(&["--bogus"]).refused(3, &["--bogus"]);
    shell.run(&["plan", "chekc"]).refused(3, &["chekc", "check"]);
    shell.run(&["plan"]).refused(3, &["Usage: lifeboat plan"]);
    shell.run(&["completions", "tcsh"]).refused(3, &["tcsh", "bash"]);
    shell.run(&["journal", "verify", "--head"]).refused(3, &["--head"]);
    shell.run(&["demo", "--speed", "fast"]).refused(3, &["fast", "--speed"]);
    shell.run(&["demo", "--speed", "0"]).refused(3, &["--speed", "0.1"]);
    shell.run(&["demo", "--scenario", "flood"]).refused(3, &["--scenario", "flood", "regional-outage"]);
    let listed: serde_json::Value = serde_json::from_str(shell.run(&["demo", "--list", "--json"]).good()).unwrap();
    assert_eq!(listed[0]["name"], "regional-outage");
    shell.run(&["demo", "--json"]).refused(3, &["--list"]);
    // What is set for the console does not stand in another command's way.
    let elsewhere = Said::of(shell.command(&["plan", "schema"]).env("LIFEBOAT_PLAN", "/nowhere").output().unwrap());
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.err);
}

#[test]
fn a_good_plan_is_good_and_a_bad_one_is_told_with_every_place() {
    let shell = Shell::new();
    let good = shell.run(&["plan", "check", PLAN]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert!(good.err.contains("plan gaudi3-scale: 4 runbooks"), "{}", good.err);
    let json = shell.run(&["plan", "check", "--json", PLAN]);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &told["good"], &told["plan"]), (0, &true.into(), &"gaudi3-scale".into()));

    let bad = "apiVersion: lifeboat/v1\nkind: Plan\nname: x\ntiers:\n  critical: {rto: 1 parsec}\nservices:\n  - {name: a, tier: critcal}\n";
    std::fs::write(shell.path("plan.yaml"), bad).unwrap();
    let told = shell.run(&["plan", "check"]);
    assert_eq!(told.code, 3);
    assert!(told.out.contains("plan.yaml:5:") && told.out.contains("plan.yaml:7:"), "all at once: {}", told.out);
    assert!(told.out.contains("critical"), "and the nearest valid word: {}", told.out);
    assert!(!told.out.contains('\x1b'), "colour only on a terminal");
    assert_eq!(shell.run(&["plan", "check", "/nowhere"]).code, 3, "a plan that is not there is wrong input");
}

#[test]
fn schemas_are_json_and_say_what_they_are_of() {
    let shell = Shell::new();
    for of in ["plan", "runbook"] {
        let said = shell.run(&["plan", "schema", of]);
        let schema: serde_json::Value = serde_json::from_str(said.good()).unwrap();
        assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"), "{of}");
        assert!(schema["properties"]["name"].is_object(), "{of}");
    }
}

#[test]
fn a_journal_is_verified_and_what_was_changed_is_bad_news() {
    let shell = Shell::new();
    let path = shell.journal();
    let file = path.to_str().unwrap();
    let good = shell.run(&["journal", "verify", "--journal", file]);
    assert!(good.good().contains("good: ") && good.out.contains("head "), "{}", good.out);
    let json = shell.run(&["journal", "verify", "--journal", file, "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(json.good()).unwrap()["good"], true);

    let sql = "DROP TRIGGER records_are_never_changed; UPDATE records SET who = 'Mallory' WHERE seq = 3;
        CREATE TRIGGER records_are_never_changed BEFORE UPDATE ON records BEGIN
  SELECT RAISE(ABORT, 'records of the journal are never changed');
END;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let bad = shell.run(&["journal", "verify", "--journal", file]);
    assert_eq!((bad.code, bad.err.as_str()), (1, ""));
    assert!(bad.out.contains("NOT GOOD") && bad.out.contains("record 3"), "{}", bad.out);

    shell.run(&["journal", "verify", "--journal", "none.db"]).refused(3, &["there is no journal none.db"]);
    shell.run(&["journal", "verify", "--journal", file, "--head", "7"]).refused(3, &["`7`", "SEQ:HASH"]);
    std::fs::write(shell.path("text.db"), "x".repeat(600)).unwrap();
    shell.run(&["journal", "verify", "--journal", "text.db"]).refused(3, &["text.db", "not a journal"]);
    shell.run(&["journal", "verify"]).refused(3, &["--journal FILE", "--plan DIR"]);
}

#[test]
fn what_happened_is_listed_reported_and_exported_as_data() {
    let shell = Shell::new();
    let path = shell.journal();
    let file = path.to_str().unwrap();
    let list = shell.run(&["incident", "list", "--journal", file]);
    let lines: Vec<_> = list.good().lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(lines, ["incident", "INC-0002", "INC-0001"], "open ones first");
    let json: serde_json::Value =
        serde_json::from_str(shell.run(&["incident", "list", "--json", "--journal", file]).good()).unwrap();
    assert_eq!((&json[0]["open"], &json[1]["resolution"]), (&true.into(), &"resolved".into()));

    let report = shell.run(&["report", "inc-0001", "--journal", file]);
    assert!(report.good().starts_with("# INC-0001: the orders database is lost\n"), "{}", report.out);
    let facts: serde_json::Value =
        serde_json::from_str(shell.run(&["report", "INC-0001", "--json", "--journal", file]).good()).unwrap();
    assert_eq!((&facts["incident"], &facts["closed"]["resolution"]), (&"INC-0001".into(), &"resolved".into()));
    assert!(shell.run(&["report", "--journal", file]).good().starts_with("# INC-0002"), "the newest");
    shell.run(&["report", "INC-0009", "--journal", file]).refused(3, &["INC-0009", "choose one of INC-0002, INC-0001"]);
    shell.run(&["report", "--journal", "none.db"]).refused(3, &["none.db"]);

    let export = shell.run(&["journal", "export", "--journal", file]);
    let lines: Vec<serde_json::Value> = export.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 15);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let shell = Shell::new();
    let mut child = shell.command(&["man"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn completions_know_every_command() {
    let shell = Shell::new();
    for (name, sign) in [("bash", "complete -F"), ("zsh", "#compdef lifeboat"), ("fish", "complete -c lifeboat")] {
        let said = shell.run(&["completions", name]);
        for word in [sign, "incident", "journal", "schema", "verify", "demo"] {
            assert!(said.good().contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_manual_is_one_page_that_troff_understands_and_has_every_command() {
    let shell = Shell::new();
    let said = shell.run(&["man"]);
    let lines: Vec<_> = said.good().lines().collect();
    let first = lines.iter().position(|line| line.starts_with(".TH lifeboat 1")).expect("a title");
    assert!(lines[..first].iter().all(|line| line.starts_with(".ie ") || line.starts_with(".el ")), "{:?}", &lines[..=first]);
    assert_eq!(lines.iter().filter(|line| line.starts_with(".TH")).count(), 1);
    for command in &COMMANDS[1..] {
        let section = format!(".SH \"LIFEBOAT {}\"", command.join(" ").to_uppercase());
        assert!(lines.contains(&section.as_str()), "{section}");
    }
    // Requests that exist; a line that begins with a dot and is none would vanish from the page.
    let known = [".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".br", ".IP", ".ie", ".el", ".nf", ".fi", ".sp"];
    for line in lines.iter().filter(|line| line.starts_with('.')) {
        assert!(known.contains(&line.split(' ').next().unwrap()), "{line}");
    }
}

#[test]
fn the_console_without_a_plan_says_what_there_is() {
    let shell = Shell::new();
    let mut terminal = shell.terminal(&[]);
    let code = terminal.ended(SOON);
    let said = terminal.wait("what there is", SOON, |screen| screen.contains("lifeboat demo"));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("there is no plan here"), "{said}");
    assert!(!said.contains("init"), "what does not exist is not offered: {said}");
}

#[test]
fn the_console_without_a_terminal_opens_nothing() {
    let shell = Shell::new();
    for args in [["--plan", PLAN].as_slice(), &["--read-only", "--plan", PLAN], &["demo"]] {
        shell.run(args).refused(3, &["the console needs a terminal"]);
    }
    assert!(!shell.path("state").exists(), "no journal was made");
}

#[test]
fn the_journal_is_in_the_state_folder_and_nobody_elses() {
    let shell = Shell::new();
    let mut terminal = shell.terminal(&["--plan", PLAN, "--as", "Ada"]);
    terminal.until("gaudi3-scale", SOON);
    let journal = shell.path("state/lifeboat/gaudi3-scale.db");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journal), mode(journal.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&journal.with_file_name("gaudi3-scale.db.consoles")), 0o700);
    // The commands find it by its plan.
    assert_eq!(shell.run(&["incident", "list", "--plan", PLAN]).good(), "no incidents\n");
    terminal.press("\x03");
    terminal.until("Leave the console?", SOON);
    terminal.press("\x03");
    assert_eq!(terminal.ended(SOON), 0);
}

#[test]
fn a_journal_that_is_no_such_thing_is_told_before_the_screen_is_taken() {
    let shell = Shell::new();
    let file = shell.path("text.db");
    std::fs::write(&file, "x".repeat(600)).unwrap();
    for more in [["--as", "Ada"].as_slice(), &["--read-only"]] {
        let args = [&["--plan", PLAN, "--journal", file.to_str().unwrap()], more].concat();
        let mut terminal = shell.terminal(&args);
        let code = terminal.ended(SOON);
        let said = terminal.wait("why", SOON, |screen| screen.contains("text.db"));
        assert_eq!(code, 3, "{more:?}: {said}");
        assert!(said.contains("not a journal of Lifeboat"), "{said}");
    }
}

#[test]
fn r32_where_this_machine_stands_decides_whether_the_journal_is_warned_of() {
    let shell = Shell::new();
    let args = |here| ["--plan", PLAN, "--as", "Ada", "--here", here];
    let terminal = shell.terminal(&args("us-east-1"));
    terminal.until("the journal lies in us-east-1, the primary region", SOON);
    terminal.kill();
    let terminal = shell.terminal(&["--plan", PLAN, "--as", "Ada"]);
    terminal.until("in which region this machine stands is unsaid (--here REGION", SOON);
    terminal.kill();
    let mut terminal = shell.terminal(&args("us-east"));
    let code = terminal.ended(SOON);
    let said = terminal.wait("why", SOON, |screen| screen.contains("the plan has no region `us-east`"));
    assert!(code == 3 && said.contains("us-west-2"), "{said}");
}

#[test]
fn r32_a_journal_goes_on_in_another_file_by_a_command() {
    let shell = Shell::new();
    let (path, to) = (shell.journal(), shell.path("new.db"));
    let (path, to) = (path.to_str().unwrap(), to.to_str().unwrap());
    let on = ["journal", "continue", "--journal", path, "--to", to, "--as", "Ben"];
    let said = shell.run(&on);
    assert!(said.good().contains("go on with: lifeboat --journal"), "{}", said.out);
    shell.run(&on).refused(3, &["was continued in", "new.db"]);
    let said = shell.run(&["journal", "verify", "--journal", to, "--before", path]);
    assert!(said.good().contains("record 19 continues"), "{}", said.out);
    let listed = |file| shell.run(&["incident", "list", "--journal", file]).good().to_owned();
    assert_eq!(listed(to), listed(path));
}

//! `command.run`: a program without a shell, bounded, and ended with its children.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use lifeboat::{
    model::{Call, Clock, Duration, Identity, Outcome, PartReport, Preview, Time},
    systems::{Inspectors, Order, Performers, Progress, RealActors, RealPlatform, clock::SystemClock},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Said(Mutex<Vec<String>>, Option<CancellationToken>);

impl Progress for Said {
    fn say(&self, _part: &str, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
        // Stops a run as soon as it says something.
        if let Some(stop) = &self.1 {
            stop.cancel();
        }
    }
    fn ended(&self, _report: PartReport) {}
}

fn call(with: Value, timeout: Duration) -> Call {
    let Value::Object(with) = with else { panic!("`with` is a map") };
    Call { action: "command.run".into(), via: None, with: with.into_iter().collect(), timeout }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

async fn preview(call: &Call, dir: &Path) -> Preview {
    let platform = RealPlatform::new(BTreeMap::new(), dir.to_owned());
    platform.inspect(call).unwrap().preview(&clock()).await.unwrap()
}

async fn run_with(call: &Call, dir: &Path, said: &Said, stop: &CancellationToken) -> Outcome {
    let seen = preview(call, dir).await;
    let order = Order {
        parts: seen.parts.iter().map(|p| p.name.clone()).collect(),
        identity: seen.identity,
        remembered: BTreeMap::new(),
    };
    let actor = RealActors::new(BTreeMap::new(), dir.to_owned()).perform(call).unwrap();
    let mut reports = actor.run(&order, said, &clock(), stop).await;
    assert_eq!(reports.len(), 1);
    reports.remove(0).outcome
}

async fn run(with: Value) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    run_with(&call(with, Duration::from_secs(20)), dir.path(), &Said::default(), &CancellationToken::new()).await
}

#[tokio::test]
async fn arguments_arrive_as_they_are_and_no_shell_reads_them() {
    let outcome = run(json!({"argv": ["printf", "%s|%s", "$HOME; echo hacked", "a  b"]})).await;
    assert_eq!(outcome, Outcome::succeeded("exit code 0: $HOME; echo hacked|a  b"));
    let outcome = run(json!({"shell": "printf '%s ' one; exit 3", "expect": 3})).await;
    assert_eq!(outcome, Outcome::succeeded("exit code 3: one"));
}

#[tokio::test]
async fn the_exit_code_decides_and_the_last_lines_say_why() {
    let outcome = run(json!({"shell": "for i in 1 2 3 4 5 6 7; do echo line $i; done; echo 'no such host' >&2; exit 2"})).await;
    let Outcome::Failed { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.starts_with("exit code 2, expected 0: ("), "{reason}");
    assert!(reason.contains("line 7") && reason.contains("no such host") && !reason.contains("line 1 "), "{reason}");
}

#[tokio::test]
async fn it_gets_four_variables_the_plan_s_own_and_its_stdin() {
    let outcome =
        run(json!({"shell": "env | cut -d= -f1 | sort | tr '\\n' ' '; cat", "env": {"REGION": "us-west-2"}, "stdin": "hello"}))
            .await;
    let Outcome::Succeeded { detail } = outcome else { panic!("{outcome:?}") };
    for name in detail.trim_start_matches("exit code 0: ").trim_end_matches("hello").split_whitespace() {
        // The last four are the shell's own.
        assert!(["PATH", "HOME", "LANG", "TZ", "REGION", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name), "{name} in {detail}");
    }
    assert!(detail.contains("REGION") && detail.ends_with("hello"), "{detail}");
    // Without `stdin` there is nothing to read, and nobody to ask.
    assert_eq!(run(json!({"argv": ["cat"]})).await, Outcome::succeeded("exit code 0"));
}

/// The processes of a session that still run.
fn alive(pids: &str) -> Vec<String> {
    let running = |pid: &&str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    pids.split_whitespace().filter(running).map(str::to_owned).collect()
}

#[tokio::test]
async fn r08_past_its_timeout_it_ends_with_its_children_and_is_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let script = "sleep 300 & echo $! $$ > pids; wait";
    let slow = call(json!({"shell": script}), Duration::from_millis(400));
    let outcome = run_with(&slow, dir.path(), &Said::default(), &CancellationToken::new()).await;
    let Outcome::Unknown { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("after 400ms"), "{reason}");
    let pids = std::fs::read_to_string(dir.path().join("pids")).unwrap();
    assert_eq!(pids.split_whitespace().count(), 2);
    assert_eq!(alive(&pids), Vec::<String>::new(), "nothing of it may run on");
    let reads = call(json!({"shell": "sleep 300", "reads_only": true}), Duration::from_millis(100));
    let outcome = run_with(&reads, dir.path(), &Said::default(), &CancellationToken::new()).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "what only reads took no effect: {outcome:?}");
}

#[tokio::test]
async fn r09_a_stop_ends_a_program_that_ignores_the_polite_signal() {
    let dir = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let said = Said(Mutex::default(), Some(stop.clone()));
    let stubborn =
        call(json!({"shell": "trap '' TERM; echo $$ > pids; echo ready; while :; do sleep 300; done"}), Duration::from_secs(60));
    let outcome = run_with(&stubborn, dir.path(), &said, &stop).await;
    let Outcome::Unknown { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("stopped") && reason.contains("ready"), "{reason}");
    assert_eq!(alive(&std::fs::read_to_string(dir.path().join("pids")).unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn output_is_told_as_it_comes_without_its_control_characters() {
    let dir = tempfile::tempdir().unwrap();
    let said = Said::default();
    let red = call(json!({"shell": r"printf '\033[31mred\033[0m\n'"}), Duration::from_secs(20));
    run_with(&red, dir.path(), &said, &CancellationToken::new()).await;
    assert_eq!(said.0.into_inner().unwrap().last().unwrap(), "\\u{1b}[31mred\\u{1b}[0m");
}

#[tokio::test]
async fn a_child_that_keeps_the_output_open_does_not_keep_us() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = call(json!({"shell": "sleep 300 & echo $! > pids; echo started"}), Duration::from_secs(20));
    let outcome = run_with(&daemon, dir.path(), &Said::default(), &CancellationToken::new()).await;
    assert_eq!(outcome, Outcome::succeeded("exit code 0: started"));
    let pid = std::fs::read_to_string(dir.path().join("pids")).unwrap();
    assert_eq!(alive(&pid).len(), 1, "what it left running on purpose runs on");
    std::process::Command::new("kill").arg(pid.trim()).status().unwrap();
}

#[tokio::test]
async fn the_preview_shows_what_runs_where_and_warns_of_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let seen =
        preview(&call(json!({"argv": ["sh", "-c", "it's"], "env": {"A": "b c"}}), Duration::from_secs(30)), dir.path()).await;
    assert_eq!(seen.target, "sh");
    assert_eq!(seen.requests[0].text, format!(r"sh -c 'it'\''s' in {} with A='b c'", dir.path().display()));
    assert!(seen.identity.0["program"].ends_with("/sh"), "{}", seen.identity);
    assert!(seen.warnings.is_empty());
    let missing = call(json!({"argv": ["no-such-program-here"]}), Duration::from_secs(30));
    let seen = preview(&missing, dir.path()).await;
    assert!(seen.warnings[0].starts_with("no program `no-such-program-here` was found on PATH ("), "{:?}", seen.warnings);
    let outcome = run_with(&missing, dir.path(), &Said::default(), &CancellationToken::new()).await;
    assert!(matches!(&outcome, Outcome::Failed { reason } if reason.starts_with("nothing was run:")), "{outcome:?}");
}

#[tokio::test]
async fn r14_another_program_than_agreed_to_is_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let touch = call(json!({"argv": ["touch", "ran"]}), Duration::from_secs(20));
    let order = Order {
        parts: vec!["touch".into()],
        identity: Identity::default().with("program", "/opt/old/touch").with("machine", "elsewhere"),
        remembered: BTreeMap::new(),
    };
    let actor = RealActors::new(BTreeMap::new(), dir.path().to_owned()).perform(&touch).unwrap();
    let reports = actor.run(&order, &Said::default(), &clock(), &CancellationToken::new()).await;
    assert!(
        matches!(&reports[0].outcome, Outcome::Failed { reason } if reason.contains("not what was agreed to")),
        "{reports:?}"
    );
    assert!(!dir.path().join("ran").exists());
}

#[tokio::test]
async fn r08_a_command_is_never_said_to_have_happened_by_reading_back() {
    let dir = tempfile::tempdir().unwrap();
    let call = call(json!({"argv": ["true"]}), Duration::from_secs(20));
    let look = RealPlatform::new(BTreeMap::new(), dir.path().to_owned()).inspect(&call).unwrap();
    let reports = look.read_back(&["true".into()], &Identity::default(), Time::UNIX_EPOCH, &clock()).await;
    assert!(matches!(reports[0].outcome, Outcome::Unknown { .. }));
}

#[test]
fn what_cannot_be_run_is_refused_with_words() {
    let refuse = |with: Value| {
        let platform = RealPlatform::new(BTreeMap::new(), "/".into());
        platform.inspect(&call(with, Duration::from_secs(1))).err().expect("must be refused").reason
    };
    assert!(refuse(json!({})).contains("argv"));
    assert!(refuse(json!({"argv": ["a"], "shell": "b"})).contains("either"));
    assert!(refuse(json!({"argv": ["a\0b"]})).contains("NUL"));
    assert!(refuse(json!({"argv": ["a"], "expect": "0"})).contains("exit code"));
}

//! Every command of an incident can be typed, asks what it needs, and sends what was meant.

use ratatui::crossterm::event::{Event, KeyEvent, KeyModifiers};

use super::*;
use lifeboat::incident::{Command, Scope};

/// The commands at the end of the rules, by the word that is typed for each.
const COMMANDS: [&str; 36] = [
    "declare",
    "join",
    "hand-over",
    "severity",
    "scope",
    "began",
    "clean-before",
    "open",
    "adopt",
    "start",
    "stop",
    "hold",
    "release",
    "confirm",
    "decide",
    "not-needed",
    "instead",
    "approve",
    "decline",
    "break-glass",
    "waive",
    "outside-fence",
    "fail",
    "retry",
    "resolve",
    "skip",
    "override",
    "take-over",
    "undo",
    "insert",
    "note",
    "told",
    "restored",
    "suspend-drill",
    "resume-drill",
    "close",
];

#[test]
fn every_command_of_an_incident_is_a_verb_that_asks_acts_or_says_why_not() {
    for name in COMMANDS.iter().chain(&["reopen"]) {
        let verb = Verb::named(name).unwrap_or_else(|| panic!("no verb {name}"));
        assert!(!verb.only_looks(), "{name}");
        let mut console = Console::new(pictures::outage());
        let before = console.text();
        let sent = console.keys(&format!(":{name}\n"));
        let answered = !sent.is_empty() || console.app.view.dialog.is_some() || console.text() != before;
        assert!(answered, "{name} did nothing:\n{}", console.text());
    }
}

#[test]
fn what_is_affected_stands_in_the_form_and_is_sent_as_names() {
    let mut console = Console::new(pictures::outage());
    console.keys(":scope\n");
    assert!(console.text().contains("training-api"), "what is down by now:\n{}", console.text());
    let sent = console.keys("training-api, eval-api\tus-east-1\tproduction-db\t\tthe provider says so\n");
    let [Request::Do(Command::ChangeScope { scope, since, why })] = sent.as_slice() else { panic!("{sent:?}") };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let wanted = Scope {
        services: names(&["training-api", "eval-api"]),
        regions: names(&["us-east-1"]),
        datasets: names(&["production-db"]),
    };
    assert_eq!((scope, *since, why.as_str()), (&wanted, pictures::outage().now, "the provider says so"));
}

#[test]
fn r11_a_notice_by_hand_is_sent_with_whom_how_and_when() {
    let mut console = Console::new(pictures::outage());
    let sent = console.keys(":told all customers\n\n");
    assert_eq!(sent, [], "how is asked for");
    let sent = console.keys("status page\n\n12m ago\n");
    let [Request::Do(Command::RecordNotice { to, how, said, happened })] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((to.as_str(), how.as_str(), said.as_deref()), ("all customers", "status page", None));
    assert_eq!(*happened, Some(pictures::outage().now - chrono::TimeDelta::minutes(12)));
}

#[test]
fn another_way_is_chosen_from_the_plans_ways() {
    let mut picture = pictures::outage();
    let step = &mut picture.book.as_mut().unwrap().steps[6];
    step.ways = vec!["By psql".into()];
    step.offers.push(pictures::offer(StepAct::ChooseWay));
    let mut console = Console::new(picture);
    let sent = console.keys(":instead 7\n\nthe tool hangs\n");
    let wanted = Command::ChooseWay { step: "promote".into(), way: Some("By psql".into()), why: "the tool hangs".into() };
    assert_eq!(sent, [Request::Do(wanted)]);
    let sent = Console::new(pictures::outage()).keys(":instead 5\n");
    assert_eq!(sent, [], "the plan has one way");
}

#[test]
fn r31_a_drill_is_suspended_and_resumed_and_what_is_none_says_so() {
    let mut picture = pictures::outage();
    let mut console = Console::new(picture.clone());
    console.keys(":suspend-drill\n");
    assert!(console.text().contains("this is no drill"), "{}", console.text());
    picture.incident.as_mut().unwrap().drill = true;
    picture.incidents.iter_mut().for_each(|incident| incident.drill = true);
    let sent = Console::new(picture.clone()).keys(":suspend-drill\nfire alarm\n");
    assert_eq!(sent, [Request::Do(Command::SuspendDrill { real: None, why: "fire alarm".into() })]);
    picture.incident.as_mut().unwrap().suspended = Some(("fire alarm".into(), picture.now));
    let mut console = Console::new(picture.clone());
    assert_eq!(console.keys(":resume-drill\n"), [], "it is asked first");
    assert_eq!(console.keys("y\n"), [Request::Do(Command::ResumeDrill)]);
    picture.incidents[0].drill = false;
    let mut console = Console::new(picture);
    console.keys(":resume-drill\n");
    assert!(console.text().contains("is open and no drill"), "{}", console.text());
}

fn with_failover() -> lifeboat::picture::Picture {
    let mut picture = pictures::outage();
    let own = |id: &str, words: &str| lifeboat::picture::OwnStep { id: id.into(), words: words.into() };
    picture.automatics = vec![lifeboat::picture::AutomaticRow {
        scenario: "regional-outage".into(),
        runbook: "region-failover".into(),
        wanted: "max(probe_success) == 0 for 3m".into(),
        steps: vec![own("scale", "5. Scale up"), own("promote", "7. Promote")],
        armed: None,
    }];
    picture
}

#[test]
fn r04_arming_shows_the_list_and_sends_what_was_read() {
    let mut console = Console::new(with_failover());
    assert_eq!(console.keys(":arm\n"), []);
    let text = console.text();
    assert!(text.contains("Scale up; 7. Promote") && text.contains("for 3m"), "{text}");
    assert_eq!(console.keys("\n"), [], "nothing is chosen for anybody");
    let sent = console.keys("↓\n");
    assert_eq!(sent, [Request::Arm { scenario: "regional-outage".into(), steps: vec!["scale".into(), "promote".into()] }]);
    // Also in peace: that is when it is armed.
    let mut peace = pictures::peace();
    peace.automatics = with_failover().automatics;
    let sent = Console::new(peace).keys(":arm regional-outage\n\n");
    assert!(matches!(sent.as_slice(), [Request::Arm { .. }]), "{sent:?}");
    let mut armed = with_failover();
    armed.automatics[0].armed = Some(lifeboat::picture::ArmedPicture {
        by: "Ada".into(),
        since: armed.now,
        state: lifeboat::picture::GateState::Fails,
        words: "is 1".into(),
        triggered: None,
    });
    let mut console = Console::new(armed.clone());
    console.keys(":arm\n");
    assert!(console.text().contains("all are armed"));
    let sent = Console::new(armed).keys(":disarm\n\nworks in the rack\n");
    assert_eq!(sent, [Request::Disarm { scenario: "regional-outage".into(), why: "works in the rack".into() }]);
}

#[test]
fn r04_consent_to_what_runs_by_itself_is_a_yes_to_a_list_and_by_hand_takes_it_back() {
    let mut picture = with_failover();
    let own = picture.automatics[0].steps.clone();
    picture.book.as_mut().unwrap().by_itself = own.clone();
    picture.runbooks[1].by_itself = own;
    let mut console = Console::new(picture.clone());
    assert_eq!(console.keys(":automate\n"), []);
    assert!(console.text().contains("7. Promote"));
    assert_eq!(console.keys("\n"), [], "no is preselected");
    let sent = Console::new(picture.clone()).keys(":automate\ny\n");
    let steps = vec!["scale".into(), "promote".into()];
    assert_eq!(sent, [Request::Do(Command::ConsentToAutomation { steps: steps.clone(), by: None })]);
    let opened = Console::new(picture.clone()).keys(":open database-recovery\n\n");
    assert_eq!(opened, [Request::OpenRunbook { name: "database-recovery".into() }], "by hand unless somebody says otherwise");
    let opened = Console::new(picture.clone()).keys(":open database-recovery\n↓\n");
    assert_eq!(opened, [Request::OpenConsented { name: "database-recovery".into(), steps }]);
    picture.incident.as_mut().unwrap().commander = Some("Ben".into());
    let mut console = Console::new(picture);
    console.keys(":automate\n");
    assert!(console.text().contains("the commander consents"), "{}", console.text());
    assert_eq!(Console::new(pictures::outage()).keys(":by-hand\n"), []);
}

#[test]
fn r04_a_person_is_called_once_for_each_reason() {
    let mut console = Console::new(pictures::outage());
    let mut called = pictures::outage();
    called.calls = Some("Step 7 waits for approval.".into());
    assert!(console.app.is_called(&called));
    console.app.see(Arc::new(called.clone()));
    assert!(!console.app.is_called(&called), "it rang");
    called.calls = Some("Step 8 waits for approval.".into());
    assert!(console.app.is_called(&called));
    called.calls = None;
    assert!(!console.app.is_called(&called));
}

#[test]
fn r31_whoever_confirms_a_notice_of_a_drill_is_told_what_its_first_word_is() {
    let mut picture = pictures::outage();
    let book = picture.book.as_mut().unwrap();
    let step = &mut book.steps[6];
    step.kind = StepKind::Notice;
    step.offers.push(pictures::offer(StepAct::Confirm));
    let told = |picture: &Picture| {
        let mut console = Console::new(picture.clone());
        console.keys(":confirm 7\n");
        console.text().contains("its first word is DRILL")
    };
    assert!(!told(&picture), "the real thing");
    picture.incident.as_mut().unwrap().drill = true;
    assert!(told(&picture));
}

#[test]
fn what_is_typed_before_the_first_picture_counts_whole_or_not_at_all() {
    let mut console = Console::new(pictures::outage());
    let picture = console.app.picture.take().unwrap();
    let typed = |c| Event::Key(KeyEvent::new(if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }, KeyModifiers::NONE));
    // On its way to `:runbook 7`: the end of it alone would be a note, or worse.
    let sent: Vec<_> = ":ru".chars().flat_map(|c| console.app.event(&typed(c))).collect();
    assert_eq!(sent, []);
    console.app.see(picture);
    let early = console.app.take_early();
    assert_eq!(early, ":ru".chars().map(typed).collect::<Vec<_>>());
    for event in early.into_iter().chain("nbook 7\n".chars().map(typed)) {
        console.event(event);
    }
    assert!(console.app.view.dialog.is_none() && console.text().contains("7. Promote"), "{}", console.text());
    assert_eq!(console.app.take_early(), [], "once");
}

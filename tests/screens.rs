//! How every screen reads, at the sizes that people have.

mod support;

use lifeboat::{
    console::Reply,
    incident::RunKind,
    model::{Duration, Ready, Verdict},
    picture::{Picture, ReadyPicture, ReadyState},
    tui::{
        app::App,
        draw::draw,
        keymap::Keymap,
        theme::{Depth, Theme},
        view::View,
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers},
};
use std::sync::Arc;
use support::pictures;

pub struct Console {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Console {
    fn new(picture: Picture, width: u16, height: u16) -> Self {
        let mut app = App::new(View::new(Keymap::shipped()));
        app.see(Arc::new(picture));
        let mut console = Self { app, terminal: Terminal::new(TestBackend::new(width, height)).unwrap() };
        console.paint();
        console
    }

    fn paint(&mut self) {
        let picture = self.app.picture.clone().unwrap();
        let theme = Theme::dark(Depth::Full);
        let view = &self.app.view;
        let mut extent = view.extent;
        self.terminal.draw(|frame| extent = draw(frame, &picture, view, &theme)).unwrap();
        self.app.view.extent = extent;
    }

    fn press(&mut self, code: KeyCode) -> &mut Self {
        self.app.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        self.paint();
        self
    }

    fn keys(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.press(if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) });
        }
        self
    }

    fn reply(&mut self, reply: Reply) -> &mut Self {
        self.app.reply(reply);
        self.paint();
        self
    }

    fn text(&self) -> String {
        let buffer = self.terminal.backend().buffer();
        let rows = (0..buffer.area.height).map(|y| {
            let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            row.trim_end().to_owned()
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn snapshot(name: &str, picture: impl Fn() -> Picture, act: impl Fn(&mut Console)) {
    for (width, height) in SIZES {
        let mut console = Console::new(picture(), width, height);
        act(&mut console);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), console.text());
    }
}

#[test]
fn board_during_an_outage() {
    snapshot("board_outage", pictures::outage, |_| {});
}

#[test]
fn board_in_peace() {
    snapshot("board_peace", pictures::peace, |_| {});
}

#[test]
fn gaudi() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5)] {
        let mut console = Console::new(pictures::gaudi(), width, height);
        console.keys("6");
        insta::assert_snapshot!(format!("gaudi_{width}x{height}"), console.text());
    }
}

#[test]
fn r17_what_if_says_so_in_place_of_the_verdict() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (20, 5)] {
        let mut console = Console::new(pictures::outage(), width, height);
        console.app.view.supposing = Some(pictures::west());
        console.app.see(Arc::new(pictures::supposing_west()));
        console.paint();
        insta::assert_snapshot!(format!("what_if_{width}x{height}"), console.text());
    }
}

#[test]
fn runbook() {
    snapshot("runbook", pictures::outage, |console| {
        console.keys("2");
    });
}

#[test]
fn a_step_says_what_it_wants_before_it_is_needed() {
    let not_ready = || {
        let mut picture = pictures::outage();
        picture.book.as_mut().unwrap().steps[6].could = Some(pictures::promotion());
        picture
    };
    snapshot("runbook_not_ready", not_ready, |console| {
        console.keys("2");
    });
}

#[test]
fn what_was_not_asked_is_told_from_what_is_good_and_what_is_old() {
    let board = |ready: ReadyPicture| {
        let mut picture = pictures::peace();
        picture.ready = ready;
        let text = Console::new(picture, 80, 24).text();
        let at = text.lines().position(|line| line.contains("Ready to act?")).unwrap_or_else(|| panic!("{text}"));
        text.lines().skip(at).take(2).collect::<Vec<_>>().join("\n")
    };
    let only = |state, words: &str| board(ReadyPicture { state, words: words.into(), ..ReadyPicture::default() });
    let viewer = only(ReadyState::DoesNotAsk, "a console that only looks does not ask");
    assert!(viewer.ends_with(" a console that only looks does not ask") && !viewer.contains("to ask again"), "{viewer}");
    assert!(only(ReadyState::NotAskedYet, "not asked yet").ends_with("\n not asked yet"));
    assert!(only(ReadyState::BeingAsked, "being asked").ends_with("\n being asked"));
    let broken = only(ReadyState::CannotTell, "cannot tell, asked 3s ago: no answer within 1m");
    assert!(broken.contains("c to ask again") && broken.contains("\n cannot tell, asked 3s ago: no"), "{broken}");
    assert!(only(ReadyState::Answered, "asked 2s ago").ends_with("\n no step calls anything"));
    let mut old = pictures::peace().ready;
    (old.state, old.words, old.rows[0].ready) = (ReadyState::Stale, "asked 12m ago".into(), Ready::CannotTell);
    let old = board(old);
    assert!(old.contains("asked 12m ago, c to ask again") && old.contains("\n ? west"), "{old}");
}

#[test]
fn journal() {
    snapshot("journal", pictures::outage, |console| {
        console.keys("3");
    });
}

#[test]
fn data() {
    snapshot("data", pictures::outage, |console| {
        console.keys("4");
    });
}

#[test]
fn data_in_peace() {
    snapshot("data_peace", pictures::peace, |console| {
        console.keys("4G");
    });
}

#[test]
fn systems() {
    snapshot("systems", pictures::outage, |console| {
        console.keys("5");
    });
}

#[test]
fn a_storm_of_alerts() {
    snapshot("storm", pictures::storm, |_| {});
    snapshot("storm_systems", pictures::storm, |console| {
        console.keys("5G");
    });
}

#[test]
fn alerts_and_what_stands_behind_a_name() {
    snapshot("alerts", pictures::storm, |console| {
        console.keys("7");
    });
    snapshot("alerts_outage", pictures::outage, |console| {
        console.keys("7");
    });
    snapshot("alerts_opened", pictures::storm, |console| {
        console.keys("7j\nG");
    });
    for (width, height) in [(40, 12), (20, 5)] {
        let mut console = Console::new(pictures::storm(), width, height);
        console.keys("7");
        insta::assert_snapshot!(format!("alerts_{width}x{height}"), console.text());
    }
}

#[test]
fn alerts_found_by_name_or_label_say_how_many_of_how_many() {
    let mut console = Console::new(pictures::storm(), 80, 24);
    console.keys("7/api-48\n");
    assert!(console.text().contains("1 of 3 names, with: api-48"), "{}", console.text());
    console.keys("\n");
    assert!(console.text().contains("22 of 4811 shown, with: api-48"), "{}", console.text());
    insta::assert_snapshot!("alerts_found", console.text());
}

#[test]
fn declaring_from_an_alert() {
    snapshot("declare_alert", pictures::storm, |console| {
        console.keys("7d");
    });
}

#[test]
fn help() {
    snapshot("help", pictures::outage, |console| {
        console.keys("?");
    });
}

fn consent(console: &mut Console) {
    console.keys(":start 7\n");
    let preview = Box::new(pictures::promote_preview());
    console.reply(Reply::Preview { step: "promote".into(), kind: RunKind::First, preview });
}

#[test]
fn consent_to_what_cannot_be_taken_back() {
    snapshot("consent", pictures::outage, |console| {
        consent(console);
        console.keys("orders-db-w");
    });
}

#[test]
fn declare() {
    snapshot("declare", pictures::outage, |console| {
        console.keys("d");
    });
}

#[test]
fn other_dialogs() {
    let dialogs = [("skip", ":skip 8"), ("waive", ":break-glass 7\n"), ("insert", "i"), ("incident", "l"), ("close", ":close\n")];
    for (name, keys) in dialogs {
        let mut console = Console::new(pictures::outage(), 80, 24);
        console.keys(keys);
        insta::assert_snapshot!(format!("dialog_{name}"), console.text());
    }
}

#[test]
fn what_was_said_hides_neither_the_end_of_a_dialog_nor_that_there_is_more() {
    for (width, height) in [(80, 24), (80, 16), (60, 20), (120, 40)] {
        let mut console = Console::new(pictures::outage(), width, height);
        consent(&mut console);
        for nth in 1..4 {
            console.reply(Reply::Done {
                what: format!("confirmed step {nth}, which has a long title and was seen to be so by Ada"),
            });
        }
        let text = console.text();
        let row = |what: &str| text.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}:\n{text}"));
        assert!(row("Type orders-db-west") < row("└") && row("└") < row("F9 hold"), "{text}");
        // The newest, or the end of it where it takes more than one line.
        let said = text.lines().skip(row("└") + 1).any(|line| line.contains("by Ada") || line.contains("step 3"));
        assert!(said, "{text}");
        assert!(height > 16 || text.contains("below: PgUp PgDn"), "{text}");
    }
}

#[test]
fn asked_again_says_first_what_changed() {
    let mut console = Console::new(pictures::outage(), 80, 24);
    consent(&mut console);
    console.keys("orders-db-west\n");
    let mut preview = Box::new(pictures::promote_preview());
    preview.identity = preview.identity.with("timeline", "4");
    let replayed = preview.effects[1].measure.as_mut().unwrap();
    (replayed.value, replayed.acceptable) = (1_000_000.0, true);
    let why = preview.must_ask_again(&pictures::promote_preview());
    console.reply(Reply::AskAgain { step: "promote".into(), kind: RunKind::First, preview, why });
    insta::assert_snapshot!("consent_asked_again", console.text());
}

#[test]
fn prompt_and_messages() {
    let mut console = Console::new(pictures::outage(), 80, 24);
    console.keys(":re");
    insta::assert_snapshot!("prompt", console.text());
    console.press(KeyCode::Esc).keys("u");
    insta::assert_snapshot!("refused", console.text());
}

#[test]
fn hold_trouble_and_read_only_are_said_above_everything() {
    let mut picture = pictures::outage();
    picture.incident.as_mut().unwrap().hold = Some(("Ben".into(), "the replica looks wrong".into(), pictures::at("02:45:00")));
    picture.trouble = vec!["the journal cannot be written: disk full. Acting has stopped".into()];
    picture.place.read_only = true;
    let console = Console::new(picture, 80, 24);
    insta::assert_snapshot!("hold_trouble_read_only", console.text());
}

#[test]
fn r17_a_frozen_board_says_so_in_place_of_the_verdict() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5)] {
        let mut console = Console::new(pictures::outage(), width, height);
        console.app.view.pass(Duration::from_secs(10));
        console.keys("z");
        console.app.view.pass(Duration::from_secs(140));
        console.app.see(Arc::new(later()));
        console.paint();
        insta::assert_snapshot!(format!("frozen_{width}x{height}"), console.text());
    }
}

/// Two minutes on: somebody holds, and the verdict is another.
fn later() -> Picture {
    let mut picture = pictures::outage();
    picture.now = pictures::at("02:49:23");
    picture.incident.as_mut().unwrap().hold = Some(("Ben".into(), "the replica looks wrong".into(), pictures::at("02:49:00")));
    picture.sentences[0].text = "Critical MISSED 1h by 10s.".into();
    picture.journal_head = Some((14, "e0".into()));
    picture
}

#[test]
fn r25_after_the_promotion_the_board_says_deadline_finish_and_overrun() {
    for (width, height) in [(120, 40), (80, 24), (40, 12), (20, 5)] {
        let mut picture = pictures::outage();
        let timing = picture.timing.as_mut().unwrap();
        timing.decide_by = None;
        timing.words = "deadline 03:06Z, projected ~02:58Z: step 9 has 8m to spare".into();
        timing.brief = "deadline 03:06Z, projected ~02:58Z".into();
        timing.shortest = "deadline 03:06Z".into();
        let text = Console::new(picture, width, height).text();
        let line = text.lines().find(|line| line.starts_with(" deadline 03:06Z")).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(line.contains("step 9 has 8m to spare"), width >= 80, "{text}");
    }
}

#[test]
fn r16_broken_glass_is_loud_on_every_screen() {
    for (width, height) in SIZES {
        let mut picture = pictures::outage();
        picture.incident.as_mut().unwrap().broken_glass = vec!["step 7".into()];
        let mut console = Console::new(picture, width, height);
        for screen in ["1", "2", "3", "4", "5", "?"] {
            console.keys(screen);
            let first = console.text().lines().next().unwrap().to_owned();
            assert!(first.contains("GLASS BROKEN step 7") && first.contains("02:47:13Z"), "{width}x{height} {screen}: {first}");
        }
        if width == 80 {
            insta::assert_snapshot!("glass_broken", console.keys("1").text());
        }
    }
}

#[test]
fn r13_a_step_that_holds_no_more_is_marked_in_the_list() {
    let mut picture = pictures::outage();
    let steps = &mut picture.book.as_mut().unwrap().steps;
    steps[2].words = "no longer holds since 02:41:03Z: is t, wanted == f".into();
    steps[2].verdict = Verdict::AtRisk;
    steps[3].words = "cannot tell whether it still holds: stale: last measured 4m ago".into();
    steps[3].verdict = Verdict::CannotTell;
    let mut console = Console::new(picture, 120, 40);
    console.keys("2");
    insta::assert_snapshot!("runbook_holds_no_more", console.text());
    let text = console.text();
    assert!(text.lines().any(|line| line.contains("!  3 Fence the old primary") && line.contains("no longer holds")), "{text}");
}

#[test]
fn r22_after_corruption_the_data_screen_says_what_is_clean_and_what_is_unverified() {
    let mut picture = pictures::outage();
    picture.incident.as_mut().unwrap().clean_before = Some("~02:06:06Z".into());
    let data = &mut picture.datasets[1];
    data.best = Some("hourly snapshot".into());
    for source in &mut data.sources {
        source.best = source.name == "hourly snapshot";
        source.unverified = source.kind != "replica";
        source.usable = source.kind == "snapshot";
    }
    data.sources[0].words = "a replica repeats the corruption".into();
    data.sources[1].words = "newest point 47m ago".into();
    data.sources[2].words = "from 02:30:00Z, after corruption: unusable".into();
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = Console::new(picture.clone(), width, height);
        insta::assert_snapshot!(format!("clean_before_board_{width}x{height}"), console.text());
        console.keys("4");
        insta::assert_snapshot!(format!("clean_before_data_{width}x{height}"), console.text());
    }
}

#[test]
fn r15_an_approver_reads_the_figures_too() {
    let mut console = Console::new(pictures::outage(), 80, 24);
    console.keys(":approve 7\n");
    insta::assert_snapshot!("approve", console.text());
    assert!(console.text().contains("1.2 GB"));
}

#[test]
fn small_windows() {
    for (width, height) in [(40, 12), (20, 5)] {
        let console = Console::new(pictures::outage(), width, height);
        insta::assert_snapshot!(format!("board_outage_{width}x{height}"), console.text());
    }
}

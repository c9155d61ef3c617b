//! A storm of five thousand alerts: what a Picture costs with it, and drawing its list, opened and filtered.

use std::{error::Error, time::Instant};

use lifeboat::{
    gates::questions::questions,
    model::{Duration, Reading, Sample, Signals, Time},
    picture::{Inputs, compose},
    plan::{AlertmanagerLink, Connection, Link, load_embedded},
    sim::demo::GAUDI3_SCALE,
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

use super::{
    lines::{heading, line},
    spread::Spread,
    world::World,
};

const ALERTS: usize = 5_000;
const ROUNDS: usize = 50;

/// With as many alerts as are kept, in so many names; without any beside them.
pub fn figures() -> Result<(), Box<dyn Error>> {
    heading(&format!("a storm of {ALERTS} alerts, {ROUNDS} times each, 120x40"));
    for (names, alerts) in [(1, 0), (3, ALERTS), (ALERTS, ALERTS)] {
        of(names, alerts)?;
    }
    Ok(())
}

fn alert(nth: usize, names: usize, now: Time) -> Sample {
    let state = ["firing", "firing", "firing", "silenced", "inhibited"][nth / names % 5];
    Sample::bare(state, now)
        .label("alertname", format!("Storm{:04}", nth % names))
        .label("severity", ["critical", "high", "medium"][nth % 3])
        .label("namespace", format!("ns-{}", nth % 40))
        .label("pod", format!("api-{nth}"))
        .label("region", "us-east-1")
        .label("@since", "2027-01-15T07:50:00.000Z")
        .label("@summary", format!("api-{nth} is not ready"))
        .label("@fingerprint", format!("{nth:016x}"))
}

fn of(names: usize, alerts: usize) -> Result<(), Box<dyn Error>> {
    let catalogue = lifeboat::systems::catalogue::catalogue();
    let mut plan = load_embedded("gaudi3-scale", GAUDI3_SCALE, &catalogue).plan.ok_or("the shipped plan")?;
    let link = Link::Alertmanager(AlertmanagerLink { url: "https://storm.example".into(), ..AlertmanagerLink::default() });
    plan.connections.insert("storm".into(), Connection { region: None, drill: false, every: None, link });
    let now = Time::from_timestamp_millis(1_800_000_000_000).ok_or("a moment")?;
    let mut signals = Signals::default();
    for question in questions(&plan) {
        signals.expect(&question);
        if question.via == "storm" {
            let samples = (0..alerts).map(|nth| alert(nth, names, now)).collect();
            let reading = Reading { samples, read: now, warnings: vec![], cards: Default::default() };
            signals.record(&question, Ok(reading), now);
        }
    }
    let world = World::of(plan, signals, now);
    let inputs = || Inputs { read_only: true, ..world.inputs(world.now) };
    let what = if alerts == 0 { "no alert".to_owned() } else { format!("{names} names") };
    let took = |what: String, mut act: Box<dyn FnMut() + '_>| {
        let spans = (0..ROUNDS).map(|_| {
            let began = Instant::now();
            act();
            began.elapsed()
        });
        line(&what, &Spread::of(spans.collect()));
    };
    took(format!("{what}: a Picture"), Box::new(|| drop(compose(&inputs()))));
    let picture = std::sync::Arc::new(compose(&inputs()));
    let theme = Theme::dark(Depth::Full);
    let mut terminal = Terminal::new(TestBackend::new(120, 40))?;
    for (screen, keys) in [
        ("board", "1"),
        ("list", "7"),
        ("list, filtered", "7/api-4711\n"),
        ("opened", "7\n"),
        ("opened, filtered", "7\n/api-4711\n"),
    ] {
        let mut app = App::new(View::new(Keymap::shipped()));
        app.see(picture.clone());
        app.view.pass(Duration::from_secs(1));
        for c in keys.chars() {
            let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
            app.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
        let paint = || {
            let _drawn = terminal.draw(|frame| {
                let _extent = draw(frame, &picture, &app.view, &theme);
            });
        };
        took(format!("{what}: {screen} drawn"), Box::new(paint));
    }
    Ok(())
}

//! What each part takes: medians over many rounds, a second apart.

use std::{hint::black_box, time::Instant};

use lifeboat::{
    incident::PlanFacts,
    model::{Duration, Time},
    picture::{self, Composer, Picture, compose, inputs::Ground, kept::Kept},
    tui::{
        draw::draw,
        keymap::Keymap,
        theme::{Depth, Theme},
        view::{Screen, View},
    },
};
use ratatui::{Terminal, backend::TestBackend};

use crate::world::World;

const ROUNDS: u32 = 40;

/// The median of what `work` takes at each of the seconds after `from`, in milliseconds.
fn median(from: Time, mut work: impl FnMut(Time)) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let at = from + Duration::from_millis(u64::from(round) * 100).delta();
            let began = Instant::now();
            work(at);
            began.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A part of a Picture.
type Part = fn(&Ground<'_>);

/// The parts that read most.
const PARTS: [(&str, Part); 13] = [
    ("losses", |g| drop(black_box(picture::losses::rows(g)))),
    ("losable", |g| drop(black_box(picture::losable::choices(g)))),
    ("alerts", |g| drop(black_box(picture::alerts::rows(g)))),
    ("clusters", |g| drop(black_box(picture::clusters::rows(g)))),
    ("cards", |g| drop(black_box(picture::cards::clusters(g)))),
    ("tiers", |g| drop(black_box(picture::tiers::rows(g)))),
    ("book", |g| drop(black_box(picture::book::book(g)))),
    ("regions", |g| drop(black_box(picture::regions::rows(g)))),
    ("datasets", |g| drop(black_box(picture::datasets::rows(g)))),
    ("replication", |g| drop(black_box(picture::replication::rows(g)))),
    ("backups", |g| drop(black_box(picture::backups::backups(g)))),
    ("links", |g| drop(black_box(picture::links::rows(g)))),
    ("journal", |g| drop(black_box(g.told().lines()))),
];

pub fn print(name: &str, world: &World) {
    println!("{name}");
    let whole = median(world.now, |now| drop(black_box(compose(&world.inputs(now)))));
    let composer = Composer::default();
    let again = median(world.now, |now| drop(black_box(composer.compose(&world.inputs(now)))));
    println!("  {:<14} {whole:>9.3} ms, again {again:.3} ms", "whole");
    let (facts, kept) = (PlanFacts::of(&world.plan), Kept::default());
    for (name, part) in PARTS {
        let whole = median(world.now, |now| part(&Ground::new(&world.inputs(now), &facts, &Kept::default())));
        let again = median(world.now, |now| part(&Ground::new(&world.inputs(now), &facts, &kept)));
        if whole >= 0.05 {
            println!("  {name:<14} {whole:>9.3} ms, again {again:.3} ms");
        }
    }
    let picture = compose(&world.inputs(world.now));
    for (width, height) in [(80, 24), (200, 60)] {
        let drawn: Vec<String> =
            Screen::ALL.map(|screen| format!("{screen:?} {:.2}", drawing(&picture, screen, width, height))).into();
        println!("  draw {width}x{height}: {}", drawn.join(", "));
    }
}

fn drawing(picture: &Picture, screen: Screen, width: u16, height: u16) -> f64 {
    let (mut view, theme) = (View::new(Keymap::shipped()), Theme::dark(Depth::Full));
    view.screen = screen;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    median(picture.now, |_| {
        terminal
            .draw(|frame| {
                black_box(draw(frame, picture, &view, &theme));
            })
            .expect("it is drawn");
    })
}

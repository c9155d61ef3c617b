//! `lifeboat demo`: the console on the simulated platform. Reads only Lifeboat's own settings, touches nothing.

use std::{io::Write, sync::Arc};

use super::{args::DemoArgs, exit, place, scratch::Scratch, screen};
use crate::{
    console::{Colleague, Handle, Means, NotStarted, Setup, act},
    incident::Actor,
    journal::Writer,
    model::{Clock, ConsoleId},
    picture::World,
    plan::{Plan, load_embedded},
    sim::{self, Demo, SimPlatform},
    systems::{SystemClock, catalogue},
};

pub fn run(args: DemoArgs) -> u8 {
    if args.list {
        return exit::printed(std::io::stdout().write_all(list(args.json).as_bytes()), exit::GOOD, &mut std::io::stderr());
    }
    let settings = match screen::settings(&args.look) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let demo = match Demo::new(args.scenario.as_deref(), args.seed, args.speed) {
        Ok(demo) => demo,
        Err(why) => {
            eprintln!("lifeboat demo: {why}");
            return exit::INPUT;
        }
    };
    if !screen::is_there() {
        return exit::INPUT;
    }
    // The folder lives as long as the console, unless the journal was named.
    let scratch = match Scratch::new(&std::env::temp_dir()) {
        Ok(scratch) => scratch,
        Err(error) => {
            eprintln!("lifeboat demo: no temporary folder can be made for the journal: {error}; name one by --journal FILE");
            return exit::FAILED;
        }
    };
    let journal = args.journal.unwrap_or_else(|| scratch.path().join("demo.db"));
    let name = args.name.map_or_else(|| demo.who.to_owned(), |name| place::your_name(Some(name)));
    match start(&demo, &name, &journal) {
        Ok(handle) => screen::show(handle, settings),
        Err(error) => screen::not_started(&error),
    }
}

fn list(json: bool) -> String {
    let all = Demo::list();
    if json {
        let each: Vec<_> = all.iter().map(|(name, title)| serde_json::json!({"name": name, "title": title})).collect();
        return format!("{}\n", serde_json::Value::from(each));
    }
    all.iter().map(|(name, title)| format!("{name:24} {title}\n")).collect()
}

fn start(demo: &Demo, name: &str, journal: &std::path::Path) -> Result<Handle, NotStarted> {
    let catalogue = catalogue();
    let plan: Arc<Plan> = load_embedded(sim::demo::PLAN, sim::demo::GAUDI3_SCALE, &catalogue)
        .plan
        .map(Arc::new)
        .ok_or_else(|| std::io::Error::other("the shipped plan cannot be used: this is a fault of Lifeboat, please report it"))?;
    let clock: Arc<dyn Clock> = Arc::new(demo.clock(SystemClock.now()));
    let platform = SimPlatform::new(&plan, &demo.story, demo.seed, clock.clone());
    let actor = Actor::new(name, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
    let writer = Writer::open(journal, &plan.name, &actor.console, &actor.name, clock.now())?;
    let world = platform.clone();
    let colleague: Colleague = Box::new(move |state, now| {
        world.follow(state);
        sim::colleague(state, now)
    });
    let means = Means {
        writer,
        inspectors: platform.inspectors(),
        performers: platform.performers(),
        doctor: platform.doctor(),
        colleague: Some(colleague),
    };
    let sources = platform.sources();
    let setup = Setup { plan, plan_dir: None, catalogue, actor, world: World::Simulated, clock, sources };
    act(setup, means)
}

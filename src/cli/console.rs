//! `lifeboat`: the console on a plan.

use std::sync::Arc;

use super::{args::ConsoleArgs, exit, place, screen};
use crate::{
    console::{Means, NotStarted, Setup, act, watch},
    incident::Actor,
    journal::Writer,
    model::{Clock, ConsoleId},
    picture::World,
    plan::{Level, load, render},
    systems::{RealActors, RealPlatform, SystemClock, catalogue},
};

pub fn run(args: ConsoleArgs) -> u8 {
    // Before anything is opened or asked.
    if !screen::is_there() {
        return exit::INPUT;
    }
    let mut settings = match screen::settings(&args.look) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let Some(dir) = place::plan_dir(args.plan) else {
        eprintln!("lifeboat: there is no plan here.");
        eprintln!("  lifeboat --plan DIR   opens the console on the plan in DIR (plan.yaml and runbooks/)");
        eprintln!("  lifeboat demo         shows it on a simulated platform and touches nothing");
        return exit::INPUT;
    };
    let catalogue = catalogue();
    let loaded = load(&dir, &catalogue);
    let Some(plan) = loaded.plan else {
        for finding in loaded.findings.iter().filter(|finding| finding.severity == Level::Error) {
            eprint!("{}", render(finding, false));
        }
        eprintln!("lifeboat: the plan {} cannot be used until these are mended", dir.display());
        return exit::INPUT;
    };
    match place::warning(&plan, args.here.as_deref()) {
        Ok(warning) => settings.mistakes.extend(warning),
        Err(wrong) => {
            eprintln!("lifeboat: {wrong}");
            return exit::INPUT;
        }
    }
    let journal = match args.journal.map_or_else(|| place::journal_of(&plan), Ok) {
        Ok(path) => path,
        Err(error) => {
            eprintln!("lifeboat: where the journal belongs cannot be told: {error}; name it by --journal FILE");
            return exit::INPUT;
        }
    };
    let root = place::plan_root(&dir);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let actor = Actor::new(&place::your_name(args.name), ConsoleId::from(uuid::Uuid::now_v7().to_string()));
    let platform = Arc::new(RealPlatform::new(plan.connections.clone(), root.clone()));
    let setup = Setup {
        plan: Arc::new(plan),
        plan_dir: Some(dir),
        catalogue,
        actor,
        world: World::Production,
        clock,
        sources: platform.clone(),
    };
    let started = if args.read_only {
        watch(setup, Some(journal))
    } else {
        let Actor { name, console } = &setup.actor;
        let writer = Writer::open(&journal, &setup.plan.name, console, name, setup.clock.now());
        writer.map_err(NotStarted::from).and_then(|writer| {
            let actors = Arc::new(RealActors::new(setup.plan.connections.clone(), root));
            let (performers, doctor) = (actors.clone(), actors);
            act(setup, Means { writer, inspectors: platform, performers, doctor, colleague: None })
        })
    };
    match started {
        Ok(handle) => screen::show(handle, settings),
        Err(error) => screen::not_started(&error),
    }
}

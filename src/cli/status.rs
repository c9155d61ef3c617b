//! `lifeboat status`: one look, for scripts and people.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};

use super::{args::StatusArgs, exit, place, status_page as page};
use crate::{
    console::{Handle, Setup, watch},
    incident::Actor,
    model::{Clock, ConsoleId, Duration, Freshness},
    picture::{Picture, World},
    plan::{Level, Plan, load, render},
    report::status,
    systems::{RealPlatform, SystemClock, catalogue},
};

/// Looks once, prints, and gives the exit code: 0 all met, 1 at risk or breached, 2 cannot tell.
pub fn run(args: &StatusArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    if args.schema {
        let printed = writeln!(out, "{:#}", status::schema());
        return exit::printed(printed.and_then(|()| out.flush()), exit::GOOD, err);
    }
    let (dir, plan) = match plan(args, err) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let journal = match args.journal.clone().map_or_else(|| place::journal_of(&plan), Ok) {
        Ok(path) => path,
        Err(error) => {
            let _ = writeln!(err, "lifeboat: where the journal belongs cannot be told: {error}; name it by --journal FILE");
            return exit::INPUT;
        }
    };
    // A journal that was named has to be there; a plan's own begins with its first incident.
    if args.journal.is_some() && !journal.exists() {
        let _ = writeln!(err, "lifeboat: there is no journal {}: check the path", journal.display());
        return exit::INPUT;
    }
    let there = journal.exists().then_some(journal);
    let handle = match watch(setup(&dir, plan), there) {
        Ok(handle) => handle,
        Err(crate::console::NotStarted::Journal(error)) => return exit::refused(&error, err),
        Err(error) => {
            let _ = writeln!(err, "lifeboat: {error}");
            return exit::FAILED;
        }
    };
    let seen = look(&handle, args.wait);
    if let (Some(file), Some(picture)) = (&args.html, &seen) {
        return page::run(handle, file, args.watch, picture.clone(), err);
    }
    handle.end();
    let Some(picture) = seen else {
        let _ = writeln!(err, "lifeboat: nothing was seen within {}: give it longer by --wait", args.wait);
        return exit::CANNOT_TELL;
    };
    let status = status::status(&picture);
    let printed = if args.json {
        serde_json::to_string_pretty(&status).map_err(std::io::Error::from).and_then(|text| writeln!(out, "{text}"))
    } else {
        out.write_all(status::text(&status).as_bytes())
    };
    exit::printed(printed.and_then(|()| out.flush()), exit::of_verdict(status.verdict), err)
}

fn plan(args: &StatusArgs, err: &mut dyn Write) -> Result<(PathBuf, Plan), u8> {
    let Some(dir) = place::plan_dir(args.plan.clone()) else {
        let _ = writeln!(err, "lifeboat: the status of what? there is no plan here; name one by --plan DIR");
        return Err(exit::INPUT);
    };
    let loaded = load(&dir, &catalogue());
    for finding in loaded.findings.iter().filter(|finding| finding.severity == Level::Error) {
        let _ = write!(err, "{}", render(finding, false));
    }
    loaded.plan.map(|plan| (dir.clone(), plan)).ok_or_else(|| {
        let _ = writeln!(err, "lifeboat: the plan {} cannot be used until these are mended", dir.display());
        exit::INPUT
    })
}

fn setup(dir: &Path, plan: Plan) -> Setup {
    let root = place::plan_root(dir);
    let console = ConsoleId::from(uuid::Uuid::now_v7().to_string());
    Setup {
        sources: Arc::new(RealPlatform::new(plan.connections.clone(), root)),
        plan: Arc::new(plan),
        plan_dir: None,
        catalogue: catalogue(),
        actor: Actor::new(&place::your_name(None), console),
        world: World::Production,
        clock: Arc::new(SystemClock),
    }
}

/// The first Picture in which every connection has answered or failed, or the newest after `wait`.
fn look(handle: &Handle, wait: Duration) -> Option<Arc<Picture>> {
    let (wake, woken) = mpsc::channel();
    handle.pictures.on_put(move || {
        // Nobody may look any more; then there is nothing to wake.
        let _ = wake.send(());
    });
    let began = SystemClock.steady()?;
    let mut newest = None;
    loop {
        newest = handle.pictures.take().or(newest);
        let passed = SystemClock.steady()?.saturating_sub(began);
        let asked = |picture: &Picture| picture.links.iter().all(|link| link.known != Freshness::Absent);
        if passed >= wait || newest.as_deref().is_some_and(asked) {
            return newest;
        }
        if woken.recv_timeout(wait.saturating_sub(passed).std()) == Err(mpsc::RecvTimeoutError::Disconnected) {
            return newest;
        }
    }
}

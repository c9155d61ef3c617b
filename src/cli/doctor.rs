//! `lifeboat doctor`: could every action of every runbook be done now?

use std::{io::Write, sync::Arc};

use super::{args::DoctorArgs, exit, place};
use crate::{
    model::{Clock, Ready, text::clean},
    plan::{Level, Plan, Runbook, load, nearest::nearest, render},
    report::doctor,
    systems::{Doctor, RealActors, SystemClock, catalogue, needs},
};

/// Asks once, prints, and gives the exit code: 0 all could be done, 1 something would fail, 2 something cannot be told.
pub fn run(args: &DoctorArgs, colour: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    if args.schema {
        let printed = writeln!(out, "{:#}", doctor::schema());
        return exit::printed(printed.and_then(|()| out.flush()), exit::GOOD, err);
    }
    let Some(dir) = place::plan_dir(args.plan.clone()) else {
        let _ = writeln!(err, "lifeboat: whose actions? there is no plan here; name one by --plan DIR");
        return exit::INPUT;
    };
    let loaded = load(&dir, &catalogue());
    for finding in loaded.findings.iter().filter(|finding| finding.severity == Level::Error) {
        let _ = write!(err, "{}", render(finding, false));
    }
    let Some(plan) = loaded.plan else {
        let _ = writeln!(err, "lifeboat: the plan {} cannot be used until these are mended", dir.display());
        return exit::INPUT;
    };
    let books = match chosen(&plan, &args.runbooks) {
        Ok(books) => books,
        Err(why) => {
            let _ = writeln!(err, "lifeboat: {why}");
            return exit::INPUT;
        }
    };
    // One worker: it waits more than it computes.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(err, "lifeboat: nothing can be asked: {error}");
            return exit::FAILED;
        }
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let actors = RealActors::new(plan.connections.clone(), place::plan_root(&dir));
    let needs = needs(&plan, &books, &catalogue());
    let readiness = runtime.block_on(actors.ask(&needs, args.wait, &clock));
    // What still hangs is not waited for.
    runtime.shutdown_background();
    let names: Vec<&str> = books.iter().map(|book| book.name.as_str()).collect();
    let told = doctor::doctor(&plan.name, &names, readiness);
    let printed = if args.json {
        serde_json::to_string_pretty(&told).map_err(std::io::Error::from).and_then(|text| writeln!(out, "{text}"))
    } else {
        out.write_all(doctor::text(&told, colour).as_bytes())
    };
    let code = exit::printed(printed.and_then(|()| out.flush()), code(told.ready), err);
    let _ = writeln!(err, "{}", told.sentence);
    code
}

fn code(ready: Ready) -> u8 {
    match ready {
        Ready::Yes | Ready::Warned => exit::GOOD,
        Ready::CannotTell => exit::CANNOT_TELL,
        Ready::No => exit::BAD_NEWS,
    }
}

/// The runbooks of these names; all when none is named.
fn chosen<'p>(plan: &'p Plan, names: &[String]) -> Result<Vec<&'p Runbook>, String> {
    if names.is_empty() {
        return Ok(plan.runbooks.iter().collect());
    }
    let known = || plan.runbooks.iter().map(|book| book.name.as_str());
    let find = |name: &String| {
        plan.runbooks.iter().find(|book| book.name == *name).ok_or_else(|| {
            let meant = match nearest(name, known()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it has {}", known().collect::<Vec<_>>().join(", ")),
            };
            clean(&format!("the plan has no runbook `{name}`: {meant}"))
        })
    };
    names.iter().map(find).collect()
}

//! What happened, as a sentence without its subject: `Ben` `started step promote, Promote the replica`.

use super::event::{Event, RestoredBy, RunKind, Settled};
use crate::model::{Duration, FenceAnswer, Outcome, PartReport, StepId, Time, duration::between_words, text};

/// One line of `event`, safe to draw; who did it stands elsewhere. `title_of` gives a step's title, or all that it is
/// called (`step 7, Promote the replica`), or nothing.
/// Times carry their date: the sentence is also read on another day.
pub fn sentence(event: &Event, title_of: &dyn Fn(&StepId) -> String) -> String {
    let step = |id: &StepId| match title_of(id) {
        title if title.is_empty() || title == id.as_str() => format!("step {id}"),
        // Who knows its number says all of it: `step 7, Promote the replica`.
        title if title.starts_with("step ") => title,
        title => format!("step {id}, {title}"),
    };
    // Where what matters should not stand behind a title.
    let short = |id: &StepId| step(id).split(", ").next().unwrap_or_default().to_owned();
    let said = match event {
        Event::Declared { title, drill, scenario, severity, began, .. } => {
            let what = if *drill { "a drill, " } else { "" };
            let scenario = scenario.as_ref().map_or(String::new(), |s| format!(", scenario {s}"));
            format!("declared {what}{severity}: {title}{scenario}, impact since {}", at(*began))
        }
        Event::Joined { role } => format!("joined as {role}"),
        Event::CommandHandedOver { to } => format!("made {to} the commander"),
        Event::SeverityChanged { to, why } => format!("changed the severity to {to}: {why}"),
        Event::OutageStartCorrected { began, why } => format!("corrected the start of the outage to {}: {why}", at(*began)),
        Event::CleanBeforeSet { before, why } => format!("set \"clean before\" to {}: {why}", at(*before)),
        Event::ScopeChanged { scope, since, why } => {
            format!("changed what is affected to {}, for what is new since {}: {why}", scope.words(), at(*since))
        }
        Event::NoticeSent { to, how, said } => {
            let said = said.as_ref().map_or(String::new(), |said| format!(": {said}"));
            format!("told {to} by hand ({how}){said}")
        }
        Event::DrillSuspended { why, .. } => format!("suspended the drill: {why}"),
        Event::DrillResumed => "resumed the drill".to_owned(),
        Event::Held { why } => format!("held everything: {why}"),
        Event::Released => "released the hold".to_owned(),
        Event::Noted { text } => format!("noted: {text}"),
        Event::ClockJumped { by_ms } => clock_jump(*by_ms),
        Event::Closed { resolution, why } => format!("closed the incident, {}: {why}", resolution.words()),
        Event::Reopened { why } => format!("reopened the incident: {why}"),
        Event::JournalContinued { from, head, damage } => {
            let damage = damage.as_ref().map_or(String::new(), |damage| format!(", {}", damage.words()));
            let seq = head.split(':').next().unwrap_or_default();
            format!("continued the journal in this file, from {from} after record {seq}{damage}")
        }

        Event::ServiceDown { service, since, seen } => format!("observed: {service} is down since {}: {seen}", at(*since)),
        Event::ServiceRestored { service, at: when, by } => match by {
            RestoredBy::Observed => format!("observed: {service} is back since {}, seen healthy", at(*when)),
            RestoredBy::Person => format!("marked {service} as restored at {}", at(*when)),
            RestoredBy::Step(id) => format!("observed: {service} is back since {}, by {}", at(*when), step(id)),
        },

        Event::RunbookOpened { runbook, digest, .. } => {
            format!("opened the runbook {}, {} steps (digest {})", runbook.name, runbook.steps().count(), digest.short())
        }
        Event::RunbookAdopted { runbook, digest, .. } => {
            format!("adopted the changed runbook {}, {} steps (digest {})", runbook.name, runbook.steps().count(), digest.short())
        }
        Event::AutomationConsented { steps, by } => {
            let by = by.as_ref().map_or(String::new(), |by| format!(", as {by} consented when it was armed"));
            let steps = steps.iter().map(short).collect::<Vec<_>>().join(", ");
            format!("consented that this runs by itself: {steps}{by}")
        }
        Event::AutomationStopped { why, .. } => format!("STOPPED what runs by itself: {why}. A person goes on"),
        Event::Armed { scenario, runbook, digest, steps, .. } => {
            let (count, digest) = (count(steps.len() as u32, "step"), digest.short());
            format!("ARMED the automatic failover of {scenario}: runbook {}, {count} by itself (digest {digest})", runbook.name)
        }
        Event::Disarmed { scenario, why } => format!("disarmed the automatic failover of {scenario}: {why}"),
        Event::FailoverTriggered { scenario, incident, proof } => {
            let held = Duration::between(proof.first, proof.last);
            format!("TRIGGERED the automatic failover of {scenario} as {incident}: {} for {held}", bare(&proof.text))
        }
        Event::StepInserted { after, step, why } => {
            let place = after.as_ref().map_or("as the first".to_owned(), |id| format!("after {id}"));
            format!("inserted step {}, {}, {place}: {why}", step.id, step.title)
        }

        Event::ApprovalAsked { step: id, preview, binding } => {
            format!("asked for approval of {} ({} on {}, binding {})", step(id), preview.action, preview.target, binding.short())
        }
        Event::Approved { step: id, binding, until } => {
            format!("approved {} until {} (binding {})", step(id), at(*until), binding.short())
        }
        Event::Declined { step: id, why } => format!("declined {}: {why}", step(id)),
        Event::BrokeGlass { step: id, why } => format!("BROKE GLASS on {}, without approval: {why}", step(id)),
        Event::Waived { step: id, need, why } => format!("waived the need for {} before {}: {why}", step(need), step(id)),

        Event::ActionStarted { step: id, kind, call, target, parts, .. } => {
            let did = match kind {
                RunKind::First => "started",
                RunKind::Retry => "retried",
                RunKind::Undo => "undid",
            };
            // One part of the target's own name says nothing more.
            let over = match parts.as_slice() {
                [] => String::new(),
                [one] if one == target => String::new(),
                many => format!(": {}", many.join(", ")),
            };
            format!("{did} {} ({} on {target}{over})", step(id), call.action)
        }
        Event::LossForeseen { step: id, dataset, source, point, least, most, .. } => {
            let (loses, point) = (between_words(*least, *most), at(*point));
            format!("observed: {dataset} would lose {loses}: {source} has everything up to {point} ({})", short(id))
        }
        Event::PartProgressed { step: id, part, text, .. } => format!("observed: {part}: {text} ({})", short(id)),
        Event::PartEnded { step: id, report, .. } => format!("observed: {} ({})", outcome(report), short(id)),
        Event::ConsoleLost { step: id, console, .. } => {
            format!("found console {console} dead while it ran {}: what it left unfinished is UNKNOWN", step(id))
        }
        Event::PartSettled { step: id, report, by, .. } => match by {
            Settled::ReadBack => format!("read back {}: {}", step(id), outcome(report)),
            Settled::Person { why } => format!("settled {} by own word: {}: {why}", step(id), outcome(report)),
        },
        Event::StopAsked { step: id, why, .. } => format!("asked to stop {}: {why}", step(id)),
        Event::FenceUnreachable { step: id, why } => format!("tried {}: UNREACHABLE, nothing was sent: {why}", step(id)),

        Event::GateHeld { step: id, proof } => {
            let (samples, held) = (count(proof.samples, "sample"), Duration::between(proof.first, proof.last));
            let since = at(proof.first);
            format!("observed: {} passed, {} for {held}, {samples} since {since}", step(id), bare(&proof.text))
        }
        Event::GateMissed { step: id, why } => format!("did not observe what proves {}: {why}", step(id)),
        Event::ProofLost { step: id, seen, since } => {
            format!("observed: {} NO LONGER HOLDS since {}: {seen}", step(id), at(*since))
        }
        Event::ProofRegained { step: id, proof } => {
            format!("observed: {} holds again since {}, {}", step(id), at(proof.first), bare(&proof.text))
        }
        Event::GateWatchedAgain { step: id } => format!("watches again for proof of {}", step(id)),
        Event::GateOverridden { step: id, why } => format!("OVERRODE the gate of {}: {why}", step(id)),
        Event::OutsideFenceSigned { step: id, how, effective } => {
            format!("signed an outside fence for {}, in effect since {}: {how}", step(id), at(*effective))
        }

        Event::Confirmed { step: id, seen: None } => format!("confirmed {}", step(id)),
        Event::Confirmed { step: id, seen: Some(seen) } => format!("confirmed {}, saw: {seen}", step(id)),
        Event::Decided { step: id, answer } => format!("decided {}: {answer}", step(id)),
        Event::ConditionAnswered { step: id, needed: true, why } => format!("said that {} is needed: {why}", step(id)),
        Event::ConditionAnswered { step: id, needed: false, why } => format!("said that {} is not needed: {why}", step(id)),
        Event::Skipped { step: id, why } => format!("skipped {}: {why}", step(id)),
        Event::MarkedFailed { step: id, why } => format!("marked {} as failed: {why}", step(id)),
        Event::TakenOver { step: id, how } => format!("did {} by hand: {how}", step(id)),
        Event::WayChosen { step: id, way: Some(way), why } => format!("chose another way for {}, {way}: {why}", step(id)),
        Event::WayChosen { step: id, way: None, why } => format!("went back to the planned way for {}: {why}", step(id)),
        Event::TalkedThrough { step: id, note: None } => format!("talked {} through", step(id)),
        Event::TalkedThrough { step: id, note: Some(note) } => format!("talked {} through: {note}", step(id)),
    };
    text::clean(&said)
}

/// Exceptions to the rules, failures and what is unknown: shown strong wherever it stands.
pub fn is_loud(event: &Event) -> bool {
    match event {
        Event::Held { .. }
        | Event::AutomationStopped { .. }
        | Event::Armed { .. }
        | Event::FailoverTriggered { .. }
        | Event::DrillSuspended { .. }
        | Event::WayChosen { .. }
        | Event::ClockJumped { .. }
        | Event::JournalContinued { .. }
        | Event::ServiceDown { .. }
        | Event::Declined { .. }
        | Event::BrokeGlass { .. }
        | Event::Waived { .. }
        | Event::ConsoleLost { .. }
        | Event::StopAsked { .. }
        | Event::FenceUnreachable { .. }
        | Event::GateMissed { .. }
        | Event::ProofLost { .. }
        | Event::GateOverridden { .. }
        | Event::OutsideFenceSigned { .. }
        | Event::Skipped { .. }
        | Event::MarkedFailed { .. }
        | Event::TakenOver { .. }
        | Event::PartSettled { by: Settled::Person { .. }, .. } => true,
        Event::PartEnded { report, .. } | Event::PartSettled { report, by: Settled::ReadBack, .. } => {
            !report.outcome.is_success()
        }
        Event::Declared { .. }
        | Event::Joined { .. }
        | Event::CommandHandedOver { .. }
        | Event::SeverityChanged { .. }
        | Event::OutageStartCorrected { .. }
        | Event::CleanBeforeSet { .. }
        | Event::ScopeChanged { .. }
        | Event::AutomationConsented { .. }
        | Event::Disarmed { .. }
        | Event::NoticeSent { .. }
        | Event::DrillResumed
        | Event::Released
        | Event::Noted { .. }
        | Event::Closed { .. }
        | Event::Reopened { .. }
        | Event::ServiceRestored { .. }
        | Event::RunbookOpened { .. }
        | Event::RunbookAdopted { .. }
        | Event::StepInserted { .. }
        | Event::ApprovalAsked { .. }
        | Event::Approved { .. }
        | Event::ActionStarted { .. }
        | Event::PartProgressed { .. }
        | Event::GateHeld { .. }
        | Event::ProofRegained { .. }
        | Event::GateWatchedAgain { .. }
        | Event::Confirmed { .. }
        | Event::Decided { .. }
        | Event::ConditionAnswered { .. }
        | Event::TalkedThrough { .. }
        | Event::LossForeseen { .. } => false,
    }
}

fn at(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn count(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What was seen, without the comparison that it met: several gates stand behind each other.
fn bare(proof: &str) -> String {
    let one = |gate: &str| gate.split_once(", wanted ").map_or(gate, |(seen, _)| seen).to_owned();
    proof.split("; ").map(one).collect::<Vec<_>>().join("; ")
}

fn clock_jump(by_ms: i64) -> String {
    let span = Duration::from_millis(by_ms.unsigned_abs()).about();
    let way = if by_ms < 0 { "back" } else { "ahead" };
    format!("this machine's clock jumped {way} by {span}: the order of records still holds, their times may not")
}

/// `orders-db succeeded: 3 replicas to 0`.
fn outcome(report: &PartReport) -> String {
    let word = match &report.outcome {
        Outcome::Succeeded { .. } => "succeeded",
        Outcome::Failed { .. } => "FAILED",
        Outcome::Unknown { .. } => "UNKNOWN",
    };
    let fence = match &report.fence {
        None => String::new(),
        Some(FenceAnswer::RefusesWrites { proven }) => format!("; refuses writes, proven {}", at(*proven)),
        Some(FenceAnswer::StillWritable { why }) => format!("; STILL WRITABLE: {why}"),
        Some(FenceAnswer::Unreachable { why }) => format!("; unreachable: {why}"),
    };
    let result = report.result.as_ref().map_or(String::new(), |value| format!("; result {value}"));
    match report.outcome.text() {
        "" => format!("{} {word}{fence}{result}", report.part),
        text => format!("{} {word}: {text}{fence}{result}", report.part),
    }
}

//! `decide(state, command, who, now)`: events, or a refusal that says what would make it possible. Pure.

use super::{
    actor::Actor,
    automation,
    command::Command,
    event::{Event, Record, RunKind},
    evolve::evolve,
    refusal::Refusal,
    rules::{acting, agreeing, automatic, book, course, fencing, people, proving, reporting, services, standing, ways},
    state::State,
    wording,
};
use crate::model::{IncidentId, Time};

/// What `command` means now. Nothing has happened until its events are durable.
pub fn decide(state: &State, command: &Command, who: &Actor, now: Time) -> Result<Vec<Event>, Refusal> {
    let mut events: Vec<_> = allowed(state, command, who, now)?.into_iter().map(wording::safe).collect();
    // What a step's good end brings with it belongs to the same append.
    let after = fold(state, &events, who, now);
    let steps: Vec<_> = events.iter().filter_map(Event::step).cloned().collect();
    for step in steps {
        let more = services::restored_by_step(state, &after, &step, now);
        events.extend(more.into_iter().filter(|event| !events.contains(event)).collect::<Vec<_>>());
    }
    events.extend(automation::stop_after(state, &after, &events, who));
    Ok(events)
}

/// The state as it would be with `events` written at `now`.
pub fn fold(state: &State, events: &[Event], who: &Actor, now: Time) -> State {
    let incident = state.head.as_ref().map_or_else(|| IncidentId::from(""), |head| head.id.clone());
    events.iter().fold(state.clone(), |state, event| {
        let record = Record {
            seq: state.seq + 1,
            incident: incident.clone(),
            recorded: now,
            happened: None,
            who: who.clone(),
            event: event.clone(),
        };
        evolve(state, &record)
    })
}

/// What the rules alone say to `command`, without what a step's good end would bring with it: cheap enough to be
/// asked for every step of a screen.
pub fn allowed(state: &State, command: &Command, who: &Actor, now: Time) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Declare(declaration) => course::declare(state, declaration, now),
        Command::Join { role } => course::join(state, role, who),
        Command::HandOver { to } => course::hand_over(state, to, who),
        Command::ChangeSeverity { to, why } => course::change_severity(state, *to, why),
        Command::CorrectOutageStart { began, why } => course::correct_start(state, *began, why, now),
        Command::SetCleanBefore { before, why } => course::set_clean_before(state, *before, why, now),
        Command::ChangeScope { scope, since, why } => course::change_scope(state, scope, *since, why, now),
        Command::RecordNotice { to, how, said, happened } => course::notice(state, to, how, said.as_deref(), *happened, now),
        Command::SuspendDrill { real, why } => course::suspend_drill(state, real.as_ref(), why),
        Command::ResumeDrill => course::resume_drill(state),
        Command::Hold { why } => course::hold(state, why),
        Command::Release => course::release(state),
        Command::Note { text, happened } => course::note(state, text, *happened, now),
        Command::ReportClockJump { by_ms } => course::clock_jumped(state, *by_ms, now),
        Command::Close { resolution, why } => course::close(state, *resolution, why, who),
        Command::Reopen { why } => course::reopen(state, why),

        Command::ReportServiceDown { service, since, seen } => services::down(state, service, *since, seen, now),
        Command::ReportServiceHealthy { service, since } => services::healthy(state, service, *since, now),
        Command::MarkServiceRestored { service, at } => services::mark_restored(state, service, *at, now),

        Command::Arm(arming) => automatic::arm(state, arming, who),
        Command::Disarm { scenario, why } => automatic::disarm(state, scenario, why, who),
        Command::Trigger { scenario, incident, proof } => automatic::trigger(state, scenario, incident, proof, now),
        Command::ConsentToAutomation { steps, by } => automatic::consent(state, steps, by.as_deref(), who),
        Command::StopAutomation { why } => automatic::stop(state, why),

        Command::OpenRunbook { runbook, traits, drill_traits } => book::open(state, runbook, traits, drill_traits),
        Command::AdoptRunbook { runbook, traits, drill_traits } => book::adopt(state, runbook, traits, drill_traits),
        Command::InsertStep { after, step, why } => book::insert(state, after.as_ref(), step, why),

        Command::AskApproval { step, preview } => agreeing::ask(state, step, preview),
        Command::Approve { step, binding } => agreeing::approve(state, step, binding, who, now),
        Command::Decline { step, why } => agreeing::decline(state, step, why, who),
        Command::BreakGlass { step, why } => agreeing::break_glass(state, step, why),
        Command::Waive { step, need, why } => agreeing::waive(state, step, need, why, who),

        Command::Start { step, run, consent } => acting::start(state, step, run, RunKind::First, consent, who, now),
        Command::StartByItself { step, run, preview } => acting::start_by_itself(state, step, run, preview, who, now),
        Command::Retry { step, run, consent } => acting::start(state, step, run, RunKind::Retry, consent, who, now),
        Command::Undo { step, run, consent } => acting::start(state, step, run, RunKind::Undo, consent, who, now),
        Command::AskStop { step, why } => acting::ask_stop(state, step, why),
        Command::ReportFenceUnreachable { step, why } => fencing::unreachable(state, step, why),
        Command::ReportForeseen { step, run, dataset, foreseen } => {
            reporting::foreseen(state, step, run, dataset, foreseen, who, now)
        }
        Command::ReportProgress { step, run, part, text } => reporting::progress(state, step, run, part, text, who),
        Command::ReportPart { step, run, report } => reporting::part(state, step, run, report, who),
        Command::ReportConsoleLost { step, run, console } => reporting::console_lost(state, step, run, console, who),
        Command::ReadBack { step, run, reports } => reporting::read_back(state, step, run, reports),
        Command::ResolveUnknown { step, part, happened, why } => reporting::resolve(state, step, part, *happened, why),

        Command::ReportGateHeld { step, proof } => proving::held(state, step, proof, now),
        Command::ReportGateMissed { step, why } => proving::missed(state, step, why),
        Command::ReportProofLost { step, seen, since } => standing::lost(state, step, seen, *since, now),
        Command::ReportProofRegained { step, proof } => standing::regained(state, step, proof, now),
        Command::WatchGateAgain { step } => proving::watch_again(state, step),
        Command::OverrideGate { step, why } => proving::override_gate(state, step, why, who),
        Command::SignOutsideFence { step, how, effective } => fencing::sign_outside(state, step, how, *effective, now),

        Command::Confirm { step, seen, happened } => people::confirm(state, step, seen.as_deref(), *happened, now),
        Command::Decide { step, answer } => people::decide(state, step, answer, now),
        Command::AnswerCondition { step, answer } => people::answer_condition(state, step, answer),
        Command::Skip { step, why } => people::skip(state, step, why),
        Command::MarkFailed { step, why } => people::mark_failed(state, step, why),
        Command::TakeOver { step, how, happened } => people::take_over(state, step, how, *happened, now),
        Command::ChooseWay { step, way, why } => ways::choose(state, step, way.as_deref(), why),
        Command::TalkThrough { step, note } => people::talk_through(state, step, note.as_deref()),
    }
}

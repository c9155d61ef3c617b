//! Words of people and servers, made safe before they are journaled: no control characters, no bidi tricks.
//! What is sent (calls, previews, parts) is never reworded.

use super::event::{Event, Settled};
use crate::model::{FenceAnswer, Outcome, PartReport, Value, text::clean};

/// `event` with every free text in it on one line and without power over a terminal.
pub fn safe(mut event: Event) -> Event {
    for text in texts(&mut event) {
        *text = clean(text);
    }
    event
}

fn texts(event: &mut Event) -> Vec<&mut String> {
    match event {
        Event::Declared { title, .. } => vec![title],
        Event::Joined { role } => vec![role],
        Event::CommandHandedOver { to } => vec![to],
        Event::Noted { text } | Event::PartProgressed { text, .. } => vec![text],
        Event::SeverityChanged { why, .. }
        | Event::OutageStartCorrected { why, .. }
        | Event::CleanBeforeSet { why, .. }
        | Event::ScopeChanged { why, .. }
        | Event::DrillSuspended { why, .. }
        | Event::AutomationStopped { why, .. }
        | Event::Disarmed { why, .. }
        | Event::WayChosen { why, .. }
        | Event::Held { why }
        | Event::Closed { why, .. }
        | Event::Reopened { why }
        | Event::Declined { why, .. }
        | Event::BrokeGlass { why, .. }
        | Event::Waived { why, .. }
        | Event::StopAsked { why, .. }
        | Event::FenceUnreachable { why, .. }
        | Event::GateMissed { why, .. }
        | Event::GateOverridden { why, .. }
        | Event::ConditionAnswered { why, .. }
        | Event::Skipped { why, .. }
        | Event::MarkedFailed { why, .. } => vec![why],
        Event::NoticeSent { to, how, said } => [to, how].into_iter().chain(said).collect(),
        Event::ServiceDown { seen, .. } | Event::ProofLost { seen, .. } => vec![seen],
        Event::OutsideFenceSigned { how, .. } | Event::TakenOver { how, .. } => vec![how],
        Event::Confirmed { seen: text, .. } | Event::TalkedThrough { note: text, .. } => text.iter_mut().collect(),
        Event::Decided { answer: Value::Text(text), .. } => vec![text],
        Event::GateHeld { proof, .. } | Event::ProofRegained { proof, .. } | Event::FailoverTriggered { proof, .. } => {
            vec![&mut proof.text]
        }
        Event::StepInserted { step, why, .. } => [why, &mut step.title].into_iter().chain(&mut step.how).collect(),
        Event::PartEnded { report, .. } => reported(report),
        Event::PartSettled { report, by, .. } => {
            let why = match by {
                Settled::Person { why } => Some(why),
                Settled::ReadBack => None,
            };
            reported(report).into_iter().chain(why).collect()
        }
        Event::Decided { .. }
        | Event::LossForeseen { .. }
        | Event::Released
        | Event::DrillResumed
        | Event::AutomationConsented { .. }
        | Event::Armed { .. }
        | Event::ClockJumped { .. }
        | Event::JournalContinued { .. }
        | Event::ServiceRestored { .. }
        | Event::RunbookOpened { .. }
        | Event::RunbookAdopted { .. }
        | Event::ApprovalAsked { .. }
        | Event::Approved { .. }
        | Event::ActionStarted { .. }
        | Event::ConsoleLost { .. }
        | Event::GateWatchedAgain { .. } => vec![],
    }
}

/// Not its part's name, by which it is found.
fn reported(report: &mut PartReport) -> Vec<&mut String> {
    let (Outcome::Succeeded { detail: said } | Outcome::Failed { reason: said } | Outcome::Unknown { reason: said }) =
        &mut report.outcome;
    let fence = match &mut report.fence {
        Some(FenceAnswer::StillWritable { why } | FenceAnswer::Unreachable { why }) => Some(why),
        _ => None,
    };
    let result = match &mut report.result {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    [Some(said), fence, result].into_iter().flatten().collect()
}

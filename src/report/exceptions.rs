//! Where people went over a rule, or the rules could not hold: what a reader of the report must see first.

use crate::incident::{Event, RunKind, Settled};

/// Whether `event` belongs at the top of the report. Failures of servers do not; going on without proof does.
pub(super) fn is_exception(event: &Event) -> bool {
    match event {
        Event::BrokeGlass { .. }
        | Event::Waived { .. }
        | Event::GateOverridden { .. }
        | Event::OutsideFenceSigned { .. }
        | Event::Skipped { .. }
        | Event::MarkedFailed { .. }
        | Event::TakenOver { .. }
        | Event::Declined { .. }
        | Event::StopAsked { .. }
        | Event::ConsoleLost { .. }
        | Event::ClockJumped { .. }
        | Event::JournalContinued { .. }
        | Event::Held { .. }
        | Event::WayChosen { .. }
        | Event::AutomationStopped { .. }
        | Event::DrillSuspended { .. }
        | Event::StepInserted { .. }
        | Event::RunbookAdopted { .. }
        | Event::OutageStartCorrected { .. }
        | Event::Reopened { .. } => true,
        Event::ActionStarted { kind, .. } => *kind == RunKind::Undo,
        Event::PartSettled { by, .. } => matches!(by, Settled::Person { .. }),
        _ => false,
    }
}

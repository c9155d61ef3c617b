//! What an event is called, and which step it is about.

use super::event::Event;
use crate::model::StepId;

impl Event {
    /// The event's name as the journal stores it beside the body.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Declared { .. } => "declared",
            Event::Joined { .. } => "joined",
            Event::CommandHandedOver { .. } => "command_handed_over",
            Event::SeverityChanged { .. } => "severity_changed",
            Event::OutageStartCorrected { .. } => "outage_start_corrected",
            Event::CleanBeforeSet { .. } => "clean_before_set",
            Event::ScopeChanged { .. } => "scope_changed",
            Event::NoticeSent { .. } => "notice_sent",
            Event::Held { .. } => "held",
            Event::Released => "released",
            Event::Noted { .. } => "noted",
            Event::ClockJumped { .. } => "clock_jumped",
            Event::DrillSuspended { .. } => "drill_suspended",
            Event::DrillResumed => "drill_resumed",
            Event::Closed { .. } => "closed",
            Event::Reopened { .. } => "reopened",
            Event::JournalContinued { .. } => "journal_continued",
            Event::ServiceDown { .. } => "service_down",
            Event::ServiceRestored { .. } => "service_restored",
            Event::RunbookOpened { .. } => "runbook_opened",
            Event::AutomationConsented { .. } => "automation_consented",
            Event::AutomationStopped { .. } => "automation_stopped",
            Event::Armed { .. } => "armed",
            Event::Disarmed { .. } => "disarmed",
            Event::FailoverTriggered { .. } => "failover_triggered",
            Event::RunbookAdopted { .. } => "runbook_adopted",
            Event::StepInserted { .. } => "step_inserted",
            Event::ApprovalAsked { .. } => "approval_asked",
            Event::Approved { .. } => "approved",
            Event::Declined { .. } => "declined",
            Event::BrokeGlass { .. } => "broke_glass",
            Event::Waived { .. } => "waived",
            Event::ActionStarted { .. } => "action_started",
            Event::LossForeseen { .. } => "loss_foreseen",
            Event::PartProgressed { .. } => "part_progressed",
            Event::PartEnded { .. } => "part_ended",
            Event::ConsoleLost { .. } => "console_lost",
            Event::PartSettled { .. } => "part_settled",
            Event::StopAsked { .. } => "stop_asked",
            Event::FenceUnreachable { .. } => "fence_unreachable",
            Event::GateHeld { .. } => "gate_held",
            Event::GateMissed { .. } => "gate_missed",
            Event::ProofLost { .. } => "proof_lost",
            Event::ProofRegained { .. } => "proof_regained",
            Event::GateWatchedAgain { .. } => "gate_watched_again",
            Event::GateOverridden { .. } => "gate_overridden",
            Event::OutsideFenceSigned { .. } => "outside_fence_signed",
            Event::Confirmed { .. } => "confirmed",
            Event::Decided { .. } => "decided",
            Event::ConditionAnswered { .. } => "condition_answered",
            Event::Skipped { .. } => "skipped",
            Event::MarkedFailed { .. } => "marked_failed",
            Event::TakenOver { .. } => "taken_over",
            Event::TalkedThrough { .. } => "talked_through",
            Event::WayChosen { .. } => "way_chosen",
        }
    }

    /// The step it is about, if it is about one.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Event::ApprovalAsked { step, .. }
            | Event::Approved { step, .. }
            | Event::Declined { step, .. }
            | Event::BrokeGlass { step, .. }
            | Event::Waived { step, .. }
            | Event::ActionStarted { step, .. }
            | Event::LossForeseen { step, .. }
            | Event::PartProgressed { step, .. }
            | Event::PartEnded { step, .. }
            | Event::ConsoleLost { step, .. }
            | Event::PartSettled { step, .. }
            | Event::StopAsked { step, .. }
            | Event::FenceUnreachable { step, .. }
            | Event::GateHeld { step, .. }
            | Event::GateMissed { step, .. }
            | Event::ProofLost { step, .. }
            | Event::ProofRegained { step, .. }
            | Event::GateWatchedAgain { step }
            | Event::GateOverridden { step, .. }
            | Event::OutsideFenceSigned { step, .. }
            | Event::Confirmed { step, .. }
            | Event::Decided { step, .. }
            | Event::ConditionAnswered { step, .. }
            | Event::Skipped { step, .. }
            | Event::MarkedFailed { step, .. }
            | Event::TakenOver { step, .. }
            | Event::TalkedThrough { step, .. }
            | Event::WayChosen { step, .. } => Some(step),
            _ => None,
        }
    }
}

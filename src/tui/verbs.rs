//! The registry of verbs: everything a person can ask for, by name. Keys, footer, prompt and help are made from it.

use crate::incident::StepAct;

/// Where a verb stands in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Step,
    Incident,
    Console,
    Look,
    Move,
}

impl Group {
    pub const ALL: [Group; 5] = [Group::Step, Group::Incident, Group::Console, Group::Look, Group::Move];

    pub fn title(self) -> &'static str {
        match self {
            Group::Step => "The chosen step",
            Group::Incident => "The incident",
            Group::Console => "This console",
            Group::Look => "Looking",
            Group::Move => "Moving",
        }
    }
}

macro_rules! verbs {
    ($($id:ident $name:literal $group:ident $short:literal $help:literal;)*) => {
        /// Every verb there is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb { $($id),* }

        impl Verb {
            pub const ALL: &'static [Verb] = &[$(Verb::$id),*];

            /// As it is typed after `:`.
            pub const fn name(self) -> &'static str {
                match self { $(Verb::$id => $name),* }
            }
            pub const fn group(self) -> Group {
                match self { $(Verb::$id => Group::$group),* }
            }
            /// For the footer: one or two words.
            pub const fn short(self) -> &'static str {
                match self { $(Verb::$id => $short),* }
            }
            /// One line.
            pub const fn help(self) -> &'static str {
                match self { $(Verb::$id => $help),* }
            }
        }
    };
}

verbs! {
    Do "do" Step "step" "open what the chosen step waits for: start, confirm, decide, approve, read back";
    Start "start" Step "start" "look at what the step would do, then agree to it";
    Confirm "confirm" Step "confirm" "sign a check or a notice off, with the value you saw";
    Decide "decide" Step "decide" "answer the step's question";
    NotNeeded "not-needed" Step "needed?" "answer the step's `if`: whether it is needed at all";
    Retry "retry" Step "retry" "run the parts that failed again; never the unknown ones";
    Undo "undo" Step "undo" "restore what was there before the step";
    Skip "skip" Step "skip" "leave the step out, with a reason";
    Fail "fail" Step "fail" "say that the step failed, with a reason";
    TakeOver "take-over" Step "take over" "the step was done outside Lifeboat: say how and when";
    TalkThrough "talk-through" Step "talk through" "in a drill: say what would be done";
    ReadBack "read-back" Step "read back" "ask the servers whether unknown parts happened; sends nothing that changes";
    Resolve "resolve" Step "resolve" "settle an unknown part by hand, with a reason";
    AskApproval "ask-approval" Step "ask approval" "ask another person to approve exactly what would be sent";
    Approve "approve" Step "approve" "approve what was asked for, as somebody else than who runs it";
    Decline "decline" Step "decline" "decline what was asked for, with a reason";
    BreakGlass "break-glass" Step "break glass" "go on without the approval, with a reason that everybody sees";
    Waive "waive" Step "waive" "go on over a need that did not end well, by name and with a reason";
    Override "override" Step "override" "pass a gate that is not seen to hold, with a reason";
    WatchAgain "watch-again" Step "watch again" "watch a gate that was missed once more";
    OutsideFence "outside-fence" Step "outside fence" "sign that the old primary was cut off from outside: how, and since when";
    Instead "instead" Step "another way" "do the step another of the plan's ways, while nothing of it stands";
    Stop "stop" Step "stop" "ask what runs to stop, with a reason";

    Hold "hold" Incident "hold" "stop anything new from starting, on every console, at once";
    Release "release" Incident "release" "let steps start again";
    Declare "declare" Incident "declare" "declare an incident or a drill";
    Note "note" Incident "note" "write a line into the journal, with the time it happened";
    Told "told" Incident "told" "record a notice that was sent by hand: to whom, how, and when";
    Open "open" Incident "open" "open a runbook, or switch to another one";
    Adopt "adopt" Incident "adopt" "take the runbook over as it is on disk now, for steps that are not started";
    Arm "arm" Incident "arm" "arm an automatic failover: it starts by itself once its trigger holds";
    Disarm "disarm" Incident "disarm" "disarm an automatic failover, with a reason";
    Automate "automate" Incident "automate" "as the commander: consent that the listed steps run by themselves";
    ByHand "by-hand" Incident "by hand" "let nothing run by itself any more in this incident";
    Insert "insert" Incident "insert" "add a step by hand, journaled as such";
    Join "join" Incident "join" "take a role in this incident";
    HandOver "hand-over" Incident "hand over" "hand command over, or take it yourself";
    Severity "severity" Incident "severity" "change the severity, with a reason";
    Scope "scope" Incident "scope" "say which services, regions and datasets are affected";
    Began "began" Incident "began" "correct when the outage began";
    CleanBefore "clean-before" Incident "clean before" "say until when data was surely good, after corruption or a breach";
    Restored "restored" Incident "restored" "say that a service without a health proof is back";
    SuspendDrill "suspend-drill" Incident "suspend drill" "let a drill wait: nothing new starts in it";
    ResumeDrill "resume-drill" Incident "resume drill" "go on with a suspended drill, once nothing real is open";
    Close "close" Incident "close" "end the incident: resolved, false alarm or duplicate";
    Reopen "reopen" Incident "reopen" "open the closed incident again";

    AskNow "ask-now" Console "ask now" "ask every connection now, instead of waiting for its turn";
    Incident "incident" Console "incidents" "look at another incident of this journal";
    WhatIf "what-if" Look "what if" "suppose that a region, zone, cluster, node or dataset is lost; once more goes back";
    Freeze "freeze" Console "freeze" "stop the screen to read and copy it; once more goes back to now";
    Suspend "suspend" Console "suspend" "stop this program and go back to the shell; `fg` comes back";
    Quit "quit" Console "quit" "leave the console";

    Board "board" Look "board" "what is down, what is lost, what is next";
    Runbook "runbook" Look "runbook" "every step, and the chosen one in full; behind it a step may be named";
    Journal "journal" Look "journal" "everything that happened";
    Data "data" Look "data" "every dataset and every place to recover it from";
    Systems "systems" Look "systems" "services, regions, clusters, connections and alerts";
    Gaudi "gaudi" Look "gaudi3" "every accelerator card: how much it does, what is wrong with it";
    Alerts "alerts" Look "alerts" "what fires, where it leads; declare from the alert under the cursor";
    Members "members" Look "open" "list the alerts of the name under the cursor, or close them again";
    Measure "measure" Look "measure" "what the cards' blocks show: utilisation, HBM, temperature, power, ports";
    Why "why" Look "where from" "where a value comes from: the query, the server, when, the rule, the answer";
    Copy "copy" Look "copy" "copy what is read: the value asked about, else the verdict";
    Help "help" Look "help" "every verb, its key, and why it is refused now";
    Command "command" Look "commands" "type any verb by its name";
    Find "find" Look "find" "show only lines with these words";

    Up "up" Move "up" "the step or line above";
    Down "down" Move "down" "the step or line below";
    Left "left" Move "left" "the card before, on the same node; of an alert, the text above";
    Right "right" Move "right" "the card after, on the same node; of an alert, the text below";
    PageUp "page-up" Move "page up" "a page back; in the runbook, of the chosen step";
    PageDown "page-down" Move "page down" "a page on; in the runbook, of the chosen step";
    First "first" Move "first" "the first step or line";
    Last "last" Move "last" "the last step or line";
    Follow "follow" Move "follow" "go back to the step to do next, and to the newest line";
}

impl Verb {
    pub fn named(name: &str) -> Option<Verb> {
        Verb::ALL.iter().copied().find(|verb| verb.name() == name)
    }

    /// Where a cursor at `now` among `count` goes by it. `count` is not zero.
    pub fn moves(self, now: usize, count: usize, page: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Verb::Up => now.saturating_sub(1),
            Verb::Down => (now + 1).min(last),
            Verb::PageUp => now.saturating_sub(page),
            Verb::PageDown => (now + page).min(last),
            Verb::First => 0,
            Verb::Last => last,
            _ => now,
        }
    }

    /// What it does with a step, as the offers of a step name it. `Waive` stands for any need.
    pub(super) fn offered_as(self, act: &StepAct) -> bool {
        matches!(
            (self, act),
            (Verb::Start, StepAct::Start)
                | (Verb::Confirm, StepAct::Confirm)
                | (Verb::Decide, StepAct::Decide)
                | (Verb::NotNeeded, StepAct::AnswerCondition)
                | (Verb::Retry, StepAct::Retry)
                | (Verb::Undo, StepAct::Undo)
                | (Verb::Skip, StepAct::Skip)
                | (Verb::Fail, StepAct::MarkFailed)
                | (Verb::TakeOver, StepAct::TakeOver)
                | (Verb::TalkThrough, StepAct::TalkThrough)
                | (Verb::ReadBack, StepAct::ReadBack)
                | (Verb::Resolve, StepAct::ResolveUnknown)
                | (Verb::AskApproval, StepAct::AskApproval)
                | (Verb::Approve, StepAct::Approve)
                | (Verb::Decline, StepAct::Decline)
                | (Verb::BreakGlass, StepAct::BreakGlass)
                | (Verb::Waive, StepAct::Waive(_))
                | (Verb::Override, StepAct::OverrideGate)
                | (Verb::WatchAgain, StepAct::WatchGateAgain)
                | (Verb::OutsideFence, StepAct::SignOutsideFence)
                | (Verb::Stop, StepAct::AskStop)
                | (Verb::Instead, StepAct::ChooseWay)
        )
    }

    /// Whether a read-only console may do it too.
    pub fn only_looks(self) -> bool {
        matches!(self.group(), Group::Look | Group::Move)
            || matches!(self, Verb::Incident | Verb::Freeze | Verb::Suspend | Verb::Quit | Verb::AskNow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_name_of_its_own_and_a_line_of_help() {
        for (i, verb) in Verb::ALL.iter().enumerate() {
            assert!(!verb.name().is_empty() && !verb.short().is_empty());
            assert!(verb.help().chars().count() >= 10, "{}", verb.name());
            assert!(verb.help().chars().count() <= 84, "{} says too much for a line", verb.name());
            assert_eq!(Verb::named(verb.name()), Some(*verb));
            assert!(Verb::ALL[..i].iter().all(|other| other.name() != verb.name()));
        }
    }
}

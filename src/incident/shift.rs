//! All times of an incident, moved together: when this machine's clock was set, what is kept by the old one is told by
//! the new one, so that everything that has elapsed stays what it was (RULES R11).

use chrono::TimeDelta;

use super::{
    consented::Automation,
    event::Proof,
    state::{Book, Head, Hold, Note, Notice, Outage, Participant, ServiceState, State, Suspension},
    step_state::{Approval, ApprovalRequest, Exception, Foreseen, PartState, Run, StepState},
};
use crate::model::{FenceAnswer, Time};

/// Moves every time in `state` by `by_ms` milliseconds. Structures are taken apart whole, so that no new time is forgotten.
pub fn shift(state: &mut State, by_ms: i64) {
    let by = By(TimeDelta::try_milliseconds(by_ms).unwrap_or_default());
    let State {
        seq: _,
        head,
        commander: _,
        people,
        hold,
        suspended,
        book,
        steps,
        shelf,
        services,
        notes,
        notices,
        armed,
        jumped,
    } = state;
    if let Some(head) = head {
        by.head(head);
    }
    for Participant { roles: _, console: _, since } in people.values_mut() {
        by.time(since);
    }
    if let Some(Hold { who: _, why: _, since }) = hold {
        by.time(since);
    }
    if let Some(Suspension { real: _, by: said }) = suspended {
        by.exception(said);
    }
    let shelved = shelf.values_mut().map(|(book, steps)| (Some(book), steps));
    for (book, steps) in shelved.chain([(book.as_mut(), steps)]) {
        if let Some(book) = book {
            by.book(book);
        }
        steps.values_mut().for_each(|step| by.step(step));
    }
    for ServiceState { outages } in services.values_mut() {
        for Outage { from, until, by: _ } in outages {
            by.time(from);
            by.some(until);
        }
    }
    for Note { who: _, at, text: _ } in notes {
        by.time(at);
    }
    for Notice { who: _, at, to: _, how: _, said: _ } in notices {
        by.time(at);
    }
    for armed in armed.values_mut() {
        by.time(&mut armed.at);
        armed.triggered.iter_mut().for_each(|(_, at)| by.time(at));
    }
    if let Some((at, _)) = jumped {
        by.time(at);
    }
}

struct By(TimeDelta);

impl By {
    /// A time at the end of what can be told stays where it is.
    fn time(&self, time: &mut Time) {
        *time = time.checked_add_signed(self.0).unwrap_or(*time);
    }

    fn some(&self, time: &mut Option<Time>) {
        if let Some(time) = time {
            self.time(time);
        }
    }

    fn book(&self, book: &mut Book) {
        let Book { runbook: _, digest: _, opened, traits: _, drill_traits: _, adopted, inserted: _, planned: _, automation } =
            book;
        self.time(opened);
        self.some(adopted);
        if let Some(Automation { by: _, at, steps: _, stopped }) = automation {
            self.time(at);
            stopped.iter_mut().for_each(|(_, by)| self.exception(by));
        }
    }

    fn head(&self, head: &mut Head) {
        let Head {
            id: _,
            title: _,
            drill: _,
            scenario: _,
            severity: _,
            began,
            declared,
            declared_by: _,
            facts: _,
            digest: _,
            clean_before,
            scope: _,
            closed,
        } = head;
        self.time(began);
        self.time(declared);
        self.some(clean_before);
        if let Some((_, by)) = closed {
            self.exception(by);
        }
    }

    fn exception(&self, exception: &mut Exception) {
        let Exception { who: _, why: _, at } = exception;
        self.time(at);
    }

    fn step(&self, step: &mut StepState) {
        let StepState {
            status: _,
            began,
            ended,
            who: _,
            runs,
            parts,
            approval_asked,
            approvals,
            declined,
            broke_glass,
            glass_spent: _,
            unreachable: _,
            waived,
            overridden,
            outside_fence,
            foreseen,
            condition,
            proof,
            lost,
            lost_told,
            watched_since,
            ended_by_hand: _,
            taken_over: _,
            said: _,
            way,
            of_the_way_left: _,
            result: _,
        } = step;
        [began, ended, lost_told, watched_since].into_iter().for_each(|time| self.some(time));
        runs.iter_mut().for_each(|run| self.run(run));
        parts.values_mut().for_each(|part| self.part(part));
        if let Some(ApprovalRequest { who: _, at, preview, binding: _ }) = approval_asked {
            self.time(at);
            self.time(&mut preview.made);
        }
        for Approval { who: _, binding: _, at, until } in approvals {
            self.time(at);
            self.time(until);
        }
        [declined, broke_glass, overridden].into_iter().flatten().for_each(|by| self.exception(by));
        waived.values_mut().for_each(|by| self.exception(by));
        for Foreseen { source: _, point, least: _, most: _ } in foreseen.values_mut() {
            self.time(point);
        }
        if let Some((by, effective)) = outside_fence {
            self.exception(by);
            self.time(effective);
        }
        if let Some((_, by)) = condition {
            self.exception(by);
        }
        if let Some((_, by)) = way {
            self.exception(by);
        }
        if let Some(Proof { text: _, first, last, samples: _ }) = proof {
            self.time(first);
            self.time(last);
        }
        if let Some((_, since)) = lost {
            self.time(since);
        }
    }

    fn run(&self, run: &mut Run) {
        let Run {
            id: _,
            seq: _,
            kind: _,
            who: _,
            console: _,
            started,
            ended,
            call: _,
            target: _,
            identity: _,
            binding: _,
            parts: _,
            reported: _,
            lost: _,
            stop_asked: _,
        } = run;
        self.time(started);
        self.some(ended);
    }

    fn part(&self, part: &mut PartState) {
        let PartState { outcome: _, run: _, fence, progress: _, before: _, settled: _ } = part;
        if let Some(FenceAnswer::RefusesWrites { proven }) = fence {
            self.time(proven);
        }
    }
}

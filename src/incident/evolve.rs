//! `evolve(state, record) -> state`: what each record means. Never refuses: what is in the journal has happened.

use super::{
    automation,
    event::{Event, Record, RunKind, may_have_changed},
    facts::Impact,
    scope::Scope,
    settle::{end, settle, watch},
    shift::shift,
    state::{Book, Head, Hold, Note, Notice, Outage, Participant, State, Suspension},
    step_state::{Approval, ApprovalRequest, Exception, Foreseen, PartState, Run, Status, StepState},
    ways,
};
use crate::{
    model::{FenceAnswer, Outcome, PartReport, RunId, StepId, Time},
    plan::{Runbook, Step, StepKind},
};

/// The state of an incident from all its records, in order.
pub fn replay<'a>(records: impl IntoIterator<Item = &'a Record>) -> State {
    records.into_iter().fold(State::default(), evolve)
}

/// The state after `record`.
pub fn evolve(mut state: State, record: &Record) -> State {
    state.seq = record.seq;
    automation::evolve(&mut state, record);
    let at = record.time();
    let who = &record.who.name;
    let said = |why: &str| Exception { who: who.clone(), why: why.to_owned(), at };
    match &record.event {
        Event::Declared { title, drill, scenario, severity, began, impacts, facts, digest } => {
            state.head = Some(Head {
                id: record.incident.clone(),
                title: title.clone(),
                drill: *drill,
                scenario: scenario.clone(),
                severity: *severity,
                began: *began,
                declared: at,
                declared_by: who.clone(),
                facts: (**facts).clone(),
                digest: digest.clone(),
                clean_before: None,
                scope: None,
                closed: None,
            });
            state.commander = Some(who.clone());
            if !record.who.is_lifeboat() {
                join(&mut state, record, None);
            }
            for Impact { service, since } in impacts {
                open_outage(&mut state, service, *since);
            }
        }
        Event::Joined { role } => join(&mut state, record, Some(role)),
        Event::CommandHandedOver { to } => state.commander = Some(to.clone()),
        Event::SeverityChanged { to, .. } => with_head(&mut state, |head| head.severity = *to),
        Event::OutageStartCorrected { began, .. } => correct_start(&mut state, *began),
        Event::CleanBeforeSet { before, .. } => with_head(&mut state, |head| head.clean_before = Some(*before)),
        Event::ScopeChanged { scope, since, .. } => change_scope(&mut state, scope, *since),
        Event::NoticeSent { to, how, said } => {
            state.notices.push(Notice { who: who.clone(), at, to: to.clone(), how: how.clone(), said: said.clone() });
        }
        Event::Held { why } => state.hold = Some(Hold { who: who.clone(), why: why.clone(), since: at }),
        Event::Released => state.hold = None,
        Event::Noted { text } => state.notes.push(Note { who: who.clone(), at, text: text.clone() }),
        Event::ClockJumped { by_ms } => {
            shift(&mut state, *by_ms);
            state.jumped = Some((at, *by_ms));
        }
        Event::JournalContinued { .. } => {}
        // What these mean `automation` says.
        Event::AutomationConsented { .. } | Event::AutomationStopped { .. } => {}
        Event::Armed { .. } | Event::Disarmed { .. } | Event::FailoverTriggered { .. } => {}
        Event::DrillSuspended { real, why } => state.suspended = Some(Suspension { real: real.clone(), by: said(why) }),
        Event::DrillResumed => state.suspended = None,
        Event::Closed { resolution, why } => {
            let closed = Some((*resolution, said(why)));
            with_head(&mut state, |head| head.closed = closed);
        }
        Event::Reopened { .. } => with_head(&mut state, |head| head.closed = None),

        Event::ServiceDown { service, since, .. } => open_outage(&mut state, service, *since),
        Event::ServiceRestored { service, at, by } => {
            if let Some(outage) = state.services.entry(service.clone()).or_default().outages.last_mut()
                && outage.until.is_none()
            {
                outage.until = Some((*at).max(outage.from));
                outage.by = Some(by.clone());
            }
        }

        Event::RunbookOpened { runbook, digest, traits, drill_traits } => {
            if let Some(book) = state.book.take() {
                let steps = std::mem::take(&mut state.steps);
                state.shelf.insert(book.runbook.name.clone(), (book, steps));
            }
            let fresh = || {
                let (runbook, digest) = ((**runbook).clone(), digest.clone());
                (
                    Book {
                        runbook,
                        digest,
                        opened: at,
                        traits: traits.clone(),
                        drill_traits: drill_traits.clone(),
                        adopted: None,
                        inserted: Vec::new(),
                        planned: Default::default(),
                        automation: None,
                    },
                    Default::default(),
                )
            };
            let (book, steps) = state.shelf.remove(&runbook.name).unwrap_or_else(fresh);
            state.book = Some(book);
            state.steps = steps;
        }
        Event::RunbookAdopted { runbook, digest, traits, drill_traits } => {
            if let Some(book) = &mut state.book {
                // What people said about a step that now reads otherwise, they said about another step.
                for step in book.runbook.steps().filter(|old| runbook.step(&old.id) != Some(*old)) {
                    if state.steps.get(&step.id).is_some_and(|s| s.status == Status::Open) {
                        state.steps.remove(&step.id);
                    }
                    book.planned.remove(&step.id);
                }
                book.runbook = (**runbook).clone();
                book.digest = digest.clone();
                book.traits = traits.clone();
                book.drill_traits = drill_traits.clone();
                book.adopted = Some(record.recorded);
            }
        }
        Event::StepInserted { after, step, .. } => {
            if let Some(book) = &mut state.book {
                let begun = |id: &StepId| state.steps.get(id).is_some_and(|s| s.status != Status::Open);
                insert_step(&mut book.runbook, after.as_ref(), step, begun);
                book.inserted.push((after.clone(), step.id.clone()));
            }
        }

        Event::ApprovalAsked { step, preview, binding } => {
            let asked = ApprovalRequest { who: who.clone(), at, preview: (**preview).clone(), binding: binding.clone() };
            let step = touch(&mut state, step, at);
            step.approval_asked = Some(asked);
            step.declined = None;
        }
        Event::Approved { step, binding, until } => {
            let approval = Approval { who: who.clone(), binding: binding.clone(), at, until: *until };
            let step = touch(&mut state, step, at);
            step.approvals.retain(|a| a.who != approval.who);
            step.approvals.push(approval);
        }
        Event::Declined { step, why } => {
            let declined = said(why);
            let step = touch(&mut state, step, at);
            // A no voids every yes to what was shown: it is asked for anew.
            step.approvals.clear();
            step.approval_asked = None;
            step.declined = Some(declined);
        }
        Event::BrokeGlass { step, why } => {
            let broke = Some(said(why));
            let step = touch(&mut state, step, at);
            step.broke_glass = broke;
            step.glass_spent = false;
        }
        Event::Waived { step, need, why } => {
            touch(&mut state, step, at).waived.insert(need.clone(), said(why));
        }

        Event::ActionStarted { step, run, kind, call, target, identity, binding, parts, remembered } => {
            let started = Run {
                id: run.clone(),
                seq: record.seq,
                kind: *kind,
                who: who.clone(),
                console: record.who.console.clone(),
                started: at,
                ended: None,
                call: call.clone(),
                target: target.clone(),
                identity: identity.clone(),
                binding: binding.clone(),
                parts: parts.clone(),
                reported: Vec::new(),
                lost: false,
                stop_asked: None,
            };
            // A waiver went over this need as it stood; it is under way again now.
            for (_, other) in state.steps.iter_mut().filter(|(_, s)| s.status.may_start()) {
                other.waived.remove(step);
            }
            let step = touch(&mut state, step, at);
            for name in parts {
                let part = step.parts.entry(name.clone()).or_default();
                part.run = Some(run.clone());
                part.progress = None;
                part.settled = false;
                if *kind != RunKind::Undo {
                    part.outcome = None;
                    part.fence = None;
                    // The first memory stays: it is what was there before anybody touched it (RULES R2).
                    if part.before.is_none() {
                        part.before = remembered.get(name).cloned();
                    }
                }
            }
            step.runs.push(started);
            step.who = Some(who.clone());
            step.status = Status::Running;
            step.lost = None;
            step.ended = None;
            step.ended_by_hand = false;
            step.foreseen.clear();
            // What was said about an earlier end says nothing about this try.
            (step.said, step.unreachable) = (None, false);
            // What was agreed to is used up by the start.
            step.approvals.clear();
            step.approval_asked = None;
            step.glass_spent = step.broke_glass.is_some();
        }
        Event::LossForeseen { step, dataset, source, point, least, most, .. } => {
            let foreseen = Foreseen { source: source.clone(), point: *point, least: *least, most: *most };
            touch(&mut state, step, at).foreseen.insert(dataset.clone(), foreseen);
        }
        Event::PartProgressed { step, run, part, text } => {
            let Some((step, _)) = of_run(&mut state, step, run) else { return state };
            if let Some(part) = step.parts.get_mut(part).filter(|p| p.run.as_ref() == Some(run)) {
                part.progress = Some(text.clone());
            }
        }
        Event::PartEnded { step, run, report } => {
            let Some((step, has_gate)) = of_run(&mut state, step, run) else { return state };
            if let Some(run) = step.runs.iter_mut().find(|r| r.id == *run) {
                run.reported.push(report.part.clone());
            }
            if !step.parts.contains_key(&report.part) && may_have_changed(&report.outcome) {
                step.of_the_way_left.push(format!("{}: {}", report.part, report.outcome.text()));
            }
            // Its console came back and does not know; a read-back or a person has told since.
            let told = step.parts.get(&report.part).is_some_and(|p| p.settled && p.run.as_ref() == Some(run));
            if !(told && matches!(report.outcome, Outcome::Unknown { .. })) {
                settle(step, run, report, at, has_gate);
            }
        }
        Event::ConsoleLost { step, run, .. } => {
            let Some((step, has_gate)) = of_run(&mut state, step, run) else { return state };
            let Some(lost) = step.runs.iter_mut().find(|r| r.id == *run) else { return state };
            lost.lost = true;
            let why = format!("the console of {} ended while it ran", lost.who);
            let open: Vec<String> = lost.parts.iter().filter(|p| !lost.reported.contains(p)).cloned().collect();
            for part in open {
                settle(step, run, &PartReport::new(part, Outcome::unknown(why.clone())), at, has_gate);
            }
        }
        Event::PartSettled { step, run, report, .. } => {
            let Some((step, has_gate)) = of_run(&mut state, step, run) else { return state };
            settle(step, run, report, at, has_gate);
            if let Some(part) = step.parts.get_mut(&report.part).filter(|p| p.run.as_ref() == Some(run)) {
                part.settled = true;
            }
        }
        Event::StopAsked { step, run, why } => {
            let words = format!("{who}: {why}");
            if let Some(run) = touch(&mut state, step, at).runs.iter_mut().find(|r| r.id == *run) {
                run.stop_asked = Some(words);
            }
        }

        Event::FenceUnreachable { step, why } => {
            let step = touch(&mut state, step, at);
            let failed = |part: &&mut PartState| matches!(part.outcome, Some(Outcome::Failed { .. }));
            for part in step.parts.values_mut().filter(failed) {
                part.fence = Some(FenceAnswer::Unreachable { why: why.clone() });
            }
            step.unreachable = true;
            // What of it stands from before keeps its word.
            if step.status != Status::Partial {
                step.who = Some(who.clone());
                step.said = Some(format!("unreachable: {why}"));
                end(step, Status::Failed, at);
            }
        }

        Event::GateHeld { step, proof } => {
            let step = touch(&mut state, step, at);
            step.proof = Some(proof.clone());
            if matches!(step.status, Status::Verifying | Status::Open) {
                end(step, Status::Succeeded, at);
            }
        }
        Event::GateMissed { step, why } => {
            let step = touch(&mut state, step, at);
            step.said = Some(why.clone());
            end(step, Status::Failed, at);
        }
        Event::ProofLost { step, seen, since } => {
            let step = touch(&mut state, step, at);
            step.lost = Some((seen.clone(), *since));
            step.lost_told = Some(at);
        }
        Event::ProofRegained { step, .. } => {
            let step = touch(&mut state, step, at);
            step.lost = None;
            step.lost_told = Some(at);
        }
        Event::GateWatchedAgain { step } => {
            watch(touch(&mut state, step, at), at);
        }
        Event::GateOverridden { step, why } => {
            let overridden = said(why);
            let step = touch(&mut state, step, at);
            step.overridden = Some(overridden);
            end(step, Status::Succeeded, at);
        }
        Event::OutsideFenceSigned { step, how, effective } => {
            let signed = (said(how), *effective);
            let step = touch(&mut state, step, at);
            step.outside_fence = Some(signed);
            by_hand(step, Status::Succeeded, who, None, at);
        }

        Event::Confirmed { step, seen } => done_by_hand(&mut state, step, who, seen.clone(), at),
        Event::Decided { step, answer } => {
            done_by_hand(&mut state, step, who, Some(answer.to_string()), at);
            touch(&mut state, step, at).result = Some(answer.clone());
        }
        Event::ConditionAnswered { step, needed, why } => {
            let answered = (*needed, said(why));
            let step = touch(&mut state, step, at);
            step.condition = Some(answered);
            if *needed {
                if step.status == Status::NotNeeded {
                    step.status = Status::Open;
                    step.ended = None;
                    step.ended_by_hand = false;
                }
            } else {
                by_hand(step, Status::NotNeeded, who, Some(why.clone()), at);
            }
        }
        Event::Skipped { step, why } => by_hand(touch(&mut state, step, at), Status::Skipped, who, Some(why.clone()), at),
        Event::MarkedFailed { step, why } => by_hand(touch(&mut state, step, at), Status::Failed, who, Some(why.clone()), at),
        Event::TakenOver { step, how } => {
            done_by_hand(&mut state, step, who, Some(how.clone()), at);
            touch(&mut state, step, at).taken_over = Some(record.seq);
        }
        Event::TalkedThrough { step, note } => {
            by_hand(touch(&mut state, step, at), Status::TalkedThrough, who, note.clone(), at);
        }
        Event::WayChosen { step, way, why } => {
            if let Some(book) = &mut state.book {
                ways::choose(book, step, way.as_deref());
            }
            let chosen = Some((way.clone(), said(why)));
            ways::begin_anew(touch(&mut state, step, at));
            touch(&mut state, step, at).way = chosen;
        }
    }
    state
}

fn join(state: &mut State, record: &Record, role: Option<&String>) {
    let console = record.who.console.clone();
    let person = state.people.entry(record.who.name.clone()).or_insert_with(|| Participant {
        roles: Vec::new(),
        console: console.clone(),
        since: record.time(),
    });
    person.console = console;
    if let Some(role) = role.filter(|role| !person.roles.contains(role)) {
        person.roles.push(role.clone());
    }
}

fn with_head(state: &mut State, change: impl FnOnce(&mut Head)) {
    if let Some(head) = &mut state.head {
        change(head);
    }
}

/// Outages that began with the incident move with its start.
fn correct_start(state: &mut State, began: Time) {
    let Some(head) = &mut state.head else { return };
    let before = std::mem::replace(&mut head.began, began);
    for service in state.services.values_mut() {
        if let Some(first) = service.outages.first_mut().filter(|o| o.from == before) {
            first.from = began;
            first.until = first.until.map(|until| until.max(began));
        }
    }
}

/// What is affected only now is down since then; an outage that still lasts is taken back where nothing is affected.
/// What ended has been: it stays.
fn change_scope(state: &mut State, scope: &Scope, since: Time) {
    let before = state.head.as_mut().and_then(|head| head.scope.replace(scope.clone()));
    for (name, service) in &mut state.services {
        if service.is_down() && !scope.services.contains(name) {
            service.outages.pop();
        }
    }
    for name in &scope.services {
        let known = state.services.get(name).map(|service| service.outages.as_slice()).unwrap_or_default();
        let affected_before = match &before {
            Some(before) => before.services.contains(name),
            None => !known.is_empty(),
        };
        if !affected_before {
            let since = known.last().and_then(|outage| outage.until).map_or(since, |until| since.max(until));
            open_outage(state, name, since);
        }
    }
}

fn open_outage(state: &mut State, service: &str, from: Time) {
    let service = state.services.entry(service.to_owned()).or_default();
    if !service.is_down() {
        service.outages.push(Outage { from, until: None, by: None });
    }
}

/// Puts `step` after `after`, or first. Steps that have begun keep the needs they began with.
pub fn insert_step(runbook: &mut Runbook, after: Option<&StepId>, step: &Step, begun: impl Fn(&StepId) -> bool) {
    let ids: Vec<StepId> = runbook.steps().filter(|s| s.needs.is_none() && begun(&s.id)).map(|s| s.id.clone()).collect();
    for id in ids {
        let needs = runbook.needs_of(&id);
        if let Some(kept) = runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps).find(|s| s.id == id) {
            kept.needs = Some(needs);
        }
    }
    for phase in &mut runbook.phases {
        let place = match after {
            None => Some(0),
            Some(id) => phase.steps.iter().position(|s| s.id == *id).map(|i| i + 1),
        };
        if let Some(place) = place {
            phase.steps.insert(place, step.clone());
            return;
        }
    }
}

/// Whether a step's good end still has to be seen by its gate. What a drill does in its place is not what the gate proves.
fn has_gate(book: &Book, step: &StepId, drill: bool) -> bool {
    let waits = |step: &Step| !step.gate.is_empty() && step.kind() != StepKind::Gate && !(drill && step.is_other_in_drill());
    book.runbook.step(step).is_some_and(waits)
}

/// The step that `run` belongs to, also of a runbook that was switched away from; and whether it has a gate.
fn of_run<'a>(state: &'a mut State, id: &StepId, run: &RunId) -> Option<(&'a mut StepState, bool)> {
    let drill = state.is_drill();
    let shelf = state.shelf.values_mut().map(|(book, steps)| (&*book, steps));
    state.book.as_ref().map(|book| (book, &mut state.steps)).into_iter().chain(shelf).find_map(|(book, steps)| {
        let gate = has_gate(book, id, drill);
        steps.get_mut(id).filter(|s| s.run(run).is_some()).map(|s| (s, gate))
    })
}

fn touch<'a>(state: &'a mut State, id: &StepId, at: Time) -> &'a mut StepState {
    let step = state.steps.entry(id.clone()).or_default();
    step.began.get_or_insert(at);
    step
}

/// A person did it; its gate, if it has one, still has to be seen.
fn done_by_hand(state: &mut State, id: &StepId, who: &str, said: Option<String>, at: Time) {
    let gate = state.book.as_ref().is_some_and(|book| has_gate(book, id, state.is_drill()));
    let step = touch(state, id, at);
    by_hand(step, if gate { Status::Verifying } else { Status::Succeeded }, who, said, at);
    if gate {
        watch(step, at);
    }
}

fn by_hand(step: &mut StepState, status: Status, who: &str, said: Option<String>, at: Time) {
    end(step, status, at);
    step.ended_by_hand = true;
    step.who = Some(who.to_owned());
    step.said = said;
}

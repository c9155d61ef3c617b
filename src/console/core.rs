//! What every console has, acting or watching: the plan, what is observed, and the Picture it publishes.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, mpsc},
};

use tokio::runtime::Handle;

use super::{
    armed::{ArmedWatches, Seen},
    audit::Audit,
    declared::DeclaredWith,
    disk::PlanOnDisk,
    held::HeldClock,
    jumps::{Jump, Jumps},
    ledger::{Kept, Ledger},
    port::Reply,
    proofs::Proofs,
    slot::Slot,
    standing::Standing,
};
use crate::{
    gates::Alarms,
    incident::{Actor, Command, Event, Record, Refusal, State, is_loud, sentence, shift},
    model::{Asked, Catalogue, Clock, IncidentId, Loss, StepId, Time},
    picture::{Composer, Inputs, Picture, Telling, World, gone::gone},
    plan::Plan,
    systems::Sink,
};

pub struct Core {
    pub plan: Arc<Plan>,
    pub catalogue: Catalogue,
    /// By runbook: the steps that change something by themselves.
    pub by_itself: BTreeMap<String, Vec<StepId>>,
    pub declared: DeclaredWith,
    pub disk: Option<PlanOnDisk>,
    pub outside: Handle,
    pub sink: Sink,
    pub clock: Arc<HeldClock>,
    pub actor: Actor,
    pub world: World,
    pub read_only: bool,
    /// The incident on screen, if one was chosen or came up.
    pub shown: Option<IncidentId>,
    /// A person chose it: it stays, also when it is closed.
    pub chosen: bool,
    /// What a person here supposes to be lost.
    pub supposed: Option<Loss>,
    /// A person here asks where values come from.
    pub explain: bool,
    pub others: Vec<String>,
    /// How long the plan's alerts have been firing.
    pub alarms: Alarms,
    /// Gates of open incidents, as far as they were seen to hold.
    pub proofs: Proofs,
    pub jumps: Jumps,
    /// Done steps of open incidents, as far as they were seen to hold no more.
    pub standing: Standing,
    /// Triggers of armed failovers, as far as they were seen to hold.
    pub armed: ArmedWatches,
    /// What keeps the console from working as it should, by what it concerns.
    pub trouble: BTreeMap<&'static str, String>,
    /// The runbooks that count now, by the newest Picture.
    pub counted: Vec<String>,
    /// Connections that do not answer, as of the newest Picture; of a console that asks whether it could act.
    pub dark: BTreeSet<String>,
    /// Whether they could be done, as far as it was asked.
    pub asked: Asked,
    /// The journal's verification, once it has begun.
    /// The journal that is still to be verified.
    pub to_audit: Option<PathBuf>,
    pub audit: Option<Audit>,
    pub composer: Composer,
    pub pictures: Arc<Slot<Picture>>,
    pub replies: mpsc::Sender<Reply>,
}

impl Core {
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Nobody may listen any more; then there is nothing to say.
    pub fn reply(&self, reply: Reply) {
        let _ = self.replies.send(reply);
    }

    pub fn refuse(&self, what: impl Into<String>, refusal: Refusal) {
        self.reply(Reply::Refused { what: what.into(), refusal });
    }

    /// A person wants to look at that one.
    pub fn choose(&mut self, incident: IncidentId) {
        (self.shown, self.chosen) = (Some(incident), true);
    }

    /// A real incident that was just declared takes the screen, on every console, from all but another real one that is
    /// open (RULES R31).
    pub fn heed(&mut self, records: &[Record], ledger: &Ledger) {
        for record in records.iter().filter(|record| matches!(record.event, Event::Declared { drill: false, .. })) {
            let shown = self.shown.as_ref().and_then(|id| ledger.get(id)).map(|kept| &kept.state);
            let busy = shown.is_some_and(|state| state.is_open() && !state.is_drill());
            if !busy && ledger.get(&record.incident).is_some_and(|kept| kept.state.is_open()) {
                (self.shown, self.chosen) = (Some(record.incident.clone()), false);
            }
        }
    }

    /// Goes to the foremost incident when the one on screen is over and nobody chose it, or none is.
    pub fn follow(&mut self, ledger: &Ledger) {
        let open = |id: &IncidentId| ledger.get(id).is_some_and(|kept| kept.state.is_open());
        let stays = self.shown.as_ref().is_some_and(|id| self.chosen || open(id));
        if !stays && let Some(foremost) = ledger.foremost() {
            (self.shown, self.chosen) = (Some(foremost), false);
        }
    }

    /// Has the journal at `path`, which is open here, verified once the first Picture stands: until then it would only take
    /// the processor away from it.
    pub fn audit_soon(&mut self, path: PathBuf) {
        self.to_audit = Some(path);
    }

    fn begin_audit(&mut self) {
        let Some(path) = self.to_audit.take() else { return };
        match Audit::begin(path) {
            Ok(audit) => self.audit = Some(audit),
            Err(error) => drop(self.trouble.insert("audit", format!("the journal could not be verified: {error}"))),
        }
    }

    /// Says what the verification found. Whether something is new.
    pub fn hear_audit(&mut self) -> bool {
        self.begin_audit();
        let found = self.audit.as_ref().and_then(Audit::found);
        let new = found.is_some();
        self.trouble.extend(found.map(|found| ("audit", found)));
        new
    }

    /// Looks at the plan's files. Whether something is new.
    pub fn look_at_disk(&mut self) -> bool {
        let Some(disk) = &mut self.disk else { return false };
        let new = disk.look(&self.catalogue, &self.outside);
        match disk.trouble().map(str::to_owned) {
            Some(trouble) => drop(self.trouble.insert("plan", trouble)),
            None => drop(self.trouble.remove("plan")),
        }
        new
    }

    /// Whether the machine's clock was set since the last look (RULES R11). What was observed keeps its age.
    pub fn look_at_clock(&mut self, ledger: &Ledger) -> Option<Jump> {
        let (now, steady) = self.clock.look();
        let jump = self.jumps.look(now, steady, ledger.newest());
        if let Some(jump) = &jump {
            self.sink.shift(jump.by_ms);
            self.alarms.shift(jump.by_ms);
            self.asked.shift(jump.by_ms);
        }
        match self.jumps.told(steady, now) {
            Some(told) => drop(self.trouble.insert("clock", told)),
            None => drop(self.trouble.remove("clock")),
        }
        jump
    }

    /// Takes what is observed in. What gates of open incidents came to comes back as commands.
    pub fn look(&mut self, ledger: &Ledger) -> Vec<(IncidentId, Command)> {
        let (signals, now) = (self.sink.observed(), self.now());
        self.alarms.observe(&self.plan.alerts, &signals, now);
        self.alarms.observe_services(&self.plan.services, &signals, now);
        let mut found = Vec::new();
        for (id, kept) in ledger.open_ones() {
            let settled = self.proofs.look(id, &kept.state, &signals, now);
            let changed = self.standing.look(id, &kept.state, &signals, now);
            found.extend(settled.into_iter().chain(changed).map(|command| (id.clone(), command)));
        }
        found
    }

    /// An incident as it reads by the clock of now, where the journal does not know yet that it was set.
    fn moved(&self, kept: &Kept) -> Option<State> {
        let by_ms = self.jumps.untold(&kept.records);
        (by_ms != 0 && kept.state.is_open()).then(|| {
            let mut state = kept.state.clone();
            shift(&mut state, by_ms);
            state
        })
    }

    /// Armed failovers whose trigger holds by now.
    pub fn look_at_triggers(&mut self, ledger: &Ledger) -> Vec<Seen> {
        let (signals, now) = (self.sink.observed(), self.now());
        let standing = ledger.standing().map(|kept| &kept.state);
        self.armed.look(standing, &signals, now)
    }

    /// Composes and hands over the Picture of this moment.
    pub fn publish(&mut self, ledger: &Ledger) {
        let kept = self.shown.as_ref().and_then(|id| ledger.get(id));
        match self.shown.as_ref().zip(kept).and_then(|(id, kept)| self.declared.look(id, &kept.state)) {
            Some(otherwise) => drop(self.trouble.insert("declared", otherwise)),
            None => drop(self.trouble.remove("declared")),
        }
        match ledger.standing().and_then(|kept| self.declared.look_at_armed(&kept.state)) {
            Some(otherwise) => drop(self.trouble.insert("armed", otherwise)),
            None => drop(self.trouble.remove("armed")),
        }
        let moved = kept.and_then(|kept| self.moved(kept));
        let state = moved.as_ref().or(kept.map(|kept| &kept.state));
        let book = state.and_then(|state| state.book.as_ref());
        let changed_on_disk = self.disk.as_ref().zip(book).and_then(|(disk, book)| disk.difference(book));
        let watching = self.shown.as_ref().map(|id| self.proofs.seen(id)).unwrap_or_default();
        let (signals, now) = (self.sink.observed(), self.now());
        if self.asked.asks {
            let names = self.plan.connections.keys();
            self.dark = names.filter(|name| gone(name, &signals, now).is_some()).cloned().collect();
        }
        let picture = self.composer.compose(&Inputs {
            plan: &self.plan,
            state,
            standing: ledger.standing().map(|kept| &kept.state),
            // Where no incident is on screen, what was armed is what happened.
            records: kept.or(ledger.standing()).map(|kept| kept.records.as_slice()).unwrap_or_default(),
            triggers: &self.armed.seen(),
            by_itself: &self.by_itself,
            incidents: ledger.choices(),
            signals: &signals,
            alarms: &self.alarms,
            past: ledger.past(),
            watching: &watching,
            telling: Telling { sentence, is_loud },
            actor: &self.actor,
            world: self.world,
            read_only: self.read_only,
            others: self.others.clone(),
            changed_on_disk,
            trouble: self.trouble.values().cloned().collect(),
            asked: &self.asked,
            head: ledger.head(),
            supposed: self.supposed.as_ref(),
            explain: self.explain,
            now,
        });
        self.counted.clone_from(&picture.ready.about);
        self.pictures.put(Arc::new(picture));
    }
}

/// Whether an open runbook may ask other questions after `record` than before.
pub fn asks_anew(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Armed { .. }
            | Event::RunbookOpened { .. }
            | Event::RunbookAdopted { .. }
            | Event::WayChosen { .. }
            | Event::Reopened { .. }
    )
}

//! What the journal says: open incidents whole, closed ones in a line each until somebody looks at one.

use std::collections::BTreeMap;

use crate::{
    incident::{Record, State, evolve, replay},
    journal::{Head, JournalError, Read},
    model::IncidentId,
    objectives::Past,
    picture::IncidentChoice,
};

/// One incident, as far as it is read.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub state: State,
    pub records: Vec<Record>,
}

#[derive(Debug, Default)]
pub struct Ledger {
    /// Read whole: those that are open, and those that somebody looked at.
    kept: BTreeMap<IncidentId, Kept>,
    /// Closed ones, with the place of their first record.
    listed: BTreeMap<IncidentId, (u64, IncidentChoice)>,
    /// Closed ones of which nothing is read yet, the newest last.
    unlisted: Vec<IncidentId>,
    /// The newest record that is in it.
    newest: u64,
    head: Option<Head>,
    /// Records that came in and that the console has not looked at yet.
    fresh: Vec<Record>,
    /// How long steps took in incidents that are closed, as far as they are read.
    past: Past,
}

impl Ledger {
    /// How many records are read at once.
    const PAGE: usize = 4096;

    /// Reads what the first Picture needs: open incidents only, however long the journal is.
    pub fn open(journal: &impl Read) -> Result<Self, JournalError> {
        let mut ledger = Self::default();
        let Some(head) = journal.head()? else { return Ok(ledger) };
        ledger.newest = head.seq;
        ledger.head = Some(head);
        let standing = IncidentId::standing();
        let records = journal.incident(&standing)?;
        if !records.is_empty() {
            ledger.kept.insert(standing, Kept { state: replay(&records), records });
        }
        let open = journal.open_incidents()?;
        ledger.unlisted = journal.incidents()?;
        for id in &open {
            ledger.load(id, journal)?;
        }
        Ok(ledger)
    }

    /// Reads one incident whole, if there is one of that name that is not yet.
    pub fn load(&mut self, id: &IncidentId, journal: &impl Read) -> Result<(), JournalError> {
        self.load_until(id, self.newest, journal)
    }

    fn load_until(&mut self, id: &IncidentId, newest: u64, journal: &impl Read) -> Result<(), JournalError> {
        if self.kept.contains_key(id) || !(self.listed.contains_key(id) || self.unlisted.contains(id)) {
            return Ok(());
        }
        let mut records = journal.incident(id)?;
        records.retain(|record| record.seq <= newest);
        self.listed.remove(id);
        self.unlisted.retain(|other| other != id);
        if !records.is_empty() {
            let state = replay(&records);
            self.past.learn(id, &state);
            self.kept.insert(id.clone(), Kept { state, records });
        }
        Ok(())
    }

    /// Tells one more closed incident in a line. Whether there was one.
    pub fn list_one(&mut self, journal: &impl Read) -> Result<bool, JournalError> {
        let Some(id) = self.unlisted.last().cloned() else { return Ok(false) };
        let records = journal.incident(&id)?;
        self.unlisted.pop();
        let first = records.first().map_or(0, |record| record.seq);
        let state = replay(&records);
        self.past.learn(&id, &state);
        if let Some(choice) = choice(&id, &state) {
            self.listed.insert(id, (first, choice));
        }
        Ok(true)
    }

    /// Reads on to the journal's end.
    pub fn catch_up(&mut self, journal: &impl Read) -> Result<(), JournalError> {
        loop {
            let page = journal.after(self.newest, Self::PAGE)?;
            for record in &page {
                // One that was closed long ago goes on.
                self.load_until(&record.incident, record.seq - 1, journal)?;
                self.absorb(record);
            }
            if page.len() < Self::PAGE {
                break;
            }
        }
        self.head = journal.head()?;
        Ok(())
    }

    /// Takes in what was appended here; its incident must be loaded. `journal` is asked for the new head only.
    pub fn appended(&mut self, records: &[Record], journal: &impl Read) {
        records.iter().for_each(|record| self.absorb(record));
        // They are durable, whether the head can be read now or with the next ones.
        if let Ok(head) = journal.head() {
            self.head = head;
        }
    }

    fn absorb(&mut self, record: &Record) {
        let kept = self.kept.entry(record.incident.clone()).or_default();
        kept.state = evolve(std::mem::take(&mut kept.state), record);
        kept.records.push(record.clone());
        self.past.learn(&record.incident, &kept.state);
        self.newest = record.seq;
        self.fresh.push(record.clone());
    }

    /// What came in since this was last asked, from whichever console.
    pub fn take_fresh(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.fresh)
    }

    /// The place of the newest record that is in it.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Sequence number and hash of the journal's newest record, as last read.
    pub fn head(&self) -> Option<(u64, String)> {
        self.head.as_ref().map(|head| (head.seq, head.hash.to_string()))
    }

    /// How long steps took before, as far as closed incidents are read.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// An incident that is read whole.
    pub fn get(&self, incident: &IncidentId) -> Option<&Kept> {
        self.kept.get(incident)
    }

    /// What stands outside of every incident, and the records that say so.
    pub fn standing(&self) -> Option<&Kept> {
        self.get(&IncidentId::standing())
    }

    /// Whether there is an incident of that name, read or not.
    pub fn knows(&self, incident: &IncidentId) -> bool {
        self.names().any(|id| id == incident)
    }

    fn names(&self) -> impl Iterator<Item = &IncidentId> {
        self.kept.keys().chain(self.listed.keys()).chain(&self.unlisted)
    }

    /// The name of the next incident: above every number that was given.
    pub fn next_incident(&self) -> IncidentId {
        let number = |id: &IncidentId| id.as_str().rsplit('-').next().and_then(|digits| digits.parse::<u64>().ok());
        IncidentId::numbered(self.names().filter_map(number).max().unwrap_or(0) + 1)
    }

    /// Open incidents.
    pub fn open_ones(&self) -> impl Iterator<Item = (&IncidentId, &Kept)> {
        self.kept.iter().filter(|(_, kept)| kept.state.is_open())
    }

    /// What to show when nothing else was chosen: the newest open incident, a real one before a drill.
    pub fn foremost(&self) -> Option<IncidentId> {
        let first = |kept: &Kept| kept.records.first().map_or(0, |record| record.seq);
        let newest = self.open_ones().max_by_key(|(_, kept)| (!kept.state.is_drill(), first(kept)));
        newest.map(|(id, _)| id.clone())
    }

    /// Open ones first, newest first.
    pub fn choices(&self) -> Vec<IncidentChoice> {
        let kept = self.kept.iter().filter_map(|(id, kept)| Some((kept.records.first()?.seq, choice(id, &kept.state)?)));
        let mut all: Vec<_> = kept.chain(self.listed.values().cloned()).collect();
        all.sort_by_key(|(first, choice)| (!choice.open, std::cmp::Reverse(*first)));
        all.into_iter().map(|(_, choice)| choice).collect()
    }
}

fn choice(id: &IncidentId, state: &State) -> Option<IncidentChoice> {
    let head = state.head.as_ref()?;
    Some(IncidentChoice {
        id: id.clone(),
        title: head.title.clone(),
        severity: head.severity,
        drill: head.drill,
        open: state.is_open(),
        declared: head.declared,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::{
        incident::{Actor, Event, PlanFacts, Resolution},
        journal::{Draft, Writer},
        model::{Digest, Severity, Time},
    };

    /// A real journal that notes what was asked of it.
    struct Asked {
        journal: Writer,
        incidents: RefCell<Vec<IncidentId>>,
        read: RefCell<usize>,
    }

    impl Read for Asked {
        fn head(&self) -> Result<Option<Head>, JournalError> {
            self.journal.head()
        }
        fn after(&self, seq: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
            let records = self.journal.after(seq, limit)?;
            *self.read.borrow_mut() += records.len();
            Ok(records)
        }
        fn incident(&self, id: &IncidentId) -> Result<Vec<Record>, JournalError> {
            self.incidents.borrow_mut().push(id.clone());
            let records = self.journal.incident(id)?;
            *self.read.borrow_mut() += records.len();
            Ok(records)
        }
        fn incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
            self.journal.incidents()
        }
        fn open_incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
            self.journal.open_incidents()
        }
        fn start(&self) -> Result<Digest, JournalError> {
            self.journal.start()
        }
        fn plan(&self) -> Result<String, JournalError> {
            self.journal.plan()
        }
        fn changed(&mut self) -> Result<bool, JournalError> {
            self.journal.changed()
        }
    }

    fn at(secs: i64) -> Time {
        Time::from_timestamp(1_700_000_000 + secs, 0).unwrap()
    }

    fn draft(n: u64, event: Event) -> Draft {
        Draft { incident: IncidentId::numbered(n), who: Actor::new("Ada", "a"), happened: None, event }
    }

    fn declared(n: u64) -> Draft {
        let facts = Box::new(PlanFacts::default());
        let (title, severity, digest) = (format!("number {n}"), Severity::new(2), facts.digest());
        draft(n, Event::Declared { title, drill: false, scenario: None, severity, began: at(0), impacts: vec![], facts, digest })
    }

    fn closed(n: u64) -> Draft {
        draft(n, Event::Closed { resolution: Resolution::Resolved, why: "done".into() })
    }

    /// Twelve incidents of a hundred records; only the seventh is open.
    fn journal(folder: &tempfile::TempDir) -> Asked {
        let mut journal = Writer::open(&folder.path().join("x.db"), "orders", &"a".into(), "Ada", at(0)).unwrap();
        let mut newest = 0;
        for n in 1..=12 {
            let mut drafts = vec![declared(n)];
            drafts.extend((0..98).map(|_| draft(n, Event::Noted { text: "long ago".into() })));
            drafts.push(if n == 7 { draft(n, Event::Noted { text: "still".into() }) } else { closed(n) });
            newest = journal.append(newest, &drafts, at(n as i64)).unwrap().last().unwrap().seq;
        }
        Asked { journal, incidents: RefCell::default(), read: RefCell::default() }
    }

    #[test]
    fn the_first_picture_reads_open_incidents_only_and_the_rest_is_told_later() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(&folder);
        let mut ledger = Ledger::open(&journal).unwrap();
        let open = IncidentId::numbered(7);
        assert_eq!(
            (journal.incidents.borrow().as_slice(), *journal.read.borrow()),
            ([IncidentId::standing(), open.clone()].as_slice(), 100)
        );
        assert_eq!(ledger.newest(), 1_200);
        assert_eq!(ledger.foremost(), Some(open.clone()));
        assert_eq!(ledger.next_incident(), IncidentId::numbered(13), "also those that are not read have their names");
        assert_eq!(ledger.choices().len(), 1);
        while ledger.list_one(&journal).unwrap() {}
        let told: Vec<_> = ledger.choices().iter().map(|choice| (choice.id.to_string(), choice.open)).collect();
        assert_eq!((told.len(), &told[0]), (12, &("INC-0007".to_owned(), true)));
        assert_eq!((told[1].0.as_str(), told[11].0.as_str()), ("INC-0012", "INC-0001"), "newest first");
        assert!(ledger.get(&IncidentId::numbered(3)).is_none(), "in a line only");
        ledger.load(&IncidentId::numbered(3), &journal).unwrap();
        assert_eq!(ledger.get(&IncidentId::numbered(3)).unwrap().records.len(), 100);
        assert_eq!(ledger.choices().len(), 12);
    }

    #[test]
    fn one_that_was_closed_goes_on_whole_when_somebody_writes_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(&folder);
        let mut ledger = Ledger::open(&journal).unwrap();
        let reopened = [draft(5, Event::Reopened { why: "it came back".into() }), declared(13)];
        journal.journal.append(1_200, &reopened, at(99)).unwrap();
        ledger.catch_up(&journal).unwrap();
        let fifth = ledger.get(&IncidentId::numbered(5)).unwrap();
        assert_eq!((fifth.records.len(), fifth.state.is_open(), fifth.state.notes.len()), (101, true, 98));
        assert_eq!(ledger.take_fresh().iter().map(|record| record.seq).collect::<Vec<_>>(), [1_201, 1_202]);
        assert_eq!(ledger.foremost(), Some(IncidentId::numbered(13)));
        assert_eq!(ledger.head().unwrap().0, 1_202);
    }
}

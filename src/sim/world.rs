//! The simulated platform itself: what is true in it now, what goes wrong, and what a request finds there. Pure: time is handed in.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cache::Cache,
    chance,
    cluster::{Cluster, Key},
    database::{Database, DatabaseRole},
    fault::{Fault, Silence},
    promql::Series,
    story::Turn,
};
use crate::model::{Duration, Identity, Time};

/// One connection of the plan, as the platform knows it.
#[derive(Clone, Debug)]
pub struct Line {
    pub region: Option<String>,
    pub system: &'static str,
    /// Where it leads: for messages.
    pub address: String,
}

/// A service, as far as the platform needs it.
#[derive(Clone, Debug)]
pub struct Service {
    pub name: String,
    /// Where users are sent.
    pub traffic: Option<String>,
    /// Planned size.
    pub instances: u32,
}

/// Everything that is true on the simulated platform.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) seed: u64,
    pub(super) began: Time,
    now: Time,
    pub(super) regions: Vec<String>,
    pub(super) primary_region: Option<String>,
    pub(super) standby_region: Option<String>,
    pub(super) lines: BTreeMap<String, Line>,
    pub(super) databases: BTreeMap<String, Database>,
    /// Redis servers.
    pub(super) caches: BTreeMap<String, Cache>,
    /// Copies of buckets and topics that were stopped, and when.
    pub(super) stopped: BTreeMap<String, Time>,
    pub(super) clusters: BTreeMap<String, Cluster>,
    pub(super) services: Vec<Service>,
    /// Alerts of an Alertmanager: its connection, their name, and the region whose darkness they tell of.
    pub(super) alerts: Vec<(String, String, String)>,
    dark_regions: BTreeSet<String>,
    dark_lines: BTreeMap<String, Silence>,
    /// When the primary region went dark: from then on it makes no backups.
    pub(super) halted: Option<Time>,
    pub(super) corrupt_objects: u32,
    pub(super) intrusions: u32,
    /// Milliseconds by which a server's clock is ahead, by connection.
    pub(super) clocks: BTreeMap<String, i64>,
    said_of_themselves: BTreeMap<String, BTreeMap<String, String>>,
    /// When the certificate of a login that acts ends, by connection.
    pub(super) certificates: BTreeMap<String, Time>,
    /// What still happens, soonest first.
    pub(super) story: Vec<Turn>,
    /// Faults that wait for a request.
    waiting: Vec<Fault>,
    /// Mutating requests that left, by action and part.
    sent: BTreeMap<(String, String), u32>,
    pub(super) scraped: Vec<Series>,
    pub(super) scraped_at: Option<Time>,
    /// Local programs that were "run", by their first word.
    pub(super) ran: BTreeMap<String, Time>,
}

/// How long an asker waits for a server that does not answer.
pub const NO_ANSWER: Duration = Duration::from_secs(3);

impl World {
    pub(super) fn empty(seed: u64, began: Time) -> Self {
        Self {
            seed,
            began,
            now: began,
            regions: vec![],
            primary_region: None,
            standby_region: None,
            lines: BTreeMap::new(),
            databases: BTreeMap::new(),
            caches: BTreeMap::new(),
            stopped: BTreeMap::new(),
            clusters: BTreeMap::new(),
            services: vec![],
            alerts: vec![],
            dark_regions: BTreeSet::new(),
            dark_lines: BTreeMap::new(),
            halted: None,
            corrupt_objects: 0,
            intrusions: 0,
            clocks: BTreeMap::new(),
            said_of_themselves: BTreeMap::new(),
            certificates: BTreeMap::new(),
            story: vec![],
            waiting: vec![],
            sent: BTreeMap::new(),
            scraped: vec![],
            scraped_at: None,
            ran: BTreeMap::new(),
        }
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// Everything that comes about until `to`, in its order.
    pub(super) fn unfold(&mut self, to: Time) {
        while let Some(at) = self.story.first().map(|turn| self.began + turn.at.delta()).filter(|at| *at <= to) {
            let turn = self.story.remove(0);
            self.advance(at);
            self.happen(turn.happens);
        }
        self.advance(to);
    }

    fn advance(&mut self, to: Time) {
        let from = self.now;
        self.now = self.now.max(to);
        self.clusters.values_mut().for_each(|cluster| cluster.tick(from, self.now));
        self.databases.values_mut().for_each(|database| database.tick(self.now));
        self.settle();
    }

    /// Lets follow what follows at once from what is true now.
    pub(super) fn settle(&mut self) {
        let (now, dark, lines) = (self.now, &self.dark_regions, &self.lines);
        for (name, database) in &mut self.databases {
            let powered = lines.get(name).and_then(|line| line.region.as_ref()).is_none_or(|region| !dark.contains(region));
            database.set_writing(powered && database.may_write(), now);
        }
    }

    /// Lets `fault` happen now, or lie in wait for a request. What Prometheus scrapes shows it at its next round.
    pub fn happen(&mut self, fault: Fault) {
        let now = self.now;
        match fault {
            Fault::RegionDark { region } => {
                for (standby, primary) in self.followers() {
                    if self.lines.get(&primary).and_then(|line| line.region.as_ref()) == Some(&region) {
                        self.detach(&standby, 0.0);
                    }
                }
                if self.primary_region.as_ref() == Some(&region) {
                    self.halted.get_or_insert(now);
                }
                self.dark_regions.insert(region);
            }
            Fault::RegionBack { region } => {
                self.dark_regions.remove(&region);
                if self.primary_region.as_ref() == Some(&region) {
                    self.halted = None;
                }
            }
            Fault::ConnectionDark { connection, how } => {
                self.dark_lines.insert(connection, how);
            }
            Fault::ConnectionBack { connection } => {
                self.dark_lines.remove(&connection);
            }
            Fault::ReplicaDetached { connection, unreceived_bytes } => {
                self.detach(&connection, unreceived_bytes as f64);
                let cache = self.caches.get_mut(&connection).filter(|cache| cache.follows.is_some());
                cache.into_iter().for_each(|cache| cache.cut = Some((now, unreceived_bytes as f64)));
            }
            Fault::ReplicaAttached { connection } => {
                self.attach(&connection);
                self.caches.get_mut(&connection).into_iter().for_each(|cache| cache.cut = None);
            }
            Fault::CopyStops { of } => drop(self.stopped.entry(of).or_insert(now)),
            Fault::CopyGoesOn { of } => drop(self.stopped.remove(&of)),
            Fault::MeasureGrows { connection, bytes } => {
                if let Some(database) = self.databases.get_mut(&connection) {
                    database.fall_behind(bytes as f64, now);
                }
            }
            Fault::IdentityChanged { connection, fact, value } => {
                self.said_of_themselves.entry(connection).or_default().insert(fact, value);
            }
            Fault::CertificateEnds { connection, after } => drop(self.certificates.insert(connection, now + after.delta())),
            Fault::NodeLost { node } => self.clusters.values_mut().for_each(|cluster| cluster.lose_node(&node, now)),
            Fault::CardLost { node } => self.clusters.values_mut().for_each(|cluster| cluster.lose_card(&node, now)),
            Fault::CardBack { node } => self.clusters.values_mut().for_each(|cluster| cluster.card_back(&node, now)),
            Fault::CardAils { node, card, of } => {
                for cluster in self.clusters.values_mut() {
                    if let Some(node) = cluster.node_mut(&node) {
                        node.ailing.insert(card, of);
                    }
                }
            }
            Fault::ExporterBlind { node } => self.set_blind(&node, true),
            Fault::ExporterSees { node } => self.set_blind(&node, false),
            Fault::ReplicasDrift { connection, namespace, deployment, replicas } => {
                if let Some(cluster) = self.clusters.get_mut(&connection) {
                    cluster.scale(&(namespace, deployment), replicas, now);
                }
            }
            Fault::Corruption { objects } => self.corrupt_objects = objects,
            Fault::Intrusion { alerts } => self.intrusions = alerts,
            Fault::ClockOff { connection, seconds } => drop(self.clocks.insert(connection, seconds.saturating_mul(1_000))),
            waits @ (Fault::PartRefused { .. }
            | Fault::NextActionTimesOutAfterSending { .. }
            | Fault::NextActionTimesOutOnItsWay { .. }
            | Fault::NextActionTimesOutBeforeSending { .. }) => self.waiting.push(waits),
        }
        self.settle();
    }

    fn set_blind(&mut self, node: &str, blind: bool) {
        self.clusters.values_mut().filter_map(|cluster| cluster.node_mut(node)).for_each(|node| node.blind = blind);
    }

    /// Standbys with what they follow.
    fn followers(&self) -> Vec<(String, String)> {
        self.databases.iter().filter_map(|(name, db)| Some((name.clone(), db.follows.clone()?))).collect()
    }

    fn detach(&mut self, standby: &str, unreceived: f64) {
        let (now, received) = (self.now, self.received(standby) - unreceived);
        if let Some(database) = self.databases.get_mut(standby) {
            database.detach(received, now);
        }
    }

    fn attach(&mut self, standby: &str) {
        let now = self.now;
        let Some(ahead) = self.followed(standby).map(|primary| primary.position(now)) else { return };
        if let Some(database) = self.databases.get_mut(standby) {
            let behind = ahead - database.position(now);
            database.attach(behind, now);
        }
    }

    fn followed(&self, standby: &str) -> Option<&Database> {
        self.databases.get(self.databases.get(standby)?.follows.as_ref()?)
    }

    /// How far the log of `connection` has come here: on a standby what it received.
    pub fn received(&self, connection: &str) -> f64 {
        let Some(database) = self.databases.get(connection) else { return 0.0 };
        match self.followed(connection) {
            Some(primary) if database.streaming => primary.position(self.now) - database.behind(self.now),
            _ => database.position(self.now),
        }
    }

    /// `pg_promote` on a standby.
    pub(super) fn promote(&mut self, connection: &str) -> Result<(), String> {
        let (now, received) = (self.now, self.received(connection));
        let database = self.databases.get_mut(connection).ok_or("there is no such server")?;
        database.promote(received, now)
    }

    pub fn is_dark(&self, region: &str) -> bool {
        self.dark_regions.contains(region)
    }

    /// Whether the connection can be used, or how it fails and why, in words for a person.
    pub fn reach(&self, connection: &str) -> Result<&Line, (Silence, String)> {
        let Some(line) = self.lines.get(connection) else {
            let known: Vec<_> = self.lines.keys().map(String::as_str).collect();
            let why = format!("the plan has no connection `{connection}`: it has {}", known.join(", "));
            return Err((Silence::Refused, why));
        };
        let dark = line.region.as_ref().is_some_and(|region| self.is_dark(region)).then_some(Silence::Silent);
        let Some(how) = self.dark_lines.get(connection).copied().or(dark) else { return Ok(line) };
        let what = match how {
            Silence::Silent => format!("no answer within {NO_ANSWER}"),
            Silence::Refused => "connection refused".to_owned(),
        };
        let at = format!("{} {connection} at {}", line.system, line.address);
        Err((how, format!("{at}: {what}; check that the server runs and that this machine reaches it")))
    }

    /// What the server behind the connection says it is.
    pub fn identity(&self, connection: &str) -> Identity {
        let mut identity = Identity::default();
        if let Some(database) = self.databases.get(connection) {
            let role = if database.role == DatabaseRole::Primary { "primary" } else { "standby" };
            identity = identity
                .with("system", &database.system)
                .with("address", database.address())
                .with("timeline", database.timeline.to_string())
                .with("role", role);
        }
        if let Some(cluster) = self.clusters.get(connection) {
            let address = self.lines.get(connection).map_or_else(String::new, |line| line.address.clone());
            identity = identity.with("cluster", &cluster.uid).with("address", address);
        }
        if let Some(line) = self.lines.get(connection).filter(|line| line.system == "http") {
            let key = format!("sha256 {:032x}", chance::hash(self.seed, connection));
            identity = identity.with("address", &line.address).with("key", key);
        }
        for (fact, value) in self.said_of_themselves.get(connection).into_iter().flatten() {
            identity = identity.with(fact, value);
        }
        identity
    }

    /// Why the next request of `action` for `part` by `via` will be refused, if it will be.
    pub(super) fn will_refuse(&self, action: &str, via: Option<&str>, part: &str) -> Option<&str> {
        match self.waiting.iter().find(|fault| fault.meets(action, via, part))? {
            Fault::PartRefused { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Takes the fault that meets this request, if one waits for it.
    pub(super) fn meet(&mut self, action: &str, via: Option<&str>, part: &str) -> Option<Fault> {
        let place = self.waiting.iter().position(|fault| fault.meets(action, via, part))?;
        Some(self.waiting.remove(place))
    }

    pub(super) fn count(&mut self, action: &str, part: &str) {
        *self.sent.entry((action.to_owned(), part.to_owned())).or_default() += 1;
    }

    /// How many mutating requests of `action` left for `part`. An undo counts under `undo action`.
    pub fn sent(&self, action: &str, part: &str) -> u32 {
        self.sent.get(&(action.to_owned(), part.to_owned())).copied().unwrap_or(0)
    }

    /// All mutating requests that left.
    pub fn sent_in_all(&self) -> u32 {
        self.sent.values().sum()
    }

    /// The planned size of a service.
    pub(super) fn planned(&self, service: &str) -> Option<u32> {
        self.services.iter().find(|s| s.name == service).map(|s| s.instances)
    }

    /// Sends users of `service` to `region`.
    pub fn send_traffic(&mut self, service: &str, region: &str) {
        self.services.iter_mut().filter(|s| s.name == service).for_each(|s| s.traffic = Some(region.to_owned()));
    }

    /// Whether users of the service get answers: it runs where they are sent, and reaches a database that takes its writes.
    pub fn serves(&self, service: &Service) -> bool {
        let Some(region) = &service.traffic else { return true };
        if self.is_dark(region) {
            return false;
        }
        let here = |name: &String| self.lines.get(name).and_then(|line| line.region.as_ref()) == Some(region);
        let mut runs = None;
        for cluster in self.clusters.iter().filter(|(name, _)| here(name)).map(|(_, cluster)| cluster) {
            for (_, deployment) in cluster.deployments.iter().filter(|((_, name), _): &(&Key, _)| *name == service.name) {
                let enough = deployment.ready(self.now) >= deployment.wanted.div_ceil(2).max(1);
                let database = deployment.env.get("DB_HOST").is_none_or(|host| self.takes_writes(host));
                runs = Some(runs.unwrap_or(false) || (enough && database));
            }
        }
        runs.unwrap_or(true)
    }

    fn takes_writes(&self, host: &str) -> bool {
        self.databases.iter().filter(|(_, db)| db.host == host).any(|(name, db)| {
            let region = self.lines.get(name).and_then(|line| line.region.as_ref());
            db.may_write() && region.is_none_or(|region| !self.is_dark(region))
        })
    }
}

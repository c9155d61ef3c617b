//! Every question that a plan needs answered, each once.

use std::collections::BTreeMap;

use super::{
    history::{asked_for, histories, receipt_of},
    series::absence_of,
};
use crate::{
    model::{Ask, Duration, Question, SignalKey},
    plan::{
        AbsentMeans, Accelerators, AlertProbe, CardMetrics, Connection, Connections, Link, Plan, Probe, Runbook,
        probe::{is_address, is_folder},
    },
};

/// What the plan itself, its services, datasets, alerts, accelerators and all runbooks need.
pub fn questions(plan: &Plan) -> Vec<Question> {
    let mut asked = Asked::new(&plan.connections);
    for service in &plan.services {
        service.health_probe().into_iter().for_each(|probe| asked.probe(probe));
    }
    for source in plan.datasets.iter().flat_map(|dataset| &dataset.sources) {
        source.probes().for_each(|probe| asked.probe(probe));
        receipt_of(source).into_iter().for_each(|(via, ask)| asked.ask(via, ask, None));
        histories(source).into_iter().for_each(|(via, ask)| asked.ask(via, ask, None));
    }
    for kpi in &plan.kpis {
        for source in plan.datasets.iter().filter(|dataset| kpi.counts(dataset)).flat_map(|dataset| &dataset.sources) {
            asked_for(kpi, source).into_iter().for_each(|(via, ask)| asked.ask(via, ask, None));
        }
    }
    plan.alerts.iter().for_each(|rule| asked.alert(&rule.probe()));
    for cluster in &plan.accelerators {
        if let Some(via) = &cluster.via
            && matches!(plan.connections.get(via).map(|c| &c.link), Some(Link::Kubernetes(_)))
        {
            asked.ask(via, Ask::KubernetesNodes, None);
        }
        if let Some((via, ask)) = cards_asked(cluster, plan) {
            asked.ask(via, ask, None);
        }
    }
    for (via, connection) in &plan.connections {
        // Where each database stands decides what would be lost: the primary is found among them.
        match connection.link {
            Link::Postgres(_) => asked.ask(via, Ask::PostgresState, None),
            Link::Redis(_) => asked.ask(via, Ask::RedisState, None),
            _ => {}
        }
        // What fires is shown, whether the plan knows it or not.
        if matches!(connection.link, Link::Alertmanager(_)) {
            asked.ask(via, Ask::Alerts, None);
        }
    }
    plan.runbooks.iter().for_each(|runbook| asked.runbook(runbook));
    let triggers = plan.scenarios.values().filter_map(|scenario| scenario.automatic.as_ref());
    triggers.for_each(|automatic| asked.probe(&automatic.when));
    asked.into_questions()
}

/// Where the metrics of a cluster's cards are asked: by `metrics`, or by `via` where that is a Prometheus.
pub fn cards_asked<'a>(cluster: &'a Accelerators, plan: &Plan) -> Option<(&'a str, Ask)> {
    if let Some(CardMetrics { via, select }) = &cluster.metrics {
        return Some((via, Ask::Cards { select: select.clone() }));
    }
    let via = cluster.via.as_deref()?;
    let prometheus = matches!(plan.connections.get(via).map(|c| &c.link), Some(Link::Prometheus(_)));
    prometheus.then_some((via, Ask::Cards { select: None }))
}

/// What one runbook's gates need. `connections` say how often each system is asked.
pub fn questions_of(runbook: &Runbook, connections: &Connections) -> Vec<Question> {
    let mut asked = Asked::new(connections);
    asked.runbook(runbook);
    asked.into_questions()
}

/// What one probe needs.
pub fn questions_for(probe: &Probe, connections: &Connections) -> Vec<Question> {
    let mut asked = Asked::new(connections);
    asked.probe(probe);
    asked.into_questions()
}

struct Asked<'a> {
    connections: &'a Connections,
    questions: BTreeMap<SignalKey, Question>,
}

impl<'a> Asked<'a> {
    fn new(connections: &'a Connections) -> Self {
        Self { connections, questions: BTreeMap::new() }
    }

    fn runbook(&mut self, runbook: &Runbook) {
        for step in runbook.steps() {
            let ways = step.instead.iter().flat_map(|way| &way.gate);
            step.gate.iter().chain(ways).for_each(|gate| self.probe(&gate.probe));
        }
    }

    fn probe(&mut self, probe: &Probe) {
        for leaf in probe.leaves() {
            if let Probe::Alert(alert) = leaf {
                self.alert(alert);
            } else if let (Some(via), Some(ask)) = (leaf.via(), leaf.ask()) {
                self.ask(via, ask, leaf.max_age());
            }
        }
    }

    fn alert(&mut self, alert: &AlertProbe) {
        let Some(via) = &alert.via else { return };
        self.ask(via, alert.ask(), None);
        if alert.absent != Some(AbsentMeans::Quiet)
            && let Some(expr) = alert.expr.as_ref().and_then(|expr| absence_of(expr))
        {
            self.ask(via, Ask::Query { expr }, None);
        }
    }

    /// Of two that ask the same, the larger age is kept here: who wants a smaller one checks it for itself.
    fn ask(&mut self, via: &str, ask: Ask, max_age: Option<Duration>) {
        let every = match self.connections.get(via) {
            Some(connection) => connection.every(),
            None if is_address(via) || is_folder(via) => Connection::EVERY,
            None => return,
        };
        let every = every.max(ask.pause());
        let new = Question::new(via, ask, every, max_age);
        let kept = self.questions.entry(new.key.clone()).or_insert_with(|| new.clone());
        kept.max_age = kept.max_age.max(new.max_age);
    }

    fn into_questions(self) -> Vec<Question> {
        self.questions.into_values().collect()
    }
}

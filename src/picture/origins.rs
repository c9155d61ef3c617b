//! Every value's way back to the servers. Composed only while somebody asks for it.

use super::{
    inputs::Ground,
    scene::{Asked, Origin, OriginKind, Picture},
};
use crate::{
    gates::{
        history::{asked_for, histories, receipt_of},
        questions::cards_asked,
    },
    model::{Ask, Freshness, Sample, Signal, SignalKey, Verdict, text::clean},
    plan::{
        Link, Probe,
        probe::{is_address, is_folder},
    },
};

/// More lines of a reply nobody reads.
const MOST_LINES: usize = 400;

/// All of `picture`, in the order of its screens.
pub fn origins(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let mut all = services(picture, ground);
    all.extend(data(picture, ground));
    all.extend(cards(picture, ground));
    all.extend(gates(picture, ground));
    all.extend(alerts(picture, ground));
    all
}

fn of_probe(probe: Option<&Probe>, ground: &Ground) -> Vec<Asked> {
    let leaves = probe.map(Probe::leaves).unwrap_or_default();
    leaves.into_iter().filter_map(|leaf| Some(asked(leaf.via()?, &leaf.ask()?, ground))).collect()
}

fn services(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let rows = picture.tiers.iter().flat_map(|tier| &tier.services);
    let origin = |row: &super::scene::ServiceRow| {
        let service = ground.facts.services.iter().find(|service| service.name == row.name)?;
        Some(Origin {
            kind: OriginKind::Service,
            what: row.name.clone(),
            says: row.words.clone(),
            verdict: row.verdict,
            rule: "Down from its own impact until its proof held for its `for`, by fresh samples only; what is left of the RTO \
                   against the longest way through the open runbook (R24, R25, R29).",
            asks: of_probe(service.health_probe(), ground),
        })
    };
    rows.filter_map(origin).collect()
}

fn data(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let mut all = Vec::new();
    for row in &picture.datasets {
        let Some(dataset) = ground.facts.datasets.iter().find(|dataset| dataset.name == row.name) else { continue };
        for (source, shown) in dataset.sources.iter().filter_map(|source| {
            let shown = row.sources.iter().find(|shown| shown.name == source.name)?;
            Some((source, shown))
        }) {
            let mut asks: Vec<Asked> = source.probes().flat_map(|probe| of_probe(Some(probe), ground)).collect();
            let kpis = ground.inputs.plan.kpis.iter().filter(|kpi| kpi.counts(dataset));
            asks.extend(kpis.flat_map(|kpi| asked_for(kpi, source)).map(|(via, ask)| asked(via, &ask, ground)));
            asks.extend(receipt_of(source).map(|(via, ask)| asked(via, &ask, ground)));
            asks.extend(histories(source).iter().map(|(via, ask)| asked(via, ask, ground)));
            // A standby is held against its primary, which is another connection.
            let kinds = |wanted: &Ask| asks.iter().any(|asked| asked.question == question(wanted));
            for ask in [Ask::PostgresState, Ask::RedisState].iter().filter(|ask| kinds(ask)).collect::<Vec<_>>() {
                let system = if matches!(ask, Ask::PostgresState) { "postgres" } else { "redis" };
                let others = ground.inputs.plan.connections.iter().filter(|(_, made)| made.link.system() == system);
                asks.extend(others.map(|(via, _)| asked(via, ask, ground)));
            }
            asks.sort_by(|a, b| (&a.via, &a.question).cmp(&(&b.via, &b.question)));
            asks.dedup_by(|a, b| a.via == b.via && a.question == b.question);
            all.push(Origin {
                kind: OriginKind::Data,
                what: format!("{} from {}", row.name, source.name),
                says: shown.words.clone(),
                verdict: shown.verdict,
                rule: "What would be lost runs from the recovery point to the stop of writes: the fence's proof, or the outside \
                       fence's time, else now. A lag counts only beside a proof of connection (R21, R22, R23).",
                asks,
            });
        }
    }
    all
}

fn cards(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let mut all = Vec::new();
    for cluster in &ground.inputs.plan.accelerators {
        let Some(row) = picture.clusters.iter().find(|row| row.name == cluster.name) else { continue };
        let kubernetes =
            |via: &&String| matches!(ground.inputs.plan.connections.get(*via).map(|made| &made.link), Some(Link::Kubernetes(_)));
        let mut asks: Vec<Asked> =
            cluster.via.iter().filter(kubernetes).map(|via| asked(via, &Ask::KubernetesNodes, ground)).collect();
        asks.extend(cards_asked(cluster, ground.inputs.plan).map(|(via, ask)| asked(via, &ask, ground)));
        let fits = row.fits.as_ref().map(|fits| format!("; {fits}")).unwrap_or_default();
        all.push(Origin {
            kind: OriginKind::Cards,
            what: format!("cards of {}", cluster.name),
            says: format!("{}{fits}", row.words),
            verdict: row.verdict,
            rule: "Cards that are allocatable on nodes that are ready, against what each tier needs there, the strictest first. \
                   A card is well while its exporter is scraped and shows nothing wrong; a zero that cannot be is no value (R29).",
            asks,
        });
    }
    all
}

fn gates(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let Some(book) = ground.inputs.state.and_then(|state| state.book.as_ref()) else { return vec![] };
    let mut all = Vec::new();
    for shown in picture.book.iter().flat_map(|book| &book.steps) {
        let Some(step) = book.runbook.steps().find(|step| step.id == shown.id) else { continue };
        for (gate, line) in step.gate.iter().zip(&shown.gates) {
            all.push(Origin {
                kind: OriginKind::Gate,
                what: format!("gate of step {}", shown.number),
                says: format!("{}: {}", line.wanted, line.words),
                verdict: match line.state {
                    super::scene::GateState::Holds => Verdict::Met,
                    super::scene::GateState::Fails => Verdict::AtRisk,
                    super::scene::GateState::Unknown => Verdict::CannotTell,
                },
                rule: "One comparison on one sample, measured after its action ended, holding for its `for`; no sample, or a stale \
                       or failed one, is unknown and passes nothing (R12).",
                asks: of_probe(Some(&gate.probe), ground),
            });
        }
    }
    all
}

fn alerts(picture: &Picture, ground: &Ground) -> Vec<Origin> {
    let rules = ground.inputs.plan.alerts.iter();
    let origin = |rule: &crate::plan::AlertRule| {
        let row = picture.alerts.iter().find(|row| row.name == rule.name && row.via.is_none())?;
        let asks = of_probe(Some(&Probe::Alert(rule.probe())), ground);
        Some(Origin {
            kind: OriginKind::Alert,
            what: rule.name.clone(),
            says: row.words.clone(),
            verdict: match row.state {
                super::scene::AlertState::Quiet => Verdict::Met,
                super::scene::AlertState::CannotTell => Verdict::CannotTell,
                _ => Verdict::AtRisk,
            },
            rule: "Fires while its expression gives a sample for its `for`; that its series are absent fires or is unknown, as the \
                   plan says.",
            asks,
        })
    };
    rules.filter_map(origin).collect()
}

fn asked(via: &str, ask: &Ask, ground: &Ground) -> Asked {
    let made = ground.inputs.plan.connections.get(via);
    let server = match made {
        Some(made) => format!("{} {}", made.link.system(), server(&made.link)),
        None if is_folder(via) => "a folder of this machine".to_owned(),
        None if is_address(via) => format!("http {}", without_login(via)),
        None => "no such connection".to_owned(),
    };
    let signal = ground.inputs.signals.get(&SignalKey::of(via, ask));
    let reading = signal.and_then(|signal| signal.reading.as_ref());
    let mut against: Vec<String> =
        signal.and_then(|signal| signal.failure.as_ref()).map(|failure| clean(&failure.reason)).into_iter().collect();
    against.extend(reading.iter().flat_map(|reading| &reading.warnings).map(|warning| clean(warning)));
    against.extend(signal.and_then(Signal::skew_words));
    let lines = reading.map(|reading| reading.samples.len() + reading.cards.cards.len()).unwrap_or(0);
    let mut reply: Vec<String> = reading.iter().flat_map(|reading| &reading.samples).take(MOST_LINES).map(sample_line).collect();
    let room = MOST_LINES.saturating_sub(reply.len());
    let cards = reading.iter().flat_map(|reading| &reading.cards.cards).take(room);
    reply.extend(cards.map(|card| clean(&serde_json::to_string(card).unwrap_or_default())));
    Asked {
        via: via.to_owned(),
        server: clean(&server),
        question: question(ask),
        every: made.map(|made| made.every().max(ask.pause())),
        max_age: signal.map(|signal| signal.max_age).unwrap_or_default(),
        known: signal.map_or(Freshness::Absent, |signal| signal.freshness(ground.now())),
        measured: signal.and_then(Signal::measured),
        read: reading.map(|reading| reading.read),
        against,
        more: lines.saturating_sub(reply.len()),
        reply,
    }
}

/// `{job="api", region="east"} 1`.
fn sample_line(sample: &Sample) -> String {
    let labels: Vec<String> = sample.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}} ", labels.join(", ")) };
    clean(&format!("{labels}{}", sample.value))
}

/// The query or call, as one would type it.
fn question(ask: &Ask) -> String {
    match ask {
        Ask::Query { expr } => clean(expr),
        Ask::History { expr, span, step } => format!("the last {span} each {step} of {}", clean(expr)),
        Ask::Increase { expr, span } => format!("the increase of {} over the last {span}", clean(expr)),
        Ask::Receipt { lag, connected } => format!("the newest of now less {} while {}", clean(lag), clean(connected)),
        Ask::Sql { query } => clean(query),
        Ask::PostgresState => "role, system, timeline, LSNs, receiver and its last message".into(),
        Ask::RedisState => "INFO: role, run id, link, offsets, last save".into(),
        Ask::SentinelState { master } => format!("SENTINEL MASTER, REPLICAS and CKQUORUM of {}", clean(master)),
        Ask::KubernetesDeployments { namespace } => format!("watch of the deployments in {}", clean(namespace)),
        Ask::KubernetesNodes => "watch of nodes, and of pods that hold cards".into(),
        Ask::Http { path, .. } => format!("GET {}", clean(path)),
        Ask::HttpList { path, list } => {
            format!("GET {}, each item of {}", clean(path), clean(list.of.as_deref().unwrap_or("the list")))
        }
        Ask::Files { folder, name } => format!("files {} in {}", clean(name), clean(folder)),
        Ask::Cards { select } => format!("metrics of cards {{{}}}", clean(select.as_deref().unwrap_or_default())),
        Ask::Alerts => "GET /api/v2/alerts".into(),
    }
}

/// Where a connection leads; what could be a login stays out.
fn server(link: &Link) -> String {
    match link {
        Link::Prometheus(link) => without_login(&link.url),
        Link::Alertmanager(link) => without_login(&link.url),
        Link::Http(link) => without_login(&link.url),
        Link::Kubernetes(link) => {
            link.observing().map_or_else(|| "of this machine's account".into(), |login| format!("context {}", login.context))
        }
        Link::Postgres(link) => link.address(),
        Link::Redis(link) => format!("{}:{}", link.host, link.port.unwrap_or(6379)),
        Link::Sentinel(link) => format!("{}:{}", link.host, link.port.unwrap_or(26_379)),
    }
}

fn without_login(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => plain.to_owned(),
    }
}

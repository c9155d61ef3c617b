//! The shipped plan as types, read leniently: what these tests need of it, not what checking a plan needs.

use std::collections::BTreeMap;

use lifeboat::{
    model::Duration,
    plan::{
        AlertmanagerLink, Connection, KubernetesLink, KubernetesLogin, Link, Login, Plan, PostgresLink, PrometheusLink,
        RedisLink, Runbook,
    },
    sim::demo::GAUDI3_SCALE,
};
use serde_json::{Value, json};

/// The Gaudi3 Scale plan.
pub fn gaudi3() -> Plan {
    let files: BTreeMap<&str, Value> = GAUDI3_SCALE
        .iter()
        .map(|(path, text)| (*path, serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"))))
        .collect();
    let plan = &files["plan.yaml"];
    Plan {
        name: plan["name"].as_str().unwrap().to_owned(),
        tiers: part(plan, "tiers"),
        regions: part(plan, "regions"),
        connections: plan["connections"].as_object().unwrap().iter().map(|(name, c)| (name.clone(), connection(c))).collect(),
        services: part(plan, "services"),
        accelerators: part(plan, "accelerators"),
        datasets: part(plan, "datasets"),
        severities: part(plan, "severities"),
        scenarios: part(plan, "scenarios"),
        alerts: part(plan, "alerts"),
        roles: part(plan, "roles"),
        people: part(plan, "people"),
        escalation: part(plan, "escalation"),
        kpis: part(plan, "kpis"),
        runbooks: files
            .iter()
            .filter(|(path, _)| path.starts_with("runbooks/"))
            .map(|(path, book)| runbook(path, book))
            .collect(),
        ..Plan::default()
    }
}

fn part<T: serde::de::DeserializeOwned>(plan: &Value, key: &str) -> T {
    serde_json::from_value(plan[key].clone()).unwrap_or_else(|error| panic!("{key}: {error}"))
}

fn runbook(path: &str, book: &Value) -> Runbook {
    let mut book = book.clone();
    let map = book.as_object_mut().unwrap();
    map.remove("apiVersion");
    map.remove("kind");
    map.entry("use").or_insert(json!("respond"));
    for phase in map["phases"].as_array_mut().unwrap() {
        for step in phase["steps"].as_array_mut().unwrap() {
            if step.get("gate").is_some_and(Value::is_object) {
                step["gate"] = json!([step["gate"]]);
            }
        }
    }
    serde_json::from_value(book).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn connection(said: &Value) -> Connection {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let login = |value: &Value| value.is_object().then(|| Login { user: text(&value["user"]), password: None });
    let context =
        |value: &Value| value.is_object().then(|| KubernetesLogin { context: text(&value["context"]), kubeconfig: None });
    let link = if let Some(link) = said.get("prometheus") {
        Link::Prometheus(PrometheusLink { url: text(&link["url"]), token: None, ca: None })
    } else if let Some(link) = said.get("kubernetes") {
        Link::Kubernetes(KubernetesLink { observe: context(&link["observe"]), act: context(&link["act"]), ..Default::default() })
    } else if let Some(link) = said.get("redis") {
        Link::Redis(RedisLink {
            host: text(&link["host"]),
            port: None,
            observe: login(&link["observe"]).unwrap(),
            act: login(&link["act"]),
            sentinels: vec![],
            ca: None,
            tls: None,
        })
    } else if let Some(link) = said.get("alertmanager") {
        Link::Alertmanager(AlertmanagerLink { url: text(&link["url"]), ..AlertmanagerLink::default() })
    } else {
        let link = &said["postgres"];
        Link::Postgres(PostgresLink {
            host: text(&link["host"]),
            port: None,
            dbname: text(&link["dbname"]),
            observe: login(&link["observe"]).unwrap(),
            act: login(&link["act"]),
            application: login(&link["application"]),
            ca: None,
            tls: None,
        })
    };
    Connection { region: said["region"].as_str().map(str::to_owned), drill: false, every: Some(Duration::from_secs(5)), link }
}

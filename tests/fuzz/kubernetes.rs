//! Lists and watches of a Kubernetes API: none breaks what follows them, and nothing is ready that the API did not call so.

use std::{cell::RefCell, sync::Arc};

use lifeboat::{
    model::{Ask, Clock, Duration, Question, Time, Value},
    plan::KubernetesLink,
    sim::ManualClock,
    systems::{
        Sink,
        kubernetes::{
            deployments::{Deployment, Deployments},
            exchange::List,
            follow::{Follow, Item, Keeper},
            nodes::{Node, Nodes, Pod},
        },
    },
};
use serde_json::json;

use super::{engine::fuzz, support::records::at};

/// A list in the first line, and what a watch then tells in the others.
fn seeds() -> Vec<Vec<u8>> {
    let meta = |name: &str| json!({"name": name, "namespace": "prod", "resourceVersion": "8", "generation": 2, "labels": {"topology.kubernetes.io/zone": "a"}});
    let node = |name: &str, ready: &str, cards: &str| {
        json!({"metadata": meta(name), "status": {"capacity": {"habana.ai/gaudi": cards}, "allocatable": {"habana.ai/gaudi": cards},
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}]}})
    };
    let deployment = |name: &str, ready: u64| {
        json!({"metadata": meta(name), "spec": {"replicas": 3},
            "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": ready, "availableReplicas": ready}})
    };
    let pod = |name: &str, on: &str| {
        json!({"metadata": meta(name), "status": {"phase": "Running"},
            "spec": {"nodeName": on, "containers": [{"name": "c", "resources": {"requests": {"habana.ai/gaudi": "4"}}}]}})
    };
    let told = |kind: &str, object: serde_json::Value| json!({"type": kind, "object": object});
    let whole = |items: Vec<serde_json::Value>, later: Vec<serde_json::Value>| {
        let list = json!({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": items});
        let lines = std::iter::once(list).chain(later).map(|line| line.to_string()).collect::<Vec<_>>();
        lines.join("\n").into_bytes()
    };
    let mark = told("BOOKMARK", json!({"metadata": {"resourceVersion": "9"}}));
    let gone = told("ERROR", json!({"code": 410, "message": "too old resource version"}));
    vec![
        whole(
            vec![node("n-1", "True", "8"), node("n-2", "Unknown", "7")],
            vec![told("MODIFIED", node("n-1", "False", "0")), mark.clone()],
        ),
        whole(vec![deployment("web", 3)], vec![told("ADDED", deployment("api", 1)), told("DELETED", deployment("web", 3)), gone]),
        whole(vec![pod("p-1", "n-1"), pod("p-2", "n-2")], vec![told("DELETED", pod("p-2", "n-2")), mark]),
    ]
}

fn followed<T: Item>(bytes: &[u8], keeper: &mut dyn Keeper<T>, now: Time) {
    let mut lines = bytes.split(|b| *b == b'\n');
    let Ok(list) = serde_json::from_slice::<List<T>>(lines.next().unwrap_or_default()) else { return };
    keeper.all(list.items, now);
    keeper.proven(now);
    keeper.tell(now);
    let follow = Follow {
        connection: "east".into(),
        link: KubernetesLink::default(),
        path: "/api/v1/nodes".into(),
        every: Duration::from_secs(5),
        seed: 1,
    };
    let mut version = Some(list.metadata.version);
    for line in lines {
        if let Err(miss) = follow.take_in(line, &mut version, keeper, now) {
            keeper.lost(&miss, now);
            return;
        }
        keeper.tell(now);
    }
}

#[test]
fn a_changed_list_or_watch_makes_nothing_ready_that_was_not_called_so() {
    let runs = RefCell::new(0);
    fuzz("kubernetes", seeds(), 700, |bytes| {
        *runs.borrow_mut() += 1;
        let now = ManualClock::at(at(0)).now();
        let (sink, text) = (Sink::default(), String::from_utf8_lossy(bytes));
        let nodes = Question::new("east", Ask::KubernetesNodes, Duration::from_mins(1), None);
        let counts = Question::new("east", Ask::KubernetesDeployments { namespace: "prod".into() }, Duration::from_mins(1), None);
        sink.expect(&[nodes.clone(), counts.clone()]);
        let mut keeper = Nodes::new("east", vec![nodes.clone()], sink.clone());
        followed::<Node>(bytes, &mut keeper, now);
        followed::<Pod>(bytes, &mut keeper.pods(), now);
        let mut kept = Deployments::new("east", "prod", vec![counts.clone()], sink.clone());
        followed::<Deployment>(bytes, &mut kept, now);
        let seen = sink.observed();
        for signal in [&nodes, &counts].into_iter().filter_map(|question| seen.get(&question.key)) {
            let clean = |text: &str| assert!(!text.chars().any(char::is_control), "{text:?}");
            if let Some(failure) = &signal.failure {
                clean(&failure.reason);
            }
            for sample in signal.reading.iter().flat_map(|reading| &reading.samples) {
                sample.labels.iter().for_each(|(name, value)| [name, value].into_iter().for_each(|text| clean(text)));
                let fact = sample.labels.get("fact").map(String::as_str);
                if fact == Some("ready") && sample.value == Value::Truth(true) {
                    assert!(text.contains("Ready") && text.contains("True"), "ready by {text}");
                }
                if let (Some("gaudi_capacity" | "gaudi_allocatable"), Value::Number(cards)) = (fact, &sample.value) {
                    assert!(cards.is_finite() && *cards >= 0.0, "{cards} cards by {text}");
                }
            }
        }
    });
    assert!(*runs.borrow() >= 700);
    let _shared: Arc<dyn Clock> = Arc::new(ManualClock::at(at(0)));
}

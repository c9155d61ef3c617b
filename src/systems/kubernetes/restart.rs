//! `kubernetes.restart`: new pods from the same specification.

use serde_json::json;

use super::{
    exchange::{MANAGER, Patch, STRATEGIC},
    workload::{Kind, Workload},
};
use crate::model::{Outcome, Time, time};

/// The annotation that every tool restarts by.
pub const ANNOTATION: &str = "kubectl.kubernetes.io/restartedAt";

/// `at` is a moment, or for a preview a word for it.
pub fn patch(namespace: &str, name: &str, at: &str) -> Patch {
    Patch {
        path: format!("{}/{name}?fieldManager={MANAGER}", Kind::Deployment.collection(namespace)),
        kind: STRATEGIC,
        body: json!({"spec": {"template": {"metadata": {"annotations": {ANNOTATION: at}}}}}),
    }
}

/// The moment as the annotation says it. Others write whole seconds; two restarts within one second would then be the same
/// change, and the second of them none.
pub fn stamp(now: Time) -> String {
    now.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Whether a restart happened at `since` or later, by this machine's clock, which wrote the annotation.
pub fn read_back(workload: &Workload, since: Time) -> Outcome {
    let said = workload.spec.template.metadata.annotations.as_ref().and_then(|a| a.get(ANNOTATION));
    match said.and_then(|t| t.parse::<Time>().ok()) {
        Some(at) if at.timestamp_millis() >= since.timestamp_millis() => {
            Outcome::succeeded(format!("read back: restarted at {}", time::full(at)))
        }
        Some(at) => Outcome::failed(format!("read back: last restarted at {}, before this", time::full(at))),
        None => Outcome::failed("read back: it was never restarted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r08_two_restarts_within_a_second_are_two_and_only_the_own_one_is_read_back() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let (first, second) = (at("2026-11-20T02:47:13.120Z"), at("2026-11-20T02:47:13.870Z"));
        assert_ne!(patch("prod", "api", &stamp(first)).body, patch("prod", "api", &stamp(second)).body);
        let annotated = |stamp: String| {
            let body =
                json!({"metadata": {"name": "api"}, "spec": {"template": {"metadata": {"annotations": {ANNOTATION: stamp}}}}});
            serde_json::from_value::<Workload>(body).unwrap()
        };
        assert!(read_back(&annotated(stamp(second)), second).is_success());
        assert!(!read_back(&annotated(stamp(first)), second).is_success(), "another one, just before");
    }
}

//! Whether what counts could be done, in peace time.

use lifeboat::{
    model::{Aspect, Ready},
    picture::*,
};

use super::at;

fn row(name: &str, system: &str, ready: Ready, count: &str, lacks: Vec<ReadyLack>) -> ReadyRow {
    ReadyRow { name: name.into(), system: system.into(), ready, count: count.into(), lacks }
}

fn lack(ready: Ready, aspect: Aspect, words: &str, mend: &str) -> ReadyLack {
    ReadyLack { ready, aspect, words: words.into(), mend: (!mend.is_empty()).then(|| mend.to_owned()) }
}

/// One permission is missing, one server does not answer, one token ends soon.
pub(super) fn in_peace() -> ReadyPicture {
    let scale = "lifeboat may patch deployments/scale in prod: training-api, eval-api: it may not: eval-api";
    let allow = "allow it: verb patch on deployments/scale (apps) in prod";
    ReadyPicture {
        about: vec!["region-failover".into(), "region-return".into()],
        state: ReadyState::Answered,
        words: "asked 41s ago".into(),
        asked: Some(at("14:01:32")),
        rows: vec![
            row("west", "kubernetes", Ready::No, "11 of 12 permissions", vec![lack(Ready::No, Aspect::Permission, scale, allow)]),
            row(
                "db-east",
                "postgres",
                Ready::CannotTell,
                "0 of 2 hold",
                vec![lack(Ready::CannotTell, Aspect::Reachable, "10.1.0.15:5432: no answer within 5s", "")],
            ),
            row(
                "route53",
                "http",
                Ready::Warned,
                "4 of 4 hold",
                vec![lack(
                    Ready::Warned,
                    Aspect::Expiry,
                    "token of the act login: expires in 26m, at 2026-11-20T14:28:00Z",
                    "renew it before it is needed",
                )],
            ),
            row("orders-db-west", "postgres", Ready::Yes, "lifeboat may promote", vec![]),
        ],
    }
}

/// What was asked about the promotion: its login may not do it.
pub fn promotion() -> StepReady {
    let words = "lifeboat may promote: it is no superuser and may not execute pg_promote";
    let mend = "GRANT EXECUTE ON FUNCTION pg_promote TO lifeboat";
    StepReady {
        state: ReadyState::Answered,
        ready: Some(Ready::No),
        good: 3,
        of: 4,
        lacks: vec![("orders-db-west".into(), lack(Ready::No, Aspect::Permission, words, mend))],
        words: "asked 1m12s ago".into(),
    }
}

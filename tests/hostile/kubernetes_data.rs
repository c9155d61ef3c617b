//! What the data of a hostile Kubernetes API server say.

use lifeboat::{
    model::{Ask, Duration, Question},
    systems::kubernetes,
};

use super::{
    cluster::{Cluster, link},
    fault::{ESCAPES, Fault, Fault::*},
    http::{Good, Heard, Site, Speech},
    watch::{Watch, all},
};

fn deployments() -> Question {
    let ask = Ask::KubernetesDeployments { namespace: "prod".into() };
    Question::new("west", ask, Duration::from_secs(5), Some(Duration::from_mins(10)))
}
fn nodes() -> Question {
    Question::new("west", Ask::KubernetesNodes, Duration::from_secs(5), Some(Duration::from_mins(10)))
}

/// What the deployments say when their list meets it.
pub const LISTED: [(Fault, &str); 17] = [
    (Refused, "connection refused; is the API server up, and is this its port?"),
    (Silent, "no answer from https://127.0.0.1:"),
    (Slow, "no answer from https://127.0.0.1:"),
    (Cut, "the connection ended in the middle of the answer"),
    (Endless, "larger than 16 MiB"),
    (Garbage, "it answers unlike an HTTP server: is this its address and port?"),
    (Escapes, "403 Forbidden"),
    (WrongName, "its certificate is not for `127.0.0.1`"),
    (Expired, "its certificate has expired: renew it there"),
    (Status(307), "a redirect is not followed; is the address the API server's own?"),
    (Status(401), "401 Unauthorized as lab/ben: its token or certificate is wrong or has expired; renew it"),
    (Status(403), "403 Forbidden: said no"),
    (Status(404), "404 Not Found: said no"),
    (Status(429), "429 Too Many Requests"),
    (Status(500), "500 Internal Server Error"),
    (Status(503), "503 Service Unavailable: it, or a proxy before it, is down or overloaded: said no"),
    (Status(504), "504 Gateway Timeout"),
];

fn a_list(heard: &Heard) -> bool {
    heard.path.contains("/deployments?limit=250")
}

async fn a_list_meets(fault: Fault, said: &str) {
    let (watch, folder) = (Watch::new(), tempfile::tempdir().unwrap());
    let site = Site::open(Cluster { deployment: "web" }, fault, a_list, false, &watch.pace).await;
    watch.begin(kubernetes::source("west", &link(folder.path(), &site)), vec![deployments(), nodes()]);
    let reason = watch.reason(&deployments()).await;
    assert!(reason.starts_with("deployments of prod on west: ") && reason.contains(said), "{fault:?}: {reason}");
    assert!(!reason.contains("t0ps3cret"), "{reason}");
    watch.never_answered(&deployments());
    if matches!(fault, Refused | WrongName | Expired) {
        assert!(watch.reason(&nodes()).await.contains(said), "{fault:?}");
        return;
    }
    watch.fresh(&nodes()).await;
    let asked = site.heard().iter().filter(|heard| a_list(heard)).count() as u64;
    assert!(site.taken() <= asked * (32 << 20), "{} bytes taken in {asked} replies", site.taken());
    site.heal();
    watch.fresh(&deployments()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_an_api_server_is_said_by_its_datum_and_by_no_other() {
    all(LISTED.map(|(fault, said)| a_list_meets(fault, said))).await;
}

/// The same when the list was good and the watch is not: what was known is not green for it.
const WATCHED: [(Fault, &str); 9] = [
    (Silent, "no answer from https://127.0.0.1:"),
    (Slow, "no answer from https://127.0.0.1:"),
    (Cut, "the connection ended in the middle of the answer"),
    (Endless, "a watch does not end when it should"),
    (Garbage, "it answers unlike an HTTP server"),
    (Escapes, "403 Forbidden"),
    (Status(401), "renew it in the kubeconfig"),
    (Status(500), "500 Internal Server Error"),
    (Status(504), "504 Gateway Timeout"),
];

async fn a_watch_meets(fault: Fault, said: &str) {
    let (watch, folder) = (Watch::new(), tempfile::tempdir().unwrap());
    let at = |heard: &Heard| heard.path.contains("/deployments?watch=1");
    let site = Site::open(Cluster { deployment: "web" }, fault, at, false, &watch.pace).await;
    watch.begin(kubernetes::source("west", &link(folder.path(), &site)), vec![deployments(), nodes()]);
    let reason = watch.reason(&deployments()).await;
    assert!(reason.starts_with("deployments of prod on west: ") && reason.contains(said), "{fault:?}: {reason}");
    watch.fresh(&nodes()).await;
    site.heal();
    watch.fresh(&deployments()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_watch_that_goes_wrong_makes_its_datum_fail_until_it_is_well() {
    all(WATCHED.map(|(fault, said)| a_watch_meets(fault, said))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_list_whose_pages_never_end_is_given_up() {
    struct Pages(Cluster);
    impl Speech for Pages {
        fn good(&self, heard: &Heard) -> Good {
            let good = self.0.good(heard);
            Good {
                body: good.body.replace(r#""resourceVersion":"7""#, r#""resourceVersion":"7","continue":"on and on""#),
                ..good
            }
        }
        fn refusal(&self, words: &str) -> String {
            self.0.refusal(words)
        }
    }
    let (watch, folder) = (Watch::new(), tempfile::tempdir().unwrap());
    let site = Site::open(Pages(Cluster { deployment: "web" }), Silent, |_| false, true, &watch.pace).await;
    watch.begin(kubernetes::source("west", &link(folder.path(), &site)), vec![deployments()]);
    let reason = watch.reason(&deployments()).await;
    assert!(reason.contains("/deployments does not end"), "{reason}");
    watch.never_answered(&deployments());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_always_too_old_is_not_asked_for_without_pause() {
    let (watch, folder) = (Watch::new(), tempfile::tempdir().unwrap());
    let site =
        Site::open(Cluster { deployment: "web" }, Status(410), |heard| heard.path.contains("watch=1"), true, &watch.pace).await;
    watch.begin(kubernetes::source("west", &link(folder.path(), &site)), vec![deployments()]);
    watch.fresh(&deployments()).await;
    watch.pace.hurry();
    let begun = watch.clock.now();
    watch.clock.sleep(Duration::from_secs(10)).await;
    let lists = site.heard().iter().filter(|heard| a_list(heard)).count();
    let most = 2 * Duration::between(begun, watch.clock.now()).as_secs() as usize + 8;
    assert!(lists <= most, "{lists} lists, expected at most {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_escape_codes_are_shown_without_them() {
    let (watch, folder) = (Watch::new(), tempfile::tempdir().unwrap());
    let site = Site::open(Cluster { deployment: ESCAPES }, Silent, |_| false, false, &watch.pace).await;
    watch.begin(kubernetes::source("west", &link(folder.path(), &site)), vec![deployments(), nodes()]);
    let reading = watch.fresh(&deployments()).await.reading.unwrap();
    assert!(reading.samples[0].labels["deployment"].contains("\\u{202e}live"), "{reading:?}");
    watch.fresh(&nodes()).await;
}

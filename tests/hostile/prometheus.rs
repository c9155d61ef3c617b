//! What each question says of a hostile Prometheus.

use lifeboat::{
    model::{Ask, Duration, Question},
    plan::PrometheusLink,
    systems::prometheus,
};

use super::{
    certificates::Certificates,
    fault::{ESCAPES, Fault, Fault::*},
    http::{Good, Heard, Site, Speech},
    prometheus_speech::Prometheus,
    watch::{Watch, all},
};

fn link(site: &Site) -> PrometheusLink {
    PrometheusLink { url: site.address.clone(), token: None, ca: Some(Certificates::shared().ca()) }
}

fn question(via: &str, expr: &str) -> Question {
    Question::new(via, Ask::Query { expr: expr.into() }, Duration::from_secs(5), Some(Duration::from_mins(10)))
}

fn bad(heard: &Heard) -> bool {
    heard.body.contains("query=bad")
}

/// What the question says, beside who.
const SAID: [(Fault, &str); 17] = [
    (Refused, "nothing listens there (connection refused): is it up?"),
    (Silent, "no answer within 5s: is it overloaded or hanging?"),
    (Slow, "no answer within 5s"),
    (Cut, "the connection ended in the middle of the answer"),
    (Endless, "larger than 8 MiB: ask for less"),
    (Garbage, "it answers unlike an HTTP server: is this its address and port?"),
    (Escapes, "cannot answer `bad`"),
    (WrongName, "its certificate is not for `127.0.0.1`"),
    (Expired, "its certificate has expired: renew it there"),
    (Status(307), "which is not followed: write the final address in `url`"),
    (Status(401), "name one with `token`"),
    (Status(403), "name one with `token`"),
    (Status(404), "unlike Prometheus: `url` must be its address"),
    (Status(429), "turns requests away (429 Too Many Requests) and wants none for 30s"),
    (Status(500), "does not serve (500 Internal Server Error)"),
    (Status(503), "does not serve (503 Service Unavailable): it, or a proxy before it, is down or overloaded"),
    (Status(504), "does not serve (504 Gateway Timeout)"),
];

async fn meets(fault: Fault, said: &str) {
    let watch = Watch::new();
    let speech = || Prometheus { clock: watch.clock.clone(), label: "shop" };
    let (hostile, other) = tokio::join!(
        Site::open(speech(), fault, bad, false, &watch.pace),
        Site::open(speech(), Silent, |_| false, false, &watch.pace)
    );
    let (first, beside, elsewhere) = (question("east", "bad"), question("east", "good"), question("west", "bad"));
    watch.begin(prometheus::source("east", &link(&hostile)), vec![first.clone(), beside.clone()]);
    watch.begin(prometheus::source("west", &link(&other)), vec![elsewhere.clone()]);

    let reason = watch.reason(&first).await;
    assert!(reason.starts_with("east (https://127.0.0.1:") && reason.contains(said), "{fault:?}: {reason}");
    watch.never_answered(&first);
    watch.fresh(&elsewhere).await;
    if matches!(fault, Refused | WrongName | Expired) {
        assert!(watch.reason(&beside).await.contains(said), "{fault:?}");
        return;
    }
    watch.fresh(&beside).await;
    // One reply's bound and what the sockets hold, for the few times it was asked.
    let asked = hostile.heard().iter().filter(|heard| bad(heard)).count() as u64;
    assert!(hostile.taken() <= asked * (24 << 20), "{} bytes taken in {asked} replies", hostile.taken());
    hostile.heal();
    watch.fresh(&first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_a_prometheus_is_said_by_its_question_and_by_no_other() {
    all(SAID.map(|(fault, said)| meets(fault, said))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_whose_every_text_holds_escape_codes_is_shown_without_them() {
    let watch = Watch::new();
    let site = Site::open(Prometheus { clock: watch.clock.clone(), label: ESCAPES }, Silent, |_| false, false, &watch.pace).await;
    let asked = question("east", "good");
    watch.begin(prometheus::source("east", &link(&site)), vec![asked.clone()]);
    let reading = watch.fresh(&asked).await.reading.unwrap();
    assert!(reading.samples[0].labels["job"].contains("\\u{202e}live") && !reading.warnings.is_empty(), "{reading:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_prometheus_says_at_length_is_cut() {
    /// A reply within the bound, of which each text is a megabyte.
    struct Wordy(Prometheus);
    impl Speech for Wordy {
        fn good(&self, heard: &Heard) -> Good {
            let long = "long ".repeat(200_000);
            let mut good = self.0.good(heard);
            good.body = good.body.replace("shop", &long);
            if heard.body.contains("query=refused") {
                good.body = self.0.refusal(&long);
            }
            good
        }
        fn refusal(&self, words: &str) -> String {
            self.0.refusal(words)
        }
    }
    let watch = Watch::new();
    let site =
        Site::open(Wordy(Prometheus { clock: watch.clock.clone(), label: "shop" }), Silent, |_| false, false, &watch.pace).await;
    let (answered, refused) = (question("east", "good"), question("east", "refused"));
    watch.begin(prometheus::source("east", &link(&site)), vec![answered.clone(), refused.clone()]);
    // Both check that no text is longer than a screen takes.
    watch.fresh(&answered).await;
    watch.reason(&refused).await;
}

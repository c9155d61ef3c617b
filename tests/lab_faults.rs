//! The real servers through a proxy that delays, cuts, and loses what one side says: what data say and how actions end.

#[path = "support/cache.rs"]
mod cache;
#[path = "hostile/fault.rs"]
#[allow(dead_code, reason = "only what can be drawn is checked here")]
mod fault;
#[path = "hostile/hurry.rs"]
mod hurry;
#[path = "support/pair.rs"]
mod pair;
mod support;
#[path = "hostile/watch.rs"]
#[allow(dead_code, reason = "the quick tests use all of it")]
mod watch;

use std::{path::PathBuf, sync::Arc};

use cache::Cache;
use lifeboat::{
    model::{Ask, Call, Clock, Duration, Outcome, PartReport, Question},
    plan::{Connections, KubernetesLogin, PrometheusLink},
    systems::{
        Inspect, Inspectors, Order, Perform, Performers, Progress, RealActors, RealPlatform, SystemClock, kubernetes, postgres,
        prometheus, redis,
    },
};
use pair::{Pair, call, children, connection, order, secs, signal_all};
use serde_json::json;
use support::{
    cluster::Lab,
    lab::{self, Piece},
};
use tokio_util::sync::CancellationToken;
use watch::Watch;

/// A way to a server that can be made bad.
struct Way {
    api: String,
    name: &'static str,
    port: u16,
    _proxy: Arc<Piece>,
}

impl Way {
    fn to(proxy: &Arc<Piece>, name: &'static str, upstream: &str) -> Self {
        let api = proxy.text("/api").to_owned();
        let listens = lab::script("toxiproxy", "proxy.sh", &[&api, name, "127.0.0.1:0", upstream]);
        let port = listens.trim().rsplit(':').next().unwrap().parse().unwrap();
        Self { api, name, port, _proxy: proxy.clone() }
    }
    fn cut(&self) {
        lab::script("toxiproxy", "cut.sh", &[&self.api, self.name]);
    }
    /// Ends all that was made bad.
    fn mend(&self) {
        lab::script("toxiproxy", "mend.sh", &[&self.api, self.name]);
        lab::script("toxiproxy", "well.sh", &[&self.api, self.name]);
    }
    fn late(&self, millis: u64) {
        self.toxic("downstream", "latency", &format!("{{\"latency\": {millis}}}"));
    }
    /// What we send is lost, and the connection stays open.
    fn deaf(&self) {
        self.toxic("upstream", "timeout", "{\"timeout\": 0}");
    }
    /// What the server answers is lost, and the connection stays open.
    fn mute(&self) {
        self.toxic("downstream", "timeout", "{\"timeout\": 0}");
    }
    fn toxic(&self, stream: &str, kind: &str, attributes: &str) {
        lab::script("toxiproxy", "toxic.sh", &[&self.api, self.name, stream, kind, attributes]);
    }
}

fn question(via: &str, ask: Ask) -> Question {
    Question::new(via, ask, Duration::from_secs(1), Some(Duration::from_mins(10)))
}

/// The datum is fresh, is late without harm, and says each fault as itself; after each it comes back.
async fn says(watch: &Watch, way: &Way, asked: &Question, cut: &str, lost: &str) {
    watch.fresh(asked).await;
    way.late(100);
    let before = watch.clock.now();
    let read = |signal: lifeboat::model::Signal| signal.reading.map(|reading| reading.read);
    while read(watch.fresh(asked).await).is_none_or(|read| read < before + Duration::from_secs(3).delta()) {
        watch.clock.sleep(Duration::from_millis(100)).await;
    }
    way.mend();
    // From here on what is waited for are our own limits.
    watch.pace.hurry();
    type Bad = fn(&Way);
    let faults: [(Bad, &str); 4] = [(Way::cut, cut), (Way::deaf, lost), (Way::mute, lost), (|way: &Way| way.late(20_000), lost)];
    for (n, (bad, said)) in faults.into_iter().enumerate() {
        bad(way);
        let reason = watch.reason(asked).await;
        // The first words may be of the request that was under way.
        let mut now = reason;
        while !now.contains(said) {
            let known = ["the connection was lost", "middle of the answer", "no answer", "does not end"];
            assert!(known.iter().any(|words| now.contains(words)), "{n}: {now}");
            watch.clock.sleep(Duration::from_millis(200)).await;
            now = watch.reason(asked).await;
        }
        way.mend();
        watch.fresh(asked).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_bad_way_to_a_real_postgresql_is_said_and_heals() {
    let (pair, proxy) = (Pair::up(), Arc::new(Piece::up("toxiproxy", &[])));
    let mut link = pair.link("db-west");
    let way = Way::to(&proxy, "db", &link.address());
    link.port = Some(way.port);
    let (watch, asked) = (Watch::new(), question("db-west", Ask::PostgresState));
    watch.begin(postgres::source("db-west", &link, &postgres::Receipts::default()), vec![asked.clone()]);
    says(&watch, &way, &asked, "nothing listens at 127.0.0.1:", "within 5s").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_bad_way_to_a_real_redis_is_said_and_heals() {
    let (cache, proxy) = (Cache::up(), Arc::new(Piece::up("toxiproxy", &[])));
    let mut link = cache.link("redis-east");
    let way = Way::to(&proxy, "cache", &link.address());
    link.port = Some(way.port);
    let (watch, asked) = (Watch::new(), question("redis-east", Ask::RedisState));
    watch.begin(redis::source("redis-east", &link), vec![asked.clone()]);
    says(&watch, &way, &asked, "nothing listens at 127.0.0.1:", "within 5s").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_bad_way_to_a_real_prometheus_is_said_and_heals() {
    let (pair, proxy) = (Pair::up(), Arc::new(Piece::up("toxiproxy", &[])));
    let piece = Piece::up("prometheus", &[pair.piece.dir().to_str().unwrap()]);
    let way = Way::to(&proxy, "prom", piece.text("/url").trim_start_matches("http://"));
    let link = PrometheusLink { url: format!("http://127.0.0.1:{}", way.port), token: None, ca: None };
    let (watch, asked) = (Watch::new(), question("prom", Ask::Query { expr: "up{job=\"postgres\"}".into() }));
    watch.begin(prometheus::source("prom", &link), vec![asked.clone()]);
    says(&watch, &way, &asked, "nothing listens there (connection refused)", "no answer within 5s").await;
}

/// Makes the way bad in the moment before the change leaves.
struct AtSending<'a>(&'a (dyn Fn() + Send + Sync));

impl Progress for AtSending<'_> {
    fn say(&self, _part: &str, _text: &str) {
        (self.0)();
    }
    fn ended(&self, _report: PartReport) {}
}

async fn run(performer: Box<dyn Perform>, order: &Order, bad: &(dyn Fn() + Send + Sync)) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let reports = performer.run(order, &AtSending(bad), &clock, &CancellationToken::new()).await;
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.into_iter().next().unwrap().outcome
}

/// What looking says in the end: a server that was told only now is asked again.
async fn told(look: &dyn Inspect, order: &Order, since: lifeboat::model::Time) -> Outcome {
    let pace = hurry::Pace::new();
    pace.hurry();
    let clock = pace.clock();
    loop {
        let back = look.read_back(&order.parts, &order.identity, since, &clock).await;
        if !matches!(back[0].outcome, Outcome::Unknown { .. }) {
            return back[0].outcome.clone();
        }
        assert!(clock.now() < since + Duration::from_mins(4).delta(), "{back:?}");
        clock.sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_promotion_over_a_bad_way_is_unknown_and_read_back_tells_which() {
    let (mut pair, proxy) = (Pair::up(), Arc::new(Piece::up("toxiproxy", &[])));
    let mut link = pair.link("db-west");
    let way = Way::to(&proxy, "db", &link.address());
    link.port = Some(way.port);
    let looker = pair.admin("db-west").await;
    pair.links.insert("db-west".into(), connection(link));
    let promote = call("promote", "db-west", &[], 6);
    let seen = pair.preview(&promote).await;
    let order = order(&seen);
    let perform = || postgres::perform(&promote, &pair.links).unwrap();
    let look = postgres::inspect(&promote, &pair.links).unwrap();

    way.cut();
    let outcome = run(perform(), &order, &|| {}).await;
    assert!(matches!(&outcome, Outcome::Failed { reason } if reason.contains("nothing listens")), "{outcome:?}");
    way.mend();
    way.deaf();
    let outcome = run(perform(), &order, &|| {}).await;
    assert!(matches!(&outcome, Outcome::Failed { reason } if reason.contains("did not let us in within 5s")), "{outcome:?}");
    way.mend();

    let outcome = run(perform(), &order, &|| way.deaf()).await;
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("no answer within 6s")), "{outcome:?}");
    way.mend();
    let outcome = told(look.as_ref(), &order, seen.made).await;
    assert_eq!(outcome, Outcome::failed("still a standby"), "what was sent never arrived");

    // What replays is held, so that the statement is surely under way when its answer gets lost.
    let replica = children(pair.piece.number("/pids/replica"));
    let startup: Vec<_> = replica.into_iter().filter(|(_, args)| args.contains("startup")).map(|(pid, _)| pid).collect();
    signal_all(&startup, "-STOP");
    let lose = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_promote%' AND state = 'active'";
        while looker.row(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        way.mute();
        signal_all(&startup, "-CONT");
    };
    let (outcome, ()) = tokio::join!(run(perform(), &order, &|| {}), lose);
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("no answer within 6s")), "{outcome:?}");
    way.mend();
    assert_eq!(told(look.as_ref(), &order, seen.made).await, Outcome::succeeded("took over, on timeline 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_fence_whose_answer_is_cut_off_is_unknown_and_holds() {
    let (mut pair, proxy) = (Pair::up(), Arc::new(Piece::up("toxiproxy", &[])));
    let mut link = pair.link("db-east");
    let way = Way::to(&proxy, "db", &link.address());
    let direct = pair.links["db-east"].clone();
    link.port = Some(way.port);
    pair.links.insert("db-east".into(), connection(link));
    pair.links.insert("db-direct".into(), direct);
    let (holder, looker) = (pair.admin("db-direct").await, pair.admin("db-direct").await);
    // Somebody holds the role's row, so that the statement is under way when its connection ends.
    holder.run("BEGIN; ALTER ROLE app CONNECTION LIMIT 9").await.unwrap();
    let fence = call("fence", "db-east", &[("roles", "app")], 4);
    let seen = pair.preview(&fence).await;
    let cut = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER ROLE%NOLOGIN' AND wait_event_type = 'Lock'";
        while looker.row(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        way.cut();
        holder.run("COMMIT").await.unwrap();
    };
    let (reports, ()) = tokio::join!(pair.run_as_seen(&fence, &seen), cut);
    let outcome = &pair::only(reports).outcome;
    assert!(matches!(outcome, Outcome::Unknown { reason } if reason.contains("the connection was lost")), "{outcome:?}");
    way.mend();
    let back = pair.read_back(&fence, &seen).await;
    assert!(!matches!(back.outcome, Outcome::Unknown { .. }), "the server says which: {back:?}");
}

/// The cluster's logins, over the way.
fn through(lab: &Lab, way: &Way) -> Connections {
    let over = |user: &str| {
        let text = std::fs::read_to_string(lab.piece.text(&format!("/kubeconfigs/{user}"))).unwrap();
        let moved = text.replace(lab.piece.text("/server"), &format!("https://127.0.0.1:{}", way.port));
        assert_ne!(text, moved);
        let file = lab.piece.dir().join(format!("{user}-over-{}.kubeconfig", way.name));
        std::fs::write(&file, moved).unwrap();
        KubernetesLogin { context: "lab".into(), kubeconfig: Some(file.to_str().unwrap().into()) }
    };
    lab.connections(over("observe"), over("act"))
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_r29_a_bad_way_to_a_real_cluster_is_said_and_a_change_over_it_is_sent_once() {
    let (lab, proxy) = (Lab::take(), Arc::new(Piece::up("toxiproxy", &[])));
    let way = Way::to(&proxy, "api", lab.piece.text("/server").trim_start_matches("https://"));
    let connections = through(&lab, &way);
    let lifeboat::plan::Link::Kubernetes(link) = connections["west"].link.clone() else { unreachable!("a cluster") };
    {
        let watch = Watch::new();
        let asked = question("west", Ask::KubernetesDeployments { namespace: "production".into() });
        watch.begin(kubernetes::source("west", &link), vec![asked.clone()]);
        says(&watch, &way, &asked, "connection refused; is the API server up", "no answer from https://127.0.0.1:").await;
    }

    let scale = |replicas: i64| Call {
        action: "kubernetes.scale".into(),
        via: Some("west".into()),
        with: [("namespace", json!("production")), ("deployments", json!(["user-service"])), ("replicas", json!(replicas))]
            .map(|(field, value)| (field.to_owned(), value))
            .into(),
        timeout: secs(3),
    };
    let generation = || -> i64 {
        lab.kubectl(&["get", "deployment", "-n", "production", "user-service", "-o", "jsonpath={.metadata.generation}"])
            .parse()
            .unwrap()
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let attempt = async |replicas: i64, bad: &(dyn Fn() + Send + Sync)| {
        let (call, before) = (scale(replicas), generation());
        let look = RealPlatform::new(connections.clone(), PathBuf::from("/")).inspect(&call).unwrap();
        let seen = look.preview(&clock).await.unwrap();
        let performer = RealActors::new(connections.clone(), PathBuf::from("/")).perform(&call).unwrap();
        let outcome = run(performer, &order(&seen), bad).await;
        way.mend();
        let back = look.read_back(&["user-service".into()], &seen.identity, seen.made, &clock).await;
        (outcome, back[0].outcome.clone(), generation() - before)
    };
    let late = attempt(4, &|| way.late(700)).await;
    assert!(late.0.is_success() && late.1.is_success() && late.2 == 1, "{late:?}");
    let mute = attempt(2, &|| way.mute()).await;
    assert!(matches!(&mute.0, Outcome::Unknown { reason } if reason.contains("no answer")), "{mute:?}");
    assert!(mute.1.is_success() && mute.2 == 1, "it took effect, once: {mute:?}");
    let deaf = attempt(5, &|| way.deaf()).await;
    assert!(matches!(&deaf.0, Outcome::Unknown { reason } if reason.contains("no answer")), "{deaf:?}");
    assert!(!deaf.1.is_success() && deaf.2 == 0, "it never arrived: {deaf:?}");
    let cut = attempt(5, &|| way.cut()).await;
    assert!(!cut.0.is_success() && !cut.1.is_success() && cut.2 == 0, "{cut:?}");
}

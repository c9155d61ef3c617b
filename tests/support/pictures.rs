//! Pictures built by hand: the regional outage of the Gaudi3 plan, and the same platform in peace time.

use lifeboat::{
    model::{Duration, Freshness, Severity, Time, Verdict, time},
    picture::*,
    plan::RegionRole,
};

mod alerts;
mod backups;
mod cards;
mod lists;
mod losses;
mod ready;
mod replication;
mod rows;
mod steps;

#[allow(unused_imports, reason = "each test file uses some of them")]
pub use alerts::storm;
#[allow(unused_imports, reason = "each test file uses some of them")]
pub use cards::gaudi;
use lists::{journal, runbooks, scenarios};
#[allow(unused_imports, reason = "each test file uses some of them")]
pub use losses::{supposing_west, west};
#[allow(unused_imports, reason = "each test file uses some of them")]
pub use ready::promotion;
use rows::{dataset, service, source, tier};
use steps::steps;
#[allow(unused_imports, reason = "each test file uses some of them")]
pub use steps::{offer, promote_preview, refused, step};

pub fn at(text: &str) -> Time {
    time::parse(&format!("2026-11-20T{text}Z"), Time::MIN_UTC).unwrap()
}

fn d(text: &str) -> Duration {
    text.parse().unwrap()
}

fn some<T: From<&'static str>>(text: &'static str) -> Option<T> {
    Some(text.into())
}

fn place() -> Place {
    Place {
        world: World::Production,
        plan: "gaudi3-scale".into(),
        you: "Ada".into(),
        roles: vec!["commander".into()],
        read_only: false,
        others: vec!["Ben".into(), "Cy".into()],
    }
}

/// 41m07s into the loss of us-east-1, before the promotion.
pub fn outage() -> Picture {
    use ServiceHealth::*;
    let mut replica = source(
        "us-west-2 replica",
        "replica",
        "us-west-2",
        "02:06:02",
        ("4s", "18m"),
        "2m",
        Verdict::AtRisk,
        "receiver is gone for 41m: lag 0 means nothing",
    );
    replica.best = true;
    let mut lost = source(
        "us-east-1 WAL archive",
        "wal",
        "us-east-1",
        "02:05:00",
        ("1m4s", "19m"),
        "25m",
        Verdict::CannotTell,
        "lost with its region",
    );
    lost.usable = false;
    lost.known = Freshness::Failing { reason: "no answer from s3.us-east-1".into(), since: at("02:06:20") };
    let mut dataset_production = dataset(
        "production",
        "15m",
        "us-west-2 replica",
        ("4s", "18m"),
        "2m",
        Verdict::AtRisk,
        "would lose 4s to 18m",
        vec![
            replica,
            source(
                "hourly snapshot",
                "snapshot",
                "us-west-2",
                "02:00:00",
                ("24m", "24m"),
                "45m",
                Verdict::WillMiss,
                "verified 3d ago",
            ),
            lost,
        ],
    );
    dataset_production.frozen = Some(at("02:24:00"));
    Picture {
        now: at("02:47:13"),
        place: place(),
        incident: Some(IncidentPicture {
            id: "INC-0042".into(),
            title: "us-east-1 lost".into(),
            severity: Severity::new(1),
            scenario: some("regional-outage"),
            drill: false,
            began: at("02:06:06"),
            declared: at("02:17:23"),
            declared_by: "Ada".into(),
            commander: some("Ada"),
            outage: d("41m7s"),
            outage_over: false,
            since_declared: d("29m50s"),
            split: "detect 11m17s, decide 2m03s, execute 4m12s, verify 1m40s, people 21m55s".into(),
            hold: None,
            suspended: None,
            scope: None,
            closed: None,
            clean_before: None,
            broken_glass: vec![],
        }),
        incidents: vec![
            IncidentChoice {
                id: "INC-0042".into(),
                title: "us-east-1 lost".into(),
                severity: Severity::new(1),
                drill: false,
                open: true,
                declared: at("02:17:23"),
            },
            IncidentChoice {
                id: "INC-0041".into(),
                title: "restore drill".into(),
                severity: Severity::new(3),
                drill: true,
                open: false,
                declared: at("00:10:00"),
            },
        ],
        cards: vec![],
        losses: vec![],
        losable: Default::default(),
        supposed: None,
        origins: vec![],
        timing: Some(TimingPicture {
            tier: "critical".into(),
            deadline: at("03:06:06"),
            decide_by: Some(at("02:55:06")),
            projected: at("02:58:13"),
            verdict: Verdict::OnTrack,
            words: "decide by 02:55Z: region-failover takes ~11m, deadline 03:06Z".into(),
            brief: "decide by 02:55Z, deadline 03:06Z".into(),
            shortest: "decide by 02:55Z".into(),
        }),
        sentences: vec![
            Sentence { text: "Standard will miss 4h: us-west-2 is 8 cards short.".into(), verdict: Verdict::WillMiss },
            Sentence { text: "Monitoring data would lose 1h22m of 1h.".into(), verdict: Verdict::WillMiss },
            Sentence { text: "Critical projected 02:58Z, 8m to spare.".into(), verdict: Verdict::OnTrack },
            Sentence { text: "us-east-1 is silent for 41m: cannot tell.".into(), verdict: Verdict::CannotTell },
        ],
        tiers: vec![
            tier(
                "standard",
                "4h",
                "3h18m",
                "06:06:06",
                None,
                Verdict::WillMiss,
                "will miss: 8 short",
                vec![service("training-batch", Failing, true, "failing since 02:06:06Z", Verdict::WillMiss)],
            ),
            tier(
                "critical",
                "1h",
                "18m53s",
                "03:06:06",
                Some("02:58:00"),
                Verdict::OnTrack,
                "on track, 8m to spare",
                vec![
                    service("training-api", Failing, true, "failing since 02:06:06Z", Verdict::OnTrack),
                    service("inference", Failing, true, "failing since 02:06:09Z", Verdict::OnTrack),
                    service(
                        "registry",
                        CannotTell,
                        false,
                        "prometheus prom-west does not answer: connection refused",
                        Verdict::CannotTell,
                    ),
                ],
            ),
            tier(
                "development",
                "24h",
                "23h18m",
                "02:06:06",
                Some("05:10:00"),
                Verdict::OnTrack,
                "on track",
                vec![service("notebooks", Healthy, false, "healthy since 01:12:00Z", Verdict::Met)],
            ),
        ],
        regions: vec![
            RegionRow {
                name: "us-east-1".into(),
                role: Some(RegionRole::Primary),
                silent_since: Some(at("02:06:10")),
                verdict: Verdict::CannotTell,
                words: "silent for 41m, cannot tell".into(),
            },
            RegionRow {
                name: "us-west-2".into(),
                role: Some(RegionRole::Standby),
                silent_since: None,
                verdict: Verdict::Met,
                words: "3 of 3 observers answer".into(),
            },
            RegionRow {
                name: "eu-west-1".into(),
                role: Some(RegionRole::Cold),
                silent_since: None,
                verdict: Verdict::Met,
                words: "1 of 1 observers answer".into(),
            },
        ],
        datasets: vec![
            dataset(
                "monitoring",
                "1h",
                "snapshot us-west-2",
                ("1h22m", "1h22m"),
                "20m",
                Verdict::WillMiss,
                "would lose 1h22m",
                vec![],
            ),
            dataset_production,
            dataset("checkpoints", "15m", "s3 us-west-2", ("6m10s", "6m10s"), "9m", Verdict::OnTrack, "would lose 6m10s", vec![]),
            dataset("configuration", "1h", "git mirror", ("0s", "0s"), "1m", Verdict::Met, "would lose 0s", vec![]),
        ],
        replication: replication::in_outage(),
        backups: backups::late(at("02:47:13")),
        clusters: vec![
            ClusterRow {
                name: "gaudi-east".into(),
                region: some("us-east-1"),
                role: Some(RegionRole::Primary),
                nodes: Some(8),
                cards: Some(64),
                healthy_cards: None,
                known: Freshness::Stale { age: d("41m") },
                verdict: Verdict::CannotTell,
                words: "no data for 41m".into(),
                fits: None,
            },
            ClusterRow {
                name: "gaudi-standby".into(),
                region: some("us-west-2"),
                role: Some(RegionRole::Standby),
                nodes: Some(4),
                cards: Some(32),
                healthy_cards: Some(32),
                known: Freshness::Fresh,
                verdict: Verdict::WillMiss,
                words: "32 of 32 allocatable".into(),
                fits: some("needed: critical 24 fits, standard 40 of 32: 8 short"),
            },
        ],
        links: vec![
            LinkRow {
                name: "db-east".into(),
                system: "postgres".into(),
                region: some("us-east-1"),
                known: Freshness::Failing { reason: "timed out".into(), since: at("02:06:10") },
                words: "no answer from 10.1.0.15:5432 for 41m: timed out".into(),
                skew: None,
            },
            LinkRow {
                name: "east".into(),
                system: "kubernetes".into(),
                region: some("us-east-1"),
                known: Freshness::Absent,
                words: "never answered".into(),
                skew: None,
            },
            LinkRow {
                name: "orders-db-west".into(),
                system: "postgres".into(),
                region: some("us-west-2"),
                known: Freshness::Fresh,
                words: "answers, 0.8s ago".into(),
                skew: None,
            },
            LinkRow {
                name: "west".into(),
                system: "kubernetes".into(),
                region: some("us-west-2"),
                known: Freshness::Fresh,
                words: "answers, 1.1s ago".into(),
                skew: None,
            },
            LinkRow {
                name: "prom-west".into(),
                system: "prometheus".into(),
                region: some("us-west-2"),
                known: Freshness::Stale { age: d("1m40s") },
                words: "last answer 1m40s ago".into(),
                skew: None,
            },
        ],
        alerts: alerts::in_outage(),
        scenarios: scenarios(true),
        runbooks: runbooks(),
        automatics: vec![],
        calls: None,
        ready: ReadyPicture::default(),
        roles: vec!["commander".into(), "technical-lead".into(), "on-call".into()],
        severities: ["critical", "high", "medium", "low"].map(String::from).into(),
        book: Some(BookPicture {
            name: "region-failover".into(),
            title: some("Fail over to us-west-2"),
            done: 6,
            total: 14,
            left: Some(d("11m")),
            left_slow: Some(d("19m")),
            learned: 4,
            phases: vec![
                PhasePicture { name: some("Detect and fence"), window: some("0m..5m on the outage clock"), late: true },
                PhasePicture { name: some("Fail over"), window: some("5m..45m"), late: false },
                PhasePicture { name: some("Afterwards"), window: None, late: false },
            ],
            steps: steps(),
            by_itself: vec![],
            automation: None,
            next: Some(6),
            changed_on_disk: None,
        }),
        journal: journal().into(),
        journal_head: Some((12, "9f2c41d07be3aa5510c2".into())),
        trouble: vec![],
    }
}

/// The same platform with nothing declared.
pub fn peace() -> Picture {
    let mut picture = outage();
    picture.now = at("14:02:13");
    picture.incident = None;
    picture.book = None;
    picture.timing = None;
    picture.journal = Default::default();
    picture.place.others.clear();
    picture.scenarios = scenarios(false);
    picture.sentences = vec![
        Sentence {
            text: "Losing us-east-1 now would cost 1h22m of monitoring data, 1h allowed, and leave standard 8 cards short."
                .into(),
            verdict: Verdict::WillMiss,
        },
        Sentence { text: "Else in plan.".into(), verdict: Verdict::Met },
    ];
    let back = ["", "14:43:00", "15:10:00"];
    for (tier, back) in picture.tiers.iter_mut().zip(back) {
        tier.left = None;
        tier.deadline = None;
        tier.projected = (!back.is_empty()).then(|| at(back));
        for service in &mut tier.services {
            (service.down, service.health, service.verdict) = (false, ServiceHealth::Healthy, Verdict::Met);
            service.words = "healthy since 09:00:00Z".into();
        }
    }
    picture.tiers[1].words = "met, 19m to spare".into();
    picture.tiers[1].verdict = Verdict::Met;
    picture.tiers[2].words = "met".into();
    picture.tiers[2].verdict = Verdict::Met;
    picture.regions[0] = RegionRow {
        silent_since: None,
        verdict: Verdict::Met,
        words: "4 of 4 observers answer".into(),
        ..picture.regions[0].clone()
    };
    for link in &mut picture.links {
        link.known = Freshness::Fresh;
        link.words = "answers, 0.8s ago".into();
    }
    picture.links[2].known = Freshness::Failing { reason: "refused".into(), since: at("13:59:00") };
    picture.links[2].words = "refused: 10.2.0.15:5432 connection refused".into();
    picture.clusters[0].known = Freshness::Fresh;
    picture.clusters[0].healthy_cards = Some(64);
    picture.clusters[0].words = "64 of 64 allocatable".into();
    picture.clusters[0].verdict = Verdict::Met;
    picture.alerts.iter_mut().for_each(|alert| (alert.state, alert.since) = (AlertState::Quiet, None));
    picture.datasets[1].loses = Some(LossRange { least: d("1s"), most: d("1s") });
    picture.datasets[1].verdict = Verdict::Met;
    picture.datasets[1].words = "would lose 1s".into();
    picture.datasets[1].frozen = None;
    picture.incidents[0].open = false;
    picture.losses = losses::in_peace();
    picture.ready = ready::in_peace();
    picture.replication = replication::in_peace();
    picture.backups = backups::late(picture.now);
    picture
}

/// Nothing at all.
pub fn empty() -> Picture {
    Picture {
        now: at("00:00:00"),
        place: Place {
            world: World::Simulated,
            plan: String::new(),
            you: String::new(),
            roles: vec![],
            read_only: true,
            others: vec![],
        },
        incident: None,
        incidents: vec![],
        sentences: vec![],
        tiers: vec![],
        regions: vec![],
        datasets: vec![],
        replication: vec![],
        backups: Default::default(),
        clusters: vec![],
        links: vec![],
        alerts: vec![],
        scenarios: vec![],
        runbooks: vec![],
        automatics: vec![],
        calls: None,
        ready: ReadyPicture::default(),
        roles: vec![],
        severities: vec![],
        book: None,
        timing: None,
        cards: vec![],
        losses: vec![],
        losable: Default::default(),
        supposed: None,
        origins: vec![],
        journal: Default::default(),
        journal_head: None,
        trouble: vec![],
    }
}

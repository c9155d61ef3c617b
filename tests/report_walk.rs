//! The after-action report of an incident that was really walked: on the simulated platform, in a real journal, at times
//! that are the same in every run.

use std::{collections::BTreeMap, sync::Arc};

use lifeboat::{
    console::commit::{Commit, NotDone},
    incident::{
        Actor, Command, ConditionAnswer, Consent, Declaration, Event, Impact, PlanFacts, Proof, Record, Resolution, Status,
        call_of, replay, traits_of,
    },
    journal::{Read, Reader, Writer},
    model::{Clock, Digest, Duration, IncidentId, PartReport, Severity, StepId, Time, Value},
    plan::{Plan, load_embedded},
    report,
    sim::{self, Fault, ManualClock, SimPlatform, Story},
    systems::{Order, Progress, catalogue},
};
use tokio_util::sync::CancellationToken;

struct Quiet;
impl Progress for Quiet {
    fn say(&self, _: &str, _: &str) {}
    fn ended(&self, _: PartReport) {}
}

/// One person, one platform, one journal; time stands still unless it is moved.
struct Walk {
    folder: tempfile::TempDir,
    plan: Plan,
    clock: ManualClock,
    platform: SimPlatform,
    commit: Commit,
    incident: IncidentId,
    runs: u32,
}

fn ada() -> Actor {
    Actor::new("Ada", "console-ada")
}

impl Walk {
    fn new() -> Self {
        let plan = load_embedded(sim::demo::PLAN, sim::demo::GAUDI3_SCALE, &catalogue()).plan.unwrap();
        let clock = ManualClock::at("2026-11-20T02:00:00Z".parse::<Time>().unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let platform = SimPlatform::new(&plan, &Story::named("quiet").unwrap(), 7, shared.clone());
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::open(&folder.path().join("x.db"), &plan.name, &ada().console, "Ada", clock.now()).unwrap();
        let commit = Commit::new(writer, shared).unwrap();
        Self { folder, plan, clock, platform, commit, incident: IncidentId::numbered(1), runs: 0 }
    }

    fn pass(&self, secs: u64) -> Time {
        self.clock.advance(Duration::from_secs(secs));
        self.clock.now()
    }

    fn says(&mut self, who: &Actor, command: Command) -> Vec<Record> {
        self.clock.advance(Duration::from_secs(1));
        match self.commit.submit(&self.incident, &command, who) {
            Ok(records) => records,
            Err(NotDone::Refused(refusal)) => panic!("{command:?}: {refusal}"),
            Err(other) => panic!("{command:?}: {other:?}"),
        }
    }

    fn declare(&mut self, began: Time) {
        let impacts = self.plan.services.iter().map(|s| Impact { service: s.name.clone(), since: began }).collect();
        let declaration = Declaration {
            title: "us-east-1 does not answer".into(),
            drill: false,
            scenario: Some("regional-outage".into()),
            severity: Severity::new(1),
            began,
            impacts,
            facts: PlanFacts::of(&self.plan),
        };
        self.commit.declare(&declaration, &[], &ada()).unwrap();
        let runbook = Box::new(self.plan.runbook("regional-outage").unwrap().clone());
        let (traits, drill_traits) = traits_of(&runbook, &catalogue());
        self.says(&ada(), Command::OpenRunbook { runbook, traits, drill_traits });
    }

    /// Its gate is seen to hold for half a minute.
    fn proves(&mut self, step: &str) {
        let first = self.pass(5);
        let last = self.pass(30);
        let proof = Proof { text: "seen from outside".into(), first, last, samples: 7 };
        self.says(&ada(), Command::ReportGateHeld { step: step.into(), proof });
    }

    fn confirms(&mut self, step: &str, seen: &str) {
        self.pass(60);
        self.says(&ada(), Command::Confirm { step: step.into(), seen: Some(seen.into()), happened: None });
    }

    async fn preview(&self, step: &str) -> lifeboat::model::Preview {
        let call = call_of(&self.commit.ledger.get(&self.incident).unwrap().state, &StepId::from(step)).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let inspect = self.platform.inspectors().inspect(&call).unwrap();
        self.clock.drive(inspect.preview(&clock)).await.unwrap()
    }

    async fn carries_out(&mut self, step: &str) {
        let preview = self.preview(step).await;
        self.runs += 1;
        let run = format!("run-{}", self.runs).as_str().into();
        let consent = Consent { typed: Some(preview.target.clone()), preview };
        let started = self.says(&ada(), Command::Start { step: step.into(), run, consent });
        let Event::ActionStarted { run, call, identity, parts, .. } = started[0].event.clone() else { panic!("{started:?}") };
        let order = Order { parts, identity, remembered: BTreeMap::new() };
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let perform = self.platform.performers().perform(&call).unwrap();
        let stop = CancellationToken::new();
        for report in self.clock.drive(perform.run(&order, &Quiet, &clock, &stop)).await {
            let (step, run) = (step.into(), run.clone());
            self.commit.submit(&self.incident, &Command::ReportPart { step, run, report }, &ada()).unwrap();
        }
    }
}

#[tokio::test]
async fn the_report_of_a_walked_outage_is_the_same_each_time() {
    let mut walk = Walk::new();
    let began = walk.pass(60);
    walk.platform.inject(Fault::RegionDark { region: "us-east-1".into() });
    walk.pass(90);
    walk.declare(began);
    walk.proves("confirm");
    walk.confirms("stop-traffic", "02:03:10Z, rule 4411");
    let effective = walk.pass(30);
    walk.says(&ada(), Command::SignOutsideFence { step: "fence".into(), how: "power cut at the provider".into(), effective });
    walk.proves("standby");
    walk.carries_out("scale").await;
    walk.proves("scale");
    let answer = ConditionAnswer { needed: false, why: "nothing answers there".into() };
    walk.says(&ada(), Command::AnswerCondition { step: "caught-up".into(), answer });
    walk.confirms("isolate", "the racks have no power");
    let preview = Box::new(walk.preview("promote").await);
    let binding: Digest = preview.binding();
    walk.says(&ada(), Command::AskApproval { step: "promote".into(), preview });
    walk.says(&Actor::new("Cy", "console-cy"), Command::Approve { step: "promote".into(), binding });
    walk.carries_out("promote").await;
    walk.proves("promote");
    walk.carries_out("let-in").await;
    walk.carries_out("write-test").await;
    walk.carries_out("point").await;
    walk.proves("point");
    walk.confirms("users", "change C3PO");
    let healthy = walk.pass(20);
    walk.pass(40);
    for service in ["training-api", "eval-api", "training-batch", "notebooks"] {
        walk.says(&ada(), Command::ReportServiceHealthy { service: service.into(), since: healthy });
    }
    walk.says(&ada(), Command::Skip { step: "batch".into(), why: "the queue is empty until Monday".into() });
    walk.confirms("end-to-end", "job 9");
    walk.confirms("tell-internal", "told");
    walk.confirms("tell-customers", "told");
    walk.says(&ada(), Command::Decide { step: "way-back".into(), answer: Value::Text("2026-11-21T08:00:00Z".into()) });
    walk.says(&ada(), Command::Close { resolution: Resolution::Resolved, why: "us-west-2 serves".into() });

    let now = walk.pass(600);
    let path = walk.folder.path().join("x.db");
    let reader = Reader::open(&path).unwrap();
    let records = reader.incident(&walk.incident).unwrap();
    let state = replay(&records);
    assert_eq!(state.status(&"batch".into()), Status::Skipped);
    // The journal's own identity is new in every run; all that follows from its records is not.
    let head = lifeboat::journal::Head { seq: records.len() as u64, hash: Digest::of(b"the head") };
    insta::assert_snapshot!(without_digests(&report::markdown(&records, &state, &head, now)));
}

/// Digests change with every word of the shipped plan; what is reported does not.
fn without_digests(report: &str) -> String {
    let mut told = String::new();
    for word in report.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let hex = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let digest =
            hex.len() >= 12 && hex.bytes().all(|b| b.is_ascii_hexdigit()) && hex.bytes().any(|b| b.is_ascii_alphabetic());
        told.push_str(if digest { "[digest]" } else { hex });
        told.push_str(&word[hex.len()..]);
    }
    told
}

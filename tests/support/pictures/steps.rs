//! The steps of the runbook that is open in the outage, and what its promotion would send.

use lifeboat::{
    incident::{Offer, Refusal, Status, StepAct, step_state::ApprovalRequest},
    model::{Identity, PartPreview, Preview, Range, Request, Verdict},
    picture::*,
    plan::{DecisionValue, StepKind},
    systems::postgres::effects,
};

use super::{at, d, some};

pub fn step(number: usize, id: &str, title: &str, kind: StepKind, status: Status) -> StepPicture {
    StepPicture {
        number,
        id: id.into(),
        title: title.into(),
        kind,
        phase: 0,
        status,
        ready: false,
        owner: None,
        who: None,
        words: String::new(),
        verdict: Verdict::Met,
        late: false,
        elapsed: None,
        takes: None,
        before: None,
        action: None,
        via: None,
        irreversible: false,
        approvals_wanted: 0,
        approvals: vec![],
        approval_asked: None,
        unreachable: false,
        glass_open: false,
        how: None,
        links: vec![],
        see: None,
        decision: None,
        condition: None,
        gates: vec![],
        parts: vec![],
        history: vec![],
        exceptions: vec![],
        loses: vec![],
        rests_on: vec![],
        ways: vec![],
        way: None,
        drill: None,
        could: None,
        offers: vec![],
    }
}

pub fn offer(act: StepAct) -> Offer {
    Offer { act, refusal: None }
}

pub fn refused(act: StepAct, why: &str, instead: &str) -> Offer {
    Offer { act, refusal: Some(Refusal::new(why, instead)) }
}

pub fn promote_preview() -> Preview {
    Preview {
        action: "postgres.promote".into(),
        target: "orders-db-west".into(),
        identity: Identity::default()
            .with("address", "10.2.0.15:5432")
            .with("system", "7412006655110931")
            .with("timeline", "3")
            .with("version", "15.18"),
        requests: vec![Request { to: "10.2.0.15:5432 as lifeboat".into(), text: "select pg_promote(true, 60)".into() }],
        parts: vec![PartPreview {
            name: "orders-db-west".into(),
            change: "stops following and takes writes".into(),
            before: None,
        }],
        // As the action itself says it: its figures stand beside the text.
        effects: effects::promotion("orders-db-west", Some(1_240_000_000.0), None),
        warnings: vec![],
        made: at("02:47:10"),
    }
}

pub(super) fn done(number: usize, id: &str, title: &str, who: &str, words: &str) -> StepPicture {
    let mut done = step(number, id, title, StepKind::Action, Status::Succeeded);
    done.who = Some(who.into());
    done.words = words.into();
    done.history = vec![format!("02:3{number}:00Z {who} did it")];
    done.offers = vec![refused(StepAct::Undo, "step 7 depends on it and has started", "undo step 7 first")];
    done
}

pub(super) fn open(number: usize, id: &str, title: &str, owner: &str, takes: &str) -> StepPicture {
    let mut open = step(number, id, title, StepKind::Action, Status::Open);
    open.owner = Some(owner.into());
    open.words = format!("~{takes}");
    open.takes = Some(Range { least: d(takes), most: Some(d(takes)) });
    open.offers = vec![refused(StepAct::Start, "step 7 is not done", "do step 7 first, or waive it")];
    open
}

pub(super) fn steps() -> Vec<StepPicture> {
    let mut scale = step(5, "scale", "Scale training-api in us-west-2", StepKind::Action, Status::Partial);
    scale.who = some("Ben");
    scale.words = "1 of 2 done".into();
    scale.verdict = Verdict::AtRisk;
    scale.action = some("kubernetes.scale");
    scale.via = some("west");
    scale.parts = vec![
        PartLine { name: "training-api".into(), status: "succeeded".into(), verdict: Verdict::Met, words: "6 replicas".into() },
        PartLine { name: "eval-api".into(), status: "failed".into(), verdict: Verdict::WillMiss, words: "refused: 403".into() },
    ];
    scale.offers = vec![offer(StepAct::Retry), offer(StepAct::Skip), offer(StepAct::MarkFailed)];

    let mut promote = step(7, "promote", "Promote the us-west-2 replica", StepKind::Action, Status::Open);
    promote.ready = true;
    promote.phase = 1;
    promote.owner = some("Ben");
    promote.words = "waits for approval".into();
    promote.before = some("median 48s, 9 of 10 within 1m20s, by 5 runs, 3 of them drills; lately 44s, 1m20s, 48s in a drill");
    promote.takes = Some(Range { least: d("2m"), most: Some(d("2m")) });
    promote.action = some("postgres.promote");
    promote.via = some("orders-db-west");
    promote.irreversible = true;
    promote.approvals_wanted = 1;
    promote.how = some(
        "Ends the replica's following of us-east-1 for good. From here on the data lives in us-west-2, and the way back is a rebuild.",
    );
    promote.approval_asked = Some(ApprovalRequest {
        who: "Ben".into(),
        at: at("02:46:53"),
        binding: promote_preview().binding(),
        preview: promote_preview(),
    });
    promote.gates = vec![GateLine {
        wanted: "select not pg_is_in_recovery() == t on orders-db-west".into(),
        state: GateState::Fails,
        words: "is f for 41m".into(),
    }];
    promote.exceptions = vec!["needs: step 5 waived by Ada at 02:44Z: eval-api is not on the critical path".into()];
    promote.loses = vec![
        "production-db would lose 4s to 18m: from 02:06:02Z, the newest on us-west-2 replica, to 02:24:00Z, when writes stopped"
            .into(),
    ];
    promote.rests_on = vec![
        "step 3, Fence the old primary: outside fence since 02:24:00Z, signed by Ben (unverified): power cut from outside".into(),
    ];
    promote.history = vec!["02:46:53Z Ben asked for approval".into()];
    promote.drill = some("postgres.check_standby on orders-db-west");
    promote.offers = vec![
        offer(StepAct::Start),
        offer(StepAct::Approve),
        offer(StepAct::Decline),
        offer(StepAct::Skip),
        offer(StepAct::BreakGlass),
        offer(StepAct::TakeOver),
        refused(StepAct::Undo, "it was not started", "there is nothing to undo"),
    ];

    let mut decide = step(10, "window", "Choose when to go back", StepKind::Decision, Status::Open);
    decide.phase = 2;
    decide.words = "after the incident".into();
    decide.decision =
        Some(DecisionPicture { ask: "When does region-return run?".into(), options: vec![], value: Some(DecisionValue::Time) });
    decide.offers = vec![offer(StepAct::Decide)];

    let mut all = vec![
        done(1, "confirm", "Confirm the outage from outside", "Ada", "48s of 2m"),
        done(2, "stop-traffic", "Stop traffic to us-east-1", "Ben", "1m12s of 1m"),
        done(3, "fence", "Fence the old primary", "Ben", "21s of 1m"),
        done(4, "check", "Check us-west-2 can take over", "auto", "4s of 1m"),
        scale,
        done(6, "ask", "Ask the replica how far it came", "auto", "2s of 10s"),
        promote,
        open(8, "point", "Point services at the new primary", "Ben", "1m"),
        open(9, "dns", "Serve from us-west-2 (DNS)", "Cy", "2m"),
        decide,
        open(11, "smoke", "Run the smoke tests", "auto", "4m"),
        open(12, "customers", "Tell customers that it is back", "Dee", "2m"),
        open(13, "rebuild", "Rebuild the old primary as a replica", "Ben", "40m"),
        open(14, "review", "Hold the review", "Ada", "1h"),
    ];
    for step in &mut all {
        step.phase = match step.number {
            ..=6 => 0,
            7..=9 => 1,
            _ => 2,
        };
    }
    all
}

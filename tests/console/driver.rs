//! A person at a console: asks, waits for answers and for what the Picture shows. Every wait has an end.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use lifeboat::{
    console::{DeclareForm, Ends, Handle, Reply, Request, Slot, Waiting},
    incident::{Command, ConditionAnswer, Refusal, Resolution, RunKind, Scope, Status},
    model::{IncidentId, Preview, Severity, StepId, Value},
    picture::{AlertState, Picture, StepPicture},
};

/// Longer than anything takes; what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Driver {
    name: String,
    pictures: Arc<Slot<Picture>>,
    put: mpsc::Receiver<()>,
    requests: mpsc::Sender<Request>,
    replies: mpsc::Receiver<Reply>,
    waiting: Waiting,
    newest: Option<Arc<Picture>>,
}

impl Driver {
    pub fn new(name: &str, handle: Handle) -> Self {
        let (Ends { pictures, requests, replies }, waiting) = handle.split();
        let (tell, put) = mpsc::channel();
        pictures.on_put(move || {
            // A person who left is told no more.
            let _ = tell.send(());
        });
        Self { name: name.to_owned(), pictures, put, requests, replies, waiting, newest: None }
    }

    // --- looking

    /// Waits until the Picture shows it.
    #[track_caller]
    pub fn until(&mut self, what: &str, shown: impl Fn(&Picture) -> bool) -> Arc<Picture> {
        #[allow(clippy::disallowed_methods, reason = "how long a test waits is real time")]
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            while self.put.try_recv().is_ok() {}
            if let Some(picture) = self.pictures.take() {
                self.newest = Some(picture);
            }
            if let Some(picture) = self.newest.as_ref().filter(|picture| shown(picture)) {
                return picture.clone();
            }
            #[allow(clippy::disallowed_methods, reason = "how long a test waits is real time")]
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if self.put.recv_timeout(left).is_err() {
                panic!("{} waited in vain: {what}\n{}", self.name, self.told());
            }
        }
    }

    /// The next Picture from now on.
    pub fn look(&mut self) -> Arc<Picture> {
        self.newest = None;
        self.until("any picture", |_| true)
    }

    /// Waits for a Picture that was composed after this call began.
    #[track_caller]
    pub fn look_afresh(&mut self) -> Arc<Picture> {
        let seen = self.look().now;
        self.until("a newer picture", move |picture| picture.now > seen)
    }

    fn told(&self) -> String {
        let Some(picture) = &self.newest else { return "there never was a picture".into() };
        let mut told: Vec<String> = picture.sentences.iter().map(|s| s.text.clone()).collect();
        told.extend(picture.trouble.iter().map(|t| format!("trouble: {t}")));
        let steps = picture.book.iter().flat_map(|book| &book.steps);
        told.extend(steps.map(|s| format!("{} {:?}: {} {:?}", s.id, s.status, s.words, s.gates)));
        told.extend(picture.journal.iter().rev().take(12).map(|line| format!("{} {}", line.who, line.text)));
        told.join("\n")
    }

    #[track_caller]
    pub fn until_step(&mut self, id: &str, status: Status) -> StepPicture {
        let picture = self.until(&format!("step {id} is {status:?}"), |p| step_of(p, id).is_some_and(|s| s.status == status));
        step_of(&picture, id).unwrap().clone()
    }

    #[track_caller]
    pub fn until_trouble(&mut self, words: &str) {
        self.until(&format!("trouble with `{words}`"), |p| p.trouble.iter().any(|trouble| trouble.contains(words)));
    }

    #[track_caller]
    pub fn until_firing(&mut self, alert: &str) {
        let firing = |p: &Picture| p.alerts.iter().any(|a| a.name == alert && a.state == AlertState::Firing);
        self.until(&format!("{alert} fires"), firing);
    }

    #[track_caller]
    pub fn until_incident(&mut self, id: &IncidentId) -> Arc<Picture> {
        self.until(&format!("{id} is on screen"), |p| p.incident.as_ref().is_some_and(|i| i.id == *id))
    }

    pub fn step(&mut self, id: &str) -> StepPicture {
        let picture = self.until("the step is there", |p| step_of(p, id).is_some());
        step_of(&picture, id).unwrap().clone()
    }

    // --- asking

    pub fn send(&self, request: Request) {
        self.requests.send(request).expect("the console runs");
    }

    #[track_caller]
    pub fn reply(&self) -> Reply {
        self.replies.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{} had no reply", self.name))
    }

    #[track_caller]
    pub fn ask(&self, request: Request) -> Reply {
        self.send(request);
        self.reply()
    }

    #[track_caller]
    pub fn done(&self, request: Request) -> String {
        match self.ask(request) {
            Reply::Done { what } => what,
            other => panic!("{}: expected it to be done, but {other:?}", self.name),
        }
    }

    #[track_caller]
    pub fn refused(&self, request: Request) -> Refusal {
        match self.ask(request) {
            Reply::Refused { refusal, .. } => refusal,
            other => panic!("{}: expected a refusal, but {other:?}", self.name),
        }
    }

    #[track_caller]
    pub fn says(&self, command: Command) -> String {
        self.done(Request::Do(command))
    }

    #[track_caller]
    pub fn declare(&mut self, title: &str, drill: bool) -> IncidentId {
        let began = self.look().now - chrono::TimeDelta::seconds(30);
        let scenario = Some("regional-outage".to_owned());
        let form = DeclareForm {
            title: title.into(),
            drill,
            scenario,
            severity: Severity::new(1),
            began,
            scope: Scope::default(),
            alert: None,
        };
        self.done(Request::Declare(form));
        let declared = self.until("it is declared", |p| p.incident.as_ref().is_some_and(|i| i.title == title));
        declared.incident.as_ref().unwrap().id.clone()
    }

    #[track_caller]
    pub fn open(&mut self, runbook: &str) {
        self.done(Request::OpenRunbook { name: runbook.into() });
        self.until("the runbook is open", |p| p.book.as_ref().is_some_and(|book| book.name == runbook));
    }

    #[track_caller]
    pub fn preview(&self, step: &str) -> Box<Preview> {
        match self.ask(Request::Preview { step: step.into(), kind: RunKind::First }) {
            Reply::Preview { preview, .. } => preview,
            other => panic!("{}: expected a preview of {step}, but {other:?}", self.name),
        }
    }

    pub fn agree(&self, step: &str, seen: Box<Preview>) -> Reply {
        self.ask(Self::agreement(step, RunKind::First, seen))
    }

    pub fn agreement(step: &str, kind: RunKind, seen: Box<Preview>) -> Request {
        let typed = Some(seen.target.clone());
        Request::Agree { step: step.into(), kind, seen, typed }
    }

    /// Looks at it and agrees, again where something moved meanwhile.
    #[track_caller]
    pub fn set_going(&self, step: &str, kind: RunKind) {
        let mut reply = self.ask(Request::Preview { step: step.into(), kind });
        for _ in 0..5 {
            reply = match reply {
                Reply::Preview { preview, .. } | Reply::AskAgain { preview, .. } => {
                    self.ask(Self::agreement(step, kind, preview))
                }
                Reply::Done { .. } => return,
                other => panic!("{}: {step} did not start: {other:?}", self.name),
            };
        }
        panic!("{}: {step} was asked about again and again", self.name);
    }

    #[track_caller]
    pub fn carries_out(&mut self, step: &str) {
        self.set_going(step, RunKind::First);
        self.until_step(step, Status::Succeeded);
    }

    #[track_caller]
    pub fn confirms(&mut self, step: &str, seen: &str) {
        self.says(Command::Confirm { step: step.into(), seen: Some(seen.into()), happened: None });
        self.until_step(step, Status::Succeeded);
    }

    #[track_caller]
    pub fn answers(&mut self, step: &str, needed: bool) {
        let answer = ConditionAnswer { needed, why: "seen from outside".into() };
        self.says(Command::AnswerCondition { step: step.into(), answer });
    }

    #[track_caller]
    pub fn decides(&mut self, step: &str, answer: &str) {
        self.says(Command::Decide { step: step.into(), answer: Value::Text(answer.into()) });
    }

    #[track_caller]
    pub fn signs_outside_fence(&mut self, step: &str, how: &str) {
        let effective = self.look().now;
        self.says(Command::SignOutsideFence { step: step.into(), how: how.into(), effective });
        self.until_step(step, Status::Succeeded);
    }

    #[track_caller]
    pub fn approves(&mut self, step: &str) {
        let asked = self.until("somebody asks for approval", |p| step_of(p, step).is_some_and(|s| s.approval_asked.is_some()));
        let binding = step_of(&asked, step).unwrap().approval_asked.as_ref().unwrap().binding.clone();
        self.says(Command::Approve { step: step.into(), binding });
    }

    #[track_caller]
    pub fn until_approved(&mut self, step: &str) {
        self.until("it is approved", |p| step_of(p, step).is_some_and(|s| !s.approvals.is_empty()));
    }

    #[track_caller]
    pub fn closes(&mut self, why: &str) {
        self.says(Command::Close { resolution: Resolution::Resolved, why: why.into() });
        self.until("it is closed", |p| p.incident.as_ref().is_some_and(|i| i.closed.is_some()));
    }

    // --- leaving

    /// Asks to end, and goes on looking.
    pub fn asks_to_end(&self) {
        self.send(Request::Quit);
    }

    #[track_caller]
    pub fn until_ended(self) {
        assert!(self.waiting.wait_for(PATIENCE), "{} has not ended", self.name);
        self.waiting.wait();
    }

    pub fn ends(self) {
        self.asks_to_end();
        self.until_ended();
    }

    pub fn has_ended(&self) -> bool {
        self.waiting.wait_for(Duration::ZERO)
    }
}

pub fn step_of<'a>(picture: &'a Picture, id: &str) -> Option<&'a StepPicture> {
    picture.book.as_ref()?.steps.iter().find(|step| step.id == StepId::from(id))
}

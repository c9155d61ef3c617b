//! A plan from its directory, or from texts of our own: everything that is wrong with it at once.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    check::{alerts, automatic, calls, connections, data, expressions, names, needs, objectives, order, people, proof, ways},
    decode::{
        context::{Context, Sort},
        document::{self, Kind},
    },
    findings::{Finding, Findings, Level, Place},
    source::{
        files::{self, Unreadable},
        node::Node,
        text::SourceText,
        tree::{self, Documents},
    },
    types::{Plan, Runbook},
};
use crate::model::{Catalogue, Digest, text::clean};

/// A plan with all that was found, by place.
#[derive(Debug)]
pub struct Loaded {
    /// There is one exactly when no finding is an error.
    pub plan: Option<Plan>,
    pub findings: Vec<Finding>,
    /// The files that were read, with the digest of their bytes.
    pub files: Vec<(PathBuf, Digest)>,
}

impl Loaded {
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Level::Error)
    }
}

/// What a file may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    PlanFile,
    RunbookFile,
}

struct Reading {
    sources: Vec<(SourceText, Holds)>,
    files: Vec<(PathBuf, Digest)>,
    findings: Findings,
    /// False when a file that may hold something could not be read.
    complete: bool,
    bytes: usize,
}

/// Loads the plan of a directory, or of a `plan.yaml` with the `runbooks` beside it.
pub fn load(dir: &Path, catalogue: &Catalogue) -> Loaded {
    let mut reading = Reading::new();
    let is_dir = std::fs::metadata(dir).is_ok_and(|metadata| metadata.is_dir());
    let (plan, folder) = if is_dir {
        (dir.join("plan.yaml"), dir.to_owned())
    } else {
        (dir.to_owned(), dir.parent().map(Path::to_owned).unwrap_or_default())
    };
    reading.file(&plan, Holds::PlanFile);
    let runbooks = folder.join("runbooks");
    match files::list(&runbooks) {
        Ok(listing) => {
            for path in &listing.yaml {
                reading.file(path, Holds::RunbookFile);
            }
            for path in &listing.others {
                let finding = Finding::warning("not-read", &Place::whole(&shown(path)), "this is not read");
                reading.findings.push(finding.help("runbooks are files runbooks/NAME.yaml"));
            }
        }
        Err(why) => reading.unreadable(&shown(&runbooks), (0, 0), why),
    }
    reading.finish(&shown(&plan), catalogue)
}

/// Loads a plan from texts; each path is `plan.yaml` or `runbooks/NAME.yaml`. `name` stands before them in messages.
pub fn load_embedded(name: &str, texts: &[(&str, &str)], catalogue: &Catalogue) -> Loaded {
    let mut reading = Reading::new();
    for (path, text) in texts {
        let whole = Path::new(name).join(path);
        let place = if path.contains('/') { Holds::RunbookFile } else { Holds::PlanFile };
        reading.bytes(&whole, text.as_bytes().to_vec(), place);
    }
    reading.finish(&shown(&Path::new(name).join("plan.yaml")), catalogue)
}

fn shown(path: &Path) -> Arc<str> {
    clean(&path.to_string_lossy()).into()
}

impl Reading {
    fn new() -> Self {
        Self { sources: Vec::new(), files: Vec::new(), findings: Findings::default(), complete: true, bytes: 0 }
    }

    fn unreadable(&mut self, file: &Arc<str>, (line, column): (u32, u32), why: Unreadable) {
        self.complete = false;
        let place = Place { file: Arc::clone(file), line, column, length: 1 };
        self.findings.push(Finding::error(why.code, &place, why.message).help(why.help));
    }

    fn file(&mut self, path: &Path, place: Holds) {
        let left = files::PLAN_BYTES.saturating_sub(self.bytes);
        if left == 0 {
            let message = format!("the files of the plan are larger than {} MB together", files::PLAN_BYTES >> 20);
            let help = "split it into plans of their own".to_owned();
            self.unreadable(&shown(path), (0, 0), Unreadable { code: "too-large", message, help });
            return;
        }
        match files::read(path, files::FILE_BYTES) {
            Ok(bytes) => self.bytes(path, bytes, place),
            Err(why) if why.code == "no-file" && place == Holds::PlanFile => {
                let why = Unreadable {
                    help: "a plan is a directory with a plan.yaml: name it with --plan, or write one with `lifeboat init`".into(),
                    message: "there is no plan here".into(),
                    ..why
                };
                self.unreadable(&shown(path), (0, 0), why);
            }
            Err(why) => self.unreadable(&shown(path), (0, 0), why),
        }
    }

    fn bytes(&mut self, path: &Path, bytes: Vec<u8>, place: Holds) {
        self.bytes += bytes.len();
        self.files.push((path.to_owned(), Digest::of(&bytes)));
        match files::utf8(bytes) {
            Ok(text) => self.sources.push((SourceText::new(shown(path), text), place)),
            Err((line, column, why)) => self.unreadable(&shown(path), (line, column), why),
        }
    }

    fn finish(mut self, plan_file: &Arc<str>, catalogue: &Catalogue) -> Loaded {
        let mut budget = tree::NODES;
        let mut trees: Vec<(Documents, Holds, Arc<str>)> = Vec::new();
        for (source, place) in &mut self.sources {
            let mut documents = tree::documents(&source.file, &source.text, &mut budget, &mut self.findings);
            source.secrets = std::mem::take(&mut documents.secrets);
            source.understood = documents.complete;
            self.complete &= documents.complete;
            trees.push((documents, *place, Arc::clone(&source.file)));
        }
        let mut cx = Context::after(self.findings);
        let plan = decode(&trees, &mut cx, &mut self.complete);
        let plan = check(plan, cx, self.complete, catalogue, plan_file, &self.sources);
        Loaded { plan: plan.0, findings: plan.1, files: self.files }
    }
}

/// The plan with its runbooks, as far as they could be decoded.
fn decode<'a>(trees: &'a [(Documents, Holds, Arc<str>)], cx: &mut Context<'a>, complete: &mut bool) -> Option<Plan> {
    let mut plan: Option<Option<Plan>> = None;
    let mut runbooks = Vec::new();
    for (documents, place, file) in trees {
        // A line --- at the end opens a document that says nothing.
        let roots: Vec<&'a Node> = documents.roots.iter().filter(|root| !root.is_empty()).collect();
        if roots.is_empty() && documents.complete {
            let what = if *place == Holds::PlanFile { "a plan" } else { "a runbook" };
            let finding = Finding::error("empty-file", &Place::whole(file), format!("the file is empty, expected {what}"));
            cx.push(finding.help("a document starts with apiVersion: lifeboat/v1 and kind: …"));
            *complete = false;
        }
        for root in roots {
            match document::kind(root, cx) {
                Some(Kind::Plan) if *place == Holds::RunbookFile => {
                    let finding =
                        Finding::error("misplaced-document", &root.place, "a plan stands in plan.yaml, not among the runbooks");
                    cx.push(finding.help("move it, or say kind: Runbook"));
                }
                Some(Kind::Plan) if plan.is_some() => {
                    let finding = Finding::error("misplaced-document", &root.place, "there is a second plan in this file");
                    cx.push(finding.help("a directory holds one plan: move it to a directory of its own"));
                }
                Some(Kind::Plan) => plan = Some(Plan::decode(root, cx)),
                Some(Kind::Runbook) => runbooks.extend(Runbook::decode(root, cx)),
                None => *complete = false,
            }
        }
        if *place == Holds::PlanFile && plan.is_none() && *complete {
            let finding = Finding::error("no-plan", &Place::whole(file), "no document of this file is a plan");
            cx.push(finding.expected("one with `kind: Plan`"));
        }
    }
    *complete &= plan.is_some();
    let mut plan = plan??;
    plan.runbooks = runbooks;
    Some(plan)
}

fn check(
    mut plan: Option<Plan>,
    mut cx: Context<'_>,
    complete: bool,
    catalogue: &Catalogue,
    plan_file: &Arc<str>,
    sources: &[(SourceText, Holds)],
) -> (Option<Plan>, Vec<Finding>) {
    let index = names::Index::of(&cx.named, &mut cx.findings);
    // Names that stand in a part that could not be read would all seem to be missing.
    if complete {
        names::references(&mut cx, &index);
        let results = calls::check(&mut cx, &index, catalogue);
        let chosen = std::mem::take(&mut cx.chosen);
        if let Some(plan) = &mut plan {
            alerts::settle(plan, &index, &mut cx.findings);
        }
        if let Some(plan) = &plan {
            let whole = |runbook: &&Runbook| index.get(Sort::Runbook, &runbook.name).is_some_and(|named| named.whole);
            needs::check_plan(plan, &index, &mut cx.findings);
            needs::check_choices(plan, &index, &chosen, &mut cx.findings);
            for runbook in plan.runbooks.iter().filter(whole) {
                needs::check_runbook(runbook, &index, &results, &mut cx.findings);
                ways::check(runbook, &index, catalogue, &mut cx.findings);
            }
            automatic::check(plan, &index, &mut cx.findings);
            people::check_approvals(plan, &index, &mut cx.findings);
        }
    }
    // Advice is for plans that can be used: on half a plan it would be wrong.
    if let Some(plan) = plan.as_ref().filter(|_| cx.findings.errors() == 0) {
        let findings = &mut cx.findings;
        objectives::check(plan, &index, findings);
        data::check(plan, &index, findings);
        expressions::check(plan, &index, findings);
        people::check(plan, &index, findings);
        connections::check(plan, &index, catalogue, findings);
        proof::check_regions(plan, &index, findings);
        automatic::advise(plan, &index, findings);
        for runbook in &plan.runbooks {
            order::check(plan, runbook, &index, findings);
            proof::check_steps(runbook, &index, catalogue, findings);
        }
    }
    let plan = plan.filter(|_| cx.findings.errors() == 0);
    let mut findings = cx.findings.into_sorted(plan_file);
    for finding in &mut findings {
        let place = &finding.place;
        let source = sources.iter().find(|(source, _)| source.file == place.file);
        if let Some(excerpt) = source.and_then(|(source, _)| source.excerpt(place.line, place.column, place.length)) {
            finding.source_line = Some(excerpt.line);
            finding.caret = (excerpt.start, excerpt.width);
        }
    }
    (plan, findings)
}

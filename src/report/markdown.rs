//! The report as Markdown: exceptions first, then objectives against actuals, steps, evidence, timeline.

use super::{
    escape::plain,
    facts::{self, Facts, LineFact},
    steps::{BookFact, StepFact},
};
use crate::{
    incident::{Record, State, UNVERIFIED},
    journal::Head,
    model::{Duration, Time, Verdict, time},
    objectives::Span,
};

/// The after-action report of the incident whose `records` these are, folded to `state`. `head` is the journal's newest
/// record, `now` when the report is made.
pub fn markdown(records: &[Record], state: &State, head: &Head, now: Time) -> String {
    match facts::facts(records, state, head, now) {
        Some(facts) => page(&facts),
        None => "# No incident\n\nNothing was declared, so there is nothing to report.\n".to_owned(),
    }
}

fn page(facts: &Facts) -> String {
    let mut page = Page(String::new());
    header(&mut page, facts);
    exceptions(&mut page, facts);
    objectives(&mut page, facts);
    spans(&mut page, facts);
    steps(&mut page, facts);
    evidence(&mut page, facts);
    timeline(&mut page, facts);
    journal(&mut page, facts);
    page.0
}

/// Markdown under construction. What is put in must be [`plain`] already.
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }
    fn title(&mut self, text: &str) {
        self.line(&format!("\n## {text}\n"));
    }
    fn head(&mut self, columns: &[&str]) {
        self.line(&format!("| {} |", columns.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(columns.len())));
    }
    fn row(&mut self, cells: &[String]) {
        self.line(&format!("| {} |", cells.join(" | ")));
    }
}

fn at(time: Option<Time>) -> String {
    time.map_or_else(|| "—".to_owned(), time::full)
}

fn span(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "—".to_owned(), |d| d.to_string())
}

/// `4s to 18m`, or one figure.
fn lost(loss: Option<Span>) -> String {
    loss.map_or_else(|| "—".to_owned(), Span::words)
}

fn or_dash(text: Option<&str>) -> String {
    text.map_or_else(|| "—".to_owned(), plain)
}

fn word(verdict: Option<Verdict>) -> String {
    match verdict {
        None => "—".to_owned(),
        Some(Verdict::Missed) => "**MISSED**".to_owned(),
        Some(verdict) => verdict.to_string(),
    }
}

/// `30m`, or with its origin `30m by scenario, tier 1h`.
fn limit(limit: Option<Duration>, note: Option<&String>) -> String {
    note.map_or_else(|| span(limit), |note| plain(note))
}

fn header(page: &mut Page, facts: &Facts) {
    page.line(&format!(
        "# {}{}: {}\n",
        if facts.drill { "DRILL " } else { "" },
        plain(facts.incident.as_str()),
        plain(&facts.title)
    ));
    if facts.drill {
        page.line("**This was a drill.** Steps may have been talked through, or done in their drill form.\n");
    }
    page.line(&format!("**{}**\n", verdict_line(facts)));
    page.head(&["", ""]);
    let mut fact = |name: &str, value: String| page.row(&[name.to_owned(), value]);
    fact("Severity", facts.severity.to_string());
    fact(
        "Scenario",
        match (&facts.scenario, &facts.scenario_title) {
            (Some(name), Some(title)) => format!("{} ({})", plain(title), plain(name)),
            (name, _) => or_dash(name.as_deref()),
        },
    );
    fact("Plan", format!("{}, digest {}", plain(&facts.plan), facts.plan_digest.short()));
    fact("Impact since", time::full(facts.began));
    fact("Declared", format!("{} by {}", time::full(facts.declared), plain(&facts.declared_by)));
    let commanders: Vec<_> =
        facts.commanders.iter().map(|c| format!("{} since {}", plain(&c.who), time::full(c.since))).collect();
    fact("Commanded by", if commanders.is_empty() { "—".to_owned() } else { commanders.join(", ") });
    let person = |p: &facts::PersonFact| match p.roles.is_empty() {
        true => plain(&p.who),
        false => format!("{} ({})", plain(&p.who), plain(&p.roles.join(", "))),
    };
    fact("Present", facts.people.iter().map(person).collect::<Vec<_>>().join(", "));
    if let Some(scope) = &facts.scope {
        fact("Affected", plain(&scope.words()));
    }
    if let Some(before) = facts.clean_before {
        fact("Clean before", time::full(before));
    }
    fact(
        "Closed",
        match &facts.closed {
            Some(c) => format!("{}, {}, by {}: {}", time::full(c.at), c.resolution, plain(&c.who), plain(&c.why)),
            None => "**still open**".to_owned(),
        },
    );
    fact("Report made", time::full(facts.made));
}

/// The worst in a sentence.
fn verdict_line(facts: &Facts) -> String {
    let missed: Vec<_> = facts.services.iter().filter(|s| s.verdict == Some(Verdict::Missed)).map(|s| plain(&s.name)).collect();
    let unsure = facts.services.iter().filter(|s| s.verdict == Some(Verdict::CannotTell)).map(|s| &s.name);
    let unsure: Vec<_> =
        unsure.chain(facts.datasets.iter().filter(|d| d.verdict == Some(Verdict::CannotTell)).map(|d| &d.name)).collect();
    let mut told = match facts.verdict {
        None => return "No objective was measured.".to_owned(),
        Some(Verdict::Met) => return "All objectives were met.".to_owned(),
        Some(_) if missed.is_empty() => String::new(),
        Some(_) => format!("MISSED: {}. ", missed.join(", ")),
    };
    if !unsure.is_empty() {
        told.push_str(&format!("Cannot tell: {}.", unsure.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ")));
    }
    told.trim_end().to_owned()
}

fn exceptions(page: &mut Page, facts: &Facts) {
    page.title("Exceptions");
    if facts.exceptions.is_empty() {
        page.line("None: nothing was waived, overridden, skipped, done by hand or settled by word.");
    }
    for line in &facts.exceptions {
        page.line(&format!("- **{} {} {}** (record {})", time::full(line.at), plain(&line.who), plain(&line.text), line.seq));
    }
}

fn objectives(page: &mut Page, facts: &Facts) {
    page.title("Objectives against actuals");
    if facts.services.is_empty() {
        page.line("No service was seen down.");
    } else {
        page.head(&["service", "tier", "RTO", "down", "verdict", "in words"]);
        for s in &facts.services {
            let rto = limit(s.rto, s.rto_note.as_ref());
            page.row(&[
                plain(&s.name),
                or_dash(s.tier.as_deref()),
                rto,
                s.down_for.to_string(),
                word(s.verdict),
                plain(&s.words),
            ]);
        }
        page.line("");
        for tier in &facts.tiers {
            page.line(&format!("- tier {}: {}, decided by {}", plain(&tier.name), word(tier.verdict), plain(&tier.worst)));
        }
        page.line("");
        page.head(&["service", "down from", "until", "ended by"]);
        for s in &facts.services {
            for outage in &s.outages {
                page.row(&[plain(&s.name), time::full(outage.from), at(outage.until), or_dash(outage.by.as_deref())]);
            }
        }
    }
    if !facts.datasets.is_empty() {
        page.line("");
        page.head(&["dataset", "RPO", "writes stopped", "recovered", "lost", "verdict", "in words"]);
        for d in &facts.datasets {
            let rpo = limit(d.rpo, d.rpo_note.as_ref());
            let told = [plain(&d.name), rpo, at(d.frozen), at(d.recovered), lost(d.lost), word(d.verdict), plain(&d.words)];
            page.row(&told);
        }
    }
}

fn spans(page: &mut Page, facts: &Facts) {
    page.title("Where the time went");
    if let Some(split) = facts.split.map(|split| split.words()).filter(|words| !words.is_empty()) {
        page.line(&format!("Each moment of the outage once: {split}."));
        page.line("");
    }
    page.head(&["part", "from", "to", "took", ""]);
    for s in &facts.spans {
        page.row(&[s.name.to_owned(), time::full(s.from), time::full(s.to), s.took.to_string(), s.about.to_owned()]);
    }
}

fn steps(page: &mut Page, facts: &Facts) {
    page.title("Steps");
    if facts.runbooks.is_empty() {
        page.line("No runbook was opened.");
    }
    for (nth, book) in facts.runbooks.iter().enumerate() {
        if nth > 0 {
            page.line("");
        }
        steps_of(page, book);
    }
}

fn steps_of(page: &mut Page, book: &BookFact) {
    let title = book.title.as_ref().map_or(String::new(), |title| format!(", {}", plain(title)));
    let digest = book.digest.short();
    page.line(&format!("Runbook {}{title}, opened {}, digest {digest}.\n", plain(&book.name), time::full(book.opened)));
    page.head(&["", "step", "kind", "status", "who", "began", "ended", "took"]);
    for step in &book.steps {
        let fine = matches!(step.status, "succeeded" | "not needed" | "talked through" | "open");
        let status = if fine { step.status.to_owned() } else { format!("**{}**", step.status) };
        let title = format!("{} ({})", plain(&step.title), plain(step.id.as_str()));
        let who = or_dash(step.who.as_deref());
        page.row(&[
            step.number.to_string(),
            title,
            step.kind.to_owned(),
            status,
            who,
            at(step.began),
            at(step.ended),
            span(step.took),
        ]);
    }
}

fn evidence(page: &mut Page, facts: &Facts) {
    let steps = facts.runbooks.iter().flat_map(|book| &book.steps);
    let told: Vec<_> = steps.map(|step| (step, proofs(step))).filter(|(_, proofs)| !proofs.is_empty()).collect();
    if told.is_empty() {
        return;
    }
    page.title("Evidence");
    for (step, proofs) in told {
        page.line(&format!("### {}. {}\n", step.number, plain(&step.title)));
        for proof in proofs {
            page.line(&format!("- {proof}"));
        }
        page.line("");
    }
}

/// What speaks for a step having been done, by whom, on what, and what they went over.
fn proofs(step: &StepFact) -> Vec<String> {
    let mut told: Vec<String> = step.exceptions.iter().map(|exception| format!("**{}**", plain(exception))).collect();
    for run in &step.runs {
        let (action, target) = (plain(&run.action), plain(&run.target));
        let (from, to) = (time::full(run.started), at(run.ended));
        told.push(format!("{action} on {target} by {} ({}), {from} to {to}", plain(&run.who), plain(&run.console)));
        if !run.identity.0.is_empty() {
            told.push(format!("the server said it is: {}", plain(&run.identity.to_string())));
        }
        told.push(format!("agreed to the preview `{}`", run.binding));
    }
    for a in &step.approvals {
        let (from, to) = (time::full(a.at), time::full(a.until));
        told.push(format!("approved by {} {UNVERIFIED} at {from} until {to}, for the preview `{}`", plain(&a.who), a.binding));
    }
    for part in &step.parts {
        let outcome = if part.outcome == "succeeded" { part.outcome.to_owned() } else { format!("**{}**", part.outcome) };
        told.push(format!("{} {outcome}: {}", plain(&part.name), plain(&part.text)));
    }
    if let Some(proof) = &step.proof {
        let (first, last) = (time::full(proof.first), time::full(proof.last));
        told.push(format!("gate: {}, {} samples from {first} to {last}", plain(&proof.text), proof.samples));
    }
    if let Some(said) = &step.said {
        told.push(format!("said: {}", plain(said)));
    }
    if let Some(result) = &step.result {
        told.push(format!("result: {}", plain(&result.to_string())));
    }
    told
}

fn timeline(page: &mut Page, facts: &Facts) {
    page.title("Timeline");
    page.head(&["record", "happened", "who", "what"]);
    let row = |line: &LineFact| {
        let what = plain(&line.text);
        let what = if line.loud { format!("**{what}**") } else { what };
        let late = line.recorded.map_or(String::new(), |recorded| format!(" (recorded {})", time::full(recorded)));
        [line.seq.to_string(), format!("{}{late}", time::full(line.at)), plain(&line.who), what]
    };
    for line in &facts.timeline {
        page.row(&row(line));
    }
}

fn journal(page: &mut Page, facts: &Facts) {
    page.title("Journal");
    page.line(&format!("Head when this report was made: `{}`\n", facts.head));
    page.line("Keep it with this report. Whether the journal still holds everything up to it, unchanged:\n");
    page.line(&format!("    lifeboat journal verify --head {}", facts.head));
}

//! The same for people: what to read aloud first, then objectives, data, what comes next, and what cannot be seen.

use super::facts::{Known, Status, Worlds};
use crate::model::{Duration, Verdict, time};

/// A page of plain text, at most some 100 columns wide, ending with a line break.
pub fn text(status: &Status) -> String {
    let mut page = Page(String::new());
    head(&mut page, status);
    page.line("");
    for told in &status.sentences {
        page.line(&format!("{:11}  {}", told.verdict.word(), told.text));
    }
    tiers(&mut page, status);
    datasets(&mut page, status);
    backups(&mut page, status);
    copies(&mut page, status);
    losses(&mut page, status);
    clusters(&mut page, status);
    if let Some(book) = &status.runbook {
        page.line(&format!("\nrunbook {}: {} of {} steps done", book.name, book.done, book.steps));
        if let Some(next) = &book.next {
            let owner = next.owner.as_ref().map_or(String::new(), |owner| format!(", {owner}"));
            page.line(&format!("  next  {}. {}{owner}: {}", next.number, next.title, next.words));
        }
    }
    unseen(&mut page, status);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }
}

fn head(page: &mut Page, status: &Status) {
    let world = match status.world {
        Worlds::Production => "PRODUCTION",
        Worlds::Drill => "DRILL",
        Worlds::Simulated => "SIMULATED",
    };
    let incident = match &status.incident {
        None => "no open incident".to_owned(),
        Some(incident) => format!("{} SEV {} {}", incident.id, incident.severity, incident.title),
    };
    page.line(&format!("LIFEBOAT {world}  {}  {incident}  {}", status.plan, time::full(status.now)));
    if let Some(incident) = &status.incident {
        let (outage, declared) = (span(incident.outage_seconds), span(incident.since_declared_seconds));
        let commander = incident.commander.as_deref().unwrap_or("nobody");
        page.line(&format!("outage {outage}, declared {declared} ago, commanded by {commander}"));
        if let Some(held) = &incident.held {
            page.line(&format!("HELD by {held}"));
        }
    }
    let others: Vec<_> = status.open.iter().filter(|id| status.incident.as_ref().is_none_or(|i| i.id != **id)).cloned().collect();
    if !others.is_empty() {
        page.line(&format!("also open: {}", others.join(", ")));
    }
}

fn tiers(page: &mut Page, status: &Status) {
    if status.tiers.is_empty() {
        return;
    }
    let width = status.tiers.iter().map(|tier| tier.name.chars().count()).max().unwrap_or(0).max(4);
    page.line(&format!("\n{:width$}  {:>8}  {:>8}  verdict", "tier", "RTO", "left"));
    for tier in &status.tiers {
        let left = match (tier.over_seconds, tier.left_seconds) {
            (Some(over), _) => format!("-{}", span(over)),
            (None, left) => cell(left),
        };
        page.line(&format!(
            "{:width$}  {:>8}  {left:>8}  {}",
            tier.name,
            cell(tier.rto_seconds),
            judged(tier.verdict, &tier.words)
        ));
    }
}

fn datasets(page: &mut Page, status: &Status) {
    if status.datasets.is_empty() {
        return;
    }
    let width = status.datasets.iter().map(|dataset| dataset.name.chars().count()).max().unwrap_or(0).max(7);
    page.line(&format!("\n{:width$}  {:>8}  {:>8}  verdict", "dataset", "RPO", "restore"));
    for dataset in &status.datasets {
        let from = dataset.best.as_ref().map_or(String::new(), |best| format!(" ({best})"));
        let (rpo, restore) = (cell(dataset.rpo_seconds), cell(dataset.restore_seconds));
        page.line(&format!("{:width$}  {rpo:>8}  {restore:>8}  {}{from}", dataset.name, judged(dataset.verdict, &dataset.words)));
    }
}

fn copies(page: &mut Page, status: &Status) {
    if status.copies.is_empty() {
        return;
    }
    page.line("\nreplication");
    let names: Vec<String> = status.copies.iter().map(|copy| format!("{} of {}", copy.source, copy.dataset)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, copy) in names.iter().zip(&status.copies) {
        let limit = copy.limit.as_ref().map_or(String::new(), |limit| format!(", limit {limit}"));
        page.line(&format!("{name:width$}  {:14}  {}{limit}", copy.word(), copy.words));
    }
}

/// What comes when it should, is counted only.
fn backups(page: &mut Page, status: &Status) {
    if status.backups.each.is_empty() {
        return;
    }
    let words = if status.backups.words.is_empty() { "none has a schedule" } else { &status.backups.words };
    page.line(&format!("\nbackups: {words}"));
    for backup in status.backups.each.iter().filter(|backup| backup.verdict > Verdict::OnTrack) {
        let name = format!("{} of {}", backup.source, backup.dataset);
        page.line(&format!("  {name}  {}", judged(backup.verdict, &backup.words)));
    }
    kpis(page, status);
}

/// Each with its target, and the sources that fell short of it or of which there is no news.
fn kpis(page: &mut Page, status: &Status) {
    for kpi in &status.backups.kpis {
        page.line(&format!("  {}  {}", kpi.name, judged(kpi.verdict, &kpi.words)));
        for one in kpi.each.iter().filter(|one| one.good < one.runs || one.runs == 0) {
            page.line(&format!("    {} of {}  {}", one.source, one.dataset, one.words));
        }
    }
}

/// What is in plan needs no words.
fn losses(page: &mut Page, status: &Status) {
    if status.losses.is_empty() {
        return;
    }
    page.line("\nif this were lost now");
    let width = status.losses.iter().map(|loss| loss.what.chars().count()).max().unwrap_or(0);
    for loss in &status.losses {
        let mut words: Vec<String> = Vec::new();
        for tier in &loss.tiers {
            words.push(match (tier.short, tier.back_seconds) {
                (Some(short), _) => format!("{} {short} cards short", tier.tier),
                (None, Some(back)) => format!("{} back in ~{}", tier.tier, Duration::from_secs(back).about()),
                (None, None) => format!("{} {}", tier.tier, tier.verdict),
            });
        }
        if let (Some(dataset), Some([_, most])) = (&loss.dataset, loss.loses_seconds.filter(|[_, most]| *most > 0)) {
            words.push(format!("{dataset} would lose {}", span(most)));
        }
        let words = if words.is_empty() { "nothing would be missed".to_owned() } else { words.join(", ") };
        let verdict = if loss.verdict <= Verdict::OnTrack { "in plan" } else { loss.verdict.word() };
        page.line(&format!("{:width$}  {verdict:11}  {words}", loss.what));
        for mend in &loss.mends {
            page.line(&format!("{:width$}    {mend}", ""));
        }
    }
}

fn clusters(page: &mut Page, status: &Status) {
    for cluster in &status.clusters {
        page.line(&format!("\ncluster {}: {}", cluster.name, judged(cluster.verdict, &cluster.words)));
        if let Some(fits) = &cluster.fits {
            page.line(&format!("  {fits}"));
        }
        if let Some(exporters) = &cluster.exporters {
            page.line(&format!("  exporters: {}", judged(exporters.verdict, &exporters.words)));
            for node in &exporters.nodes {
                page.line(&format!("    {}  {}", node.name, node.words));
            }
        }
    }
}

/// Connections that do not answer, and alerts.
fn unseen(page: &mut Page, status: &Status) {
    let silent: Vec<_> = status.connections.iter().filter(|connection| connection.known != Known::Fresh).collect();
    let all = status.connections.len();
    page.line(&format!("\nconnections: {} of {all} answer", all - silent.len()));
    for connection in silent {
        page.line(&format!("  {}  {}", connection.name, connection.words));
    }
    for clock in status.connections.iter().filter_map(|connection| connection.clock.as_ref()) {
        page.line(&format!("  {clock}"));
    }
    for alert in &status.alerts {
        let since = alert.since.map_or(String::new(), |since| format!(" since {}", time::full(since)));
        let is = if alert.firing { "firing" } else { "alert" };
        page.line(&format!("  {is} {}{since}: {}", alert.name, alert.words));
    }
}

/// The verdict and its words, which may begin with it.
fn judged(verdict: Verdict, words: &str) -> String {
    if words.starts_with(verdict.word()) { words.to_owned() } else { format!("{verdict}: {words}") }
}

fn span(seconds: u64) -> String {
    Duration::from_secs(seconds).to_string()
}

fn cell(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "—".to_owned(), span)
}

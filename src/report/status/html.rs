//! The status as one page for people outside: it reads on a phone, needs nothing else, and greys out by the reader's own clock once
//! nobody rewrites it. No phones, hosts, connections or replies are on it.

use std::fmt::Write;

use super::facts::{Dataset, Status, Tier, Worlds};
use crate::model::{Duration, Verdict, text::clean, time};

/// A whole page. `again`: it is rewritten that often; without it, it is a look at one moment.
pub fn html(status: &Status, again: Option<Duration>) -> String {
    // Missed twice, or of no use any more.
    let old = again.map_or(Duration::from_mins(5), |again| again * 3).as_secs();
    let refresh = again.map(|again| format!("<meta http-equiv=\"refresh\" content=\"{}\">", again.as_secs().max(1)));
    let (title, made) = (headline(status), time::full(status.now));
    let mut page = String::new();
    let mut add = |text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{text}");
    };
    add("<!doctype html>");
    add(
        "<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    );
    add(&refresh.unwrap_or_default());
    add("<meta name=\"robots\" content=\"noindex\"><meta name=\"referrer\" content=\"no-referrer\">");
    add(&format!("<title>{}</title><style>{STYLE}</style></head>", escaped(&title)));
    add(&format!("<body data-made=\"{}\" data-old=\"{old}\" class=\"{}\">", status.now.timestamp(), class(status.verdict)));
    add(&format!("<header><p class=\"world\">{}</p><h1>{}</h1>", world(status), escaped(&title)));
    add(&format!("<p id=\"age\">As of {made}</p></header><main>"));
    if let Some(incident) = &status.incident {
        let outage = span(incident.outage_seconds);
        add(&format!("<p class=\"big\">Down for {outage}</p>"));
        add(&format!("<p>Began {}, declared {}.</p>", time::full(incident.began), time::full(incident.declared)));
    }
    if let Some(book) = &status.runbook {
        add(&format!("<p>{} of {} steps of the recovery are done.</p>", book.done, book.steps));
        if let Some(next) = &book.next {
            add(&format!("<p>Next: {}</p>", escaped(&next.title)));
        }
    }
    table(&mut add, "Services", &["tier", "may be out", "left", "back at", ""], &status.tiers, tier);
    table(&mut add, "Data", &["data", "may lose", "would lose", "", ""], &status.datasets, dataset);
    if !status.backups.words.is_empty() {
        let kpis = status.backups.kpis.iter().map(|kpi| format!("<p>{}: {}</p>", escaped(&kpi.name), escaped(&kpi.words)));
        let kpis: String = kpis.collect();
        add(&format!("<section><h2>Backups</h2><p>{}</p>{kpis}</section>", escaped(&status.backups.words)));
    }
    if !status.losses.is_empty() {
        table(&mut add, "If this were lost now", &["what", "", "", "", ""], &status.losses, |loss| {
            let words = if loss.verdict <= Verdict::OnTrack { "in plan" } else { loss.verdict.word() };
            ([loss.what.clone(), String::new(), String::new(), String::new()], loss.verdict, words.to_owned())
        });
    }
    add("</main><footer>Written by Lifeboat from what it observes. Estimates carry ~.</footer>");
    add(&format!("<script>{SCRIPT}</script></body></html>"));
    page
}

/// The first thing to know, without anything of the inside.
fn headline(status: &Status) -> String {
    match &status.incident {
        Some(incident) => {
            let drill = if incident.drill { "DRILL: " } else { "" };
            format!("{drill}SEV {}: {}", incident.severity, incident.title)
        }
        None if status.verdict <= Verdict::OnTrack => format!("{}: all objectives hold", status.plan),
        None => format!("{}: no incident is declared", status.plan),
    }
}

fn world(status: &Status) -> &'static str {
    match (status.world, status.incident.as_ref().is_some_and(|incident| incident.drill)) {
        (Worlds::Simulated, _) => "Simulated: nothing of this is real",
        (Worlds::Drill, _) | (_, true) => "Drill: nothing of this is real",
        (Worlds::Production, false) => "Production",
    }
}

type Cells = ([String; 4], Verdict, String);

fn table<T>(add: &mut impl FnMut(&str), title: &str, heads: &[&str; 5], rows: &[T], cells: impl Fn(&T) -> Cells) {
    if rows.is_empty() {
        return;
    }
    add(&format!("<section><h2>{title}</h2><table><thead><tr>"));
    heads.iter().for_each(|head| add(&format!("<th>{head}</th>")));
    add("</tr></thead><tbody>");
    for row in rows {
        let (texts, verdict, words) = cells(row);
        let texts = texts.iter().map(|text| format!("<td>{}</td>", escaped(text))).collect::<String>();
        add(&format!("<tr>{texts}<td class=\"verdict {}\">{}</td></tr>", class(verdict), escaped(&words)));
    }
    add("</tbody></table></section>");
}

fn tier(row: &Tier) -> Cells {
    let left = match (row.over_seconds, row.left_seconds) {
        (Some(over), _) => format!("over by {}", span(over)),
        (None, Some(left)) => span(left),
        (None, None) => String::new(),
    };
    let back = row.projected.map(|at| format!("~{}Z", at.format("%H:%M"))).unwrap_or_default();
    let rto = row.rto_seconds.map(span).unwrap_or_default();
    ([row.name.clone(), rto, left, back], row.verdict, row.verdict.word().to_owned())
}

fn dataset(row: &Dataset) -> Cells {
    let loses = match row.loses_seconds {
        Some([least, most]) if least == most => span(most),
        Some([least, most]) => format!("{} to {}", span(least), span(most)),
        None => "cannot tell".to_owned(),
    };
    let rpo = row.rpo_seconds.map(span).unwrap_or_default();
    ([row.name.clone(), rpo, loses, String::new()], row.verdict, row.verdict.word().to_owned())
}

fn span(seconds: u64) -> String {
    Duration::from_secs(seconds).to_string()
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met | Verdict::OnTrack => "good",
        Verdict::CannotTell => "untold",
        Verdict::AtRisk => "risk",
        Verdict::WillMiss | Verdict::Missed => "bad",
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in clean(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

const STYLE: &str = "\
:root{color-scheme:light dark;--good:#1a7f37;--risk:#9a6700;--bad:#cf222e;--untold:#6e40c9;--line:#8884}\
@media(prefers-color-scheme:dark){:root{--good:#3fb950;--risk:#d29922;--bad:#f85149;--untold:#bc8cff}}\
body{font:1rem/1.45 system-ui,sans-serif;margin:0 auto;max-width:46rem;padding:1rem}\
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}\
header{border-left:.5rem solid var(--untold);padding-left:.8rem}\
body.good header{border-color:var(--good)}body.risk header{border-color:var(--risk)}body.bad header{border-color:var(--bad)}\
.world{margin:0;font-weight:600;letter-spacing:.04em;text-transform:uppercase;font-size:.8rem}\
.big{font-size:1.6rem;margin:.8rem 0 0}table{border-collapse:collapse;width:100%}\
th{text-align:left;font-weight:400;opacity:.7;font-size:.85rem}td,th{padding:.35rem .5rem .35rem 0;border-bottom:1px solid var(--line)}\
.verdict{font-weight:600}@media(max-width:30rem){table{font-size:.92rem}}.good.verdict{color:var(--good)}.risk.verdict{color:var(--risk)}\
.bad.verdict{color:var(--bad)}.untold.verdict{color:var(--untold)}\
body.old main{filter:grayscale(1);opacity:.45}body.old header{border-color:#888!important}body.old #age{font-weight:700}\
footer{opacity:.6;font-size:.85rem;margin-top:2rem}";

/// Age by the reader's own clock: no server has to tell that it is gone.
const SCRIPT: &str = "\
(function(){var b=document.body,a=document.getElementById('age'),t=+b.dataset.made,o=+b.dataset.old,w=a.textContent;\
function p(s){return s<60?s+'s':s<3600?Math.floor(s/60)+'m':Math.floor(s/3600)+'h'+Math.floor(s%3600/60)+'m'}\
function f(){var s=Math.max(0,Math.floor(Date.now()/1000)-t);var old=s>o;b.classList.toggle('old',old);\
a.textContent=w+', '+p(s)+' ago'+(old?'. OLD: nobody writes this page any more.':'')}\
f();setInterval(f,1000)})();";

//! What one alert says at this moment, whether its rule is evaluated here or by an Alertmanager.

use super::{judgement::Judgement, series::absence_of, usable::usable, words::sample_name};
use crate::{
    model::{Ask, Sample, Signals, Time, Value, time},
    plan::{AbsentMeans, AlertProbe},
};

/// Why nobody is told of an alert that fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppression {
    Silenced,
    Inhibited,
}

impl Suppression {
    pub fn word(self) -> &'static str {
        match self {
            Suppression::Silenced => "silenced",
            Suppression::Inhibited => "inhibited",
        }
    }
}

/// An alert's bare answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Fires {
        /// Since when, if an Alertmanager says it; a rule that is evaluated here has to be watched for that.
        since: Option<Time>,
        measured: Time,
        words: String,
    },
    /// It fires, and the Alertmanager tells nobody.
    Suppressed {
        how: Suppression,
        since: Option<Time>,
        measured: Time,
        words: String,
    },
    Quiet {
        measured: Time,
    },
    Untold(String),
    /// Nothing here sees it.
    Elsewhere,
}

/// What `alert` says at `now`, by samples measured after `after`.
pub fn told(alert: &AlertProbe, signals: &Signals, after: Option<Time>, now: Time) -> Told {
    let Some(via) = &alert.via else { return Told::Elsewhere };
    let reading = match usable(via, &alert.ask(), None, signals, after, now) {
        Ok(reading) => reading,
        Err(unusable) => return Told::Untold(unusable.words),
    };
    let measured = reading.samples.iter().map(|s| s.measured).min().unwrap_or(reading.read);
    let Some(expr) = &alert.expr else {
        let own: Vec<&Sample> = reading.samples.iter().filter(|sample| name(sample) == Some(&alert.name)).collect();
        return of_manager(&own).unwrap_or_else(|| match left_out(&reading.samples) {
            0 => Told::Quiet { measured },
            more => Told::Untold(format!("not among the alerts that are kept of {via}, which has {more} more")),
        });
    };
    if let Some(first) = reading.samples.first() {
        let words = match reading.samples.len() {
            1 if first.labels.is_empty() => format!("its value is {}", first.value),
            1 => sample_name(first),
            n => format!("{}, {} more", sample_name(first), n - 1),
        };
        return Told::Fires { since: None, measured, words };
    }
    let quiet = Told::Quiet { measured };
    let means = alert.absent.unwrap_or_default();
    let Some(expr) = absence_of(expr).filter(|_| means != AbsentMeans::Quiet) else { return quiet };
    let absent = match usable(via, &Ask::Query { expr }, None, signals, after, now) {
        Err(unusable) => return Told::Untold(unusable.words),
        Ok(reading) => reading.samples.first(),
    };
    match absent {
        None => quiet,
        Some(absent) if means == AbsentMeans::Fires => {
            Told::Fires { since: None, measured: absent.measured, words: "its series is absent".into() }
        }
        Some(_) if alert.absent.is_none() => {
            Told::Untold("its series is absent (say `absent: quiet` where that is how it should be)".into())
        }
        Some(_) => Told::Untold("its series is absent".into()),
    }
}

/// The name of an Alertmanager's alert.
pub fn name(sample: &Sample) -> Option<&String> {
    sample.labels.get("alertname")
}

/// How many alerts an Alertmanager has beside those that are kept.
pub fn left_out(samples: &[Sample]) -> usize {
    samples.iter().find_map(|sample| sample.labels.get("@left_out")?.parse().ok()).unwrap_or(0)
}

/// What an Alertmanager says of all its alerts of one name; `None` when there is none. One that fires unsuppressed makes them fire.
pub fn of_manager(alerts: &[&Sample]) -> Option<Told> {
    let measured = alerts.iter().map(|alert| alert.measured).min()?;
    let start = |alert: &&Sample| time::parse(alert.labels.get("@since")?, alert.measured).ok();
    let since = |alerts: &[&Sample]| alerts.iter().filter_map(start).min();
    let is = |word: &str| alerts.iter().copied().filter(|alert| alert.value == Value::from(word)).collect::<Vec<_>>();
    let (firing, silenced, inhibited) = (is("firing"), is("silenced"), is("inhibited"));
    let mut beside: Vec<String> = Vec::new();
    let mut also = |n: usize, word: &str| {
        if n > 0 {
            beside.push(format!("{n} more {word}"));
        }
    };
    if let Some(first) = firing.first() {
        also(firing.len() - 1, "firing");
        also(silenced.len(), "silenced");
        also(inhibited.len(), "inhibited");
        return Some(Told::Fires { since: since(&firing), measured, words: joined(described(first), &beside) });
    }
    let (how, all) = if silenced.is_empty() { (Suppression::Inhibited, inhibited) } else { (Suppression::Silenced, silenced) };
    let first = all.first()?;
    also(alerts.len() - 1, "suppressed");
    let words = match first.labels.get("@by") {
        Some(by) => format!("{} by {by}: {}", how.word(), described(first)),
        None => format!("{}: {}", how.word(), described(first)),
    };
    Some(Told::Suppressed { how, since: since(alerts), measured, words: joined(words, &beside) })
}

/// Its summary, else what tells it from others of its name.
pub fn described(alert: &Sample) -> String {
    if let Some(summary) = alert.labels.get("@summary") {
        return summary.clone();
    }
    let own = alert.labels.iter().filter(|(name, _)| !name.starts_with('@') && *name != "alertname");
    let own: Vec<String> = own.map(|(name, value)| format!("{name} {value}")).collect();
    if own.is_empty() { "fires".into() } else { crate::model::text::clean(&own.join(", ")) }
}

fn joined(words: String, beside: &[String]) -> String {
    std::iter::once(words).chain(beside.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// An alert as a condition: it holds while the alert fires, also when nobody is told.
pub fn fires(alert: &AlertProbe, signals: &Signals, after: Option<Time>, now: Time) -> Judgement {
    match told(alert, signals, after, now) {
        Told::Fires { measured, words, .. } if words == "fires" => Judgement::told(true, "fires", measured),
        Told::Fires { measured, words, .. } => Judgement::told(true, format!("fires: {words}"), measured),
        Told::Suppressed { measured, words, .. } => Judgement::told(true, format!("fires, {words}"), measured),
        Told::Quiet { measured } => Judgement::told(false, "is quiet", measured),
        Told::Untold(words) => Judgement::unknown(words),
        Told::Elsewhere => Judgement::unknown("lives elsewhere: not read here"),
    }
}

//! What an Alertmanager answers to `GET /api/v2/alerts`, as samples.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::model::{Sample, Time, Value, text::clean};

/// So many are kept: those that fire first, and of them the worst.
pub const MOST_ALERTS: usize = 5_000;
/// Characters of an annotation that are kept.
const SUMMARY: usize = 240;
/// Characters of who silences an alert, and why.
const BY: usize = 120;
/// What teams call their severities, the worst first: which alerts are kept of too many cannot wait for the plan's own words.
const WORST: [&[&str]; 3] =
    [&["critical", "page", "fatal", "emergency", "disaster"], &["high", "major", "error"], &["warning", "medium", "minor"]];

/// This is not an answer of Alertmanager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign;

#[derive(Deserialize)]
struct Alert {
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt")]
    starts: DateTime<Utc>,
    fingerprint: String,
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    state: State,
    #[serde(rename = "silencedBy", default)]
    silenced: Vec<String>,
    #[serde(rename = "inhibitedBy", default)]
    inhibited: Vec<String>,
    /// Times in which its route sends nothing; known to newer versions.
    #[serde(rename = "mutedBy", default)]
    muted: Vec<String>,
}

#[derive(Deserialize)]
struct Silence {
    id: String,
    #[serde(rename = "createdBy", default)]
    who: String,
    #[serde(default)]
    comment: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Suppressed,
    /// Not yet seen by the part that sends notices; it fires all the same.
    Unprocessed,
}

/// Decodes a whole body: one sample an alert, as [`Ask::Alerts`](crate::model::Ask) says. `asked` is when that was true.
pub fn decode(body: &[u8], asked: Time) -> Result<Vec<Sample>, Foreign> {
    let mut alerts: Vec<Alert> = serde_json::from_slice(body).map_err(|_| Foreign)?;
    // What inhibits an alert is another of them.
    let known = |alert: &Alert| Some((alert.fingerprint.clone(), alert.labels.get("alertname")?.clone()));
    let inhibiting: BTreeSet<&String> = alerts.iter().flat_map(|alert| &alert.status.inhibited).collect();
    let sources = alerts.iter().filter(|alert| inhibiting.contains(&alert.fingerprint));
    let names: BTreeMap<String, String> = sources.filter_map(known).collect();
    let mut samples = Vec::new();
    let more = alerts.len().saturating_sub(MOST_ALERTS);
    if more > 0 {
        alerts.sort_by_key(|alert| (alert.status.state == State::Suppressed, rank(alert), alert.starts));
        alerts.truncate(MOST_ALERTS);
        samples.push(Sample::bare(more as f64, asked).label("@left_out", more.to_string()));
    }
    samples.extend(alerts.into_iter().map(|alert| sample(alert, &names, asked)));
    Ok(samples)
}

/// Who silences and why, by the silence's id; nothing of what cannot be read.
pub fn silences(body: &[u8]) -> BTreeMap<String, String> {
    let silences: Vec<Silence> = serde_json::from_slice(body).unwrap_or_default();
    let words = |silence: &Silence| match (silence.who.trim(), silence.comment.trim()) {
        ("", "") => None,
        (who, "") => Some(who.to_owned()),
        ("", comment) => Some(comment.to_owned()),
        (who, comment) => Some(format!("{who}: {comment}")),
    };
    silences.iter().filter_map(|silence| Some((clean(&silence.id), cut(&words(silence)?, BY)))).collect()
}

/// Whether some of `samples` are silenced, so that it is worth asking by whom.
pub fn has_silenced(samples: &[Sample]) -> bool {
    samples.iter().any(|sample| sample.value == Value::from("silenced") && sample.labels.contains_key("@by"))
}

/// Says of what is silenced by whom and why, in place of the silence's id.
pub fn explain(samples: &mut [Sample], silences: &BTreeMap<String, String>) {
    for sample in samples.iter_mut().filter(|sample| sample.value == Value::from("silenced")) {
        if let Some(by) = sample.labels.get_mut("@by") {
            *by = by.split(", ").map(|id| silences.get(id).map_or(id, String::as_str)).collect::<Vec<_>>().join(", ");
        }
    }
}

fn rank(alert: &Alert) -> usize {
    let word = alert.labels.get("severity").map(|word| word.to_lowercase()).unwrap_or_default();
    WORST.iter().position(|words| words.contains(&word.as_str())).unwrap_or(WORST.len())
}

fn cut(text: &str, most: usize) -> String {
    clean(text).chars().take(most).collect()
}

/// `names`: of the alerts that inhibit others, by their fingerprints.
fn sample(alert: Alert, names: &BTreeMap<String, String>, measured: Time) -> Sample {
    let Status { state, silenced, inhibited, muted } = alert.status;
    let (word, by) = match state {
        State::Active | State::Unprocessed => ("firing", Vec::new()),
        State::Suppressed if silenced.is_empty() && !inhibited.is_empty() => {
            let named = inhibited.iter().map(|print| names.get(print).unwrap_or(print).clone());
            ("inhibited", named.collect::<BTreeSet<_>>().into_iter().collect())
        }
        State::Suppressed if silenced.is_empty() => ("silenced", muted),
        State::Suppressed => ("silenced", silenced),
    };
    // No name of a label begins with @, so what an alert says of itself cannot pass for ours.
    let own = alert.labels.iter().filter(|(name, _)| !name.starts_with('@'));
    let mut labels: BTreeMap<String, String> = own.map(|(name, value)| (clean(name), clean(value))).collect();
    let summary = ["summary", "description", "message"].iter().find_map(|name| alert.annotations.get(*name));
    let summary = summary.map(|text| cut(text, SUMMARY));
    let url = alert.annotations.get("runbook_url").map(|text| cut(text, SUMMARY));
    let by = (!by.is_empty()).then(|| clean(&by.join(", ")));
    let since = Some(alert.starts.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let fingerprint = Some(clean(&alert.fingerprint));
    let ours = [("@since", since), ("@summary", summary), ("@runbook_url", url), ("@fingerprint", fingerprint), ("@by", by)];
    for (name, value) in ours {
        labels.extend(value.map(|value| (name.to_owned(), value)));
    }
    Sample { value: Value::from(word), labels, measured }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(state: &str, more: &str) -> String {
        format!(
            r#"{{"labels":{{"alertname":"Down\u001b[2J","job":"a","@since":"1999-01-01T00:00:00Z"}},"annotations":{{"summary":"it\nis"}},
            "startsAt":"2026-11-25T02:00:00.123456789Z","fingerprint":"f0","status":{{"state":"{state}","silencedBy":[],"inhibitedBy":[]{more}}}}}"#
        )
    }

    #[test]
    fn states_are_told_apart_and_text_is_made_safe() {
        let asked = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let one = |text: String| decode(format!("[{text}]").as_bytes(), asked).unwrap().remove(0);
        let active = one(alert("active", ""));
        assert_eq!(active.value, "firing".into());
        assert_eq!(active.labels["alertname"], "Down\\u{1b}[2J");
        assert_eq!((active.labels["@since"].as_str(), active.labels["@summary"].as_str()), ("2026-11-25T02:00:00.123Z", "it is"));
        assert_eq!(one(alert("unprocessed", "")).value, "firing".into());
        let text = alert("suppressed", "").replace(r#""silencedBy":[]"#, r#""silencedBy":["s1"]"#);
        let silenced = one(text.replace(r#""inhibitedBy":[]"#, r#""inhibitedBy":["f9"]"#));
        assert_eq!((silenced.value, silenced.labels["@by"].as_str()), ("silenced".into(), "s1"));
        let inhibited = one(alert("suppressed", "").replace(r#""inhibitedBy":[]"#, r#""inhibitedBy":["f9"]"#));
        assert_eq!((inhibited.value, inhibited.labels["@by"].as_str()), ("inhibited".into(), "f9"));
        let muted = one(alert("suppressed", r#","mutedBy":["night"]"#));
        assert_eq!((muted.value, muted.labels["@by"].as_str()), ("silenced".into(), "night"));
    }

    #[test]
    fn what_is_no_list_of_alerts_is_refused() {
        let asked = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for foreign in ["", "<html>", "{}", r#"[{"labels":{}}]"#, &format!("[{}]", alert("resolved", ""))] {
            assert_eq!(decode(foreign.as_bytes(), asked), Err(Foreign), "{foreign}");
        }
        assert_eq!(decode(b"[]", asked), Ok(vec![]));
    }

    #[test]
    fn of_too_many_the_firing_and_worst_are_kept_and_the_rest_is_counted() {
        let asked = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let one = |nth: usize| {
            let (state, severity) = match nth {
                n if n % 2 == 0 => ("suppressed", "critical"),
                6_999 => ("active", "critical"),
                _ => ("active", "warning"),
            };
            alert(state, "").replace(r#""job":"a""#, &format!(r#""job":"{nth}","severity":"{severity}""#))
        };
        let samples = decode(format!("[{}]", (0..7_000).map(one).collect::<Vec<_>>().join(",")).as_bytes(), asked).unwrap();
        assert_eq!((samples.len(), samples[0].labels["@left_out"].as_str()), (MOST_ALERTS + 1, "2000"));
        assert_eq!(samples[1].labels["job"], "6999", "the worst of those that fire");
        let firing = samples.iter().filter(|sample| sample.value == "firing".into()).count();
        assert_eq!(firing, 3_500, "all that fire");
    }

    #[test]
    fn who_silences_and_what_inhibits_is_named() {
        let asked = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let silenced = alert("suppressed", "").replace(r#""silencedBy":[]"#, r#""silencedBy":["s1","s2"]"#);
        let inhibited = alert("suppressed", "").replace(r#""inhibitedBy":[]"#, r#""inhibitedBy":["f7","f8"]"#);
        let source =
            alert("active", "").replace(r#""fingerprint":"f0""#, r#""fingerprint":"f7""#).replace("Down\\u001b[2J", "Lost");
        let mut samples = decode(format!("[{silenced},{inhibited},{source}]").as_bytes(), asked).unwrap();
        assert_eq!(samples[1].labels["@by"], "Lost, f8");
        assert!(has_silenced(&samples) && !has_silenced(&samples[1..]));
        let known =
            silences(br#"[{"id":"s1","createdBy":"Ada","comment":"moving\u001b"},{"id":"s2","createdBy":"","comment":""}]"#);
        explain(&mut samples, &known);
        assert_eq!(samples[0].labels["@by"], "Ada: moving\\u{1b}, s2");
        assert_eq!(silences(b"<html>"), BTreeMap::new());
    }
}

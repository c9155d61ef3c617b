//! What an Alertmanager answers to `GET /api/v2/alerts`, as samples.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::model::{Sample, Time, Value, text::clean};

/// More than that are no list for people.
pub const MOST_ALERTS: usize = 5_000;
/// Characters of an annotation that are kept.
const SUMMARY: usize = 240;

/// Why there are no alerts to tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This is not an answer of Alertmanager.
    Foreign,
    TooMany(usize),
}

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

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Suppressed,
    /// Not yet seen by the part that sends notices; it fires all the same.
    Unprocessed,
}

/// Decodes a whole body: one sample an alert, as [`Ask::Alerts`](crate::model::Ask) says. `asked` is when that was true.
pub fn decode(body: &[u8], asked: Time) -> Result<Vec<Sample>, Refused> {
    let alerts: Vec<Alert> = serde_json::from_slice(body).map_err(|_| Refused::Foreign)?;
    if alerts.len() > MOST_ALERTS {
        return Err(Refused::TooMany(alerts.len()));
    }
    Ok(alerts.into_iter().map(|alert| sample(alert, asked)).collect())
}

fn sample(alert: Alert, measured: Time) -> Sample {
    let Status { state, silenced, inhibited, muted } = alert.status;
    let (word, by) = match state {
        State::Active | State::Unprocessed => ("firing", Vec::new()),
        State::Suppressed if silenced.is_empty() && !inhibited.is_empty() => ("inhibited", inhibited),
        State::Suppressed if silenced.is_empty() => ("silenced", muted),
        State::Suppressed => ("silenced", silenced),
    };
    // No name of a label begins with @, so what an alert says of itself cannot pass for ours.
    let own = alert.labels.iter().filter(|(name, _)| !name.starts_with('@'));
    let mut labels: BTreeMap<String, String> = own.map(|(name, value)| (clean(name), clean(value))).collect();
    let summary = ["summary", "description", "message"].iter().find_map(|name| alert.annotations.get(*name));
    let summary = summary.map(|text| clean(text).chars().take(SUMMARY).collect::<String>());
    let by = (!by.is_empty()).then(|| clean(&by.join(", ")));
    let since = Some(alert.starts.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let fingerprint = Some(clean(&alert.fingerprint));
    for (name, value) in [("@since", since), ("@summary", summary), ("@fingerprint", fingerprint), ("@by", by)] {
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
            assert_eq!(decode(foreign.as_bytes(), asked), Err(Refused::Foreign), "{foreign}");
        }
        assert_eq!(decode(b"[]", asked), Ok(vec![]));
        let many = format!("[{}]", vec![alert("active", ""); MOST_ALERTS + 1].join(","));
        assert_eq!(decode(many.as_bytes(), asked), Err(Refused::TooMany(MOST_ALERTS + 1)));
    }
}

//! Answers of web servers: the status, then what their JSON says.

use super::{
    judgement::Judgement,
    words::{amount, limit},
};
use crate::{
    model::{Reading, Sample, text::clean},
    plan::HttpProbe,
};

/// Holds when the status and all places in the JSON are as the probe says. A status that is not decides it alone: an error's page has
/// no JSON to tell of. A place where no value stands is unknown.
pub fn answered(reading: &Reading, probe: &HttpProbe) -> Judgement {
    let labelled = |label: &str, is: &str| reading.samples.iter().find(|s| s.labels.get(label).is_some_and(|value| value == is));
    let note = labelled("fact", "note").map(|sample| format!(" ({})", clean(&sample.value.to_string()))).unwrap_or_default();
    let Some(Sample { value: status, measured, .. }) = labelled("fact", "status") else {
        return Judgement::unknown("it said no status");
    };
    let Some(expect) = &probe.expect else { return Judgement::unknown("nothing to compare with: the plan says no `expect`") };
    match expect.holds(status) {
        Err(why) => return Judgement::unknown(clean(&why)),
        Ok(false) => {
            let words = format!("answers {}, wanted {}{note}", amount(status), limit(expect));
            return Judgement::told(false, words, *measured).of(status);
        }
        Ok(true) => {}
    }
    let mut words = format!("answers {}", amount(status));
    for (place, expect) in &probe.json {
        let place_shown = clean(place);
        let Some(Sample { value, .. }) = labelled("json", place) else {
            return Judgement::unknown(format!("{words}, but no value stands at {place_shown}{note}"));
        };
        let is = amount(value);
        match expect.holds(value) {
            Err(why) => return Judgement::unknown(format!("{place_shown}: {}", clean(&why))),
            Ok(false) => {
                let words = format!("{words}, {place_shown} is {is}, wanted {}", limit(expect));
                return Judgement::told(false, words, *measured).of(value);
            }
            Ok(true) => words.push_str(&format!(", {place_shown} is {is}")),
        }
    }
    Judgement::told(true, words, *measured).of(status)
}

//! What Prometheus answers to a range query of one series.

use serde::{Deserialize, de::IgnoredAny};

use super::reply::{Refused, number, opened};
use crate::model::{Duration, Time};

/// More moments than that nobody asks for.
const MOST: usize = 1_000;

/// One series over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Seconds since 1970 by its clock, and the value; in order. Where it had none, there is none.
    pub points: Vec<(f64, f64)>,
    /// What it said against its own answer.
    pub warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Matrix(Vec<Series>),
    Vector(IgnoredAny),
    Scalar(IgnoredAny),
    String(IgnoredAny),
}

#[derive(Deserialize)]
struct Series {
    values: Option<Vec<(f64, String)>>,
}

/// Decodes a whole body. No series at all is a past without a value.
pub fn decode_past(body: &[u8]) -> Result<Past, Refused> {
    let (Data::Matrix(mut series), warnings) = opened::<Data>(body)? else {
        return Err(Refused::Unusable("gives no values over time".into()));
    };
    if series.len() > 1 {
        return Err(Refused::Unusable(format!("gives {} series over time: aggregate it to one", series.len())));
    }
    let values = match series.pop() {
        None => Vec::new(),
        Some(one) => one.values.ok_or_else(|| Refused::Unusable("gives histograms: take one value of each".into()))?,
    };
    if values.len() > MOST {
        return Err(Refused::Unusable(format!("gives {} moments: at most {MOST} are read", values.len())));
    }
    let points = values.into_iter().map(|(at, text)| Ok((at, number(&text)?))).collect::<Result<_, _>>()?;
    Ok(Past { points, warnings })
}

/// First and last moment in seconds, on whole steps: so the same moments are asked again and again.
pub fn moments(now: Time, span: Duration, step: Duration) -> (i64, i64, i64) {
    let step = (step.as_secs() as i64).max(1);
    let last = now.timestamp().div_euclid(step) * step;
    let back = (span.as_secs() as i64 / step).clamp(1, MOST as i64 - 1);
    (last - back * step, last, step)
}

/// The growth of all series of a plain selector together. A fall is a start anew, after which it counts from zero. Prometheus reckons
/// the growth up to the ends of the span, on the whole by one more interval between samples than it has seen: that is taken off again.
pub fn increase_query(expr: &str, span: Duration) -> String {
    let over = format!("{expr}[{}s]", span.as_secs());
    format!("sum(increase({over}) * (count_over_time({over}) - 1) / count_over_time({over}))")
}

/// The newest moment up to which a copy was proven to have everything, in the last six hours, to a quarter of a minute.
pub fn receipt_query(lag: &str, connected: &str) -> String {
    format!("max(max_over_time(((time() - max({lag})) and on () ({connected}))[6h:15s]))")
}

/// From when on there are samples of it, on about a hundredth of the span.
pub fn since_query(expr: &str, span: Duration) -> String {
    let (span, step) = (span.as_secs(), (span.as_secs() / 100).max(1));
    format!("min(min_over_time(timestamp({expr})[{span}s:{step}s]))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stay_gaps_and_odd_numbers_stay_themselves() {
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"set":"a"},
            "values":[[1700000000,"-1"],[1700021600,"NaN"],[1700064800,"42"]]}]},"warnings":["partial response"]}"#;
        let past = decode_past(body).unwrap();
        assert_eq!((past.points[0], past.points[2]), ((1_700_000_000.0, -1.0), (1_700_064_800.0, 42.0)));
        assert!(past.points[1].1.is_nan() && past.warnings == ["partial response"]);
        let none = decode_past(br#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#).unwrap();
        assert_eq!(none.points, []);
    }

    #[test]
    fn what_is_no_past_of_one_series_is_said_in_words() {
        let of = |data: &str| decode_past(format!(r#"{{"status":"success","data":{data}}}"#).as_bytes()).unwrap_err();
        let two = r#"{"resultType":"matrix","result":[{"values":[[1,"1"]]},{"values":[[1,"2"]]}]}"#;
        assert!(matches!(of(two), Refused::Unusable(words) if words.contains("2 series over time")));
        let histogram = r#"{"resultType":"matrix","result":[{"histograms":[[1,{}]]}]}"#;
        assert!(matches!(of(histogram), Refused::Unusable(words) if words.contains("histograms")));
        let many = format!(r#"{{"resultType":"matrix","result":[{{"values":[{}]}}]}}"#, vec![r#"[1,"1"]"#; 1001].join(","));
        assert!(matches!(of(&many), Refused::Unusable(words) if words.contains("1001 moments")));
        assert!(matches!(of(r#"{"resultType":"scalar","result":[1,"1"]}"#), Refused::Unusable(_)));
        assert_eq!(decode_past(b"<html>"), Err(Refused::Foreign));
        let bad = decode_past(br#"{"status":"error","errorType":"bad_data","error":"no"}"#).unwrap_err();
        assert_eq!(bad, Refused::Said { kind: "bad_data".into(), words: "no".into() });
    }

    #[test]
    fn the_same_moments_are_asked_again_and_again() {
        let (day, step) = (Duration::from_hours(24), Duration::from_hours(6));
        let at = |seconds| moments(Time::from_timestamp(seconds, 0).unwrap(), day * 14, step);
        let (from, to, every) = at(1_700_000_000);
        assert_eq!((to - from, every, to % every), (14 * 86_400, 21_600, 0));
        assert_eq!(at(1_700_000_000), at(1_700_000_600), "ten minutes later");
        assert_eq!(moments(Time::UNIX_EPOCH, day, Duration::ZERO), (-999, 0, 1), "bounded, whatever is asked");
    }
}

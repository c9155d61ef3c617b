//! What Prometheus answers to an instant query, decoded without keeping what nobody reads.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};

use crate::model::text::brief;

/// More series than that are no answer for people or gates.
pub const MOST_SERIES: usize = 5_000;
/// Two of each card of the largest cluster that there may be.
pub const MOST_CARDS: usize = 50_000;

/// One value with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub points: Vec<Point>,
    /// When Prometheus evaluated it, seconds since 1970 by its clock. `None` when there are no points.
    pub evaluated: Option<f64>,
    /// What it said against its own answer.
    pub warnings: Vec<String>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Prometheus says so, in its kind of error and its words.
    Said { kind: String, words: String },
    /// Prometheus answered, with something that is no list of values.
    Unusable(String),
    /// This is not an answer of Prometheus.
    Foreign,
}

#[derive(Deserialize)]
struct Envelope<D> {
    status: String,
    data: Option<D>,
    #[serde(rename = "errorType")]
    kind: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Series>),
    Scalar((f64, String)),
    Matrix(IgnoredAny),
    String(IgnoredAny),
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
}

/// Decodes a whole body of at most `most` series.
pub fn decode(body: &[u8], most: usize) -> Result<Answer, Refused> {
    let (data, warnings) = opened::<Data>(body)?;
    let (points, evaluated) = match data {
        Data::Scalar((at, text)) => (vec![Point { labels: BTreeMap::new(), value: number(&text)? }], Some(at)),
        Data::Vector(series) if series.len() > most => {
            return Err(Refused::Unusable(format!("gives {} series: aggregate it to at most {most}", series.len())));
        }
        Data::Vector(series) => {
            let evaluated = series.first().and_then(|s| s.value.as_ref()).map(|(at, _)| *at);
            (series.into_iter().map(point).collect::<Result<_, _>>()?, evaluated)
        }
        Data::Matrix(_) => {
            return Err(Refused::Unusable("gives a range of samples: take one value of it, as with last_over_time(..)".into()));
        }
        Data::String(_) => return Err(Refused::Unusable("gives a text: a number is expected".into())),
    };
    Ok(Answer { points, evaluated, warnings })
}

/// What a good answer holds, and what was said against it.
pub fn opened<'a, D: Deserialize<'a>>(body: &'a [u8]) -> Result<(D, Vec<String>), Refused> {
    let envelope: Envelope<D> = serde_json::from_slice(body).map_err(|_| Refused::Foreign)?;
    if envelope.status != "success" {
        let kind = envelope.kind.ok_or(Refused::Foreign)?;
        return Err(Refused::Said { kind: brief(&kind), words: brief(&envelope.error.unwrap_or_default()) });
    }
    // `infos` are hints on how the expression is written; only warnings speak against the answer.
    let warnings = envelope.warnings.iter().map(|w| brief(w)).collect();
    Ok((envelope.data.ok_or(Refused::Foreign)?, warnings))
}

fn point(series: Series) -> Result<Point, Refused> {
    let (_, text) = series.value.ok_or_else(|| Refused::Unusable("gives histograms: take one value of each".into()))?;
    let labels = series.metric.into_iter().map(|(name, value)| (brief(&name), brief(&value))).collect();
    Ok(Point { labels, value: number(&text)? })
}

/// `NaN`, `+Inf` and `-Inf` are values too.
pub fn number(text: &str) -> Result<f64, Refused> {
    text.parse().map_err(|_| Refused::Unusable(format!("gives `{}`, which is no number", brief(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_scalars_and_odd_numbers_are_values() {
        let body = br#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"up","job":"a\u001b[2J"},"value":[1700000000.5,"NaN"]},{"metric":{},"value":[1700000000.5,"+Inf"]}]},
            "warnings":["partial response"],"infos":["maybe no counter"]}"#;
        let answer = decode(body, MOST_SERIES).unwrap();
        assert!(answer.points[0].value.is_nan() && answer.points[1].value == f64::INFINITY);
        assert_eq!(answer.points[0].labels["job"], "a\\u{1b}[2J", "made safe to draw");
        assert_eq!((answer.evaluated, answer.warnings.len()), (Some(1_700_000_000.5), 1));
        let scalar =
            decode(br#"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"42"]}}"#, MOST_SERIES).unwrap();
        assert_eq!(scalar.points[0].value, 42.0);
        let empty = decode(br#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, MOST_SERIES).unwrap();
        assert_eq!((empty.points.len(), empty.evaluated), (0, None));
    }

    #[test]
    fn what_is_no_list_of_values_is_said_in_words() {
        let range = decode(br#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, MOST_SERIES).unwrap_err();
        assert!(matches!(range, Refused::Unusable(words) if words.contains("last_over_time")));
        let histogram =
            br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"2"}]}]}}"#;
        assert!(matches!(decode(histogram, MOST_SERIES).unwrap_err(), Refused::Unusable(words) if words.contains("histograms")));
        let bad = decode(br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#, MOST_SERIES).unwrap_err();
        assert_eq!(bad, Refused::Said { kind: "bad_data".into(), words: "parse error".into() });
        for foreign in [&b"<html>"[..], b"{}", br#"{"status":"ok"}"#, br#"{"status":"success"}"#] {
            assert_eq!(decode(foreign, MOST_SERIES).unwrap_err(), Refused::Foreign);
        }
    }
}

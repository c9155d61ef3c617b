//! A query of a plan, asked so that it can only read, and its answer as values.

use tokio_postgres::{SimpleQueryMessage, types::Type};

use super::{
    fault::{Fault, Known},
    link::Session,
};
use crate::model::{Sample, Time, Value, text::brief};

/// More rows than that are no answer to a question about one value.
pub const MOST_ROWS: usize = 100;

/// The first column of each row of `query`, run in a read-only transaction. A row without a value (NULL) has no sample.
/// The second part says what was left out.
pub async fn ask(session: &Session, query: &str, asked: Time) -> Result<(Vec<Sample>, Vec<String>), Fault> {
    // Describing it first refuses a text of several statements, which could leave the transaction.
    let described = session.describe(query).await?;
    let Some(kind) = described.columns().first().map(|column| column.type_().clone()) else {
        return Err(Fault::unreachable(format!(
            "{}: the query gives no columns: expected a SELECT of one value",
            session.place()
        )));
    };
    session.run("BEGIN READ ONLY").await?;
    let answer = session.texts(query).await;
    let answer = match answer {
        // Nobody is there to end the transaction; the session is given up with it.
        Err(fault) if fault.known == Known::Lost => return Err(fault),
        other => other,
    };
    // After a refusal the transaction must end as well, or the next question fails with this one's error.
    let ended = session.run("ROLLBACK").await;
    let answer = answer?;
    ended?;
    let rows: Vec<_> =
        answer.iter().filter_map(|m| if let SimpleQueryMessage::Row(row) = m { Some(row) } else { None }).collect();
    let mut warnings = Vec::new();
    if rows.len() > MOST_ROWS {
        warnings.push(format!("the query gave {} rows; only the first {MOST_ROWS} were kept", rows.len()));
    }
    let samples = rows.iter().take(MOST_ROWS).filter_map(|row| row.try_get(0).ok().flatten());
    Ok((samples.map(|text| Sample::bare(value(&kind, text), asked)).collect(), warnings))
}

/// PostgreSQL's text of a value of `kind` as a truth, a number or a text. An interval is a number of seconds, as a
/// gate's `"< 5m"` compares; a moment is text in RFC 3339.
fn value(kind: &Type, text: &str) -> Value {
    let number = |n: Option<f64>| n.map_or_else(|| Value::Text(brief(text)), Value::Number);
    match *kind {
        Type::BOOL => Value::Truth(text == "t"),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => {
            number(text.parse().ok())
        }
        Type::INTERVAL => number(interval(text)),
        Type::TIMESTAMPTZ => {
            let moment = chrono::DateTime::parse_from_str(&format!("{text}00"), "%Y-%m-%d %H:%M:%S%.f%z");
            moment.map_or_else(
                |_| Value::Text(brief(text)),
                |m| Value::Text(m.to_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            )
        }
        _ => Value::Text(brief(text)),
    }
}

/// Seconds of `1 day 02:03:04.5`, `-00:00:01`. Months and years have no fixed length: then nothing.
fn interval(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if let Some((hours, rest)) = word.split_once(':') {
            let (minutes, secs) = rest.split_once(':')?;
            let sign = if hours.starts_with('-') { -1.0 } else { 1.0 };
            let hours: f64 = hours.trim_start_matches(['-', '+']).parse().ok()?;
            seconds += sign * (hours * 3600.0 + minutes.parse::<f64>().ok()? * 60.0 + secs.parse::<f64>().ok()?);
        } else {
            let count: f64 = word.parse().ok()?;
            if !matches!(words.next()?, "day" | "days") {
                return None;
            }
            seconds += count * 86_400.0;
        }
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind() {
        assert_eq!(value(&Type::BOOL, "t"), Value::Truth(true));
        assert_eq!(value(&Type::NUMERIC, "12.50"), Value::Number(12.5));
        assert_eq!(value(&Type::FLOAT8, "-Infinity"), Value::Number(f64::NEG_INFINITY));
        assert_eq!(value(&Type::TEXT, "a\u{1b}[31m"), Value::Text("a\\u{1b}[31m".into()));
        assert_eq!(value(&Type::TIMESTAMPTZ, "2026-11-20 02:31:00.5+00"), Value::Text("2026-11-20T02:31:00.500Z".into()));
    }

    #[test]
    fn intervals_are_seconds_unless_they_hold_months() {
        assert_eq!(value(&Type::INTERVAL, "1 day 02:03:04.5"), Value::Number(93_784.5));
        assert_eq!(value(&Type::INTERVAL, "-00:00:01.25"), Value::Number(-1.25));
        assert_eq!(value(&Type::INTERVAL, "1 mon 2 days"), Value::Text("1 mon 2 days".into()));
    }
}

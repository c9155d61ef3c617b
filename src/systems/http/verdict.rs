//! What an answer says of whether the request took effect (RULES R8).

use http::StatusCode;

use super::{
    exchange::{Answer, Miss},
    json,
    login::Login,
    task::{Task, sign},
    words,
};
use crate::model::{Outcome, Value, text::clean};

/// What a request came to, and the value that later steps may use.
pub struct Verdict {
    pub outcome: Outcome,
    pub result: Option<Value>,
}

/// Judges what came of the request of `task`.
pub fn of(task: &Task, came: &Result<Answer, Miss>, login: &Login, place: &str) -> Verdict {
    let unclear = |why: String| match task.mutates() {
        true => Outcome::unknown(format!("it may have taken effect: {why}")),
        false => Outcome::failed(why),
    };
    let without = |outcome| Verdict { outcome, result: None };
    let answer = match came {
        Ok(answer) => answer,
        Err(Miss::NotSent { why }) => return without(Outcome::failed(format!("nothing was sent: {place}: {why}"))),
        Err(Miss::Unclear { why }) => return without(unclear(format!("{place}: {why}"))),
    };
    let status = answer.status;
    let is_wanted = task.expect.map_or(status.is_success(), |code| status.as_u16() == code);
    if !is_wanted {
        let why = format!("{place} answers {}", refusal(task, answer, login));
        return without(if has_no_effect(status) { Outcome::failed(why) } else { unclear(why) });
    }
    let said = words::status(status);
    if task.json_expect.is_empty() {
        return without(Outcome::succeeded(match &answer.body {
            Ok(body) => with(said, words::excerpt(&answer.headers, body, login)),
            Err(why) => format!("{said}; {}", clean(why)),
        }));
    }
    match compare(task, answer, login) {
        Ok((words, result)) => Verdict { outcome: Outcome::succeeded(format!("{said}, {words}")), result },
        Err(why) => without(unclear(format!("{place} answers {said}, but {why}"))),
    }
}

/// Whether a status rules an effect out: the server refused, or pointed elsewhere before it did anything. After 301, 302 and 303
/// a server may well have done what it was asked.
fn has_no_effect(status: StatusCode) -> bool {
    status.is_client_error() || matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
}

fn refusal(task: &Task, answer: &Answer, login: &Login) -> String {
    let mut text = words::status(answer.status);
    if task.expect.is_some() || answer.status.is_success() {
        text.push_str(&format!(", wanted {}", task.wanted()));
    }
    let said = answer.body.as_ref().ok().and_then(|body| words::excerpt(&answer.headers, body, login));
    let text = with(text, said);
    match words::note(answer.status, &answer.headers, login) {
        Some(note) => format!("{text}; {note}"),
        None => text,
    }
}

fn with(text: String, said: Option<String>) -> String {
    match said {
        Some(said) => format!("{text}: {said}"),
        None => text,
    }
}

/// Each place against its comparison; the words for what holds with the first value, or why it does not hold.
fn compare(task: &Task, answer: &Answer, login: &Login) -> Result<(String, Option<Value>), String> {
    let body = answer.body.as_ref().map_err(|why| clean(why))?;
    let found: serde_json::Value = serde_json::from_slice(body).map_err(|_| "its answer is no JSON".to_owned())?;
    let (mut words, mut first) = (Vec::new(), None);
    for (place, limit) in &task.json_expect {
        let shown = clean(place);
        let value = json::at(&found, place).and_then(json::plain).ok_or_else(|| format!("no value stands at {shown}"))?;
        let is = login.shown(&value.to_string(), 120);
        match limit.holds(&value) {
            Ok(true) => words.push(format!("{shown} is {is}")),
            Ok(false) => return Err(format!("{shown} is {is}, wanted {}", clean(&sign(limit)))),
            Err(_) => return Err(format!("{shown} is {is}, which cannot be compared with {}", clean(&sign(limit)))),
        }
        first.get_or_insert(match value {
            Value::Text(_) => Value::Text(is),
            other => other,
        });
    }
    Ok((words.join(", "), first))
}

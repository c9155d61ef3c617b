//! Observes one web server: a `GET` for each question, over a connection of its own. Each question is asked by itself, so that a path
//! that hangs delays no other.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    exchange::{Answer, Question as Asked, send},
    json, list,
    login::Login,
    way::{Limits, Way},
    words,
};
use crate::{
    model::{
        Ask, Clock, Duration, Question, Reading, Sample, SignalKey, Time, Value,
        listing::JsonList,
        text::{brief, clean},
    },
    plan::HttpLink,
    systems::{
        poll::{Polling, Respondent},
        source::{Sink, Source},
    },
};

/// Longest a question may take with its turn waited for, in requests that take their longest.
const ROUND: u64 = 3;
/// Requests under way at once.
const AT_ONCE: usize = 8;

/// The observer of the connection `name`.
pub fn source(name: &str, link: &HttpLink) -> Box<dyn Source> {
    source_within(name, link, Limits::USUAL)
}

/// As [`source`], with other limits.
pub fn source_within(name: &str, link: &HttpLink, limits: Limits) -> Box<dyn Source> {
    Box::new(All { name: name.to_owned(), link: link.clone(), limits })
}

/// All questions to one web server.
struct All {
    name: String,
    link: HttpLink,
    limits: Limits,
}

#[async_trait]
impl Source for All {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let Self { name, link, limits } = *self;
        // TCP and TLS may each take the limit on connecting.
        let longest = limits.connect.as_millis().saturating_mul(2).saturating_add(limits.request.as_millis());
        let round = Duration::from_millis(longest.saturating_mul(ROUND));
        let door = Arc::new(Door { name: name.clone(), link, limits, keys: Mutex::default(), free: Semaphore::new(AT_ONCE) });
        let each = questions.into_iter().map(|question| {
            let polling = Polling::new(&name, One(door.clone()), round);
            Box::new(polling).run(vec![question], sink.clone(), clock.clone(), stop.clone())
        });
        join_all(each).await;
    }
}

/// One question's way to the server.
struct One(Arc<Door>);

/// What all questions share.
struct Door {
    name: String,
    link: HttpLink,
    limits: Limits,
    keys: Mutex<Option<(Way, Login)>>,
    free: Semaphore,
}

#[async_trait]
impl Respondent for One {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        let door = &self.0;
        // Never closed, so there always is a turn.
        let _turn = door.free.acquire().await;
        let mut answers = Vec::new();
        for question in questions {
            let answer = match door.keys(clock).await {
                Ok((way, login)) => answer(&way, &login, &question.ask, door.limits, clock.as_ref()).await,
                Err(why) => Err(why),
            };
            if !answer.as_ref().is_ok_and(was_let_in) {
                // The authority's file or a secret may have changed: both are read anew next time.
                *door.keys.lock().await = None;
            }
            answers.push((question.key.clone(), answer));
        }
        answers
    }
}

impl Door {
    async fn keys(&self, clock: &Arc<dyn Clock>) -> Result<(Way, Login), String> {
        let mut keys = self.keys.lock().await;
        if let Some(keys) = &*keys {
            return Ok(keys.clone());
        }
        let way = Way::new(&self.name, &self.link.url, self.link.ca.as_deref()).await?;
        let login = Login::read(&self.link.observing(), clock.as_ref()).await.map_err(|why| format!("{}: {why}", way.place()))?;
        Ok(keys.insert((way, login)).clone())
    }
}

/// A list was read, else its status would be an error.
fn was_let_in(reading: &Reading) -> bool {
    let status = reading.samples.iter().find(|sample| sample.labels.get("fact").is_some_and(|fact| fact == "status"));
    status.is_none_or(|status| !matches!(status.value, Value::Number(code) if code == 401.0 || code == 403.0))
}

async fn answer(way: &Way, login: &Login, ask: &Ask, limits: Limits, clock: &dyn Clock) -> Result<Reading, String> {
    let nothing = Vec::new();
    let (path, json, list) = match ask {
        Ask::Http { path, json } => (path, json, None),
        Ask::HttpList { path, list } => (path, &nothing, Some(list)),
        _ => return Err(format!("{} is a web server: it cannot answer a question of kind `{}`", way.place(), ask.kind())),
    };
    let asked = clock.now();
    let mut question = Asked::get(way.url(path)?);
    question.headers.clone_from(&login.headers);
    let line = way.open(limits.connect, clock).await?;
    let answer = send(line, question, !json.is_empty() || list.is_some(), limits, clock)
        .await
        .map_err(|miss| format!("{}: {}", way.place(), miss.why()))?;
    let samples = match list {
        None => samples(&answer, json, login, asked),
        Some(list) => {
            listed(&answer, list, login, asked).map_err(|why| format!("{}: GET {}: {why}", way.place(), clean(path)))?
        }
    };
    Ok(Reading { samples, read: clock.now(), warnings: Vec::new(), cards: Default::default() })
}

/// The recovery points of a list; an answer that is none is no empty list.
fn listed(answer: &Answer, list: &JsonList, login: &Login, asked: Time) -> Result<Vec<Sample>, String> {
    if !answer.status.is_success() {
        let note = words::note(answer.status, &answer.headers, login).map(|note| format!(": {note}")).unwrap_or_default();
        return Err(format!("it answers {}{note}", answer.status));
    }
    let body = answer.body.as_ref().map_err(|why| clean(why))?;
    let found: serde_json::Value = serde_json::from_slice(body).map_err(|_| "its answer is no JSON".to_owned())?;
    list::points(&found, list, asked)
}

/// The status, what its JSON says at `places`, and what helps a person.
fn samples(answer: &Answer, places: &[String], login: &Login, asked: Time) -> Vec<Sample> {
    let sample = |value: Value, label: &str, is: &str| Sample {
        value,
        labels: BTreeMap::from([(label.to_owned(), is.to_owned())]),
        measured: asked,
    };
    let mut samples = vec![sample(Value::Number(f64::from(answer.status.as_u16())), "fact", "status")];
    let mut note = words::note(answer.status, &answer.headers, login);
    if !places.is_empty() {
        match answer.body.as_ref().map(|body| serde_json::from_slice::<serde_json::Value>(body)) {
            Ok(Ok(found)) => {
                for (place, value) in
                    places.iter().filter_map(|place| Some((place, json::at(&found, place).and_then(json::plain)?)))
                {
                    let value = match value {
                        Value::Text(text) => Value::Text(brief(&login.without_secrets(&text))),
                        other => other,
                    };
                    samples.push(sample(value, "json", place));
                }
            }
            Ok(Err(_)) => _ = note.get_or_insert_with(|| "its answer is no JSON".into()),
            Err(why) => _ = note.get_or_insert_with(|| clean(why)),
        }
    }
    samples.extend(note.map(|note| sample(Value::Text(note), "fact", "note")));
    samples
}

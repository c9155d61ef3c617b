//! Observes through one Prometheus: each question's value, and beside it the age of the samples it rests on. Each question is
//! asked by itself, so that a query that takes long delays no other.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    cards::{self, HABANALABS, HPU, Seen},
    history::{decode_past, increase_query, moments, receipt_query, since_query},
    reply::{Answer, MOST_CARDS, MOST_SERIES, Refused, decode},
    selectors::{Rest, selectors},
};
use crate::{
    model::{Ask, Clock, Duration, Question, Reading, Sample, SignalKey, Time, Value, text::clean, time},
    plan::PrometheusLink,
    systems::{
        poll::{Polling, Respondent},
        secret,
        skew::ahead_ms,
        source::{Sink, Source},
        transport,
    },
};

/// Longest one request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// Longest a round of questions may take.
const ROUND: Duration = Duration::from_secs(30);
/// A larger reply is refused.
const REPLY_BYTES: usize = 8 * 1024 * 1024;
/// Questions under way at once.
const AT_ONCE: usize = 4;

/// The observer of the connection `name`.
pub fn source(name: &str, link: &PrometheusLink) -> Box<dyn Source> {
    Box::new(All { name: name.to_owned(), link: link.clone() })
}

/// All questions to one Prometheus.
struct All {
    name: String,
    link: PrometheusLink,
}

#[async_trait]
impl Source for All {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let door = Door { name: self.name.clone(), link: self.link, keys: Mutex::default(), free: Semaphore::new(AT_ONCE) };
        let door = Arc::new(door);
        let each = questions.into_iter().map(|question| {
            let polling = Polling::new(&self.name, One { door: door.clone(), ahead_ms: None }, ROUND);
            Box::new(polling).run(vec![question], sink.clone(), clock.clone(), stop.clone())
        });
        join_all(each).await;
    }
}

/// One question's way to the Prometheus.
struct One {
    door: Arc<Door>,
    /// How far the server's clock was ahead at the last asking, where the answer told the time.
    ahead_ms: Option<i64>,
}

/// What all questions share.
struct Door {
    name: String,
    link: PrometheusLink,
    keys: Mutex<Keys>,
    free: Semaphore,
}

#[derive(Default)]
struct Keys {
    client: Option<reqwest::Client>,
    token: Option<SecretString>,
}

#[async_trait]
impl Respondent for One {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        // Never closed, so there always is a turn.
        let door = self.door.clone();
        let _turn = door.free.acquire().await;
        self.ahead_ms = None;
        let asking = match door.asking(clock).await {
            Ok(asking) => asking,
            Err(why) => {
                return questions.iter().map(|q| (q.key.clone(), Err(format!("{}: {why}", clean(&door.name))))).collect();
            }
        };
        let answers = join_all(questions.iter().map(|question| asking.answer(question))).await;
        if asking.shut_out.load(Ordering::Relaxed) {
            // The authority's file or the token may have changed: both are read anew next time.
            *door.keys.lock().await = Keys::default();
        }
        self.ahead_ms = asking.ahead_ms.get().copied();
        answers
    }

    fn clock_ahead_ms(&self) -> Option<i64> {
        self.ahead_ms
    }
}

impl Door {
    /// What a request needs; the secret is read here, not earlier.
    async fn asking(&self, clock: &Arc<dyn Clock>) -> Result<Asking, String> {
        let mut keys = self.keys.lock().await;
        let mut url = reqwest::Url::parse(&self.link.url)
            .map_err(|error| format!("its `url` is none ({error}): write https://host:port"))?;
        let client = match &keys.client {
            Some(client) => client.clone(),
            None => keys.client.insert(transport::http(self.link.ca.as_deref()).await?).clone(),
        };
        if let (None, Some(reference)) = (&keys.token, &self.link.token) {
            keys.token = Some(secret::resolve(reference, clock.as_ref()).await?);
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        // A password in the address is used, and never shown.
        let mut shown = url.clone();
        let _ = (shown.set_username(""), shown.set_password(None));
        shown.set_query(None);
        let place = clean(&format!("{} ({})", self.name, shown.as_str().trim_end_matches('/')));
        url.set_path(&format!("{}/api/v1/query", url.path().trim_end_matches('/')));
        let found = self.link.token.as_ref().map(secret::place);
        let (token, shut_out) = (keys.token.clone(), AtomicBool::new(false));
        let ahead_ms = OnceLock::new();
        Ok(Asking { client, url, host, place, token, token_place: found, shut_out, clock: clock.clone(), ahead_ms })
    }
}

struct Asking {
    client: reqwest::Client,
    url: reqwest::Url,
    host: String,
    place: String,
    token: Option<SecretString>,
    token_place: Option<String>,
    /// No way in, or the token was refused.
    shut_out: AtomicBool,
    clock: Arc<dyn Clock>,
    /// How far the server's clock is ahead, once it has told the time.
    ahead_ms: OnceLock<i64>,
}

impl Asking {
    async fn answer(&self, question: &Question) -> (SignalKey, Result<Reading, String>) {
        let answer = match &question.ask {
            Ask::Query { expr } => self.read(expr).await,
            Ask::History { expr, span, step } => self.past(expr, *span, *step).await,
            Ask::Increase { expr, span } => self.increase(expr, *span).await,
            Ask::Receipt { lag, connected } => self.read(&receipt_query(lag, connected)).await,
            Ask::Cards { select } => self.cards(select.as_deref().unwrap_or_default()).await,
            other => Err(format!("{} is a Prometheus: it cannot answer a question of kind `{}`", self.place, other.kind())),
        };
        (question.key.clone(), answer)
    }

    async fn read(&self, expr: &str) -> Result<Reading, String> {
        let asked = self.clock.now();
        let answer = self.query(expr, MOST_SERIES).await?;
        let read = self.clock.now();
        let warnings = answer.warnings;
        if answer.points.is_empty() {
            return Ok(Reading { samples: Vec::new(), read, warnings, cards: Default::default() });
        }
        // Prometheus understood what we do not: without an age a value must not pass for fresh.
        let rests = selectors(expr)
            .map_err(|error| format!("{}: how old `{}` is cannot be told: {}", self.place, clean(expr), clean(&error)))?;
        let mut oldest: Option<Time> = None;
        for dated in join_all(rests.iter().map(|rest| self.dated(rest))).await {
            if let Some(at) = dated? {
                oldest = Some(oldest.map_or(at, |known| known.min(at)));
            }
        }
        let skew = answer.evaluated.and_then(moment).map(|at| ahead_ms(at, asked, read));
        if let Some(skew) = skew {
            let _ = self.ahead_ms.set(skew);
        }
        let skew = skew.unwrap_or(0);
        // Nothing to rest on (`vector(1)`, `absent(x)`): it is true at the moment of asking. Never later than that.
        let measured = oldest.map_or(asked, |at| (at - TimeDelta::milliseconds(skew)).min(asked));
        let sample = |labels: BTreeMap<String, String>, value| Sample { value: Value::Number(value), labels, measured };
        Ok(Reading {
            samples: answer.points.into_iter().map(|p| sample(p.labels, p.value)).collect(),
            read,
            warnings,
            cards: Default::default(),
        })
    }

    /// One series over time. A moment without a value is left out, and stays a gap.
    async fn past(&self, expr: &str, span: Duration, step: Duration) -> Result<Reading, String> {
        let asked = self.clock.now();
        let (from, to, step) = moments(asked, span, step);
        let [from, to, step] = [from, to, step].map(|seconds| seconds.to_string());
        let form = [("query", expr), ("start", &from), ("end", &to), ("step", &step), ("timeout", "5s")];
        let mut url = self.url.clone();
        url.set_path(&format!("{}_range", url.path()));
        let past = self.asked(url, &form, expr, decode_past).await?;
        let sample = |(at, value): (f64, f64)| Sample::bare(value, asked).label("at", at.to_string());
        let samples = past.points.into_iter().map(sample).collect();
        Ok(Reading { samples, read: self.clock.now(), warnings: past.warnings, cards: Default::default() })
    }

    /// By how much counters grew. Each series for itself, before they are added up: a start anew of one would else look like one of all.
    async fn increase(&self, expr: &str, span: Duration) -> Result<Reading, String> {
        let asked = self.clock.now();
        let grown = self.query(&increase_query(expr, span), 1).await?;
        let since = self.query(&since_query(expr, span), 1).await?;
        let (read, warnings) = (self.clock.now(), grown.warnings.clone());
        let mut oldest = None;
        for rest in selectors(expr).map_err(|error| format!("{}: {}", self.place, clean(&error)))? {
            oldest = self.dated(&rest).await?;
        }
        let skew = grown.evaluated.and_then(moment).map_or(0, |at| ahead_ms(at, asked, read));
        let measured = oldest.map_or(asked, |at| (at - TimeDelta::milliseconds(skew)).min(asked));
        let fact = |name: &str, answer: &Answer| Some(Sample::bare(answer.points.first()?.value, measured).label("fact", name));
        // One sample alone is no growth yet: it is there, and grew by nothing.
        let grown = fact("increase", &grown).or_else(|| Some(Sample::bare(0.0, measured).label("fact", "increase")));
        let since = fact("since", &since);
        let samples = grown.filter(|_| since.is_some()).into_iter().chain(since).collect();
        Ok(Reading { samples, read, warnings, cards: Default::default() })
    }

    /// The time of the samples behind one selector, by Prometheus' clock. `None`: it has none, so nothing rests on it.
    async fn dated(&self, rest: &Rest) -> Result<Option<Time>, String> {
        let mut answer = self.query(&rest.age_query(), MOST_SERIES).await?;
        if let (true, Some(ended)) = (answer.points.is_empty(), rest.ended_query()) {
            answer = self.query(&ended, MOST_SERIES).await?;
        }
        let seconds = answer.points.first().map(|point| point.value);
        Ok(seconds.and_then(moment).and_then(|at| at.checked_add_signed(TimeDelta::try_milliseconds(rest.offset_ms)?)))
    }

    /// All cards of one cluster. A measure that cannot be read is missing, and said; without the cards' presence there is no
    /// answer at all.
    async fn cards(&self, select: &str) -> Result<Reading, String> {
        let asked = self.clock.now();
        let (mut seen, mut warnings) = (Seen::default(), Vec::new());
        let exporters = self.query(&cards::exporters_query(select), MOST_CARDS).await?;
        for words in [&HABANALABS, &HPU] {
            let presence = self.query(&words.presence_query(select), MOST_CARDS).await?;
            if presence.points.is_empty() {
                continue;
            }
            let ages = self.query(&words.age_query(select), MOST_CARDS).await?;
            if let Some(query) = words.seeing_query(select) {
                seen.sees(&self.query(&query, MOST_CARDS).await?.points);
            }
            let skew = presence.evaluated.and_then(moment).map_or(0, |at| ahead_ms(at, asked, self.clock.now()));
            let at = |seconds| Some((moment(seconds)? - TimeDelta::milliseconds(skew)).min(asked));
            warnings.extend(presence.warnings);
            seen.begin(words, presence.points, &ages.points, at);
            // One after the other: of ten thousand cards each answer is large.
            for (place, query) in words.measure_queries(select).iter().enumerate() {
                match self.query(query, MOST_CARDS).await {
                    Ok(answer) => {
                        warnings.extend(answer.warnings);
                        seen.measure(words, place, answer.points);
                    }
                    Err(why) => warnings.push(why),
                }
            }
        }
        warnings.sort();
        warnings.dedup();
        Ok(Reading { samples: Vec::new(), read: self.clock.now(), warnings, cards: seen.done(&exporters.points) })
    }

    async fn query(&self, expr: &str, most: usize) -> Result<Answer, String> {
        let form = [("query", expr), ("timeout", "5s")];
        self.asked(self.url.clone(), &form, expr, |body| decode(body, most)).await
    }

    /// One request and what its answer means.
    async fn asked<T>(
        &self,
        url: reqwest::Url,
        form: &[(&str, &str)],
        expr: &str,
        decode: impl Fn(&[u8]) -> Result<T, Refused>,
    ) -> Result<T, String> {
        let place = &self.place;
        let mut request = self.client.post(url).form(form);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let exchange = async {
            let reply = request.send().await.map_err(|error| self.unsent(&error.without_url()))?;
            let (status, pause) = (reply.status(), transport::retry_after(reply.headers()));
            let body = transport::body(reply, REPLY_BYTES).await.map_err(|why| format!("{place}: {why}"))?;
            Ok::<_, String>((status, pause, body))
        };
        let exchange = transport::within(self.clock.as_ref(), REQUEST, exchange).await;
        let (status, pause, body) = exchange.ok_or_else(|| {
            // A connection that died unnoticed is not to be used again.
            self.shut_out.store(true, Ordering::Relaxed);
            format!("{place}: no answer within {REQUEST}: is it overloaded or hanging?")
        })??;
        match (status, decode(&body)) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                self.shut_out.store(true, Ordering::Relaxed);
                Err(match &self.token_place {
                    Some(found) => {
                        format!("{place} refuses the token from {found} ({status}): is it expired, is it for this server?")
                    }
                    None => format!("{place} wants a token ({status}): name one with `token` in the plan"),
                })
            }
            (status, _) if status.is_redirection() => {
                Err(format!("{place} sends us elsewhere ({status}), which is not followed: write the final address in `url`"))
            }
            (status, Ok(answer)) if status.is_success() => Ok(answer),
            (_, Err(Refused::Unusable(why))) => Err(format!("{place}: `{}` {why}", clean(expr))),
            (_, Err(Refused::Said { kind, words })) => Err(match kind.as_str() {
                "bad_data" => format!("{place} refuses `{}`: {words}", clean(expr)),
                "timeout" | "canceled" => format!("{place} gave `{}` up as too slow: {words}", clean(expr)),
                _ => format!("{place} cannot answer `{}` ({kind}): {words}", clean(expr)),
            }),
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                let pause = pause.map_or_else(String::new, |pause| format!(" and wants none for {pause}"));
                Err(format!(
                    "{place} turns requests away ({status}){pause}: ask less often by `every`, or look at what limits it"
                ))
            }
            (status, _) if status.is_server_error() => {
                Err(format!("{place} does not serve ({status}): it, or a proxy before it, is down or overloaded"))
            }
            (status, _) => {
                Err(format!("{place} answers ({status}) unlike Prometheus: `url` must be its address, without /api/v1"))
            }
        }
    }

    fn unsent(&self, error: &reqwest::Error) -> String {
        let place = &self.place;
        self.shut_out.store(true, Ordering::Relaxed);
        if let Some(words) = transport::tls_words(error, &self.host, transport::Written::Plan) {
            return format!("{place}: {words}");
        }
        match transport::deepest(error) {
            why if why.contains("Connection refused") => {
                format!("{place}: nothing listens there (connection refused): is it up?")
            }
            why if transport::http_words(&why).is_some() => {
                format!("{place}: {}", transport::http_words(&why).unwrap_or_default())
            }
            why if error.is_timeout() => format!("{place}: no connection within {}: {why}", transport::CONNECT_LIMIT),
            why if error.is_connect() => format!("{place}: no connection: {why}"),
            why => format!("{place}: the request failed: {why}"),
        }
    }
}

/// Seconds since 1970 as a moment.
fn moment(seconds: f64) -> Option<Time> {
    seconds.is_finite().then(|| time::of_millis((seconds * 1000.0).round() as i64)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_clock_tells_is_no_time() {
        assert_eq!(moment(1_700_000_000.5), Time::from_timestamp_millis(1_700_000_000_500));
        for absurd in [f64::NAN, f64::INFINITY, 1e18, -1e18, 8.2e12, -8.3e12, 3e11, -1e11] {
            assert_eq!(moment(absurd), None, "{absurd}");
        }
    }
}

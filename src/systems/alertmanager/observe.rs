//! Observes one Alertmanager.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;

use super::reply::{decode, explain, has_silenced, silences};
use crate::{
    model::{Ask, Clock, Duration, Question, Reading, SignalKey},
    plan::{AlertmanagerLink, HttpLogin},
    systems::{
        http::{
            exchange::{Answer, Question as Asked, send},
            login::Login,
            way::{Limits, Way},
            words,
        },
        poll::{Polling, Respondent},
        source::Source,
    },
};

/// What is asked of it.
const PATH: &str = "/api/v2/alerts";
/// And where alerts are silenced, by whom.
const SILENCES: &str = "/api/v2/silences";
const LIMITS: Limits = Limits { reply_bytes: 8 * 1024 * 1024, ..Limits::USUAL };

/// The observer of the connection `name`.
pub fn source(name: &str, link: &AlertmanagerLink) -> Box<dyn Source> {
    source_within(name, link, LIMITS)
}

/// As [`source`], with other limits.
pub fn source_within(name: &str, link: &AlertmanagerLink, limits: Limits) -> Box<dyn Source> {
    let round = Duration::from_millis(limits.connect.as_millis().saturating_add(limits.request.as_millis()).saturating_mul(3));
    Box::new(Polling::new(name, Observer { name: name.to_owned(), link: link.clone(), limits, ready: None }, round))
}

struct Observer {
    name: String,
    link: AlertmanagerLink,
    limits: Limits,
    ready: Option<(Way, Login)>,
}

#[async_trait]
impl Respondent for Observer {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        let mut answers = Vec::new();
        for question in questions {
            let answer = match &question.ask {
                Ask::Alerts => self.alerts(clock).await,
                other => Err(format!("{} is an Alertmanager: it cannot answer a question of kind `{}`", self.name, other.kind())),
            };
            answers.push((question.key.clone(), answer));
        }
        answers
    }
}

impl Observer {
    async fn alerts(&mut self, clock: &Arc<dyn Clock>) -> Result<Reading, String> {
        let (way, login) = match self.ready.take() {
            Some(ready) => ready,
            None => self.prepare(clock).await?,
        };
        let reading = self.read(&way, &login, clock).await?;
        // Only after a good answer: else the authority's file and the secret are read anew next time.
        self.ready = Some((way, login));
        Ok(reading)
    }

    async fn prepare(&self, clock: &Arc<dyn Clock>) -> Result<(Way, Login), String> {
        let way = Way::new(&self.name, &self.link.url, self.link.ca.as_deref()).await?;
        let AlertmanagerLink { token, user, password, .. } = self.link.clone();
        let login = HttpLogin { token, user, password, ..HttpLogin::default() };
        let login = Login::read(&login, clock.as_ref()).await.map_err(|why| format!("{}: {why}", way.place()))?;
        Ok((way, login))
    }

    async fn get(&self, path: &str, way: &Way, login: &Login, clock: &Arc<dyn Clock>) -> Result<Answer, String> {
        let mut question = Asked::get(way.url(path)?);
        question.headers.clone_from(&login.headers);
        let line = way.open(self.limits.connect, clock.as_ref()).await?;
        let sent = send(line, question, true, self.limits, clock.as_ref()).await;
        sent.map_err(|miss| format!("{}: {}", way.place(), miss.why()))
    }

    async fn read(&self, way: &Way, login: &Login, clock: &Arc<dyn Clock>) -> Result<Reading, String> {
        let place = way.place();
        let asked = clock.now();
        let answer = self.get(PATH, way, login, clock).await?;
        let status = words::status(answer.status);
        if answer.status != StatusCode::OK {
            let note = words::note(answer.status, &answer.headers, login);
            let said = answer.body.as_ref().ok().and_then(|body| words::excerpt(&answer.headers, body, login));
            let more = note.or(said).unwrap_or_else(|| format!("`url` must be its address, without {PATH}"));
            return Err(format!("{place} answers {status}: {more}"));
        }
        let body = answer.body.map_err(|why| format!("{place}: {why}"))?;
        let foreign = |_| format!("{place} answers ({status}) unlike Alertmanager: `url` must be its address, without {PATH}");
        let mut samples = decode(&body, asked).map_err(foreign)?;
        // By whom is worth knowing, and nothing hangs on it: without an answer the silence's id stands there.
        if has_silenced(&samples)
            && let Ok(answer) = self.get(SILENCES, way, login, clock).await
            && let (StatusCode::OK, Ok(body)) = (answer.status, answer.body)
        {
            explain(&mut samples, &silences(&body));
        }
        Ok(Reading { samples, read: clock.now(), warnings: Vec::new(), cards: Default::default() })
    }
}

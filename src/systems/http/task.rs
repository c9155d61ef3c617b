//! What a call asks to be sent, read once from its `with`.

use http::{HeaderName, HeaderValue, Method};
use reqwest::Url;
use serde_json::Value;

use super::{
    exchange::Question,
    login::{Login, described, described_header},
    specs,
    way::{Limits, Way},
};
use crate::{
    model::{Call, Duration, Limit, text::clean},
    plan::{Connections, HttpLink, HttpLogin, Link},
    systems::action::ActionFault,
};

/// One request, and what its answer must be.
#[derive(Clone, Debug)]
pub struct Task {
    pub action: String,
    /// The connection's name.
    pub connection: String,
    pub link: HttpLink,
    /// Who asks: the `act` login, or for what only reads the `observe` login.
    pub login: HttpLogin,
    pub method: Method,
    pub path: String,
    headers: Vec<(String, String)>,
    /// Its content type and its text.
    body: Option<(&'static str, String)>,
    /// The status of success; unsaid any 2xx.
    pub expect: Option<u16>,
    pub json_expect: Vec<(String, Limit)>,
    /// Longest from the request's start to the end of its answer.
    pub timeout: Duration,
}

impl Task {
    pub fn of(call: &Call, connections: &Connections) -> Result<Task, ActionFault> {
        let fault = |what: &str| ActionFault::new(format!("{}: {what}", call.action));
        if call.action != specs::REQUEST.name {
            return Err(ActionFault::new(format!("a web server has no action `{}`", call.action)));
        }
        let connection = call.via.clone().ok_or_else(|| fault("expected `via`, the name of an http connection"))?;
        let link = match connections.get(&connection).map(|found| &found.link) {
            Some(Link::Http(link)) => link.clone(),
            Some(other) => return Err(fault(&format!("`{connection}` is a {} connection, expected http", other.system()))),
            None => return Err(fault(&format!("the plan has no connection `{connection}`"))),
        };
        let word = call.text("method").ok_or_else(|| fault("expected `method`, such as POST"))?;
        let method = Method::from_bytes(word.as_bytes()).map_err(|_| fault(&format!("`{}` is no method", clean(word))))?;
        let login = if specs::READING.contains(&word) { Some(link.observing()) } else { link.acting() };
        let login =
            login.ok_or_else(|| fault(&format!("the connection `{connection}` has no `act` login: add `act: {{token: …}}`")))?;
        let path = call
            .text("path")
            .filter(|path| path.starts_with('/'))
            .ok_or_else(|| fault("expected `path`, which starts with /"))?;
        let headers = texts(call, "headers").map_err(|why| fault(&why))?;
        for (name, value) in &headers {
            if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
                return Err(fault(&format!("headers.{}: no header can say that", clean(name))));
            }
        }
        let body = match (call.with.get("json"), call.with.contains_key("form")) {
            (Some(_), true) => return Err(fault("expected `json` or `form`, not both")),
            (Some(json), false) => Some(("application/json", json.to_string())),
            (None, true) => Some(("application/x-www-form-urlencoded", form(&texts(call, "form").map_err(|why| fault(&why))?))),
            (None, false) => None,
        };
        let expect = match call.with.get("expect") {
            None => None,
            Some(said) => {
                let status = said.as_u64().filter(|code| (100..=599).contains(code)).and_then(|code| u16::try_from(code).ok());
                Some(status.ok_or_else(|| fault("expect: expected a status such as 201"))?)
            }
        };
        let json_expect = comparisons(call).map_err(|why| fault(&why))?;
        let (action, path) = (call.action.clone(), path.to_owned());
        Ok(Task { action, connection, link, login, method, path, headers, body, expect, json_expect, timeout: call.timeout })
    }

    /// Whether it changes anything.
    pub fn mutates(&self) -> bool {
        !specs::READING.contains(&self.method.as_str())
    }

    pub fn limits(&self) -> Limits {
        Limits { connect: Limits::USUAL.connect.min(self.timeout), request: self.timeout, ..Limits::USUAL }
    }

    pub async fn way(&self) -> Result<Way, String> {
        Way::new(&self.connection, &self.link.url, self.link.ca.as_deref()).await
    }

    /// The request as it leaves, with `login`'s headers.
    pub fn question(&self, url: Url, login: &Login) -> Result<Question, String> {
        let mut headers = login.headers.clone();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
            headers.push((name, value));
        }
        let body = self.body.as_ref().map(|(kind, text)| (*kind, text.clone().into_bytes()));
        Ok(Question { method: self.method.clone(), url, headers, body })
    }

    /// The request in full, as a preview shows it: without secrets.
    pub fn text(&self, url: &Url) -> String {
        let mut headers = described(&self.login);
        headers.extend(self.headers.iter().map(|(name, value)| described_header(name, value)));
        if let Some((kind, _)) =
            self.body.as_ref().filter(|_| !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")))
        {
            headers.push(format!("content-type: {kind}"));
        }
        let mut text = format!("{} {}", self.method, clean(url.as_str()));
        if !headers.is_empty() {
            text.push_str(&format!(" with {}", headers.join(", ")));
        }
        if let Some((_, body)) = &self.body {
            text.push_str(&format!(", sending {}", clean(body)));
        }
        text
    }

    /// What its answer must be: `201, state == done`.
    pub fn wanted(&self) -> String {
        let status = self.expect.map_or_else(|| "any 2xx".to_owned(), |code| code.to_string());
        let json = self.json_expect.iter().map(|(place, limit)| format!(", {} {}", clean(place), clean(&sign(limit))));
        std::iter::once(status).chain(json).collect()
    }
}

/// The comparison with its sign.
pub fn sign(limit: &Limit) -> String {
    let text = limit.to_string();
    if text.starts_with(['=', '!', '<', '>']) { text } else { format!("== {text}") }
}

fn texts(call: &Call, field: &str) -> Result<Vec<(String, String)>, String> {
    let map = match call.with.get(field) {
        None => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err(format!("{field}: expected names with texts")),
    };
    map.iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => Ok((name.clone(), value.to_string())),
            _ => Err(format!("{field}.{}: expected a text", clean(name))),
        })
        .collect()
}

fn comparisons(call: &Call) -> Result<Vec<(String, Limit)>, String> {
    let map = match call.with.get("json_expect") {
        None => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err("json_expect: expected places with comparisons".into()),
    };
    map.iter()
        .map(|(place, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.parse::<Limit>()
                .map(|limit| (place.clone(), limit))
                .map_err(|why| format!("json_expect.{}: {why}", clean(place)))
        })
        .collect()
}

/// `a=1&b=x+y`.
fn form(pairs: &[(String, String)]) -> String {
    let Ok(mut url) = Url::parse("http://form") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

//! What an answer's status and headers mean for a person.

use http::{HeaderMap, StatusCode, header};

use super::login::Login;

/// Characters of a server's own text that are shown.
const SHOWN: usize = 240;

/// `503 Service Unavailable`.
pub fn status(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// What helps with this answer, if anything does.
pub fn note(status: StatusCode, headers: &HeaderMap, login: &Login) -> Option<String> {
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| login.shown(text, SHOWN));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(match &login.found {
            Some(found) => format!("is the login from {found} right, has it expired, may it do this?"),
            None => "a login may be wanted: name one in the connection".into(),
        }),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            said(header::RETRY_AFTER).map(|after| match after.parse::<u64>() {
                Ok(seconds) => format!("it asks to wait {seconds}s"),
                Err(_) => format!("it asks to wait until {after}"),
            })
        }
        status if status.is_redirection() => said(header::LOCATION)
            .map(|to| format!("it points to {to}, which is not followed: write the final address in the plan")),
        _ => None,
    }
}

/// The beginning of an answer's body, unless it is a page made for browsers.
pub fn excerpt(headers: &HeaderMap, body: &[u8], login: &Login) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.contains("html") || body.contains(&0) {
        return None;
    }
    let text = login.shown(&String::from_utf8_lossy(body), SHOWN);
    (!text.is_empty()).then_some(text)
}

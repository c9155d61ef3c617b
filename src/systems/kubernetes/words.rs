//! What went wrong on the way to an API server, and whether it may have taken effect.

use std::error::Error;

use http::StatusCode;
use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use serde::Deserialize;

use crate::{
    model::{Duration, Outcome, text::brief},
    systems::transport,
};

/// A request without a good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It never left: no connection, no credential.
    NotSent { why: String },
    /// The server answered that it does not do it.
    Refused { code: u16, why: String },
    /// It left, and no answer says what became of it.
    Unclear { why: String },
}

impl Miss {
    pub fn why(&self) -> &str {
        match self {
            Miss::NotSent { why } | Miss::Refused { why, .. } | Miss::Unclear { why } => why,
        }
    }
    pub fn is(&self, code: u16) -> bool {
        matches!(self, Miss::Refused { code: c, .. } if *c == code)
    }
    /// The outcome of a mutation that met this (RULES R8).
    pub fn outcome(&self) -> Outcome {
        match self {
            Miss::NotSent { why } => Outcome::failed(format!("nothing was sent: {why}")),
            Miss::Refused { why, .. } => Outcome::failed(why.clone()),
            Miss::Unclear { why } => Outcome::unknown(format!("it may have taken effect: {why}")),
        }
    }
}

/// The parts of the API's own word on an error that are shown.
#[derive(Deserialize, Default)]
struct Status {
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
}

/// What an answer other than 2xx means. `login` is `context/user`.
pub fn answer(code: u16, body: &[u8], login: &str) -> Miss {
    let status: Status = serde_json::from_slice(body).unwrap_or_default();
    let said = match (status.message.as_str(), status.reason.as_str()) {
        ("", "") => String::new(),
        ("", reason) => format!(": {}", brief(reason)),
        (message, _) => format!(": {}", brief(message)),
    };
    let why = match code {
        401 => {
            format!(
                "401 Unauthorized as {login}: its token or certificate is wrong or has expired; renew it in the kubeconfig{said}"
            )
        }
        403 => format!("403 Forbidden{said}"),
        404 => format!("404 Not Found{said}"),
        409 => format!("409 Conflict{said}"),
        429 => format!("429 Too Many Requests: the API server turned it away before doing it{said}"),
        300..=399 => {
            format!("{code}: the server points elsewhere, and a redirect is not followed; is the address the API server's own?")
        }
        500.. => {
            let name =
                StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("an error of the server");
            format!("{code} {name}: it, or a proxy before it, is down or overloaded{said}")
        }
        _ => format!("{code}{said}"),
    };
    if code >= 500 { Miss::Unclear { why } } else { Miss::Refused { code, why } }
}

/// An answer that began and cannot be taken whole; `most` bytes are.
pub fn broken(error: &(dyn Error + 'static), most: usize) -> String {
    let why = transport::deepest(error);
    if error.is::<LengthLimitError>() {
        return format!("its answer is larger than {}", transport::size(most as u64));
    }
    transport::http_words(&why).map_or_else(|| format!("its answer broke off: {why}"), str::to_owned)
}

/// No answer within `limit`.
pub fn silence(limit: Duration, address: &str) -> Miss {
    Miss::Unclear { why: format!("no answer from {address} within {limit}") }
}

/// A failure below HTTP. Credential programs' errors carry their environment and output, so they are retold here, never quoted.
pub fn transport(error: &kube::Error, address: &str) -> Miss {
    use kube::client::AuthError;
    let credential = |what: String| Miss::NotSent { why: format!("no credential for {address}: {what}") };
    match error {
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => credential(format!(
            "the kubeconfig's credential program ended with {}; run it by hand, it may want a new login",
            out.status
        )),
        kube::Error::Auth(AuthError::AuthExecStart(error)) => {
            credential(format!("the kubeconfig's credential program did not start: {error}"))
        }
        // Its address may hold a password.
        kube::Error::ProxyProtocolDisabled { .. } | kube::Error::ProxyProtocolUnsupported { .. } => Miss::NotSent {
            why: format!(
                "{address}: a proxy is set for it (proxy-url in the kubeconfig, or HTTPS_PROXY), and proxies are not supported"
            ),
        },
        kube::Error::Auth(_) => credential("the kubeconfig's credential could not be used or renewed".into()),
        other => {
            let chain = chain(other);
            let connecting = chain.iter().any(|e| e.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect));
            // The innermost says it; the ones around it only that something failed.
            let cause = chain.last().map_or_else(|| other.to_string(), |e| e.to_string());
            let host = address.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
            let tls = chain.iter().find_map(|e| transport::tls_words(*e, &host, transport::Written::Kubeconfig));
            let why = format!("{address}: {}", tls.unwrap_or_else(|| brief(&plain(&cause))));
            if connecting { Miss::NotSent { why } } else { Miss::Unclear { why } }
        }
    }
}

fn chain(error: &kube::Error) -> Vec<&(dyn Error + 'static)> {
    let mut all: Vec<&(dyn Error + 'static)> = vec![error];
    // `Service` shows its content's text but not itself as a source.
    if let kube::Error::Service(inner) = error {
        all.push(&**inner);
    }
    while let Some(next) = all.last().copied().and_then(Error::source) {
        all.push(next);
    }
    all
}

fn plain(cause: &str) -> String {
    if cause.contains("Connection refused") {
        "connection refused; is the API server up, and is this its port?".into()
    } else if let Some(words) = transport::http_words(cause) {
        words.to_owned()
    } else if cause.contains("failed to lookup address") || cause.contains("dns error") {
        format!("the name cannot be resolved ({cause})")
    } else {
        cause.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r08_only_answers_that_rule_an_effect_out_are_failures() {
        let outcome = |code| answer(code, b"{}", "prod/act").outcome();
        for code in [307, 400, 401, 403, 404, 409, 422, 429] {
            assert!(matches!(outcome(code), Outcome::Failed { .. }), "{code}");
        }
        for code in [500, 502, 503, 504] {
            assert!(matches!(outcome(code), Outcome::Unknown { .. }), "{code}");
        }
    }

    #[test]
    fn the_api_s_words_are_shown_without_their_control_characters() {
        let body = br#"{"kind":"Status","message":"deployments.apps \u001b[31mx is forbidden","reason":"Forbidden"}"#;
        let miss = answer(403, body, "prod/act");
        assert_eq!(miss.why(), "403 Forbidden: deployments.apps \\u{1b}[31mx is forbidden");
        assert!(answer(401, b"not json", "prod/act").why().contains("expired"));
    }
}

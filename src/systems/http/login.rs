//! What a request says of who asks. Secrets are read when they are needed, and never shown.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{
    model::{Clock, text::clean},
    plan::{HttpHeader, HttpLogin, SecretRef},
    systems::secret,
};

/// What stands where a secret stood.
const HIDDEN: &str = "•••";

/// A login with its secrets read.
#[derive(Clone, Default)]
pub struct Login {
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What must not be shown.
    hidden: Vec<SecretString>,
    /// Where its first secret was found, for messages.
    pub found: Option<String>,
}

impl Login {
    pub async fn read(login: &HttpLogin, clock: &dyn Clock) -> Result<Self, String> {
        let mut out = Self::default();
        if let Some(token) = &login.token {
            let token = out.secret(token, clock).await?;
            out.authorize("Bearer ", &token, login.token.as_ref())?;
        }
        if let (Some(user), Some(password)) = (&login.user, &login.password) {
            let password = out.secret(password, clock).await?;
            let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
            let pair = SecretString::from(STANDARD.encode(pair.as_bytes()));
            out.authorize("Basic ", &pair, login.password.as_ref())?;
            out.hidden.push(pair);
        }
        for (name, value) in &login.headers {
            let said = match value {
                HttpHeader::Text(text) => HeaderValue::from_str(text).map_err(|_| unsendable(name))?,
                HttpHeader::Secret(secret) => {
                    let text = out.secret(secret, clock).await?;
                    let mut value =
                        HeaderValue::from_str(text.expose_secret()).map_err(|_| unsendable(&secret::place(secret)))?;
                    value.set_sensitive(true);
                    value
                }
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
            out.headers.push((name, said));
        }
        Ok(out)
    }

    async fn secret(&mut self, reference: &SecretRef, clock: &dyn Clock) -> Result<SecretString, String> {
        let secret = secret::resolve(reference, clock).await?;
        self.hidden.push(secret.clone());
        self.found.get_or_insert_with(|| secret::place(reference));
        Ok(secret)
    }

    fn authorize(&mut self, scheme: &str, secret: &SecretString, from: Option<&SecretRef>) -> Result<(), String> {
        let text = Zeroizing::new(format!("{scheme}{}", secret.expose_secret()));
        let place = || from.map_or_else(|| "the login".to_owned(), secret::place);
        let mut value = HeaderValue::from_str(&text).map_err(|_| unsendable(&place()))?;
        value.set_sensitive(true);
        self.headers.push((AUTHORIZATION, value));
        Ok(())
    }

    /// `text` without the secrets in it: a server may send back what it was given.
    pub fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // The longest first: one secret may hold another.
        let mut hidden: Vec<&str> = self.hidden.iter().map(|secret| secret.expose_secret()).filter(|s| !s.is_empty()).collect();
        hidden.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in hidden {
            text = text.replace(secret, HIDDEN);
        }
        text
    }

    /// [`without_secrets`](Self::without_secrets) and safe to draw: one line of at most `width` characters.
    pub fn shown(&self, text: &str, width: usize) -> String {
        let text = clean(self.without_secrets(text).trim());
        let mut short: String = text.chars().take(width).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    }
}

fn unsendable(place: &str) -> String {
    format!("{} holds a character that no header can carry, such as a line break", clean(place))
}

/// The headers of `login` as a preview shows them: where each secret is found, never what it is.
pub fn described(login: &HttpLogin) -> Vec<String> {
    let from = |secret: &SecretRef| format!("{HIDDEN} (from {})", secret::place(secret));
    let token = login.token.iter().map(|token| format!("authorization: Bearer {}", from(token)));
    let basic = login.user.iter().zip(&login.password);
    let basic = basic.map(|(user, password)| format!("authorization: Basic {} and {}", clean(user), from(password)));
    let headers = login.headers.iter().map(|(name, value)| match value {
        HttpHeader::Text(text) => clean(&format!("{}: {text}", name.to_lowercase())),
        HttpHeader::Secret(secret) => clean(&format!("{}: {}", name.to_lowercase(), from(secret))),
    });
    token.chain(basic).chain(headers).collect()
}

/// A header of a step; what its name says is secret is not shown.
pub fn described_header(name: &str, value: &str) -> String {
    let value = if crate::plan::source::masking::looks_secret(name) { HIDDEN } else { value };
    clean(&format!("{}: {value}", name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::systems::clock::SystemClock;

    fn secret(text: &str) -> SecretRef {
        SecretRef::Command(vec!["printf".into(), "%s".into(), text.into()])
    }

    #[tokio::test]
    async fn what_was_sent_is_not_shown_when_it_comes_back() {
        let headers = BTreeMap::from([("X-Key".to_owned(), HttpHeader::Secret(secret("k3y-1234")))]);
        let login = HttpLogin { user: Some("ada".into()), password: Some(secret("hunter2")), headers, ..HttpLogin::default() };
        let read = Login::read(&login, &SystemClock).await.unwrap();
        let echo = format!("you said {} and hunter2\nand \u{1b}[2Jk3y-1234", STANDARD.encode("ada:hunter2"));
        assert_eq!(read.shown(&echo, 100), "you said ••• and ••• and \\u{1b}[2J•••");
        assert_eq!(read.shown("0123456789", 4), "0123…");
        assert!(!format!("{:?}", read.headers).contains("k3y-1234"));
        let described = described(&login).join("; ");
        assert!(
            described.contains("Basic ada and ••• (from the program printf)") && !described.contains("hunter2"),
            "{described}"
        );
        assert_eq!(described_header("X-Api-Token", "t0p"), "x-api-token: •••");
    }

    #[tokio::test]
    async fn a_secret_that_cannot_be_sent_is_named_by_its_place() {
        let login = HttpLogin { token: Some(secret("a\nb")), ..HttpLogin::default() };
        let error = Login::read(&login, &SystemClock).await.err().unwrap();
        assert!(error.contains("the program printf holds a character") && !error.contains("a\nb"), "{error}");
    }
}

//! How long certificates and tokens hold, read without believing anything else in them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use x509_cert::{Certificate, der::Decode};

use crate::model::{Aspect, Check, Duration, Time};

/// Renewing a certificate takes people, and people take days.
pub const CERTIFICATE_SOON: Duration = Duration::from_hours(14 * 24);
/// Tokens are short by nature; one that ends within the hour may end in the middle of an incident.
pub const TOKEN_SOON: Duration = Duration::from_hours(1);

/// When a certificate ends.
pub fn of_certificate(der: &[u8]) -> Option<Time> {
    let ends = Certificate::from_der(der).ok()?.tbs_certificate.validity.not_after;
    Time::from_timestamp(i64::try_from(ends.to_unix_duration().as_secs()).ok()?, 0)
}

/// When the first certificate of a PEM text ends: in a chain that is the holder's own.
pub fn of_pem(pem: &[u8]) -> Option<Time> {
    of_certificate(CertificateDer::from_pem_slice(pem).ok()?.as_ref())
}

/// When a bearer token ends, if it is one that says so (a JWT). Its signature is the server's affair.
pub fn of_token(token: &str) -> Option<Time> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.trim().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let exp = serde_json::from_slice::<Claims>(&claims).ok()?.exp;
    Time::from_timestamp(exp as i64, 0)
}

/// The answer about something that ends at `ends`.
pub fn judge(aspect: Aspect, what: &str, ends: Time, soon: Duration, now: Time) -> Check {
    Check::ending(aspect, what, ends, soon, now)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;
    use crate::model::Ready;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_says_when_it_ends() {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2026, 12, 1);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let ends = at("2026-12-01T00:00:00Z");
        assert_eq!((of_certificate(made.der()), of_pem(made.pem().as_bytes())), (Some(ends), Some(ends)));
        assert_eq!((of_certificate(b"nothing"), of_pem(b"nothing")), (None, None));
        let judged = |now| judge(Aspect::Tls, "its certificate", ends, CERTIFICATE_SOON, at(now));
        assert_eq!(judged("2026-11-01T00:00:00Z").words, "expires in 30d, at 2026-12-01T00:00:00Z");
        assert_eq!(judged("2026-11-16T00:00:00Z").ready, Ready::Yes);
        assert_eq!(judged("2026-11-20T00:00:00Z").ready, Ready::Warned);
        let over = judged("2026-12-02T00:00:00Z");
        assert_eq!((over.ready, over.words.as_str()), (Ready::No, "expired 24h ago, at 2026-12-01T00:00:00Z"));
    }

    #[test]
    fn a_token_says_when_it_ends_or_nothing() {
        let token = |claims: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(of_token(&token(r#"{"exp": 1796083200}"#)), Some(at("2026-12-01T00:00:00Z")));
        for other in ["opaque", "a.b.c", "", &token("{}"), &token(r#"{"exp": "soon"}"#), &token(r#"{"exp": 1e300}"#)] {
            assert_eq!(of_token(other), None, "{other}");
        }
    }
}

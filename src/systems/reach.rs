//! Whether a server answers and who it proves to be, before anything is asked of it: TCP, and TLS with verification.

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::{
    expiry,
    found::{Found, LIMIT, Steps},
    transport::{self, Meter, Metered, Written},
};
use crate::model::{Aspect, Check, Clock, Duration, Ready, Time, text::clean};

/// What a handshake may weigh: certificates are a few kilobytes each.
const HANDSHAKE_BYTES: u64 = 256 * 1024;
/// PostgreSQL's SSLRequest; the server answers `S` or `N`.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// How TLS begins there.
pub enum Speech {
    /// Not at all.
    Clear,
    /// Somebody said that its certificate is not to be verified.
    Unverified,
    /// At once.
    Tls(Box<ClientConfig>),
    /// When PostgreSQL was asked for it.
    Postgres(Box<ClientConfig>),
}

/// A server's address.
pub struct Door<'a> {
    pub host: &'a str,
    pub port: u16,
    /// The name that its certificate must have, where that is not `host`.
    pub name: Option<&'a str>,
    pub written: Written,
}

enum Miss {
    Silent(String),
    Tls(String),
}

impl Door<'_> {
    /// Connects, says so in `found`, and hangs up. Whether it is worth asking more.
    pub async fn knock(&self, speech: Speech, found: &Found, steps: &Steps, clock: &dyn Clock) -> bool {
        let address = clean(&format!("{}:{}", self.host, self.port));
        let began = clock.passed();
        let weak = match speech {
            Speech::Clear => Some((
                "everything is sent in the clear, and nothing proves who answers there",
                "turn TLS on there, and leave `tls: false` (or http://) out of the plan",
            )),
            Speech::Unverified => Some((
                "its certificate is not verified: anybody may answer there",
                "take `insecure-skip-tls-verify` out of the kubeconfig, and name its `certificate-authority`",
            )),
            Speech::Tls(_) | Speech::Postgres(_) => None,
        };
        let opened = transport::within(clock, LIMIT * 2, self.open(speech, clock)).await;
        let took = Duration::from_millis(clock.passed().saturating_sub(began).as_millis().max(1));
        let hangs = || Miss::Silent(format!("it takes connections, but TLS did not stand within {}: does it hang?", LIMIT * 2));
        match opened.unwrap_or_else(|| Err(hangs())) {
            Err(Miss::Silent(why)) => {
                found.unknown(steps, Aspect::Reachable, &address, &why);
                false
            }
            Err(Miss::Tls(why)) => {
                found.add(steps, Check::new(Aspect::Reachable, &address, Ready::Yes, "takes connections"));
                found.no(steps, Aspect::Tls, &format!("its certificate for {}", self.host), &why);
                false
            }
            Ok(ends) => {
                found.add(steps, Check::new(Aspect::Reachable, &address, Ready::Yes, format!("answers within {took}")));
                if let Some((words, mend)) = weak {
                    found.add(steps, Check::new(Aspect::Tls, "TLS", Ready::Warned, words).mend(mend));
                } else if let Some(ends) = ends {
                    let soon = expiry::CERTIFICATE_SOON;
                    found.add(steps, expiry::judge(Aspect::Tls, "its certificate", ends, soon, clock.now()));
                }
                true
            }
        }
    }

    /// When its certificate ends.
    async fn open(&self, speech: Speech, clock: &dyn Clock) -> Result<Option<Time>, Miss> {
        let tcp = transport::tcp(self.host, self.port, clock, LIMIT).await.map_err(Miss::Silent)?;
        let mut stream = Metered::new(tcp, Meter::new(HANDSHAKE_BYTES));
        let trust = match speech {
            Speech::Clear | Speech::Unverified => return Ok(None),
            Speech::Tls(trust) => trust,
            Speech::Postgres(trust) => {
                let broken = |error: std::io::Error| Miss::Silent(format!("it ended the connection before TLS: {error}"));
                stream.write_all(&SSL_REQUEST).await.map_err(broken)?;
                match stream.read_u8().await.map_err(broken)? {
                    b'S' => {}
                    b'N' => return Err(Miss::Tls("it offers no TLS: turn `ssl` on there".into())),
                    _ => return Err(Miss::Tls("it answers unlike PostgreSQL: are host and port right?".into())),
                }
                trust
            }
        };
        let wanted = self.name.unwrap_or(self.host);
        let name = ServerName::try_from(wanted.to_owned())
            .map_err(|_| Miss::Tls(format!("`{}` is no name that a certificate can have", clean(wanted))))?;
        let stream = TlsConnector::from(std::sync::Arc::new(*trust)).connect(name, stream).await.map_err(|error| {
            match transport::tls_words(&error, wanted, self.written) {
                Some(words) => Miss::Tls(words),
                // What ends a connection in the middle says nothing of a certificate.
                None => Miss::Silent(format!("TLS did not stand: {}", transport::deepest(&error))),
            }
        })?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        Ok(shown.and_then(|certificate| expiry::of_certificate(certificate.as_ref())))
    }
}

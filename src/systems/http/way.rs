//! The way to one web server: TCP, TLS with verification, and who answered. Nothing is asked yet.

use std::sync::Arc;

use reqwest::Url;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::{
    model::{Clock, Digest, Duration, Identity, text::clean},
    systems::transport::{self, CONNECT_LIMIT, Meter, Metered},
};

/// What a handshake may weigh: certificates are a few kilobytes each.
const HANDSHAKE_BYTES: u64 = 256 * 1024;
/// Hexadecimal digits of a key's digest that are pinned: 128 bits.
const KEY_DIGITS: usize = 32;

/// Limits on one request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest for TCP, and again for TLS, to stand.
    pub connect: Duration,
    /// Longest from the request's start to the end of its answer.
    pub request: Duration,
    /// Most that an answer's body may weigh.
    pub reply_bytes: u64,
}

impl Limits {
    pub const USUAL: Limits = Limits { connect: CONNECT_LIMIT, request: Duration::from_secs(5), reply_bytes: 1024 * 1024 };
}

/// A server's address, and whom its certificate must be from.
#[derive(Clone)]
pub struct Way {
    base: Url,
    tls: Option<Arc<ClientConfig>>,
    /// `api (https://api.example)`, for messages.
    place: String,
}

/// Bytes to and from a server.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open connection, on which nothing was sent yet.
pub struct Line {
    pub stream: Box<dyn Stream>,
    pub meter: Meter,
    /// Who answered: the address, and the digest of the public key in its certificate. Without TLS nothing proves who that is;
    /// then it is the address that the name led to.
    pub identity: Identity,
}

impl Way {
    /// `name` is the connection's, or the address itself. Reads the file of authorities.
    pub async fn new(name: &str, url: &str, ca: Option<&str>) -> Result<Self, String> {
        let base = parse(url).map_err(|why| format!("{}: {why}", clean(name)))?;
        let origin = clean(&base.origin().ascii_serialization());
        let place = if name == url { origin } else { clean(&format!("{name} ({origin})")) };
        let tls = match base.scheme() {
            "https" => Some(Arc::new(transport::trust(ca).await.map_err(|why| format!("{place}: {why}"))?)),
            _ => None,
        };
        Ok(Self { base, tls, place })
    }

    pub fn place(&self) -> &str {
        &self.place
    }
    pub fn is_secret(&self) -> bool {
        self.tls.is_some()
    }

    /// The address of `path`, which begins with `/` and may carry a query.
    pub fn url(&self, path: &str) -> Result<Url, String> {
        join(&self.base, path).map_err(|why| format!("{}: {why}", self.place))
    }

    /// Connects, in verified TLS where the address says https. An error means that nothing was asked.
    pub async fn open(&self, limit: Duration, clock: &dyn Clock) -> Result<Line, String> {
        let fault = |why: String| format!("{}: {why}", self.place);
        let host = self.base.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.base.port_or_known_default().unwrap_or_default();
        let tcp = transport::tcp(host, port, clock, limit).await.map_err(fault)?;
        let peer = tcp.peer_addr().map_or_else(|error| error.to_string(), |peer| peer.to_string());
        let address = Identity::default().with("address", format!("{}://{host}:{port}", self.base.scheme()));
        let meter = Meter::new(HANDSHAKE_BYTES);
        let stream = Metered::new(tcp, meter.clone());
        let Some(tls) = &self.tls else {
            return Ok(Line { stream: Box::new(stream), meter, identity: address.with("peer", peer) });
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| fault(format!("`{host}` is no name that a certificate can have")))?;
        let shaken = transport::within(clock, limit, TlsConnector::from(tls.clone()).connect(name, stream)).await;
        let stream = shaken
            .ok_or_else(|| {
                fault(format!("it takes connections, but TLS did not stand within {limit}: does it hang, does it speak TLS?"))
            })?
            .map_err(|error| {
                fault(
                    transport::tls_words(&error, host, transport::Written::Plan)
                        .unwrap_or_else(|| format!("TLS failed: {}", transport::deepest(&error))),
                )
            })?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[CertificateDer]>::first);
        let key = certificate.and_then(key_of).ok_or_else(|| fault("it showed no certificate that can be read".into()))?;
        Ok(Line { stream: Box::new(stream), meter, identity: address.with("key", key) })
    }
}

/// The address of a web server.
pub fn parse(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("its `url` is none ({error}): write https://host:port"))?;
    let is_ours =
        matches!(url.scheme(), "https" | "http") && url.has_host() && url.username().is_empty() && url.password().is_none();
    if is_ours { Ok(url) } else { Err("its `url` is none of a web server: write https://host:port, without a login".into()) }
}

fn join(base: &Url, path: &str) -> Result<Url, String> {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    if !path.starts_with('/') {
        return Err(format!("`{}` is no path: it starts with /", clean(path)));
    }
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    Ok(url)
}

/// The digest of a certificate's public key: it stays when a certificate is renewed with its key.
fn key_of(certificate: &CertificateDer) -> Option<String> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    let digest = Digest::of(parsed.subject_public_key_info().as_ref());
    Some(format!("sha256 {}", digest.as_str().get(..KEY_DIGITS)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leads_to_another_server() {
        let url = |base: &str, path: &str| join(&parse(base).unwrap(), path).map(|url| url.to_string());
        assert_eq!(url("https://a.example/base/", "/x?y=1&z=a b").unwrap(), "https://a.example/base/x?y=1&z=a%20b");
        assert_eq!(url("https://a.example", "/").unwrap(), "https://a.example/");
        for path in ["//evil.example/x", "/\\evil.example", "/@evil.example/", "/..//evil.example"] {
            assert!(url("https://a.example", path).unwrap().starts_with("https://a.example/"), "{path}");
        }
        assert!(url("https://a.example", "@evil.example/").is_err() && url("https://a.example", "").is_err());
        for bad in ["ftp://a.example", "https://ada:hunter2@a.example", "a.example", "https://"] {
            assert!(!parse(bad).unwrap_err().contains("hunter2"), "{bad}");
        }
    }
}

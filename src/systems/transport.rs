//! The ways out: trust in certificates, TCP with a limit, HTTP that never repeats itself, and bounds on what comes back.

use std::{
    error::Error,
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::model::{Clock, Duration, text::clean};

/// Longest a connection may take to come about.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A file of authorities is not larger.
const MAX_CA_BYTES: u64 = 4 * 1024 * 1024;

/// `work`'s result, or `None` when `limit` of this clock's time has passed first.
pub async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = clock.sleep(limit) => None,
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(ring::default_provider())).clone()
}

/// Whom to trust: the authorities in the PEM file `ca`, which is read now, else those of this machine, which are read once.
pub async fn trust(ca: Option<&str>) -> Result<ClientConfig, String> {
    static MACHINE: OnceLock<ClientConfig> = OnceLock::new();
    let builder = builder()?;
    let Some(path) = ca else {
        if let Some(shared) = MACHINE.get() {
            return Ok(shared.clone());
        }
        let config = builder
            .with_platform_verifier()
            .map_err(|error| format!("this machine's certificate authorities cannot be used ({error}): name a file with `ca`"))?
            .with_no_client_auth();
        return Ok(MACHINE.get_or_init(|| config).clone());
    };
    let shown = clean(path);
    let size = tokio::fs::metadata(path).await.map_err(|error| format!("the `ca` file {shown} cannot be read: {error}"))?.len();
    if size > MAX_CA_BYTES {
        return Err(format!("the `ca` file {shown} is larger than {} MiB", MAX_CA_BYTES / 1024 / 1024));
    }
    let pem = tokio::fs::read(path).await.map_err(|error| format!("the `ca` file {shown} cannot be read: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| format!("the `ca` file {shown} is damaged: expected PEM certificates"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("the `ca` file {shown} holds a certificate that cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err(format!("the `ca` file {shown} holds no certificate: expected -----BEGIN CERTIFICATE-----"));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// To trust these authorities and no others.
pub fn trust_in(roots: RootCertStore) -> Result<ClientConfig, String> {
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// A client that sends each request exactly once, to where it was told: no redirects, no repeats, no proxy from the environment.
pub async fn http(ca: Option<&str>) -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(trust(ca).await?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_LIMIT.std())
        .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot be set up: {}", deepest(&error)))
}

/// The reply's body, of at most `cap` bytes.
pub async fn body(mut reply: reqwest::Response, cap: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match reply.chunk().await {
            Ok(None) => return Ok(bytes),
            Ok(Some(chunk)) if bytes.len() + chunk.len() > cap => {
                return Err(format!("the reply is larger than {}: ask for less", size(cap as u64)));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => {
                let why = deepest(&error);
                return Err(http_words(&why).map_or_else(|| format!("the reply broke off: {why}"), str::to_owned));
            }
        }
    }
}

/// What an error of the HTTP libraries says of a server that broke off or speaks something else, in words that say what to
/// look at; `None` for any other.
pub fn http_words(why: &str) -> Option<&'static str> {
    const CUT: [&str; 6] =
        ["before message completed", "end of file", "unexpected eof", "connection reset", "broken pipe", "without sending tls"];
    const FOREIGN: [&str; 4] = ["invalid http", "message head is too large", "chunk", "invalid content-length"];
    let why = why.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|text| why.contains(text));
    if says(&CUT) {
        Some("the connection ended in the middle of the answer: was the server restarted, does something between cut it?")
    } else if says(&FOREIGN) {
        Some("it answers unlike an HTTP server: is this its address and port?")
    } else {
        None
    }
}

/// How long a server asks to be left alone, by its Retry-After in seconds.
pub fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let said = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    said.parse().ok().map(Duration::from_secs)
}

/// `512 KiB`, `8 MiB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0).replace(".0 ", " "),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0).replace(".0 ", " "),
    }
}

/// A TCP connection to `host:port`, or why there is none and what to look at.
pub async fn tcp(host: &str, port: u16, clock: &dyn Clock, limit: Duration) -> Result<TcpStream, String> {
    let address = clean(&format!("{host}:{port}"));
    match within(clock, limit, TcpStream::connect((host, port))).await {
        None => Err(format!("no answer from {address} within {limit}: is the machine up, does a firewall stand between?")),
        Some(Err(error)) => Err(match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("nothing listens at {address} (connection refused): is the server up?"),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => format!("no way to {address}: {error}"),
            io::ErrorKind::PermissionDenied => format!("this machine forbids connecting to {address}: {error}"),
            _ => format!("cannot connect to {address}: {error}"),
        }),
        Some(Ok(stream)) => {
            // Small requests must not wait for each other; without it they only take longer.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
    }
}

/// Where an address and the authority of its certificate are written, and so where a mistake in them is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Plan,
    Kubeconfig,
}

/// What is wrong with a server's certificate, if `error` is about that.
pub fn tls_words(error: &(dyn Error + 'static), host: &str, written: Written) -> Option<String> {
    let rustls = chain(error).find_map(|e| e.downcast_ref::<rustls::Error>())?;
    let host = clean(host);
    let (place, authority) = match written {
        Written::Plan => ("plan", "`ca`"),
        Written::Kubeconfig => ("kubeconfig", "`certificate-authority`"),
    };
    Some(match rustls {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for `{host}`: correct the address in the {place}, or the certificate's names")
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("its certificate is from an authority that is not trusted here: name the right one with {authority}")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired: renew it there".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet: are the clocks right?".to_owned()
            }
            CertificateError::Revoked => "its certificate was revoked".to_owned(),
            other => format!("its certificate is not accepted: {}", clean(&format!("{other:?}"))),
        },
        other => format!("TLS failed: {}", clean(&other.to_string())),
    })
}

/// The innermost cause, which is the one that says something.
pub fn deepest(error: &(dyn Error + 'static)) -> String {
    clean(&chain(error).last().map_or_else(|| error.to_string(), ToString::to_string))
}

/// `error` and its causes. An `io::Error` hides what it wraps from `source`, so that is looked into as well.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn cause<'a>(e: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        match e.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => e.source(),
        }
    }
    std::iter::successors(Some(error), |e| cause(*e))
}

/// How many bytes a server may still send; shared by a [`Metered`] stream and who asks over it.
#[derive(Clone, Debug)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    pub fn new(allowed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(allowed)))
    }
    /// Allows this many bytes from here on.
    pub fn allow(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
    pub fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// A stream that breaks when the other side sends more than its meter allows.
pub struct Metered<S> {
    stream: S,
    meter: Meter,
}

impl<S> Metered<S> {
    pub fn new(stream: S, meter: Meter) -> Self {
        Self { stream, meter }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = (buf.filled().len() - before) as u64;
        let left = self.meter.0.load(Ordering::Relaxed);
        self.meter.0.store(left.saturating_sub(read), Ordering::Relaxed);
        if read > left {
            return Poll::Ready(Err(io::Error::other("the reply is larger than allowed")));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::systems::clock::SystemClock;

    #[tokio::test]
    async fn a_metered_stream_breaks_at_its_bound_and_not_before() {
        let meter = Meter::new(4);
        let mut stream = Metered::new(&b"abcdefgh"[..], meter.clone());
        let mut four = [0; 4];
        stream.read_exact(&mut four).await.unwrap();
        assert!(meter.is_spent());
        meter.allow(2);
        assert!(stream.read_exact(&mut four).await.unwrap_err().to_string().contains("larger than allowed"));
    }

    #[tokio::test]
    async fn a_ca_file_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "not a certificate").unwrap();
        assert!(trust(path.to_str()).await.unwrap_err().contains("holds no certificate"));
        assert!(trust(Some("/no/such/ca.pem")).await.unwrap_err().contains("/no/such/ca.pem cannot be read"));
        assert!(trust(None).await.is_ok(), "this machine's own authorities");
    }

    #[tokio::test]
    async fn a_closed_port_is_said_in_words() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = tcp("127.0.0.1", port, &SystemClock, CONNECT_LIMIT).await.unwrap_err();
        assert!(error.contains("nothing listens at 127.0.0.1"), "{error}");
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!([size(12), size(2048), size(8 << 20), size(3 << 29)], ["12 bytes", "2 KiB", "8 MiB", "1.5 GiB"]);
    }
}

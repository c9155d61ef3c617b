//! What a login's kubeconfig says of the server's certificate and of how long the login holds. Asks nobody, runs nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use kube::config::{AuthInfo, KubeConfigOptions};
use rustls::{RootCertStore, pki_types::CertificateDer};
use secrecy::ExposeSecret;

use super::link::{Login, Place, login_of, off_the_runtime, read};
use crate::{
    model::{Duration, Time},
    plan::KubernetesLink,
    systems::{expiry, reach::Speech, transport},
};

/// Something of a login that ends.
pub struct Lasts {
    /// `the token of lab/act`.
    pub what: String,
    pub until: Time,
    /// Under so much it should be renewed.
    pub soon: Duration,
}

/// A login, read.
pub struct Credential {
    pub place: Place,
    pub host: String,
    pub port: u16,
    pub speech: Speech,
    /// The name that the server's certificate must have, where that is not `host`.
    pub name: Option<String>,
    pub lasts: Vec<Lasts>,
}

/// Reads what `login` of `link` is.
pub async fn credential(connection: &str, link: &KubernetesLink, login: Login) -> Result<Credential, String> {
    let (name, login) = (connection.to_owned(), login_of(connection, link, login)?);
    let runtime = tokio::runtime::Handle::current();
    let (place, config) = off_the_runtime(move || {
        let (config, place) = read(&name, &login)?;
        let options = KubeConfigOptions { context: Some(login.context.clone()), ..Default::default() };
        // Its errors may quote what they could not read.
        let unusable = |_| format!("connection {name}: context `{}` of its kubeconfig is not complete", login.context);
        let config = runtime.block_on(kube::Config::from_custom_kubeconfig(config, &options)).map_err(unusable)?;
        Ok((place, config))
    })
    .await?;
    let uri = &config.cluster_url;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let is_tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let speech = match &config.root_cert {
        _ if !is_tls => Speech::Clear,
        _ if config.accept_invalid_certs => Speech::Unverified,
        None => Speech::Tls(Box::new(transport::trust(None).await?)),
        Some(roots) => Speech::Tls(Box::new(transport::trust_in(store(connection, roots)?)?)),
    };
    let lasts = off_the_runtime({
        let (auth, login) = (config.auth_info.clone(), place.login.clone());
        move || Ok(lasts(&auth, &login))
    })
    .await?;
    Ok(Credential { place, host, port, speech, name: config.tls_server_name, lasts })
}

fn store(connection: &str, roots: &[Vec<u8>]) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for root in roots {
        let unusable =
            |error| format!("connection {connection}: the kubeconfig's `certificate-authority` cannot be used: {error}");
        store.add(CertificateDer::from(root.clone())).map_err(unusable)?;
    }
    Ok(store)
}

/// What of it says when it ends. Blocks on files.
fn lasts(auth: &AuthInfo, login: &str) -> Vec<Lasts> {
    let token = auth.token.as_ref().map(|token| token.expose_secret().to_owned());
    let token = token.or_else(|| small_file(auth.token_file.as_deref()).and_then(|bytes| String::from_utf8(bytes).ok()));
    let token = token.map(zeroize::Zeroizing::new).and_then(|token| expiry::of_token(&token));
    let inline = auth.client_certificate_data.as_ref().and_then(|data| STANDARD.decode(data.trim()).ok());
    let certificate = inline.or_else(|| small_file(auth.client_certificate.as_deref()));
    let certificate = certificate.and_then(|pem| expiry::of_pem(&pem));
    let of = |what: &str, until, soon| Lasts { what: format!("{what} of {login}"), until, soon };
    let token = token.map(|until| of("the token", until, expiry::TOKEN_SOON));
    let certificate = certificate.map(|until| of("the client's certificate", until, expiry::CERTIFICATE_SOON));
    token.into_iter().chain(certificate).collect()
}

fn small_file(path: Option<&str>) -> Option<Vec<u8>> {
    let path = path?;
    let about = std::fs::metadata(path).ok()?;
    // A pipe would never end; nothing that is meant here is large.
    if about.is_file() && about.len() < 1 << 20 { std::fs::read(path).ok() } else { None }
}

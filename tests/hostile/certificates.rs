//! An authority of our own, and server certificates by it that are right, for another name, and expired.

use std::sync::{Arc, OnceLock};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::fault::Fault;

pub struct Certificates {
    folder: tempfile::TempDir,
    good: TlsAcceptor,
    wrong_name: TlsAcceptor,
    expired: TlsAcceptor,
}

impl Certificates {
    /// Made once for all tests of a program.
    pub fn shared() -> &'static Self {
        static MADE: OnceLock<Certificates> = OnceLock::new();
        MADE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let ours = ["127.0.0.1", "localhost"].map(str::to_owned).to_vec();
        Self {
            folder,
            good: acceptor(&issuer, ours.clone(), 4000),
            wrong_name: acceptor(&issuer, vec!["elsewhere.example".to_owned()], 4000),
            expired: acceptor(&issuer, ours, 2020),
        }
    }

    /// The PEM file that trusts this authority.
    pub fn ca(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// How a server with `fault` greets over TLS.
    pub fn acceptor(&self, fault: Fault) -> TlsAcceptor {
        match fault {
            Fault::WrongName => self.wrong_name.clone(),
            Fault::Expired => self.expired.clone(),
            _ => self.good.clone(),
        }
    }
}

fn acceptor(issuer: &Issuer<'_, KeyPair>, names: Vec<String>, until: i32) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(names).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(until, 1, 1));
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

//! A small application: writes rows as `app` wherever its Deployment says the database is, and remembers what it was told.
#![allow(clippy::disallowed_methods, reason = "real servers run in real time; every wait is bounded")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use lifeboat::model::Time;
use tokio_postgres::{Client, config::SslMode};

use crate::support::lab::Piece;

/// Where the database is, and whether any pod runs: what a pod would know.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Deployed {
    address: String,
    replicas: u64,
}

#[derive(Default)]
struct Shared {
    deployed: Mutex<Option<Deployed>>,
    /// Rows whose commit the application was told about, and when.
    acknowledged: Mutex<Vec<(i64, Time)>>,
    last_write: Mutex<Option<Instant>>,
    wrote_at: Mutex<Option<String>>,
    next: AtomicI64,
    stop: AtomicBool,
}

pub struct Application {
    shared: Arc<Shared>,
    /// Where Prometheus scrapes it.
    pub metrics: String,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// A metrics address first: Prometheus is started with it, the application needs the cluster.
pub struct Metrics(TcpListener);

impl Metrics {
    pub fn bind() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }
    pub fn address(&self) -> String {
        self.0.local_addr().expect("an address").to_string()
    }
}

impl Application {
    pub fn start(metrics: Metrics, postgres: &Piece, cluster: &Piece) -> Self {
        let shared = Arc::new(Shared::default());
        let address = metrics.address();
        let mut threads = Vec::new();

        let of = shared.clone();
        threads.push(std::thread::spawn(move || serve_metrics(&metrics.0, &of)));

        let (kubectl, config) = (cluster.text("/kubectl").to_owned(), cluster.text("/kubeconfigs/admin").to_owned());
        let of = shared.clone();
        threads.push(std::thread::spawn(move || {
            while !of.stop.load(Ordering::Relaxed) {
                if let Some(deployed) = deployed(&kubectl, &config) {
                    *of.deployed.lock().unwrap() = Some(deployed);
                }
                std::thread::park_timeout(Duration::from_millis(200));
            }
        }));

        let ca = postgres.text("/ca").to_owned();
        let password = std::fs::read_to_string(postgres.text("/secrets/app")).expect("the application's password");
        let of = shared.clone();
        threads.push(std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(write_rows(&of, &ca, &password));
        }));
        Self { shared, metrics: address, threads }
    }

    pub fn acknowledged(&self) -> Vec<i64> {
        self.shared.acknowledged.lock().unwrap().iter().map(|(id, _)| *id).collect()
    }

    /// When the application was told that a row is written.
    pub fn told_at(&self, id: i64) -> Option<Time> {
        self.shared.acknowledged.lock().unwrap().iter().find(|(own, _)| *own == id).map(|(_, at)| *at)
    }

    /// The address that the newest acknowledged row went to.
    pub fn wrote_at(&self) -> Option<String> {
        self.shared.wrote_at.lock().unwrap().clone()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Wakes the metrics thread out of its wait.
        let _ = std::net::TcpStream::connect(&self.metrics);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn deployed(kubectl: &str, config: &str) -> Option<Deployed> {
    let output = Command::new(kubectl)
        .args(["--kubeconfig", config, "-n", "production", "get", "deployment", "user-service", "-o", "json"])
        .output()
        .ok()?;
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let env = object.pointer("/spec/template/spec/containers/0/env")?.as_array()?;
    let address = env.iter().find(|v| v["name"] == "DB_HOST")?["value"].as_str()?.to_owned();
    Some(Deployed { address, replicas: object.pointer("/spec/replicas")?.as_u64()? })
}

async fn write_rows(of: &Shared, ca: &str, password: &str) {
    let mut open: Option<(Deployed, Client)> = None;
    while !of.stop.load(Ordering::Relaxed) {
        let wanted = of.deployed.lock().unwrap().clone();
        let Some(wanted) = wanted.filter(|deployed| deployed.replicas > 0) else {
            open = None;
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if open.as_ref().is_none_or(|(at, client)| *at != wanted || client.is_closed()) {
            open = connect(&wanted.address, ca, password).await.map(|client| (wanted.clone(), client));
        }
        let Some((at, client)) = &open else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let id = of.next.fetch_add(1, Ordering::Relaxed);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&id];
        let write = client.execute("insert into orders (id, note) values ($1, 'walk')", &values);
        match tokio::time::timeout(Duration::from_secs(2), write).await {
            Ok(Ok(1)) => {
                of.acknowledged.lock().unwrap().push((id, std::time::SystemTime::now().into()));
                *of.last_write.lock().unwrap() = Some(Instant::now());
                *of.wrote_at.lock().unwrap() = Some(at.address.clone());
            }
            _ => open = None,
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

async fn connect(address: &str, ca: &str, password: &str) -> Option<Client> {
    let (host, port) = address.rsplit_once(':')?;
    let pem = std::fs::read(ca).ok()?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls::pki_types::pem::PemObject::pem_slice_iter(&pem) {
        let certificate: rustls::pki_types::CertificateDer<'_> = certificate.ok()?;
        roots.add(certificate).ok()?;
    }
    let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let mut config = tokio_postgres::Config::new();
    config.host(host).port(port.parse().ok()?).user("app").password(password).dbname("orders").ssl_mode(SslMode::Require);
    config.connect_timeout(Duration::from_secs(2)).application_name("walk");
    let connecting = config.connect(tokio_postgres_rustls::MakeRustlsConnect::new(tls));
    let (client, connection) = tokio::time::timeout(Duration::from_secs(3), connecting).await.ok()?.ok()?;
    tokio::spawn(connection);
    Some(client)
}

/// `orders_app_write_success`: whether a row was acknowledged within the last two seconds.
fn serve_metrics(listener: &TcpListener, of: &Shared) {
    for stream in listener.incoming() {
        if of.stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = stream.read(&mut [0; 2048]);
        let writes = of.last_write.lock().unwrap().is_some_and(|last| last.elapsed() < Duration::from_secs(2));
        let body = format!("# TYPE orders_app_write_success gauge\norders_app_write_success {}\n", u8::from(writes));
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all((head + &body).as_bytes());
    }
}

//! Exporters of many nodes in one process of ours, and a real Prometheus (a package's) that scrapes them all.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub struct Fleet {
    pub url: String,
    prometheus: Child,
    ended: Arc<AtomicBool>,
    _folder: tempfile::TempDir,
}

/// A node's page, in the words of the vendor's exporter.
fn page(node: usize) -> String {
    let mut page = String::new();
    for id in 0..8 {
        let labels = format!(
            r#"Serial="AM{node:05}{id}",UUID="01P0-HL3090A0-14-U{node:05}-{id}",device="AM{node:05}{id}",id="{id}",fit="0",spi="1.24.0",driver="1.24.0",pod_namespace="training",pod_name="train-{node}""#
        );
        let load = (node * 31 + id * 17) % 100;
        for (metric, value) in [
            ("device_config", 1.0),
            ("utilization", load as f64),
            ("memory_total_bytes", 137_438_953_472.0),
            ("memory_used_bytes", load as f64 * 1e9),
            ("temperature_onchip", 40.0 + load as f64 * 0.4),
            ("temperature_threshold_slowdown", 102.0),
            ("power_mW", 200_000.0 + load as f64 * 6_000.0),
            ("power_default_limit_mW", 850_000.0),
            ("pending_rows_state", 0.0),
            ("pending_rows_with_double_bit_ecc_errors", 0.0),
            ("pci_link_width", 16.0),
        ] {
            page += &format!("habanalabs_{metric}{{{labels}}} {value}\n");
        }
        for port in 0..24 {
            let kind = if port < 21 { "internal" } else { "external" };
            page += &format!("habanalabs_nic_port_status{{{labels},port=\"{port}\",port_type=\"{kind}\"}} 1\n");
        }
    }
    page
}

fn answer(stream: TcpStream) {
    let mut reader = BufReader::new(&stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
        }
        let node = first.split_whitespace().nth(1).and_then(|path| path.trim_start_matches('/').parse().ok()).unwrap_or(0);
        let body = page(node);
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut out = &stream;
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

impl Fleet {
    pub fn up(nodes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let exporter = listener.local_addr().expect("its address");
        let ended = Arc::new(AtomicBool::new(false));
        let stop = ended.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !stop.load(Ordering::Relaxed)).flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = String::from(
            "global: {scrape_interval: 15s, scrape_timeout: 10s}\nscrape_configs:\n  - job_name: gaudi\n    static_configs:\n",
        );
        for node in 0..nodes {
            let labels = format!("{{__metrics_path__: /{node}, instance: \"gaudi-{node:04}:41611\", region: us-west-2}}");
            config += &format!("      - {{targets: [\"{exporter}\"], labels: {labels}}}\n");
        }
        std::fs::write(folder.path().join("prometheus.yml"), config).expect("its configuration");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let prometheus = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Prometheus: install the package `prometheus`, as ./tests/run does");
        let fleet = Self { url: format!("http://127.0.0.1:{port}"), prometheus, ended, _folder: folder };
        fleet.wait_for(nodes * 8);
        fleet
    }

    /// Until every card was scraped.
    fn wait_for(&self, cards: usize) {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let query = "count(habanalabs_device_config)";
            let said = Command::new("curl")
                .args(["-s", "-m", "10", &format!("{}/api/v1/query", self.url), "--data-urlencode", &format!("query={query}")])
                .output()
                .expect("curl");
            if String::from_utf8_lossy(&said.stdout).contains(&format!("\"{cards}\"")) {
                return;
            }
            assert!(Instant::now() < deadline, "not all of {cards} cards were scraped within 2 minutes");
            std::thread::park_timeout(Duration::from_millis(500));
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.prometheus.kill();
        let _ = self.prometheus.wait();
    }
}

//! Exporters of accelerator cards that say what a test wants, a real Prometheus that scrapes them, and the real program that
//! looks at it. The exporters are ours: the cards they speak of can be had nowhere. Their words are those of the vendor's.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::looks::{Looks, Scraped};

/// One node's exporter. It listens on 127.0.0.1 until it is dropped.
pub struct Exporter {
    pub port: u16,
    page: Arc<Mutex<Option<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    pub fn new(page: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (page, ended) = (Arc::new(Mutex::new(Some(page))), Arc::new(AtomicBool::new(false)));
        let (its_page, its_end) = (page.clone(), ended.clone());
        let thread = std::thread::spawn(move || {
            while !its_end.load(Ordering::Relaxed) {
                let Ok((mut stream, _)) = listener.accept() else {
                    std::thread::park_timeout(Duration::from_millis(5));
                    continue;
                };
                let _ = stream.set_nonblocking(false);
                let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
                let mut head = [0; 4096];
                let _ = stream.read(&mut head);
                // Away: the connection ends without a word.
                let Some(body) = its_page.lock().unwrap().clone() else { continue };
                let kind = "text/plain; version=0.0.4";
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { port, page, ended, thread: Some(thread) }
    }

    /// Says this from now on; `None`: nothing.
    pub fn says(&self, page: Option<String>) {
        *self.page.lock().unwrap() = page;
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the vendor's exporter shows of card `id`, all well.
pub fn card(id: usize) -> String {
    let labels =
        format!(r#"Serial="AM{id:02}",UUID="u{id}",device="AM{id:02}",id="{id}",driver="1.24.0",pod_name="",pod_namespace="""#);
    let mut page = String::new();
    for (metric, value) in [
        ("device_config", 1.0),
        ("utilization", 62.0),
        ("memory_total_bytes", 137_438_953_472.0),
        ("memory_used_bytes", 44_000_000_000.0),
        ("temperature_onchip", 71.0),
        ("temperature_threshold_slowdown", 102.0),
        ("power_mW", 412_000.0),
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
    page
}

pub fn node() -> String {
    (0..8).map(card).collect()
}

/// A cluster of nodes behind a real Prometheus, and its plan.
pub struct Site {
    pub exporters: Vec<Exporter>,
    looks: Looks,
    _prometheus: Scraped,
}

impl Site {
    /// One exporter a page. `job`: the name under which Prometheus scrapes them, with a number behind.
    pub fn up(job: &str, pages: &[String]) -> Self {
        let exporters: Vec<Exporter> = pages.iter().cloned().map(Exporter::new).collect();
        let jobs: Vec<String> =
            exporters.iter().enumerate().map(|(nth, exporter)| format!("{job}-{nth}=127.0.0.1:{}", exporter.port)).collect();
        let prometheus = Scraped::by(&jobs);
        let looks = Looks::at(&format!(
            "apiVersion: lifeboat/v1\nkind: Plan\nname: cards\nregions: [{{name: us-west-2, role: primary}}]\n\
             connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}\n\
             accelerators: [{{name: west, region: us-west-2, nodes: {}, cards_per_node: 8, via: prom}}]\n",
            prometheus.url(),
            pages.len()
        ));
        Self { exporters, looks, _prometheus: prometheus }
    }

    /// What `lifeboat status` says of the exporters, as a line each, once `good` holds of it.
    #[track_caller]
    pub fn until(&self, what: &str, good: impl Fn(&str) -> bool) -> String {
        self.looks.until(what, good)
    }
}

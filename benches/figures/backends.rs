//! Backends of every kind that all do the same wrong thing, and a plan that asks all of them.

use std::path::Path;

use crate::{
    certificates::Certificates,
    cluster::{self, Cluster},
    fault::Fault,
    http::{Good, Heard, Site, Speech},
    hurry::Pace,
    postgres_server::{At, Server},
    prometheus_speech::Prometheus,
    redis_server,
};

/// The name of the plan that asks them.
pub const PLAN: &str = "hostile";

/// Of each kind.
const EACH: usize = 3;
/// Asked of each Prometheus.
const QUERIES: usize = 10;

pub struct Backends {
    prometheus: Vec<Site>,
    clusters: Vec<Site>,
    databases: Vec<Server>,
    caches: Vec<redis_server::Server>,
    pages: Vec<Site>,
    alerts: Vec<Site>,
}

/// Answers everything with the same text.
struct Page(&'static str);

impl Speech for Page {
    fn good(&self, _: &Heard) -> Good {
        Good::new(self.0)
    }
    fn refusal(&self, words: &str) -> String {
        words.to_owned()
    }
}

impl Backends {
    /// Those that do as `fault` says; `None`: they answer.
    pub async fn open(fault: Option<Fault>) -> Self {
        let (mut prometheus, mut clusters, mut databases) = (Vec::new(), Vec::new(), Vec::new());
        let (mut caches, mut pages, mut alerts) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..EACH {
            let (pace, clock) = (Pace::new(), Pace::new().clock());
            let kind = fault.unwrap_or(Fault::Silent);
            let at = if fault.is_some() { |_: &_| true } else { |_: &_| false };
            let statement = if fault.is_some() { "SELECT" } else { "(none)" };
            prometheus.push(Site::open(Prometheus { clock, label: "shop" }, kind, at, true, &pace).await);
            clusters.push(Site::open(Cluster { deployment: "web" }, kind, at, true, &pace).await);
            databases.push(Server::open(kind, At::Statement(statement), true, false, &pace).await);
            let asked = if fault.is_some() { "INFO" } else { "(none)" };
            caches.push(redis_server::Server::open(kind, asked, "", false, &pace).await);
            pages.push(Site::open(Page("{}"), kind, at, true, &pace).await);
            alerts.push(Site::open(Page("[]"), kind, at, true, &pace).await);
        }
        Self { prometheus, clusters, databases, caches, pages, alerts }
    }

    /// How often all of them were asked something.
    pub fn asked(&self) -> usize {
        let sites = [&self.prometheus, &self.clusters, &self.pages, &self.alerts].into_iter().flatten();
        let caches = self.caches.iter().map(|cache| cache.count("INFO"));
        let databases = self.databases.iter().map(|database| database.count("SELECT"));
        sites.map(|site| site.heard().len()).chain(caches).chain(databases).sum()
    }

    /// Writes a plan into `folder` that asks each of them.
    pub fn plan(&self, folder: &Path) {
        let mut connections = String::new();
        let mut services = String::new();
        let mut accelerators = String::new();
        for (n, site) in self.prometheus.iter().enumerate() {
            connections.push_str(&format!("  prom-{n}: {{region: west, prometheus: {{url: \"{}\"}}}}\n", site.address));
            for q in 0..QUERIES {
                services.push_str(&format!(
                    "  - name: service-{n}-{q}\n    tier: critical\n    region: east\n    healthy: {{query: {{via: prom-{n}, expr: 'min(up{{job=\"s-{q}\"}})', expect: \"== 1\"}}, for: 30s}}\n"
                ));
            }
        }
        for (n, site) in self.clusters.iter().enumerate() {
            let home = folder.join(format!("cluster-{n}"));
            std::fs::create_dir_all(&home).expect("a folder");
            let link = cluster::link(&home, site);
            let file = link.kubeconfig.expect("a kubeconfig");
            connections.push_str(&format!("  cluster-{n}: {{region: east, kubernetes: {{context: lab, kubeconfig: {file}}}}}\n"));
            accelerators
                .push_str(&format!("  - {{name: cards-{n}, region: east, nodes: 8, cards_per_node: 8, via: cluster-{n}}}\n"));
        }
        for (n, server) in self.databases.iter().enumerate() {
            let port = server.port;
            connections.push_str(&format!(
                "  db-{n}: {{region: west, postgres: {{host: 127.0.0.1, port: {port}, dbname: orders, tls: false, observe: {{user: look}}}}}}\n"
            ));
        }
        for (n, (page, alerts)) in self.pages.iter().zip(&self.alerts).enumerate() {
            connections.push_str(&format!("  alerts-{n}: {{region: west, alertmanager: {{url: \"{}\"}}}}\n", alerts.address));
            services.push_str(&format!(
                "  - {{name: page-{n}, tier: critical, region: east, healthy: {{http: {{url: \"{}/health\", expect: 200}}, for: 30s}}}}\n",
                page.address
            ));
        }
        let mut sources = String::new();
        for (n, cache) in self.caches.iter().enumerate() {
            let port = cache.port;
            connections.push_str(&format!(
                "  cache-{n}: {{region: west, redis: {{host: 127.0.0.1, port: {port}, tls: false, observe: {{user: look}}}}}}\n"
            ));
            sources.push_str(&format!(
                "      - {{name: snapshot-{n}, kind: snapshot, region: west, every: 30m, restore: 10m, at: {{redis: {{via: cache-{n}}}}}}}\n"
            ));
        }
        let text = format!(
            "apiVersion: lifeboat/v1\nkind: Plan\nname: {PLAN}\n\
             regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]\n\
             connections:\n{connections}tiers: {{critical: {{rto: 1h}}}}\nservices:\n{services}accelerators:\n{accelerators}datasets:\n  - name: sessions\n    sources:\n{sources}\
             severities: [critical, high]\nscenarios:\n  lost: {{title: East is lost, severity: critical, loses: {{region: east}}}}\n\
             people: [{{name: Ada, email: ada@example.org}}]\n"
        );
        std::fs::write(folder.join("plan.yaml"), text).expect("a plan");
        let _authority = Certificates::shared();
    }
}

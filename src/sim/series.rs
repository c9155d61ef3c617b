//! What the simulated Prometheus scraped: every series of the platform, at one moment.

use std::{collections::BTreeMap, sync::Arc};

use super::{backups, chance, fault::Ailment, promql::Series, world::World};
use crate::model::{Duration, Time};

/// How often everything is scraped.
pub const EVERY: Duration = Duration::from_secs(5);

/// Every metric that there can be.
pub const KNOWN: &[&str] = &[
    "up",
    "probe_success",
    "backup_last_success_timestamp_seconds",
    "backup_last_size_bytes",
    "backup_last_duration_seconds",
    "backup_last_restore_test_timestamp_seconds",
    "s3_newest_object_timestamp_seconds",
    "kafka_connect_mirror_source_connector_replication_latency_ms_max",
    "kafka_connect_mirror_source_connector_record_rate",
    "git_mirror_last_fetch_timestamp_seconds",
    "habanalabs_device_config",
    "habanalabs_utilization",
    "habanalabs_temperature_onchip",
    "habanalabs_temperature_threshold_slowdown",
    "habanalabs_memory_used_bytes",
    "habanalabs_memory_total_bytes",
    "habanalabs_power_mW",
    "habanalabs_power_default_limit_mW",
    "habanalabs_pci_link_width",
    "habanalabs_pending_rows_state",
    "habanalabs_pending_rows_with_double_bit_ecc_errors",
    "habanalabs_nic_port_status",
    "data_integrity_errors",
    "intrusion_alerts_open",
];

/// Copies to the standby region: bucket, and how far the newest object is behind at least and at most.
const BUCKETS: &[(&str, Duration, Duration)] = &[
    ("gaudi3-datasets-usw2", Duration::from_secs(20), Duration::from_secs(60)),
    ("gaudi3-models-usw2", Duration::from_mins(4), Duration::from_mins(6)),
];

/// Written once a second, whatever else is.
const HEARTBEATS: &str = "heartbeats";
/// Topics that are copied to the standby region.
const TOPICS: &[&str] = &["job-events", HEARTBEATS];

struct Scraping<'a> {
    world: &'a World,
    at: Time,
    series: Vec<Series>,
}

/// All series at `at`.
pub fn scrape(world: &World, at: Time) -> Vec<Series> {
    let mut scraping = Scraping { world, at, series: Vec::new() };
    scraping.probes();
    scraping.copies();
    scraping.cards();
    scraping.watchers();
    scraping.series
}

impl Scraping<'_> {
    fn add(&mut self, name: &'static str, labels: &[(&str, &str)], value: f64) {
        self.shared(name, &labelled(labels), value);
    }

    fn shared(&mut self, name: &'static str, labels: &Arc<BTreeMap<String, String>>, value: f64) {
        self.series.push(Series { name, labels: labels.clone(), value, measured: self.at });
    }

    fn truth(&mut self, name: &'static str, labels: &[(&str, &str)], holds: bool) {
        self.add(name, labels, f64::from(u8::from(holds)));
    }

    /// What is seen from outside.
    fn probes(&mut self) {
        let world = self.world;
        for service in &world.services {
            let at = format!("https://{}.gaudi3.example/health", service.name);
            self.truth("probe_success", &[("job", &service.name), ("instance", &at)], world.serves(service));
        }
        for region in &world.regions {
            for door in ["a", "b"] {
                let at = format!("https://ingress-{door}.{region}.gaudi3.example/health");
                self.truth("probe_success", &[("job", "ingress"), ("region", region), ("instance", &at)], !world.is_dark(region));
            }
        }
        for (name, line) in world.lines.iter().filter(|(name, _)| world.databases.contains_key(*name)) {
            let region = line.region.as_deref().unwrap_or("");
            let labels = [("job", "postgres"), ("region", region), ("instance", name.as_str())];
            self.truth("probe_success", &labels, !world.is_dark(region));
        }
    }

    /// Backups, copies and mirrors.
    fn copies(&mut self) {
        let world = self.world;
        let until = world.halted.unwrap_or(self.at).min(self.at);
        self.series.extend(backups::series(world, until, self.at));
        for (bucket, least, most) in BUCKETS {
            // a copy never grows older again: the lag is drawn once for the platform, not for each moment
            let lag = chance::between(world.seed, bucket, *least, *most);
            let until = world.stopped.get(*bucket).map_or(until, |stopped| until.min(*stopped));
            self.add("s3_newest_object_timestamp_seconds", &[("bucket", bucket)], seconds(until - lag.delta()));
        }
        self.mirrors();
        let fetched = seconds(self.at).div_euclid(60.0) * 60.0;
        self.add("git_mirror_last_fetch_timestamp_seconds", &[("repository", "gaudi3-config")], fetched);
    }

    /// Topics that MirrorMaker copies. Over a dead source it says nothing of latency, and no record flows.
    fn mirrors(&mut self) {
        let world = self.world;
        for topic in TOPICS {
            let runs = [world.halted, world.stopped.get(*topic).copied()].into_iter().flatten().all(|stopped| self.at < stopped);
            let shake = chance::tremble(world.seed, topic, self.at);
            let renamed = format!("us-east-1.{topic}");
            let labels = [("source", "us-east-1"), ("topic", renamed.as_str()), ("partition", "0")];
            let latency = if runs { (280.0 + 700.0 * shake).round() } else { f64::NAN };
            let rate = if !runs {
                0.0
            } else if *topic == HEARTBEATS {
                1.0
            } else {
                (40.0 + 20.0 * shake).round()
            };
            self.add("kafka_connect_mirror_source_connector_replication_latency_ms_max", &labels, latency);
            self.add("kafka_connect_mirror_source_connector_record_rate", &labels, rate);
        }
    }

    /// Nodes and their cards.
    fn cards(&mut self) {
        let (world, at) = (self.world, self.at);
        for (connection, cluster) in &world.clusters {
            let region = world.lines.get(connection).and_then(|line| line.region.as_deref()).unwrap_or("");
            let dark = world.is_dark(region);
            for node in cluster.nodes.iter().filter(|node| node.is_there(at)) {
                let name = node.name.as_str();
                // a node that was lost and replaced is no target any more
                let replaced =
                    !node.up && cluster.nodes.iter().filter(|n| n.up && n.is_there(at)).count() as u32 >= cluster.size();
                if !replaced {
                    self.truth("up", &[("job", "gaudi-exporter"), ("region", region), ("instance", name)], node.up && !dark);
                }
                if !node.up || dark || node.blind {
                    continue;
                }
                let used = cluster.used(name);
                for card in 0..node.allocatable() {
                    let (id, busy) = (card.to_string(), card < used);
                    let serial = format!("G3{:08X}", chance::hash(world.seed, &format!("{name}/{card}")) as u32);
                    let labels = [("instance", name), ("region", region), ("id", &id), ("Serial", &serial), ("driver", DRIVER)];
                    let card_labels = labelled(&labels);
                    let shake = chance::tremble(world.seed, &serial, at);
                    let load = if busy { 62.0 + 36.0 * shake } else { 0.0 };
                    self.shared("habanalabs_device_config", &card_labels, 1.0);
                    self.shared("habanalabs_utilization", &card_labels, load.round());
                    let ails = node.ailing.get(&card).copied().unwrap_or(Ailment::Nothing);
                    let is = |ailment| f64::from(u8::from(ails == ailment));
                    let warm = 38.0 + load * 0.33 + 4.0 * shake;
                    self.shared(
                        "habanalabs_temperature_onchip",
                        &card_labels,
                        if ails == Ailment::Hot { 99.0 } else { warm.round() },
                    );
                    self.shared("habanalabs_temperature_threshold_slowdown", &card_labels, 102.0);
                    self.shared("habanalabs_power_mW", &card_labels, ((180.0 + load * 5.6 + 20.0 * shake) * 1_000.0).round());
                    self.shared("habanalabs_power_default_limit_mW", &card_labels, 850_000.0);
                    self.shared("habanalabs_pci_link_width", &card_labels, 16.0);
                    self.shared("habanalabs_pending_rows_state", &card_labels, is(Ailment::Ecc));
                    self.shared("habanalabs_pending_rows_with_double_bit_ecc_errors", &card_labels, is(Ailment::Ecc));
                    // One series for all ports of a kind: nothing here asks for a single one.
                    let [inside, outside] = ["internal", "external"].map(|kind| [&labels[..], &[("port_type", kind)]].concat());
                    self.add("habanalabs_nic_port_status", &inside, INTERNAL_PORTS - is(Ailment::PortIn));
                    self.add("habanalabs_nic_port_status", &outside, EXTERNAL_PORTS - is(Ailment::PortOut));
                    self.shared("habanalabs_memory_total_bytes", &card_labels, HBM);
                    self.shared(
                        "habanalabs_memory_used_bytes",
                        &card_labels,
                        if busy { (HBM * (0.3 + 0.5 * shake)).round() } else { 0.0 },
                    );
                }
            }
        }
    }

    /// What other watchers found.
    fn watchers(&mut self) {
        self.add("data_integrity_errors", &[("dataset", "training-datasets")], f64::from(self.world.corrupt_objects));
        self.add("intrusion_alerts_open", &[("source", "ids")], f64::from(self.world.intrusions));
    }
}

/// The same on all nodes.
const DRIVER: &str = "1.24.0";
/// Links of a card within its node, and to others.
const INTERNAL_PORTS: f64 = 21.0;
const EXTERNAL_PORTS: f64 = 3.0;
fn labelled(labels: &[(&str, &str)]) -> Arc<BTreeMap<String, String>> {
    Arc::new(labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
}

/// Memory of a card: 128 GiB.
const HBM: f64 = 137_438_953_472.0;

fn seconds(time: Time) -> f64 {
    time.timestamp_millis() as f64 / 1_000.0
}

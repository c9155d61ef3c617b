//! The stage of the walk: every server, the application on its way through a proxy, and the plan of it all.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    application::{Application, Metrics},
    servers::Servers,
};
use crate::support::lab::{Piece, script};

pub struct Stage {
    pub application: Application,
    pub cluster: Piece,
    pub prometheus: Piece,
    pub proxy: Piece,
    pub postgres: Servers,
    /// The pair that drills are for, where the play has one.
    pub drill: Option<Servers>,
    /// Plan and journal.
    pub folder: tempfile::TempDir,
}

/// What is played: a plan as a folder of templates below `tests`, and whether a pair for drills stands beside production.
pub struct Play {
    pub plan: &'static str,
    pub drill: bool,
}

impl Stage {
    pub fn set(play: &Play) -> Self {
        let postgres = Servers::up();
        let drill = play.drill.then(Servers::up);
        let proxy = Piece::up("toxiproxy", &[]);
        let upstream = format!("127.0.0.1:{}", postgres.port("primary"));
        let way =
            script("toxiproxy", "proxy.sh", &[proxy.text("/api"), "application", "127.0.0.1:0", &upstream]).trim().to_owned();
        let metrics = Metrics::bind();
        let job = format!("orders-app={}", metrics.address());
        let postgres_dir = postgres.piece.dir();
        // The cluster takes longest; Prometheus waits for its first scrape meanwhile.
        let (cluster, prometheus) = std::thread::scope(|both| {
            let cluster = both.spawn(|| Piece::up("kubernetes", &[&way]));
            let prometheus = both.spawn(|| Piece::up("prometheus", &[postgres_dir.to_str().unwrap(), &way, &job]));
            (cluster.join().expect("the cluster is up"), prometheus.join().expect("Prometheus is up"))
        });
        let application = Application::start(metrics, &postgres.piece, &cluster);
        let folder = tempfile::tempdir().expect("a folder");
        let stage = Self { application, cluster, prometheus, proxy, postgres, drill, folder };
        stage.write_plan(play.plan);
        stage
    }

    pub fn plan(&self) -> PathBuf {
        self.folder.path().join("plan")
    }
    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    fn write_plan(&self, plan: &str) {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut words = vec![
            ("@PROMETHEUS@".to_owned(), self.prometheus.text("/url").to_owned()),
            ("@OBSERVE_KUBECONFIG@".into(), self.cluster.text("/kubeconfigs/observe").to_owned()),
            ("@ACT_KUBECONFIG@".into(), self.cluster.text("/kubeconfigs/act").to_owned()),
            ("@STOP_PRIMARY@".into(), tests.join("lab/postgres/stop-primary.sh").display().to_string()),
            ("@PG_DIR@".into(), self.postgres.piece.dir().display().to_string()),
        ];
        for (prefix, servers) in [("", Some(&self.postgres)), ("DRILL_", self.drill.as_ref())] {
            let Some(servers) = servers else { continue };
            words.extend([
                (format!("@{prefix}PRIMARY_PORT@"), servers.port("primary").to_string()),
                (format!("@{prefix}REPLICA_PORT@"), servers.port("replica").to_string()),
                (format!("@{prefix}CA@"), servers.piece.text("/ca").to_owned()),
                (format!("@{prefix}SECRETS@"), servers.secrets().display().to_string()),
            ]);
        }
        std::fs::create_dir_all(self.plan().join("runbooks")).expect("a folder for the plan");
        let from = tests.join(plan);
        let books = std::fs::read_dir(from.join("runbooks")).expect("its runbooks");
        let books = books.map(|book| Path::new("runbooks").join(book.expect("a runbook").file_name()));
        for file in books.chain([PathBuf::from("plan.yaml")]) {
            let mut text = std::fs::read_to_string(from.join(&file)).expect("a file of the plan");
            for (word, value) in &words {
                text = text.replace(word, value);
            }
            std::fs::write(self.plan().join(&file), text).expect("the plan is written");
        }
    }

    /// The application's way to the primary is cut; the primary itself lives on.
    pub fn cut_the_way(&self) {
        script("toxiproxy", "cut.sh", &[self.proxy.text("/api"), "application"]);
    }
    pub fn mend_the_way(&self) {
        script("toxiproxy", "mend.sh", &[self.proxy.text("/api"), "application"]);
    }

    /// Replicas and `DB_HOST` of a Deployment, as the API says.
    pub fn deployment(&self, name: &str) -> (u64, String) {
        let output = Command::new(self.cluster.text("/kubectl"))
            .args([
                "--kubeconfig",
                self.cluster.text("/kubeconfigs/admin"),
                "-n",
                "production",
                "get",
                "deployment",
                name,
                "-o",
                "json",
            ])
            .output()
            .expect("kubectl runs");
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a deployment");
        let env = object.pointer("/spec/template/spec/containers/0/env").and_then(|e| e.as_array()).expect("its environment");
        let host = env.iter().find(|v| v["name"] == "DB_HOST").and_then(|v| v["value"].as_str()).expect("DB_HOST");
        (object.pointer("/spec/replicas").and_then(|r| r.as_u64()).expect("replicas"), host.to_owned())
    }

    /// Runs a subcommand on the journal of the walk. Its exit code and what it printed.
    pub fn lifeboat(&self, args: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(args)
            .arg("--journal")
            .arg(self.journal())
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap_or(-1), text)
    }

    /// The report of an incident, against whose head the journal verifies.
    pub fn reported(&self, incident: &str) -> String {
        let (code, report) = self.lifeboat(&["report", incident]);
        assert_eq!(code, 0, "{report}");
        let head = report.rsplit("--head ").next().expect("a head").split_whitespace().next().expect("SEQ:HASH");
        let (code, words) = self.lifeboat(&["journal", "verify", "--head", head]);
        assert_eq!(code, 0, "{words}");
        report
    }

    /// The events of one kind in the journal, in order.
    pub fn journaled(&self, kind: &str) -> Vec<Journaled> {
        let (code, lines) = self.lifeboat(&["journal", "export"]);
        assert_eq!(code, 0, "{lines}");
        let records = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let of_kind = records.filter(|record| record["kind"] == kind);
        let text = |record: &serde_json::Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let read = |record: serde_json::Value| {
            let body: serde_json::Value = serde_json::from_str(&text(&record, "body")).expect("a body is JSON");
            let (who, incident) = (text(&record, "who"), text(&record, "incident"));
            Journaled { who, incident, seq: record["seq"].as_i64().unwrap_or_default(), body: body[kind].clone() }
        };
        of_kind.map(read).collect()
    }
}

impl Drop for Stage {
    /// What asks a frozen server would end only after its patience.
    fn drop(&mut self) {
        [Some(&self.postgres), self.drill.as_ref()].into_iter().flatten().for_each(Servers::thaw);
    }
}

/// A record, as a program reads it.
#[derive(Debug)]
pub struct Journaled {
    pub seq: i64,
    pub who: String,
    pub incident: String,
    pub body: serde_json::Value,
}

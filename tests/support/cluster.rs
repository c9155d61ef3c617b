//! One cluster for all tests of a file; they take turns on it.

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use lifeboat::plan::{Connection, Connections, KubernetesLink, KubernetesLogin, Link};

use super::lab::Piece;

static CLUSTER: Mutex<Weak<Piece>> = Mutex::new(Weak::new());
static TURN: Mutex<()> = Mutex::new(());

/// The cluster, for the time of one test. A test that waits for its turn keeps it up.
pub struct Lab {
    pub piece: Arc<Piece>,
    _turn: MutexGuard<'static, ()>,
}

impl Lab {
    pub fn take() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let piece = {
            let mut shared = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
            shared.upgrade().unwrap_or_else(|| {
                let piece = Arc::new(Piece::up("kubernetes", &[]));
                *shared = Arc::downgrade(&piece);
                piece
            })
        };
        let lab = Lab { piece, _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) };
        lab.as_it_was();
        lab
    }

    /// Takes back what a failed test left.
    fn as_it_was(&self) {
        for (name, replicas) in [("user-service", 3), ("tenant-service", 2), ("plugin-service", 2), ("ai-service", 1)] {
            if self.replicas(name) != replicas {
                self.kubectl(&["scale", "deployment", "-n", "production", name, &format!("--replicas={replicas}")]);
            }
        }
        self.kubectl(&["wait", "deployments", "--all", "-n", "production", "--for=condition=Available", "--timeout=30s"]);
    }

    pub fn login(&self, user: &str) -> KubernetesLogin {
        let file = self.piece.text(&format!("/kubeconfigs/{user}"));
        KubernetesLogin { context: "lab".into(), kubeconfig: Some(file.into()) }
    }

    /// The admin's kubeconfig, but for `user`.
    pub fn login_as(&self, user: &str) -> KubernetesLogin {
        let text = std::fs::read_to_string(self.piece.text("/kubeconfigs/admin")).unwrap();
        let file = self.piece.dir().join(format!("as-{user}.kubeconfig"));
        let changed = text.replace("user: {token:", &format!("user: {{as: {user}, token:"));
        assert_ne!(text, changed);
        std::fs::write(&file, changed).unwrap();
        KubernetesLogin { context: "lab".into(), kubeconfig: Some(file.to_str().unwrap().into()) }
    }

    pub fn connections(&self, observe: KubernetesLogin, act: KubernetesLogin) -> Connections {
        let link = KubernetesLink { observe: Some(observe), act: Some(act), ..KubernetesLink::default() };
        BTreeMap::from([("west".into(), Connection { region: None, drill: false, every: None, link: Link::Kubernetes(link) })])
    }

    pub fn usual(&self) -> Connections {
        self.connections(self.login("observe"), self.login("act"))
    }

    /// As the cluster's administrator, beside the console.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let output = Command::new(self.piece.text("/kubectl"))
            .args(["--kubeconfig", self.piece.text("/kubeconfigs/admin"), "--cache-dir"])
            .arg(self.piece.dir().join("kubectl-cache"))
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "kubectl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn replicas(&self, name: &str) -> i64 {
        self.kubectl(&["get", "deployment", "-n", "production", name, "-o", "jsonpath={.spec.replicas}"]).parse().unwrap()
    }

    pub fn env(&self, name: &str) -> String {
        self.kubectl(&["get", "deployment", "-n", "production", name, "-o", "jsonpath={.spec.template.spec.containers[0].env}"])
    }

    /// ReplicaSets of a deployment: one for each roll to something new.
    pub fn rolls(&self, name: &str) -> usize {
        let label = format!("app={name}");
        self.kubectl(&["get", "replicasets", "-n", "production", "-l", &label, "-o", "name"]).lines().count()
    }
}

/// Stops a server's process without ending it.
pub struct Frozen(String);

impl Frozen {
    pub fn new(lab: &Lab, server: &str) -> Self {
        let pid = lab.piece.number(&format!("/pids/{server}")).to_string();
        assert!(Command::new("kill").args(["-STOP", &pid]).status().unwrap().success());
        Frozen(pid)
    }
}
impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-CONT", &self.0]).status();
    }
}

//! The real systems by name: who observes a connection, who looks at an action, who does it.
//! A new system adds a line to each match.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    action::{ActionFault, Inspect, Inspectors, Perform, Performers},
    alertmanager,
    doctor::{self, Doctor},
    files, http, kubernetes,
    need::Need,
    postgres, process, prometheus, redis,
    source::{Source, Sources},
};
use async_trait::async_trait;

use crate::{
    model::{Call, Clock, Duration, Readiness},
    plan::{
        Connections, HttpHeader, HttpLink, Link, SecretRef,
        probe::{is_address, is_folder},
    },
};

/// Observes and looks; cannot act.
pub struct RealPlatform {
    connections: Connections,
    plan_dir: PathBuf,
    receipts: postgres::Receipts,
}

/// Acts. A read-only console never builds it.
pub struct RealActors {
    connections: Connections,
    plan_dir: PathBuf,
}

impl RealPlatform {
    /// Relative paths of `connections` count from `plan_dir`, and programs start there.
    pub fn new(connections: Connections, plan_dir: PathBuf) -> Self {
        Self { connections: placed(connections, &plan_dir), plan_dir, receipts: postgres::Receipts::default() }
    }
}

impl RealActors {
    /// As [`RealPlatform::new`].
    pub fn new(connections: Connections, plan_dir: PathBuf) -> Self {
        Self { connections: placed(connections, &plan_dir), plan_dir }
    }
}

/// A plan means its own folder, wherever the console was started.
fn placed(mut connections: Connections, plan_dir: &Path) -> Connections {
    let place = |path: &mut String| {
        if !path.starts_with('/') && !path.starts_with("~/") {
            *path = plan_dir.join(&*path).to_string_lossy().into_owned();
        }
    };
    let place_secret = |secret: &mut SecretRef| {
        if let SecretRef::File(path) = secret {
            place(path);
        }
    };
    for connection in connections.values_mut() {
        match &mut connection.link {
            Link::Kubernetes(link) => {
                link.kubeconfig.iter_mut().for_each(place);
                let logins = link.observe.iter_mut().chain(&mut link.act);
                logins.flat_map(|login| &mut login.kubeconfig).for_each(place);
            }
            Link::Postgres(link) => {
                link.ca.iter_mut().for_each(place);
                let logins = std::iter::once(&mut link.observe).chain(&mut link.act).chain(&mut link.application);
                logins.flat_map(|login| &mut login.password).for_each(place_secret);
            }
            Link::Redis(link) => {
                link.ca.iter_mut().for_each(place);
                let logins = std::iter::once(&mut link.observe).chain(&mut link.act);
                logins.flat_map(|login| &mut login.password).for_each(place_secret);
            }
            Link::Sentinel(link) => {
                link.ca.iter_mut().for_each(place);
                let logins = std::iter::once(&mut link.observe).chain(&mut link.act);
                logins.flat_map(|login| &mut login.password).for_each(place_secret);
            }
            Link::Prometheus(link) => {
                link.ca.iter_mut().for_each(place);
                link.token.iter_mut().for_each(place_secret);
            }
            Link::Alertmanager(link) => {
                link.ca.iter_mut().for_each(place);
                link.token.iter_mut().chain(&mut link.password).for_each(place_secret);
            }
            Link::Http(link) => {
                link.ca.iter_mut().for_each(place);
                let logins = link.observe.iter_mut().chain(&mut link.act);
                let inner =
                    logins.flat_map(|login| login.token.iter_mut().chain(&mut login.password).chain(secrets(&mut login.headers)));
                let own = link.token.iter_mut().chain(&mut link.password).chain(secrets(&mut link.headers));
                own.chain(inner).for_each(place_secret);
            }
        }
    }
    connections
}

fn secrets(headers: &mut BTreeMap<String, HttpHeader>) -> impl Iterator<Item = &mut SecretRef> {
    headers.values_mut().filter_map(|header| match header {
        HttpHeader::Secret(secret) => Some(secret),
        HttpHeader::Text(_) => None,
    })
}

fn system(action: &str) -> &str {
    action.split('.').next().unwrap_or(action)
}

fn nobody(call: &Call) -> ActionFault {
    ActionFault::new(format!("there is no action `{}`; its system is not one of this console's", call.action))
}

impl Sources for RealPlatform {
    fn source(&self, connection: &str) -> Result<Box<dyn Source>, String> {
        let Some(found) = self.connections.get(connection) else {
            if is_folder(connection) {
                return Ok(files::source(connection));
            }
            if is_address(connection) {
                return Ok(http::source(connection, &HttpLink::open(connection)));
            }
            return Err(format!("the plan has no connection `{connection}`"));
        };
        match &found.link {
            Link::Kubernetes(link) => Ok(kubernetes::source(connection, link)),
            Link::Postgres(link) => Ok(postgres::source(connection, link, &self.receipts)),
            Link::Prometheus(link) => Ok(prometheus::source(connection, link)),
            Link::Http(link) => Ok(http::source(connection, link)),
            Link::Alertmanager(link) => Ok(alertmanager::source(connection, link)),
            Link::Redis(link) => Ok(redis::source(connection, link)),
            Link::Sentinel(link) => Ok(redis::sentinel_source(connection, link)),
        }
    }
}

impl Inspectors for RealPlatform {
    fn inspect(&self, call: &Call) -> Result<Box<dyn Inspect>, ActionFault> {
        match system(&call.action) {
            "http" => http::inspect(call, &self.connections),
            "kubernetes" => kubernetes::inspect(call, &self.connections),
            "command" => process::inspect(call, &self.plan_dir),
            "postgres" => postgres::inspect(call, &self.connections),
            "redis" => redis::inspect(call, &self.connections),
            _ => Err(nobody(call)),
        }
    }

    fn inspect_parts(&self, call: &Call, parts: &[String]) -> Result<Box<dyn Inspect>, ActionFault> {
        match system(&call.action) {
            "kubernetes" => kubernetes::inspect_parts(call, &self.connections, parts),
            "postgres" => postgres::inspect_parts(call, &self.connections, parts),
            // Of one part: what failed is all of it.
            _ => self.inspect(call),
        }
    }

    fn inspect_undo(
        &self,
        call: &Call,
        remembered: &BTreeMap<String, serde_json::Value>,
    ) -> Result<Box<dyn Inspect>, ActionFault> {
        match system(&call.action) {
            "http" => http::inspect_undo(call),
            "kubernetes" => kubernetes::inspect_undo(call, &self.connections, remembered),
            "command" => Err(ActionFault::new("a command cannot be taken back; give the step an `undo` action of its own")),
            "postgres" => postgres::inspect_undo(call, remembered, &self.connections),
            "redis" => redis::inspect_undo(call, remembered, &self.connections),
            _ => Err(nobody(call)),
        }
    }
}

impl Performers for RealActors {
    fn perform(&self, call: &Call) -> Result<Box<dyn Perform>, ActionFault> {
        match system(&call.action) {
            "http" => http::perform(call, &self.connections),
            "kubernetes" => kubernetes::perform(call, &self.connections),
            "command" => process::perform(call, &self.plan_dir),
            "postgres" => postgres::perform(call, &self.connections),
            "redis" => redis::perform(call, &self.connections),
            _ => Err(nobody(call)),
        }
    }
}

#[async_trait]
impl Doctor for RealActors {
    async fn ask(&self, needs: &[Need], wait: Duration, clock: &Arc<dyn Clock>) -> Readiness {
        doctor::ask(&self.connections, &self.plan_dir, needs, wait, clock).await
    }
}

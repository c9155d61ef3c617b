//! A client for one cluster, from a context of a kubeconfig.

use std::{path::PathBuf, sync::Arc};

use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig, NamedContext};

use crate::{
    model::{Clock, Duration, text::clean},
    plan::{KubernetesLink, KubernetesLogin},
};

/// Longest for TCP and TLS to stand; what ends here was never sent.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);
/// A connection that says nothing for this long is given up, whatever the request's own limit is.
/// Longer than any watch of ours lasts.
const READ: std::time::Duration = std::time::Duration::from_secs(120);

/// Which of a connection's two logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    Observe,
    Act,
}

/// Where a login leads, as far as the kubeconfig says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https://host:port`.
    pub address: String,
    /// `context/user`.
    pub login: String,
}

/// A way to one API server as one user. Requests through it are never repeated or redirected by the client.
#[derive(Clone)]
pub struct Link {
    pub client: kube::Client,
    pub place: Place,
}

/// What a login of the plan says; `connection` is for words.
pub fn login_of(connection: &str, link: &KubernetesLink, login: Login) -> Result<KubernetesLogin, String> {
    let found = match login {
        Login::Observe => link.observing(),
        Login::Act => link.acting(),
    };
    let word = if login == Login::Observe { "observe" } else { "act" };
    found.ok_or_else(|| {
        format!("connection {connection} has no login to {word} with; give it `context:` or `{word}: {{context: ..}}`")
    })
}

/// Reads the kubeconfig and says where `login` leads, without asking anybody. Blocks on files.
pub fn read(connection: &str, login: &KubernetesLogin) -> Result<(Kubeconfig, Place), String> {
    let file = login.kubeconfig.as_deref().map(at_home);
    let named = file.as_ref().map_or_else(|| "$KUBECONFIG or ~/.kube/config".to_owned(), |f| f.display().to_string());
    let config = match &file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    // The parser's own error may quote a line with a token in it.
    let mut config = config.map_err(|error| match error {
        kube::config::KubeconfigError::ReadConfig(error, path) => {
            format!("connection {connection}: kubeconfig {}: {error}", path.display())
        }
        _ => format!("connection {connection}: kubeconfig {named} cannot be read as one; `kubectl config view` says where"),
    })?;
    for user in &mut config.auth_infos {
        if let Some(exec) = user.auth_info.as_mut().and_then(|info| info.exec.as_mut()) {
            // Else it reads the terminal and writes on the screen.
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }
    let place = place(&config, &login.context).ok_or_else(|| {
        let known: Vec<_> = config.contexts.iter().map(|c| c.name.as_str()).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        format!("connection {connection}: kubeconfig {named} has no usable context `{}`; it has: {known}", login.context)
    })?;
    Ok((config, place))
}

fn place(config: &Kubeconfig, context: &str) -> Option<Place> {
    let NamedContext { context: Some(context_body), .. } = config.contexts.iter().find(|c| c.name == context)? else {
        return None;
    };
    let cluster = config.clusters.iter().find(|c| c.name == context_body.cluster)?.cluster.as_ref()?;
    let user = context_body.user.as_deref().unwrap_or("nobody");
    Some(Place { address: clean(cluster.server.as_deref()?.trim_end_matches('/')), login: clean(&format!("{context}/{user}")) })
}

fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

impl Place {
    /// Where `login` leads; reads the kubeconfig, runs nothing.
    pub async fn find(connection: &str, link: &KubernetesLink, login: Login) -> Result<Place, String> {
        let (name, login) = (connection.to_owned(), login_of(connection, link, login)?);
        off_the_runtime(move || read(&name, &login).map(|(_, place)| place)).await
    }
}

impl Link {
    /// As [`open`](Self::open), while somebody waits: a credential program may hang.
    pub async fn open_within(
        connection: &str,
        link: &KubernetesLink,
        login: Login,
        limit: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<Link, String> {
        tokio::select! {
            biased;
            opened = Self::open(connection, link, login) => opened,
            () = clock.sleep(limit) => Err(hanging(connection, limit)),
        }
    }

    /// Builds a client. Reading files and a credential program block, so it happens beside the runtime.
    pub async fn open(connection: &str, link: &KubernetesLink, login: Login) -> Result<Link, String> {
        let (name, login) = (connection.to_owned(), login_of(connection, link, login)?);
        let runtime = tokio::runtime::Handle::current();
        off_the_runtime(move || {
            let _inside = runtime.enter();
            let (config, place) = read(&name, &login)?;
            let options = KubeConfigOptions { context: Some(login.context.clone()), ..Default::default() };
            let mut config = runtime.block_on(kube::Config::from_custom_kubeconfig(config, &options)).map_err(|_| {
                format!(
                    "connection {name}: context `{}` of its kubeconfig is not complete; `kubectl --context {0} version` says why",
                    login.context
                )
            })?;
            config.default_retry = false;
            config.connect_timeout = Some(CONNECT);
            config.read_timeout = Some(READ);
            config.write_timeout = Some(READ);
            let client = kube::Client::try_from(config)
                .map_err(|error| format!("connection {name}: {}", super::words::transport(&error, &place.address).why()))?;
            Ok(Link { client, place })
        })
        .await
    }
}

/// What is said while a client is not there after `limit`.
pub fn hanging(connection: &str, limit: Duration) -> String {
    format!("connection {connection}: no client after {limit}; does the kubeconfig's credential program hang?")
}

/// Work that blocks, beside the runtime.
pub async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err("the client could not be built: the console is ending".into()),
    }
}

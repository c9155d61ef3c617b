//! How a Redis server or a Sentinel is reached: by one of its two logins, over verified TLS, with a limit on everything.
//! Nothing here connects again by itself: what was sent once is never sent twice.

use std::sync::Arc;

use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, Value, aio::MultiplexedConnection};
use rustls::{ClientConfig, pki_types::ServerName};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::fault::{self, Fault};
use crate::{
    model::{Clock, Duration, text::clean},
    plan::{Login, RedisLink, SentinelLink},
    systems::{
        secret,
        transport::{self, CONNECT_LIMIT, Meter, Metered},
    },
};

/// How long and how large anything may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection and its login to stand.
    pub connect: Duration,
    /// For a question of the observer; actions bring their own.
    pub answer: Duration,
    /// For all questions of one round of the observer.
    pub round: Duration,
    /// Of one answer.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: CONNECT_LIMIT, answer: Duration::from_secs(5), round: Duration::from_secs(30), bytes: 1024 * 1024 }
    }
}

/// Which of a connection's logins (RULES R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    Observe,
    Act,
}

/// What a connection of the plan says it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Redis,
    Sentinel,
}

/// A connection of the plan to one server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The connection's name.
    pub name: String,
    pub kind: Kind,
    host: String,
    port: u16,
    observe: Login,
    act: Option<Login>,
    ca: Option<String>,
    tls: bool,
    pub limits: Limits,
}

impl Server {
    pub fn redis(name: &str, link: &RedisLink) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Redis,
            host: link.host.clone(),
            port: link.port(),
            observe: link.observe.clone(),
            act: link.act.clone(),
            ca: link.ca.clone(),
            tls: link.tls != Some(false),
            limits: Limits::default(),
        }
    }
    pub fn sentinel(name: &str, link: &SentinelLink) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Sentinel,
            host: link.host.clone(),
            port: link.port(),
            observe: link.observe.clone(),
            act: link.act.clone(),
            ca: link.ca.clone(),
            tls: link.tls != Some(false),
            limits: Limits::default(),
        }
    }
    pub fn login(&self, who: As) -> Option<&Login> {
        match who {
            As::Observe => Some(&self.observe),
            As::Act => self.act.as_ref(),
        }
    }
    /// `10.2.0.15:6379`, as the plan says it.
    pub fn address(&self) -> String {
        clean(&format!("{}:{}", self.host, self.port))
    }
    /// `10.2.0.15:6379 as lifeboat`.
    pub fn to(&self, who: As) -> String {
        let user = self.login(who).map_or("nobody", |login| login.user.as_str());
        format!("{} as {}", self.address(), clean(user))
    }

    pub fn host(&self) -> &str {
        &self.host
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    /// Whom to trust there; `None`: it is spoken to in the clear.
    pub async fn trust(&self) -> Result<Option<ClientConfig>, String> {
        if self.tls { transport::trust(self.ca.as_deref()).await.map(Some) } else { Ok(None) }
    }

    /// Opens a session whose commands each are answered within `limit`. The secret is read now.
    pub async fn open(&self, who: As, limit: Duration, clock: &Arc<dyn Clock>) -> Result<Session, Fault> {
        let place = format!("{} ({})", clean(&self.name), self.to(who));
        let unreachable = |why: String| Fault::unreachable(format!("{place}: {why}"));
        let Some(login) = self.login(who) else {
            return Err(unreachable("the connection has no `act` login: add one to the plan".into()));
        };
        let password = match &login.password {
            Some(reference) => Some(secret::resolve(reference, clock.as_ref()).await.map_err(&unreachable)?),
            None => None,
        };
        let connecting = limit.min(self.limits.connect);
        let tcp = transport::tcp(&self.host, self.port, clock.as_ref(), connecting).await.map_err(&unreachable)?;
        let meter = Meter::new(self.limits.bytes);
        let stream = Metered::new(tcp, meter.clone());
        let greeting = async {
            let (connection, ended) =
                if self.tls { greet(self.encrypted(stream).await.map_err(&unreachable)?).await } else { greet(stream).await }
                    .map_err(|error| fault::of_command(&place, &error, meter.is_spent()).unsent())?;
            let bytes = self.limits.bytes;
            let session =
                Session { connection, meter: meter.clone(), bytes, ended, place: place.clone(), limit, clock: clock.clone() };
            // A user other than `default` must be named even where it needs no password.
            if password.is_some() || login.user != "default" {
                let word = password.as_ref().map_or("", |password| password.expose_secret());
                let found = login.password.as_ref().map(secret::place);
                let answer = session.ask(&["AUTH", &login.user, word]).await;
                let denied = |fault| fault::of_login(&place, found.as_deref(), fault);
                answer.map_err(|error| if self.tls { denied(error) } else { fault::in_the_clear(denied(error)) })?;
            }
            Ok(session)
        };
        match transport::within(clock.as_ref(), connecting, greeting).await {
            Some(opened) => opened,
            None => Err(unreachable(format!("it takes connections but did not let us in within {connecting}: does it hang?"))),
        }
    }

    async fn encrypted<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<tokio_rustls::client::TlsStream<S>, String> {
        let trust = transport::trust(self.ca.as_deref()).await?;
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| format!("`{}` is no name that a certificate can have", clean(&self.host)))?;
        TlsConnector::from(Arc::new(trust)).connect(name, stream).await.map_err(|error| {
            let words =
                transport::tls_words(&error, &self.host, transport::Written::Plan).unwrap_or_else(|| transport::deepest(&error));
            if words.contains("InvalidContentType") || words.contains("corrupt message") {
                return "it offers no TLS: turn `tls-port` on there (or say `tls: false` where nobody can listen)".into();
            }
            words
        })
    }
}

/// Puts the protocol on a stream that stands. Nothing is sent yet.
async fn greet<S>(stream: S) -> redis::RedisResult<(MultiplexedConnection, CancellationToken)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let plain = RedisConnectionInfo::default().set_skip_set_lib_name();
    // Our own clock ends what takes too long.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let (connection, driver) = MultiplexedConnection::new_with_config(&plain, stream, config).await?;
    let ended = CancellationToken::new();
    let over = ended.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = driver => {}
            () = over.cancelled() => {}
        }
    });
    Ok((connection, ended))
}

/// One open session. Ended when dropped, also while a command is under way.
pub struct Session {
    connection: MultiplexedConnection,
    meter: Meter,
    bytes: u64,
    ended: CancellationToken,
    place: String,
    limit: Duration,
    clock: Arc<dyn Clock>,
}

impl Session {
    /// `redis-east (10.1.0.15:6379 as look)`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Sends one command, once.
    pub async fn ask(&self, words: &[&str]) -> Result<Value, Fault> {
        let mut command = Cmd::new();
        for word in words {
            command.arg(*word);
        }
        self.meter.allow(self.bytes);
        let mut connection = self.connection.clone();
        match transport::within(self.clock.as_ref(), self.limit, command.query_async::<Value>(&mut connection)).await {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(fault::of_command(&self.place, &error, self.meter.is_spent())),
            None => Err(Fault::lost(format!("{}: no answer within {}", self.place, self.limit))),
        }
    }

    /// What is said of an answer that makes no sense.
    pub fn odd(&self, what: &str) -> Fault {
        Fault::lost(format!("{}: it answers unlike Redis: {what}", self.place))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

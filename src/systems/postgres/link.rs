//! How a PostgreSQL server is reached: by one of its three logins, over verified TLS, with a limit on everything.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::ExposeSecret;
use tokio_postgres::{Config, NoTls, Row, config::SslMode, tls::MakeTlsConnect, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::CancellationToken;

use super::fault::{self, Fault};
use crate::{
    model::{Clock, Duration, text::clean},
    plan::{Login, PostgresLink},
    systems::{
        secret,
        transport::{self, CONNECT_LIMIT, Meter, Metered},
    },
};

/// Most that one answer may weigh.
pub const ANSWER_BYTES: u64 = 1024 * 1024;
/// Longest a statement waits for somebody else's lock. Shorter than a request's own limit, so that the server says why.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
/// How long a session that nobody uses any more may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(2);

/// Which of a connection's logins (RULES R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    Observe,
    Act,
    Application,
}

/// A connection of the plan to one server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The connection's name.
    pub name: String,
    pub link: PostgresLink,
}

impl Server {
    pub fn new(name: &str, link: &PostgresLink) -> Self {
        Self { name: name.to_owned(), link: link.clone() }
    }
    pub fn login(&self, who: As) -> Option<&Login> {
        match who {
            As::Observe => Some(&self.link.observe),
            As::Act => self.link.act.as_ref(),
            As::Application => self.link.application.as_ref(),
        }
    }
    /// `10.2.0.15:5432 as lifeboat`.
    pub fn to(&self, who: As) -> String {
        let user = self.login(who).map_or("nobody", |login| login.user.as_str());
        clean(&format!("{} as {user}", self.link.address()))
    }

    /// Opens a session whose statements each end within `limit`. The secret is read now.
    pub async fn open(&self, who: As, limit: Duration, clock: &Arc<dyn Clock>) -> Result<Session, Fault> {
        let place = format!("{} ({})", clean(&self.name), self.to(who));
        let Some(login) = self.login(who) else {
            let name = if who == As::Act { "act" } else { "application" };
            return Err(Fault::unreachable(format!("{place}: the connection has no `{name}` login: add one to the plan")));
        };
        let mut config = Config::new();
        config.user(&login.user).dbname(&self.link.dbname).application_name("lifeboat").options(options(who, limit));
        if let Some(reference) = &login.password {
            let read = secret::resolve(reference, clock.as_ref()).await;
            let password = read.map_err(|why| Fault::unreachable(format!("{place}: {why}")))?;
            config.password(password.expose_secret());
        }
        let connecting = limit.min(CONNECT_LIMIT);
        let unreachable = |why: String| Fault::unreachable(format!("{place}: {why}"));
        let tcp = transport::tcp(&self.link.host, self.link.port(), clock.as_ref(), connecting).await.map_err(unreachable)?;
        let meter = Meter::new(ANSWER_BYTES);
        let stream = Metered::new(tcp, meter.clone());
        let ended = CancellationToken::new();
        let death = Arc::default();
        let opened = async {
            if self.link.tls == Some(false) {
                config.ssl_mode(SslMode::Disable);
                self.greet(&config, stream, NoTls, &ended, &death, clock).await
            } else {
                config.ssl_mode(SslMode::Require);
                let trust = transport::trust(self.link.ca.as_deref()).await.map_err(Failed::Words)?;
                self.greet(&config, stream, MakeRustlsConnect::new(trust), &ended, &death, clock).await
            }
        };
        let client = match transport::within(clock.as_ref(), connecting, opened).await {
            Some(Ok(client)) => client,
            Some(Err(Failed::Words(why))) => return Err(unreachable(why)),
            Some(Err(Failed::Login(_))) if meter.is_spent() => {
                return Err(unreachable("it says more than a server should before it lets us in: is it PostgreSQL?".to_owned()));
            }
            Some(Err(Failed::Login(error))) => {
                let found = login.password.as_ref().map(secret::place);
                return Err(fault::of_login(&place, &self.link.host, found.as_deref(), &error));
            }
            None => {
                return Err(unreachable(format!(
                    "it takes connections but did not let us in within {connecting}: does it hang?"
                )));
            }
        };
        Ok(Session { client, meter, ended, death, place, limit, clock: clock.clone() })
    }

    async fn greet<T>(
        &self,
        config: &Config,
        stream: Metered<tokio::net::TcpStream>,
        mut tls: T,
        ended: &CancellationToken,
        death: &Death,
        clock: &Arc<dyn Clock>,
    ) -> Result<tokio_postgres::Client, Failed>
    where
        T: MakeTlsConnect<Metered<tokio::net::TcpStream>>,
        T::Stream: Send + 'static,
    {
        let tls = tls
            .make_tls_connect(&self.link.host)
            .map_err(|_| Failed::Words(format!("`{}` is no name that a certificate can have", self.link.host)))?;
        let (client, connection) = config.connect_raw(stream, tls).await.map_err(Failed::Login)?;
        let (ended, death, clock) = (ended.clone(), death.clone(), clock.clone());
        tokio::spawn(async move {
            // Whoever waits for an answer learns only that there will be none: why is noted before the connection is dropped.
            tokio::pin!(connection);
            // A server that hangs must not keep this task for ever.
            tokio::select! {
                done = &mut connection => if let Err(error) = done {
                    *death.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                },
                () = async { ended.cancelled().await; clock.sleep(FAREWELL).await } => {}
            }
        });
        Ok(client)
    }
}

/// What ended a session's connection.
type Death = Arc<Mutex<Option<tokio_postgres::Error>>>;

enum Failed {
    Words(String),
    Login(tokio_postgres::Error),
}

/// What the server is told of this session at its start.
fn options(who: As, limit: Duration) -> String {
    // The server's own limit comes later than ours: ours says more, its ends the work there.
    let statement = limit.as_millis() + 1_000;
    let lock = LOCK_LIMIT.min(limit).as_millis();
    let common = format!(
        "-c statement_timeout={statement} -c lock_timeout={lock} -c datestyle=ISO -c timezone=UTC -c intervalstyle=postgres"
    );
    match who {
        // Defence in depth: the login must not be able to write anyway.
        As::Observe => format!("{common} -c default_transaction_read_only=on"),
        // With its synchronous standby gone a commit would wait for ever: a fence has to hold here, now.
        As::Act => format!("{common} -c synchronous_commit=local"),
        // As the application has it.
        As::Application => common,
    }
}

/// One open session. Ended when dropped, also in the middle of a statement.
pub struct Session {
    client: tokio_postgres::Client,
    meter: Meter,
    ended: CancellationToken,
    death: Death,
    place: String,
    limit: Duration,
    clock: Arc<dyn Clock>,
}

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Session {
    /// `db-east (10.1.0.15:5432 as look)`.
    pub fn place(&self) -> &str {
        &self.place
    }
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
    pub async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        self.limited(self.client.query(sql, params)).await
    }
    /// For a statement that always has one row.
    pub async fn row(&self, sql: &str, params: Params<'_>) -> Result<Row, Fault> {
        self.limited(self.client.query_one(sql, params)).await
    }
    /// The row of a statement that always has one, given up to `limit` instead of the session's own.
    pub async fn row_within(&self, limit: Duration, sql: &str, params: Params<'_>) -> Result<Row, Fault> {
        self.within(limit, self.client.query_one(sql, params)).await
    }
    /// Statements without parameters and without rows.
    pub async fn run(&self, sql: &str) -> Result<(), Fault> {
        self.limited(self.client.batch_execute(sql)).await
    }
    /// Runs one statement with parameters; how many rows it touched.
    pub async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, Fault> {
        self.limited(self.client.execute(sql, params)).await
    }
    /// The types of the columns; refuses a text that is more than one statement.
    pub async fn describe(&self, sql: &str) -> Result<tokio_postgres::Statement, Fault> {
        self.limited(self.client.prepare(sql)).await
    }
    /// All rows as PostgreSQL writes them.
    pub async fn texts(&self, sql: &str) -> Result<Vec<tokio_postgres::SimpleQueryMessage>, Fault> {
        self.limited(self.client.simple_query(sql)).await
    }
    async fn limited<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Fault> {
        self.within(self.limit, work).await
    }
    async fn within<T>(&self, limit: Duration, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Fault> {
        self.meter.allow(ANSWER_BYTES);
        match transport::within(self.clock.as_ref(), limit, work).await {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => {
                let death = self.death.lock().unwrap_or_else(PoisonError::into_inner);
                let error = death.as_ref().filter(|_| error.is_closed()).unwrap_or(&error);
                Err(fault::of_statement(&self.place, error, self.meter.is_spent()))
            }
            None => Err(Fault::lost(format!("{}: no answer within {limit}", self.place))),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

/// `"app"`: an identifier that is one whatever is in it.
pub fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one() {
        assert_eq!(quoted("app"), "\"app\"");
        assert_eq!(quoted("a\" NOLOGIN; DROP TABLE x; --"), "\"a\"\" NOLOGIN; DROP TABLE x; --\"");
    }

    #[test]
    fn a_looking_session_starts_read_only_and_an_acting_one_does_not_wait_for_standbys() {
        let limit = Duration::from_secs(3);
        assert!(options(As::Observe, limit).contains("default_transaction_read_only=on"));
        assert!(options(As::Act, limit).contains("synchronous_commit=local"));
        assert!(options(As::Application, limit).contains("statement_timeout=4000 -c lock_timeout=3000"));
        assert!(!options(As::Application, limit).contains("synchronous_commit"));
    }
}

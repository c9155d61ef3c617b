//! What the data of a hostile PostgreSQL server say.

use lifeboat::{
    model::{Ask, Duration, Question},
    plan::{Login, PostgresLink},
    systems::postgres,
};

use super::{
    certificates::Certificates,
    fault::{Fault, Fault::*},
    postgres_server::{At, Server},
    watch::{Watch, all},
};

pub fn link(server: &Server, tls: bool) -> PostgresLink {
    let login = |user: &str| Login { user: user.into(), password: None };
    PostgresLink {
        host: "127.0.0.1".into(),
        port: Some(server.port),
        dbname: "orders".into(),
        observe: login("look"),
        act: Some(login("act")),
        application: Some(login("app")),
        ca: Some(Certificates::shared().ca()),
        tls: (!tls).then_some(false),
    }
}

fn question(ask: Ask) -> Question {
    Question::new("db", ask, Duration::from_secs(5), Some(Duration::from_mins(10)))
}
fn sql() -> Question {
    question(Ask::Sql { query: "select bad".into() })
}

/// What the data of a connection say when this is all the server does.
const HELLO: [(Fault, At, &str); 16] = [
    (Refused, At::Hello, "nothing listens at 127.0.0.1:"),
    (Silent, At::Hello, "did not let us in within 5s: does it hang?"),
    (Cut, At::Hello, "it ended the connection before we were in: does something between cut it, is it PostgreSQL?"),
    (Garbage, At::Hello, "it offers no TLS, or is no PostgreSQL"),
    (WrongName, At::Login, "its certificate is not for `127.0.0.1`"),
    (Expired, At::Login, "its certificate has expired: renew it there"),
    (Silent, At::Login, "did not let us in within 5s: does it hang?"),
    (Slow, At::Login, "did not let us in within 5s: does it hang?"),
    (Cut, At::Login, "it ended the connection before we were in"),
    (Endless, At::Login, "it says more than a server should before it lets us in"),
    (Garbage, At::Login, "it answers unlike PostgreSQL: are host and port right?"),
    (Escapes, At::Login, "refuses the login: \\u{1b}[2J"),
    (Fatal, At::Login, "sorry, too many clients already; "),
    (Cut, At::Statement("pg_is_in_recovery"), "the connection was lost"),
    (Silent, At::Statement("pg_is_in_recovery"), "no answer within 5s"),
    (Fatal, At::Statement("pg_is_in_recovery"), "ended the session: terminating connection"),
];

async fn the_connection_meets(fault: Fault, at: At, said: &str, tls: bool) {
    let watch = Watch::new();
    let server = Server::open(fault, at, true, tls, &watch.pace).await;
    let state = question(Ask::PostgresState);
    watch.begin(postgres::source("db", &link(&server, tls), &postgres::Receipts::default()), vec![state.clone()]);
    let reason = watch.reason(&state).await;
    assert!(reason.starts_with("db (127.0.0.1:") && reason.contains(said), "{fault:?} {at:?} tls {tls}: {reason}");
    watch.never_answered(&state);
    if !matches!(fault, Refused | WrongName | Expired) {
        server.heal();
        watch.fresh(&state).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_a_postgresql_server_is_said_by_its_data() {
    all(HELLO.map(|(fault, at, said)| the_connection_meets(fault, at, said, true))).await;
    // In the clear the first message is the login.
    let clear = HELLO.into_iter().filter(|(fault, at, _)| *at == At::Login && !matches!(fault, WrongName | Expired));
    all(clear.map(|(fault, at, said)| the_connection_meets(fault, at, said, false))).await;
}

/// What one question says of whose answer goes wrong.
pub const ASKED: [(Fault, &str); 7] = [
    (Silent, "no answer within 5s"),
    (Slow, "no answer within 5s"),
    (Cut, "the connection was lost"),
    (Endless, "the answer is larger than the 1 MiB that is taken: ask for less"),
    (Garbage, "it answers unlike PostgreSQL"),
    (Escapes, "\\u{202e}live"),
    (Fatal, "ended the session: terminating connection"),
];

async fn one_question_meets(fault: Fault, said: &str) {
    let watch = Watch::new();
    let server = Server::open(fault, At::Statement("select bad"), true, true, &watch.pace).await;
    let (state, other) = (question(Ask::PostgresState), question(Ask::Sql { query: "select good".into() }));
    watch.begin(
        postgres::source("db", &link(&server, true), &postgres::Receipts::default()),
        vec![sql(), state.clone(), other.clone()],
    );
    let reason = watch.reason(&sql()).await;
    assert!(reason.starts_with("db (127.0.0.1:") && reason.contains(said), "{fault:?}: {reason}");
    watch.never_answered(&sql());
    watch.fresh(&state).await;
    watch.fresh(&other).await;
    let asked = server.count("select bad") as u64;
    assert!(server.taken() <= asked * (17 << 20), "{} bytes taken in {asked} replies", server.taken());
    server.heal();
    let told = watch.fresh(&sql()).await.reading.unwrap();
    assert!(told.samples[0].value.to_string().contains("\\u{202e}live"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_one_bad_answer_of_a_postgresql_server_concerns_no_other_question() {
    all(ASKED.map(|(fault, said)| one_question_meets(fault, said))).await;
}

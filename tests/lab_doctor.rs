//! Whether actions could be done now, asked of real servers: each permission there, taken away, and given back as the
//! answer itself says; and nothing is changed by asking.

#[path = "support/cache.rs"]
mod cache;
#[path = "support/pair.rs"]
mod pair;
mod support;

use std::{path::PathBuf, process::Command, sync::Arc};

use cache::Cache;
use lifeboat::{
    console::{Handle, Request},
    model::{Aspect, Call, Check, Clock, Readiness, Ready},
    picture::Picture,
    plan::{Connections, KubernetesLogin, SecretRef},
    systems::{
        Doctor, Need, RealActors, SystemClock,
        redis::{self, link::As},
    },
};
use pair::{Pair, connection, login, secs};
use serde_json::json;
use support::{
    cluster::{Frozen, Lab},
    real::Night,
};

async fn ask(connections: &Connections, calls: &[Call]) -> Readiness {
    let step = |n: usize| serde_json::from_value(json!({"runbook": "failover", "step": format!("step-{n}")})).unwrap();
    let needs: Vec<Need> =
        calls.iter().enumerate().map(|(n, call)| Need { call: call.clone(), open: Vec::new(), step: step(n) }).collect();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    RealActors::new(connections.clone(), PathBuf::from("/")).ask(&needs, secs(30), &clock).await
}

fn find<'a>(told: &'a Readiness, what: &str) -> &'a Check {
    told.checks().find(|check| check.what.contains(what)).unwrap_or_else(|| panic!("nothing about `{what}`: {told:#?}"))
}

/// Asks again until `what` is answered so: what was just changed reaches a standby, or an API server's caches, in a moment.
async fn until(connections: &Connections, calls: &[Call], what: &str, ready: Ready) -> Check {
    let began = SystemClock.now();
    loop {
        let told = ask(connections, calls).await;
        let check = find(&told, what);
        if check.ready == ready {
            return check.clone();
        }
        assert!(SystemClock.now() < began + secs(20).delta(), "never {ready:?}: {check:?}");
    }
}

/// The lab's certificates are made for two days, and that is said of each.
fn all_good(told: &Readiness) {
    let short =
        |check: &&Check| check.aspect == Aspect::Tls && check.ready == Ready::Warned && check.words.starts_with("expires in");
    let bad: Vec<_> = told.checks().filter(|check| check.ready != Ready::Yes && !short(check)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

// ---- PostgreSQL

fn failover() -> Vec<Call> {
    vec![
        pair::call("fence", "db-east", &[("roles", "app")], 10),
        pair::call("wait_caught_up", "db-west", &[("of", "db-east")], 10),
        pair::call("check_standby", "db-west", &[], 10),
        pair::call("promote", "db-west", &[], 10),
        pair::call("allow_writes", "db-west", &[("roles", "app")], 10),
        pair::call("write_probe", "db-east", &[("role", "app")], 10),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_of_postgresql_is_missed_when_it_is_gone_and_its_mend_mends_it() {
    let pair = Pair::up();
    let calls = failover();
    let told = ask(&pair.links, &calls).await;
    all_good(&told);
    assert_eq!(told.spots.iter().map(|spot| spot.name.as_str()).collect::<Vec<_>>(), ["db-east", "db-west"]);
    for what in ["act may promote", "act may change app's LOGIN", "act may end app's sessions", "app logs in as the application"]
    {
        assert_eq!(find(&told, what).words, if what.contains("may") { "it may" } else { "is let in" });
    }
    assert!(find(&told, "its certificate").words.starts_with("expires in "), "{told:#?}");
    assert_eq!(find(&told, "act may promote").steps.len(), 2, "checked and promoted: asked once");

    let admin = pair.admin("db-east").await;
    for (taken, what, why) in [
        (
            "REVOKE EXECUTE ON FUNCTION pg_promote(boolean, integer) FROM act",
            "act may promote",
            "act may not promote: grant it EXECUTE",
        ),
        ("ALTER ROLE act NOCREATEROLE", "act may change app's LOGIN", "no CREATEROLE"),
        ("REVOKE pg_signal_backend FROM act", "act may end app's sessions", "open sessions would go on writing"),
        ("REVOKE CREATE ON DATABASE orders FROM act", "act may prepare a write test", "lifeboat.write_probe"),
        ("REVOKE pg_monitor FROM observe", "observe sees what a standby hears", "pg_stat_wal_receiver"),
    ] {
        admin.run(taken).await.unwrap();
        let check = until(&pair.links, &calls, what, Ready::No).await;
        assert!(check.aspect == Aspect::Permission && check.words.contains(why), "{check:?}");
        let mend = check.mend.expect("what mends it");
        admin.run(mend.rsplit(": ").next().unwrap()).await.unwrap();
        until(&pair.links, &calls, what, Ready::Yes).await;
    }
    let reached_from_16 = admin.row("SELECT current_setting('server_version_num')::int >= 160000", &[]).await.unwrap();
    if reached_from_16.get::<_, bool>(0) {
        admin.run("REVOKE app FROM act").await.unwrap();
        let check = until(&pair.links, &calls, "act may change app's LOGIN", Ready::No).await;
        admin.run(&check.mend.unwrap()).await.unwrap();
    }
    all_good(&ask(&pair.links, &calls).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_login_to_postgresql_is_said_and_nothing_is_changed_by_asking() {
    let pair = Pair::up();
    let admin = pair.admin("db-east").await;
    let state = "SELECT md5(string_agg(t, '')) || pg_snapshot_xmax(pg_current_snapshot())::text FROM (\
        SELECT r::text AS t FROM pg_roles r UNION ALL SELECT m::text FROM pg_auth_members m UNION ALL SELECT n::text FROM pg_namespace n \
        UNION ALL SELECT d.datacl::text FROM pg_database d ORDER BY 1) all_of_it";
    let before: String = admin.row(state, &[]).await.unwrap().get(0);
    all_good(&ask(&pair.links, &failover()).await);
    let after: String = admin.row(state, &[]).await.unwrap().get(0);
    assert_eq!(before, after, "no transaction wrote anything");
    assert!(pair.application("db-east").await.is_ok());

    let fence = |role| [pair::call("fence", "db-east", &[("roles", role)], 10)];
    let told = ask(&pair.links, &fence("apq")).await;
    assert_eq!((find(&told, "role apq").aspect, find(&told, "role apq").ready), (Aspect::Target, Ready::No));
    let told = ask(&pair.links, &fence("postgres")).await;
    assert!(find(&told, "postgres's LOGIN").words.contains("a superuser"), "{told:#?}");
    assert!(find(&told, "postgres's sessions").mend.as_ref().unwrap().contains("ordinary role"));

    // The application is shut out: the write test would not get in.
    admin.run("ALTER ROLE app NOLOGIN").await.unwrap();
    let told = ask(&pair.links, &failover()).await;
    assert_eq!(find(&told, "app logs in as the application").ready, Ready::No);
    admin.run("ALTER ROLE app LOGIN").await.unwrap();

    let with = |change: &dyn Fn(&mut lifeboat::plan::PostgresLink)| {
        let mut links = pair.links.clone();
        let mut link = pair.link("db-east");
        change(&mut link);
        links.insert("db-east".into(), connection(link));
        links
    };
    let wrong = SecretRef::File(pair.piece.text("/secrets/app").into());
    let links = with(&|link| link.act.as_mut().unwrap().password = Some(wrong.clone()));
    let told = ask(&links, &fence("app")).await;
    let check = find(&told, "act acts");
    assert!(check.ready == Ready::No && check.words.contains("is not the right one"), "{check:?}");
    let password = std::fs::read_to_string(pair.piece.text("/secrets/app")).unwrap();
    assert!(!format!("{told:?}").contains(password.trim()), "a secret was told");
    let told = ask(&with(&|link| link.observe = login(&pair.piece, "act")), &fence("app")).await;
    let check = find(&told, "logins of their own");
    assert_eq!((told.ready(), check.ready, check.words.as_str()), (Ready::Warned, Ready::Warned, "`act` is both"));
    let told = ask(&with(&|link| link.observe = login(&pair.piece, "postgres")), &fence("app")).await;
    assert_eq!(find(&told, "postgres may only look").words, "is a superuser");
    let told = ask(&with(&|link| link.ca = None), &fence("app")).await;
    assert!(find(&told, "its certificate").words.contains("authority that is not trusted here"), "{told:#?}");
    let told = ask(&with(&|link| link.port = Some(1)), &fence("app")).await;
    assert_eq!((told.ready(), find(&told, ":1").aspect), (Ready::CannotTell, Aspect::Reachable));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_says_the_same_by_table_and_exit_code() {
    let pair = Pair::up();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("runbooks")).unwrap();
    let db = |name: &str| serde_json::to_string(&pair.links[name]).unwrap();
    let plan = format!(
        "apiVersion: lifeboat/v1\nkind: Plan\nname: orders\nregions: [{{name: east, role: primary}}]\nconnections: {{db-east: {}, db-west: {}}}\n",
        db("db-east"),
        db("db-west")
    );
    std::fs::write(folder.path().join("plan.yaml"), plan).unwrap();
    let book = "apiVersion: lifeboat/v1\nkind: Runbook\nname: failover\nsteps:
  - {id: fence, title: Fence, action: postgres.fence, with: {via: db-east, roles: [app]}}
  - {id: promote, title: Promote, action: postgres.promote, with: {via: db-west}, irreversible: true}\n";
    std::fs::write(folder.path().join("runbooks/failover.yaml"), book).unwrap();
    let doctor = || {
        let output =
            Command::new(env!("CARGO_BIN_EXE_lifeboat")).arg("doctor").arg("--plan").arg(folder.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = doctor();
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("db-west  postgres") && out.contains("✓ permission  act may promote"), "{out}");
    pair.admin("db-east").await.run("ALTER ROLE act NOCREATEROLE").await.unwrap();
    let (code, out, err) = doctor();
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        out.contains("✗ permission") && out.contains("mend: ALTER ROLE \"act\" CREATEROLE") && out.contains("for failover fence"),
        "{out}"
    );
    assert!(err.contains("Not ready: failover fence."), "{err}");
    pair.piece.script("stop-primary.sh", &[]);
    let (code, out, err) = doctor();
    assert_eq!(code, 2, "the standby is still good: {out}{err}");
    assert!(out.contains("? reachable") && out.contains("nothing listens at 127.0.0.1"), "{out}");
}

/// The newest Picture of which `good` holds; at most `secs(40)`.
#[track_caller]
fn until_shown(console: &Handle, what: &str, good: impl Fn(&Picture) -> bool) -> Arc<Picture> {
    let (began, mut last) = (SystemClock.now(), None);
    loop {
        last = console.pictures.take().or(last);
        if let Some(picture) = last.as_ref().filter(|picture| good(picture)) {
            return picture.clone();
        }
        let rows = last.as_ref().map(|picture| (&picture.ready, &picture.links));
        assert!(SystemClock.now() < began + secs(40).delta(), "{what}: {rows:#?}");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_console_says_of_a_server_that_stops_that_nothing_could_be_done_there_long_before_it_asks_again() {
    let pair = Pair::up();
    let folder = tempfile::tempdir().unwrap();
    let db = |name: &str| {
        let mut connection = pair.links[name].clone();
        connection.every = Some(secs(1));
        serde_json::to_string(&connection).unwrap()
    };
    std::fs::create_dir_all(folder.path().join("plan/runbooks")).unwrap();
    let book = "apiVersion: lifeboat/v1\nkind: Runbook\nname: failover\nsteps:
  - {id: fence, title: Fence, action: postgres.fence, with: {via: db-east, roles: [app]}}
  - {id: promote, title: Promote, action: postgres.promote, with: {via: db-west}, irreversible: true}\n";
    std::fs::write(folder.path().join("plan/runbooks/failover.yaml"), book).unwrap();
    let plan = format!(
        "apiVersion: lifeboat/v1\nkind: Plan\nname: orders\nregions: [{{name: east, role: primary}}]\nconnections: {{db-east: {}, db-west: {}}}\n",
        db("db-east"),
        db("db-west")
    );
    let console = Night::begin(folder.path(), &plan).console("Ada");
    let row = |picture: &Picture, name: &str| picture.ready.rows.iter().find(|row| row.name == name).cloned();
    let is = |picture: &Picture, name: &str, ready: &[Ready]| row(picture, name).is_some_and(|row| ready.contains(&row.ready));
    let good = [Ready::Yes, Ready::Warned];
    let first = until_shown(&console, "both were asked", |p| is(p, "db-east", &good) && is(p, "db-west", &good));
    pair.piece.script("stop-primary.sh", &[]);
    let dark = until_shown(&console, "it went dark", |p| is(p, "db-east", &[Ready::CannotTell]));
    assert_eq!(dark.ready.asked, first.ready.asked, "by what is observed, not by another round");
    let said = &row(&dark, "db-east").unwrap().lacks[0].words;
    assert!(said.starts_with("not since ") && said.ends_with("Z: connection db-east does not answer"), "{said}");
    assert!(is(&dark, "db-west", &good), "the standby is still good");
    let fence = dark.book.as_ref().unwrap().steps[0].could.clone().unwrap();
    assert!(fence.good == 0 && fence.ready == Some(Ready::CannotTell), "{fence:?}");

    console.requests.send(Request::AskNow).unwrap();
    let again = until_shown(&console, "it was asked again", |p| p.ready.asked > first.ready.asked);
    let lacks = row(&again, "db-east").unwrap().lacks;
    assert!(lacks.iter().any(|lack| lack.words.contains("nothing listens at 127.0.0.1")), "{lacks:#?}");
    console.end();
}

// ---- Kubernetes

fn kubernetes(action: &str, with: serde_json::Value) -> Call {
    let serde_json::Value::Object(mut with) = with else { panic!("`with` is a map") };
    with.insert("namespace".into(), json!("production"));
    Call { action: format!("kubernetes.{action}"), via: Some("west".into()), with: with.into_iter().collect(), timeout: secs(20) }
}

fn scale(names: &[&str]) -> [Call; 1] {
    [kubernetes("scale", json!({"deployments": names, "replicas": 0}))]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_on_a_cluster_is_missed_when_it_is_gone_and_nothing_is_changed_by_asking() {
    let lab = Lab::take();
    let generations = || {
        lab.kubectl(&[
            "get",
            "deployments",
            "-n",
            "production",
            "-o",
            "jsonpath={..metadata.generation} {..managedFields[*].manager}",
        ])
    };
    let before = generations();
    let all = [
        kubernetes("scale", json!({"deployments": ["user-service", "tenant-service"], "replicas": 0})),
        kubernetes("set_env", json!({"deployments": ["user-service"], "env": {"DB_HOST": "x"}})),
        kubernetes("restart", json!({"deployments": "all"})),
        kubernetes("wait", json!({"deployments": ["user-service"]})),
    ];
    let told = ask(&lab.usual(), &all).await;
    all_good(&told);
    assert_eq!(find(&told, "deployments/scale").words, "2 of 2 allowed");
    assert!(find(&told, "its certificate").words.starts_with("expires in "), "{told:#?}");

    lab.kubectl(&["create", "clusterrolebinding", "asker-looks", "--clusterrole=lab-observe", "--user=asker"]);
    let asker = lab.connections(lab.login("observe"), lab.login_as("asker"));
    let both = scale(&["plugin-service", "tenant-service"]);
    let what = "deployments/scale";
    let check = until(&asker, &both, what, Ready::No).await;
    assert!(check.words.contains("it may not: plugin-service, tenant-service"), "{check:?}");
    assert_eq!(check.mend.as_deref(), Some("allow it: verb patch on deployments/scale (apps) in production"));
    let role = ["create", "role", "asker-one", "-n", "production", "--verb=patch", "--resource=deployments/scale"];
    lab.kubectl(&[&role[..], &["--resource-name=plugin-service"]].concat());
    let bind = ["create", "rolebinding", "asker-one", "-n", "production", "--role=asker-one", "--user=asker"];
    lab.kubectl(&bind);
    until(&asker, &scale(&["plugin-service"]), what, Ready::Yes).await;
    let check = until(&asker, &both, what, Ready::No).await;
    assert!(check.words.contains("it may not: tenant-service") && !check.words.contains("plugin"), "{check:?}");
    lab.kubectl(&["delete", "rolebinding", "asker-one", "-n", "production"]);
    lab.kubectl(&["delete", "role", "asker-one", "-n", "production"]);
    until(&asker, &scale(&["plugin-service"]), what, Ready::No).await;
    lab.kubectl(&role);
    lab.kubectl(&bind);
    until(&asker, &both, what, Ready::Yes).await;
    let check = until(&asker, &all[1..2], "may patch deployments in production", Ready::No).await;
    assert!(check.mend.unwrap().contains("verb patch on deployments (apps)"), "to scale is not to change");

    // Who may not even tell which cluster it is.
    let limited = ask(&lab.connections(lab.login("observe"), lab.login("limited")), &both).await;
    assert_eq!(find(&limited, "limited may read namespace kube-system").ready, Ready::No);
    assert_eq!(generations(), before);
    lab.kubectl(&["delete", "clusterrolebinding", "asker-looks"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_login_to_a_cluster_is_said() {
    let lab = Lab::take();
    let told = ask(&lab.usual(), &scale(&["user-servise"])).await;
    let check = find(&told, "deployments user-servise in production");
    assert!(check.ready == Ready::No && check.words.contains("it has: ai-service"), "{check:?}");
    let told = ask(&lab.connections(lab.login("act"), lab.login("act")), &scale(&["user-service"])).await;
    assert_eq!((told.ready(), find(&told, "logins of their own").ready), (Ready::Warned, Ready::Warned));

    let text = std::fs::read_to_string(lab.piece.text("/kubeconfigs/act")).unwrap();
    let token = text.split("token: \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let changed = |from: &str, to: &str| {
        let file = lab.piece.dir().join("doctor.kubeconfig");
        std::fs::write(&file, text.replace(from, to)).unwrap();
        let act = KubernetesLogin { context: "lab".into(), kubeconfig: Some(file.to_str().unwrap().into()) };
        lab.connections(lab.login("observe"), act)
    };
    let told = ask(&changed(&token, "strange-5ecret"), &scale(&["user-service"])).await;
    let check = find(&told, "lab/act acts");
    assert!(check.ready == Ready::No && check.words.contains("401 Unauthorized"), "{check:?}");
    assert!(!format!("{told:?}").contains("5ecret"));
    // The end of a token is read from it, whatever the server says.
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let jwt = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(format!(r#"{{"exp": {}}}"#, SystemClock.now().timestamp() - 600)));
    let told = ask(&changed(&token, &jwt), &scale(&["user-service"])).await;
    let check = find(&told, "the token of lab/act");
    assert!(check.ready == Ready::No && check.words.starts_with("expired 10m ago"), "{check:?}");
    let told = ask(&changed("ca.crt", "server.crt"), &scale(&["user-service"])).await;
    assert_eq!(told.ready(), Ready::No, "{told:#?}");
    let told = ask(&changed("name: lab,", "name: other,"), &scale(&["user-service"])).await;
    assert!(find(&told, "the login to act").words.contains("no usable context `lab`"), "{told:#?}");

    let frozen = Frozen::new(&lab, "kube-apiserver");
    let told = ask(&lab.usual(), &scale(&["user-service"])).await;
    assert_eq!(told.ready(), Ready::CannotTell, "{told:#?}");
    assert!(told.took < secs(31), "{}", told.took);
    drop(frozen);
}

// ---- Redis

#[tokio::test(flavor = "multi_thread")]
async fn each_command_of_redis_is_missed_when_it_is_gone_and_nothing_is_carried_out_by_asking() {
    let cache = Cache::up();
    let calls = [
        cache::call("ping", "redis-east", &[], 10),
        cache::call("bgsave", "redis-east", &[], 10),
        cache::call("fence", "redis-east", &[], 10),
        cache::call("wait_caught_up", "redis-west", &[("of", "redis-east")], 10),
        cache::call("sentinel_failover", "redis-west", &[("master", "cache"), ("of", "redis-east")], 10),
    ];
    let state = async || {
        let info = cache.says("redis-east", "admin", &["INFO"]).await.unwrap();
        let kept = ["rdb_saves", "rdb_last_save_time", "rdb_bgsave_in_progress", "role", "master_replid"];
        let mut lines: Vec<_> =
            info.lines().filter(|line| kept.iter().any(|name| line.starts_with(name))).map(str::to_owned).collect();
        let session = cache.session("redis-east", "admin").await;
        lines.push(format!("{:?}", session.ask(&["CONFIG", "GET", "*"]).await.unwrap()));
        lines
    };
    let before = state().await;
    let told = ask(&cache.links, &calls).await;
    all_good(&told);
    assert!(find(&told, "a failover of cache could be authorized").words.contains("OK 3 usable Sentinels"), "{told:#?}");

    for (rule, what) in
        [("bgsave", "act may send BGSAVE"), ("config|set", "act may send CONFIG SET"), ("config|get", "act may send CONFIG GET")]
    {
        cache.says("redis-east", "admin", &["ACL", "SETUSER", "act", &format!("-{rule}")]).await.unwrap();
        let told = ask(&cache.links, &calls).await;
        let check = find(&told, what);
        assert!(check.ready == Ready::No && check.words.to_lowercase().contains("permissions"), "{check:?}");
        let mend = check.mend.clone().unwrap();
        let words: Vec<&str> = mend.split(',').next().unwrap().split(' ').collect();
        cache.says("redis-east", "admin", &words).await.unwrap();
        all_good(&ask(&cache.links, &calls).await);
    }
    // Who may not ask is not found out about by trying.
    cache.says("redis-east", "admin", &["ACL", "SETUSER", "act", "-acl|dryrun"]).await.unwrap();
    let told = ask(&cache.links, &calls).await;
    for what in ["act may send BGSAVE", "act may send CONFIG SET"] {
        let check = find(&told, what);
        assert!(check.ready == Ready::CannotTell && check.mend.as_ref().unwrap().contains("+acl|dryrun"), "{check:?}");
    }
    assert_eq!(find(&told, "act may send CONFIG GET").ready, Ready::Yes, "that one only reads");
    cache.says("redis-east", "admin", &["ACL", "SETUSER", "act", "+acl|dryrun"]).await.unwrap();
    assert_eq!(state().await, before);

    let admin = |n: usize| {
        let mut link = cache::sentinel(&cache.piece, n);
        link.act = Some(cache::login(&cache.piece, "admin"));
        redis::Server::sentinel(&format!("sentinel-{n}"), &link)
    };
    for n in 0..3 {
        let session = admin(n).open(As::Act, secs(5), &cache.clock).await.unwrap();
        session.ask(&["ACL", "SETUSER", "act", "-sentinel|failover"]).await.unwrap();
    }
    let told = ask(&cache.links, &calls).await;
    let check = find(&told, "act may send SENTINEL FAILOVER");
    assert!(check.ready == Ready::No && check.mend.as_ref().unwrap().contains("+sentinel|failover"), "{check:?}");
    for n in 0..3 {
        let session = admin(n).open(As::Act, secs(5), &cache.clock).await.unwrap();
        session.ask(&["ACL", "SETUSER", "act", "+sentinel|failover"]).await.unwrap();
    }
    let strange = [cache::call("check_quorum", "redis-west", &[("master", "cash")], 10)];
    assert_eq!(find(&ask(&cache.links, &strange).await, "a failover of cash").ready, Ready::No);

    // One Sentinel away keeps nothing from being done; the primary away does.
    cache.signal("sentinel-2", "-KILL");
    let told = ask(&cache.links, &calls).await;
    let spot = told.spots.iter().find(|spot| spot.name == "sentinel-2").unwrap();
    assert_eq!((told.ready(), spot.ready()), (Ready::Warned, Ready::Warned), "{told:#?}");
    cache.kill("redis-east", "primary");
    assert_eq!(ask(&cache.links, &calls).await.ready(), Ready::CannotTell);
}

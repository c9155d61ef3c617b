//! Servers that refuse, hang, dribble, break off, flood and lie: what their data say, and how actions on them end.

#[path = "hostile/alertmanager.rs"]
mod alertmanager;
#[path = "hostile/certificates.rs"]
mod certificates;
#[path = "hostile/cluster.rs"]
mod cluster;
#[path = "hostile/den.rs"]
mod den;
#[path = "hostile/fault.rs"]
mod fault;
#[path = "hostile/http.rs"]
mod http;
#[path = "hostile/hurry.rs"]
mod hurry;
#[path = "hostile/kubernetes_changes.rs"]
mod kubernetes_changes;
#[path = "hostile/kubernetes_data.rs"]
mod kubernetes_data;
#[path = "hostile/meeting.rs"]
mod meeting;
#[path = "hostile/postgres_answers.rs"]
mod postgres_answers;
#[path = "hostile/postgres_changes.rs"]
mod postgres_changes;
#[path = "hostile/postgres_data.rs"]
mod postgres_data;
#[path = "hostile/postgres_server.rs"]
mod postgres_server;
#[path = "hostile/prometheus.rs"]
mod prometheus;
#[path = "hostile/prometheus_speech.rs"]
mod prometheus_speech;
#[path = "hostile/quiet.rs"]
mod quiet;
#[path = "hostile/redis.rs"]
mod redis;
#[path = "hostile/redis_server.rs"]
mod redis_server;
#[path = "hostile/watch.rs"]
mod watch;
#[path = "hostile/web.rs"]
mod web;

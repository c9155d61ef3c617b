//! The traps of what is observed, each provoked on real servers, and what the program says then. One file a trap.
#![allow(clippy::disallowed_methods, reason = "a test at the boundary has a real clock")]

mod support;

#[path = "truth/alert_again.rs"]
mod alert_again;
#[path = "truth/archive_broken.rs"]
mod archive_broken;
#[path = "truth/backup_past.rs"]
mod backup_past;
#[path = "truth/before_the_outage.rs"]
mod before_the_outage;
#[path = "truth/blind_exporter.rs"]
mod blind_exporter;
#[path = "truth/card_lost.rs"]
mod card_lost;
#[path = "truth/counter_reset.rs"]
mod counter_reset;
#[path = "truth/exporter_away.rs"]
mod exporter_away;
#[path = "truth/exporters.rs"]
mod exporters;
#[path = "truth/heartbeat_row.rs"]
mod heartbeat_row;
#[path = "truth/listed_backups.rs"]
mod listed_backups;
#[path = "truth/looks.rs"]
mod looks;
#[path = "truth/mirror_over_dead_source.rs"]
mod mirror_over_dead_source;
#[path = "truth/missing_is_not_zero.rs"]
mod missing_is_not_zero;
#[path = "truth/own_alert_rules.rs"]
mod own_alert_rules;
#[path = "truth/pair.rs"]
mod pair;
#[path = "truth/replica_by_exporter.rs"]
mod replica_by_exporter;
#[path = "truth/s3_by_cloudwatch.rs"]
mod s3_by_cloudwatch;
#[path = "truth/skewed_clock.rs"]
mod skewed_clock;
#[path = "truth/two_vocabularies.rs"]
mod two_vocabularies;

//! The Picture against a small plan: what is said, and that nothing is green without a fresh proof.

mod alerts;
mod backups;
mod cards;
mod declaring;
mod kept;
mod lasting;
mod orders;
mod properties;
mod ready;
mod replication;
mod said;
mod timing;
mod unseen;
mod warned;
mod what_if;

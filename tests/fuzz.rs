//! Fuzzers: inputs from outside, changed at random, never break Lifeboat nor make it say what is not so.
//!
//! The quick tests try a fixed few of each input and every case that once failed. `./tests/run --fuzz MINUTES` tries new
//! ones for so long; what fails is made as small as it gets, printed, and kept under `tests/fuzz/cases/`.

mod support;

#[path = "fuzz/engine.rs"]
mod engine;
#[path = "fuzz/events.rs"]
mod events;
#[path = "fuzz/files.rs"]
mod files;
#[path = "fuzz/keys.rs"]
mod keys;
#[path = "fuzz/kubernetes.rs"]
mod kubernetes;
#[path = "fuzz/plans.rs"]
mod plans;
#[path = "fuzz/prometheus.rs"]
mod prometheus;

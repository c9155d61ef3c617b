//! Progress that nobody reads.

use lifeboat::{model::PartReport, systems::Progress};

pub struct Quiet;

impl Progress for Quiet {
    fn say(&self, _part: &str, _text: &str) {}
    fn ended(&self, _report: PartReport) {}
}

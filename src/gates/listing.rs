//! Recovery points that are listed one by one: files of a folder, items of a list that a web server gives.

use crate::{
    model::{Reading, Sample},
    plan::{HttpProbe, Probe},
};

/// One recovery point of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    /// Seconds since 1970.
    pub at: f64,
    /// Bytes.
    pub size: Option<f64>,
    /// Seconds.
    pub took: Option<f64>,
}

/// Whether `probe` lists all recovery points, where others tell one value.
pub fn is_listing(probe: &Probe) -> bool {
    matches!(probe, Probe::Files(_) | Probe::Http(HttpProbe { list: Some(_), .. }))
}

/// All recovery points of an answer, the oldest first.
pub fn listed(reading: &Reading) -> Vec<Listed> {
    let number = |sample: &Sample, label: &str| {
        let said = sample.labels.get(label)?.parse::<f64>().ok();
        said.filter(|number| number.is_finite() && *number >= 0.0)
    };
    let one = |sample: &Sample| {
        let size = sample.value.number().filter(|size| size.is_finite() && *size >= 0.0);
        Some(Listed { at: number(sample, "at").filter(|at| *at > 0.0)?, size, took: number(sample, "took") })
    };
    let mut all: Vec<Listed> = reading.samples.iter().filter_map(one).collect();
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all
}

//! Actions of one part that are done once and that nothing takes back: a request, a program.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::action::{Order, Perform, Progress};
use crate::model::{Clock, Outcome, PartReport};

/// What is done.
#[async_trait]
pub trait OneShot: Send + Sync {
    /// What a person calls it, as in `a request cannot be taken back`.
    const WHAT: &'static str;

    /// Does it, at most once.
    async fn go(
        &self,
        order: &Order,
        part: &str,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> PartReport;
}

/// The action that does it.
pub struct Once<T>(pub T);

#[async_trait]
impl<T: OneShot> Perform for Once<T> {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        // It has one part, whatever it was called in the preview.
        let Some(part) = order.parts.first() else { return Vec::new() };
        let report = self.0.go(order, part, progress, clock, stop).await;
        progress.ended(report.clone());
        vec![report]
    }

    async fn undo(
        &self,
        order: &Order,
        progress: &dyn Progress,
        _clock: &Arc<dyn Clock>,
        _stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let cannot = format!("a {} cannot be taken back; give the step an `undo` action of its own", T::WHAT);
        let cannot = Outcome::failed(cannot);
        let reports: Vec<_> = order.parts.iter().map(|part| PartReport::new(part, cannot.clone())).collect();
        reports.iter().for_each(|report| progress.ended(report.clone()));
        reports
    }
}

//! RTO, RPO, exposure, capacity and silence: pure arithmetic over the plan's facts, an incident's state and what is observed.

pub mod capacity;
pub mod cards;
pub mod clock;
pub mod exposure;
pub mod following;
pub mod frontier;
pub mod loss;
pub mod past;
pub mod path;
pub mod point;
pub mod projection;
pub mod proof;
pub mod reach;
pub mod redis_replica;
pub mod replica;
pub mod runs;
pub mod sight;
pub mod silence;
pub mod split;
pub mod stop;
pub mod supposed;
pub mod survival;
pub mod target;
pub mod timely;
pub mod turn;
pub mod underway;
pub mod usual;

#[cfg(test)]
mod tests;

pub use capacity::{Cards, Fit, Known, cards_of, fits, fullest_node};
pub use clock::{Clock, clock_of};
pub use exposure::{clean_before, dataset_exposure, foresee};
pub use following::{Following, following};
pub use loss::Span;
pub use past::{Past, Usual};
pub use path::{Course, Overrun, Path};
pub use projection::{Projection, project};
pub use proof::Proof;
pub use reach::Reach;
pub use sight::{CleanBefore, DatasetExposure, Follows, Sight, SourceExposure};
pub use silence::{Silence, silence_of};
pub use stop::{Stop, recovered_at, stop_of};
pub use target::{Target, rpo_of, rto_of, tier_of};

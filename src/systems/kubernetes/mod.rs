//! Kubernetes: nodes and deployments by watches; scale, environment, restart, wait.

pub mod act;
pub mod change;
pub mod credential;
pub mod deployments;
pub mod exchange;
pub mod follow;
pub mod inspect;
pub mod link;
pub mod nodes;
pub mod observe;
pub mod ready;
pub mod restart;
pub mod review;
pub mod scale;
pub mod set_env;
pub mod specs;
pub mod task;
pub mod wait;
pub mod warnings;
pub mod words;
pub mod workload;

pub use act::perform;
pub use inspect::{inspect, inspect_parts, inspect_undo};
pub use observe::source;

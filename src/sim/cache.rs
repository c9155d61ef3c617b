//! A simulated Redis server: a primary that is written to, or a replica that follows it until it is cut off.

use crate::model::Time;

#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// The connection of the primary that it follows.
    pub follows: Option<String>,
    /// When its link broke, and how many bytes had not arrived by then.
    pub cut: Option<(Time, f64)>,
}

//! Files in a folder of the machine that the console runs on, each a recovery point.

pub mod observe;

pub use observe::source;

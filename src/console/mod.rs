//! The running console without a screen: joins journal, systems and rules.

pub mod acting;
pub mod answering;
pub mod armed;
pub mod audit;
pub mod automating;
pub mod carrying;
pub mod commit;
pub mod core;
pub mod declared;
pub mod disk;
pub mod finishing;
mod foreseeing;
pub mod hands;
pub mod held;
pub mod impact;
pub mod jumps;
pub mod ledger;
pub mod looks;
pub mod owes;
pub mod port;
pub mod proofs;
pub mod readying;
pub mod rounds;
pub mod slot;
pub mod sources;
pub mod standing;
pub mod start;
pub mod tending;
pub mod watching;

pub use acting::Colleague;
pub use owes::Owes;
pub use port::{DeclareForm, Reply, Request};
pub use slot::Slot;
pub use start::{Ends, Handle, Means, NotStarted, Setup, Waiting, act, watch};

//! The journal: one SQLite file a plan, append-only and hash-chained, from which all state is computed.
//! `assets/journal-format.md` says how it looks on disk and how another program verifies it.

pub mod across;
pub mod beside;
pub mod chain;
pub mod console_lock;
pub mod continuation;
pub mod error;
pub mod export;
pub mod head;
pub mod place;
pub mod queries;
pub mod read;
pub mod reader;
pub mod row;
pub mod schema;
pub mod verify;
pub mod writer;

pub use across::verify_across;
pub use beside::{check_log, continued_in};
pub use continuation::{Continuation, go_on};
pub use error::{AppendError, JournalError};
pub use export::export;
pub use head::Head;
pub use read::Read;
pub use reader::Reader;
pub use verify::{Finding, Joint, Verification, verify, verify_open};
pub use writer::{Draft, Writer};

//! What can be asked of a journal, by a console that writes and by one that only looks on.

use super::{error::JournalError, head::Head};
use crate::{
    incident::Record,
    model::{Digest, IncidentId},
};

/// Every answer is of one moment; the next one may be of a later.
pub trait Read {
    /// The newest record's place and hash; `None` while there is no record.
    fn head(&self) -> Result<Option<Head>, JournalError>;

    /// At most `limit` records after `seq`, in order.
    fn after(&self, seq: u64, limit: usize) -> Result<Vec<Record>, JournalError>;

    /// All records of one incident, in order; reads only those.
    fn incident(&self, id: &IncidentId) -> Result<Vec<Record>, JournalError>;

    /// All incidents in the order of their first records.
    fn incidents(&self) -> Result<Vec<IncidentId>, JournalError>;

    /// Those whose last turn is not a close, in the order of their first records. Decodes nothing.
    fn open_incidents(&self) -> Result<Vec<IncidentId>, JournalError>;

    /// What the first record chains on to: the head's hash of a journal without records.
    fn start(&self) -> Result<Digest, JournalError>;

    /// The name of the plan that it is of.
    fn plan(&self) -> Result<String, JournalError>;

    /// Whether another console has written since this was last asked (or since opening). Costs microseconds.
    fn changed(&mut self) -> Result<bool, JournalError>;
}

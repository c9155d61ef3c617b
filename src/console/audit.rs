//! Verifies the journal beside the console's loop, once it has begun: a record that was changed is said, not believed.

use std::{io, path::PathBuf, sync::mpsc};

use crate::journal::verify_open;

/// A verification under way, or done.
pub struct Audit {
    heard: mpsc::Receiver<Option<String>>,
}

impl Audit {
    /// Begins to verify `journal`, which this console has open.
    pub fn begin(journal: PathBuf) -> io::Result<Self> {
        let (tell, heard) = mpsc::channel();
        let verify = move || {
            let found = match verify_open(&journal) {
                Ok(seen) => seen.findings.first().map(|first| {
                    format!("the journal does not hold ({}): `lifeboat journal verify` tells all, and what to do", first.text)
                }),
                Err(error) => Some(format!("the journal could not be verified: {error}")),
            };
            // A console that has ended wants to know nothing more.
            let _ = tell.send(found);
        };
        std::thread::Builder::new().name("audit".into()).spawn(verify)?;
        Ok(Self { heard })
    }

    /// What speaks against the journal, once when that is known.
    pub fn found(&self) -> Option<String> {
        self.heard.try_recv().ok().flatten()
    }
}

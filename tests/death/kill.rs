//! Kills its own process at an append to the journal. SQLite itself tells when a transaction is about to be committed and
//! when it has been: nothing in Lifeboat knows of it.

use std::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};

use rusqlite::ffi;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All of it was said to SQLite, but it is not committed.
    BeforeCommit,
    /// It is on the disk, and nobody was told yet.
    AfterCommit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each test file uses a part of it")]
pub enum When {
    /// At that append of this process, counted from 1.
    Append(u64),
    /// At the append that holds the first event of this kind.
    Records(&'static str),
}

static WHEN: OnceLock<(When, Moment)> = OnceLock::new();
static APPENDS: AtomicU64 = AtomicU64::new(0);
/// The open transaction holds an event of the kind.
static HOLDS_IT: AtomicBool = AtomicBool::new(false);
/// Records of the open transaction, and all that were committed.
static INSERTED: AtomicU64 = AtomicU64::new(0);
static COMMITTED: AtomicU64 = AtomicU64::new(0);

/// This process dies then. Before that it says how many records it has committed.
pub fn when(when: When, moment: Moment) {
    WHEN.set((when, moment)).unwrap();
    // SAFETY: `watch` has the signature that SQLite calls.
    let code = unsafe { ffi::sqlite3_auto_extension(Some(watch)) };
    assert_eq!(code, ffi::SQLITE_OK);
}

/// Called with each connection that is opened.
unsafe extern "C" fn watch(db: *mut ffi::sqlite3, _: *mut *mut c_char, _: *const ffi::sqlite3_api_routines) -> c_int {
    // SAFETY: the connection is open, and `told` has the signature that SQLite calls.
    unsafe { ffi::sqlite3_trace_v2(db, ffi::SQLITE_TRACE_STMT | ffi::SQLITE_TRACE_PROFILE, Some(told), std::ptr::null_mut()) }
}

/// Called when a statement begins, with its text or that of a trigger, and when it has ended.
unsafe extern "C" fn told(what: c_uint, _: *mut c_void, statement: *mut c_void, text: *mut c_void) -> c_int {
    let begins = what == ffi::SQLITE_TRACE_STMT;
    // SAFETY: SQLite hands a statement, and where one begins a text, that live until this returns.
    let text = unsafe { CStr::from_ptr(if begins { text.cast() } else { ffi::sqlite3_sql(statement.cast()) }) }.to_bytes();
    if begins && text.starts_with(b"INSERT INTO records") {
        INSERTED.fetch_add(1, SeqCst);
        if let Some((When::Records(kind), _)) = WHEN.get() {
            // SAFETY: what SQLite hands out is a text or nothing, and ours to free.
            let values = unsafe { ffi::sqlite3_expanded_sql(statement.cast()) };
            if !values.is_null() {
                let said = unsafe { CStr::from_ptr(values) }.to_string_lossy().contains(&format!("'{kind}'"));
                HOLDS_IT.fetch_or(said, SeqCst);
                unsafe { ffi::sqlite3_free(values.cast()) };
            }
        }
    }
    if text == b"COMMIT" && INSERTED.load(SeqCst) > 0 {
        if begins {
            die_if(Moment::BeforeCommit);
        } else {
            COMMITTED.fetch_add(INSERTED.swap(0, SeqCst), SeqCst);
            die_if(Moment::AfterCommit);
            APPENDS.fetch_add(1, SeqCst);
        }
    }
    0
}

fn die_if(now: Moment) {
    let is_now = match WHEN.get() {
        Some((When::Append(nth), moment)) => *moment == now && APPENDS.load(SeqCst) + 1 == *nth,
        Some((When::Records(_), moment)) => *moment == now && HOLDS_IT.load(SeqCst),
        None => false,
    };
    if !is_now {
        return;
    }
    let mut out = std::io::stdout();
    let _ = writeln!(out, "\ncommitted {}", COMMITTED.load(SeqCst)).and_then(|()| out.flush());
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

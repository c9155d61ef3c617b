//! Reading the files of a plan within limits: nothing that is no plain file is opened, and never more is read than the limit.

use std::{
    fs::OpenOptions,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::model::text::clean;

/// The largest file, in bytes.
pub const FILE_BYTES: usize = 1 << 20;
/// All files of a plan together, in bytes.
pub const PLAN_BYTES: usize = 8 << 20;
/// The most runbook files.
pub const FILES: usize = 200;
/// The most entries of a folder that are looked at.
const ENTRIES: usize = 5_000;

/// Why a file was not read: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub code: &'static str,
    pub message: String,
    pub help: String,
}

impl Unreadable {
    fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into() }
    }
}

/// The bytes of a plain file of at most `most` bytes.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    // Looked at before it is opened: opening a device or a pipe can already do something.
    let metadata = std::fs::metadata(path).map_err(|error| io(&error))?;
    plain(&metadata)?;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > most {
        return Err(too_large(most));
    }
    // Non-blocking, and looked at again: a pipe may have taken its place meanwhile.
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let file = opened.map_err(|error| io(&error))?;
    plain(&file.metadata().map_err(|error| io(&error))?)?;
    bounded(file, size, most)
}

/// Reads at most one byte more than `most`, whatever the size was said to be.
fn bounded(file: impl Read, size: usize, most: usize) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::with_capacity(size.min(most));
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| io(&error))?;
    if bytes.len() > most { Err(too_large(most)) } else { Ok(bytes) }
}

fn plain(metadata: &std::fs::Metadata) -> Result<(), Unreadable> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a directory" } else { "a device, a pipe or a socket" };
    Err(Unreadable::new("not-a-file", format!("this is {what}, expected a plain file"), "put a YAML file there"))
}

fn too_large(most: usize) -> Unreadable {
    let limit = if most >= 1 << 20 { format!("{} MB", most >> 20) } else { format!("{} kB", most >> 10) };
    Unreadable::new(
        "too-large",
        format!("the file is larger than {limit}"),
        "a plan holds words, not data: split it or move data out",
    )
}

fn io(error: &std::io::Error) -> Unreadable {
    match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable::new("no-file", "there is no such file", "check the path"),
        std::io::ErrorKind::PermissionDenied => {
            Unreadable::new("no-permission", "reading it is not permitted", "give this user read permission")
        }
        _ => Unreadable::new(
            "unreadable",
            format!("it cannot be read: {}", clean(&error.to_string())),
            "check the path and the disk",
        ),
    }
}

/// What a folder of runbooks holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// `*.yaml`, by name.
    pub yaml: Vec<PathBuf>,
    /// Others that somebody may have meant to be read (`*.yml`, folders), by name.
    pub others: Vec<PathBuf>,
}

/// The files of a folder; one that is not there holds none.
pub fn list(folder: &Path) -> Result<Listing, Unreadable> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            return Err(Unreadable::new(
                "not-a-folder",
                "this is no directory",
                "runbooks are files in a directory of this name",
            ));
        }
        Err(error) => return Err(io(&error)),
    };
    let mut listing = Listing::default();
    for (n, entry) in entries.enumerate() {
        if n >= ENTRIES {
            let message = format!("the directory holds more than {ENTRIES} entries");
            return Err(Unreadable::new("too-many-files", message, "keep only runbooks in it"));
        }
        let path = entry.map_err(|error| io(&error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Hidden files and an editor's backups are nobody's runbooks.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if name.ends_with(".yaml") {
            listing.yaml.push(path);
        } else if name.ends_with(".yml") || path.is_dir() {
            listing.others.push(path);
        }
    }
    listing.yaml.sort();
    listing.others.sort();
    if listing.yaml.len() > FILES {
        let message = format!("there are {} runbook files, more than {FILES}", listing.yaml.len());
        return Err(Unreadable::new(
            "too-many-files",
            message,
            "split them into plans of their own, or several runbooks into one file",
        ));
    }
    Ok(listing)
}

/// `bytes` as text; an error says the line and column (from 1) of the first byte that is none.
pub fn utf8(bytes: Vec<u8>) -> Result<String, (u32, u32, Unreadable)> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((1, 1, Unreadable::new("not-utf8", "the file is UTF-16, expected UTF-8", "save it as UTF-8")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|b| **b == b'\n').count() as u32 + 1;
        let last = good.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count() as u32 + 1;
        (line, column, Unreadable::new("not-utf8", "this byte is not UTF-8", "save the file as UTF-8"))
    })?;
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() as u32 + 1;
        let column = text[..at].rsplit('\n').next().map_or(0, |last| last.chars().count()) as u32 + 1;
        return Err((line, column, Unreadable::new("not-utf8", "a zero byte: this is no UTF-8 text", "save the file as UTF-8")));
    }
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Never ends, and counts what is taken of it.
    struct Endless<'c>(&'c mut usize);
    impl Read for Endless<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            into.fill(b'a');
            *self.0 += into.len();
            Ok(into.len())
        }
    }

    #[test]
    fn never_more_than_one_byte_over_the_limit_is_read_or_reserved() {
        let mut taken = 0;
        let refused = bounded(Endless(&mut taken), usize::MAX, 1000).unwrap_err();
        assert_eq!(refused.code, "too-large");
        assert!(taken <= 1001, "{taken}");
    }

    #[test]
    fn the_place_of_a_byte_that_is_no_text_is_said() {
        let (line, column, why) = utf8(b"a: b\n\xc3\xa4\xff".to_vec()).unwrap_err();
        assert_eq!((line, column, why.code), (2, 2, "not-utf8"));
        let (_, _, why) = utf8(vec![0xff, 0xfe, b'a', 0]).unwrap_err();
        assert!(why.message.contains("UTF-16"));
        assert_eq!(utf8(b"\xef\xbb\xbfname: x".to_vec()).unwrap(), "name: x");
    }
}

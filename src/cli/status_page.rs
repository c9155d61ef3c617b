//! `lifeboat status --html`: the page, written once or again and again until the program is ended.

use std::{io::Write, path::Path, sync::Arc};

use super::exit;
use crate::{console::Handle, model::Duration, picture::Picture, report::status};

/// Shorter only keeps a disk busy.
const LEAST: Duration = Duration::from_secs(1);

/// Writes `picture` as a page to `file`; with `again`, the newest one each time that long has passed.
pub fn run(handle: Handle, file: &Path, again: Option<Duration>, picture: Arc<Picture>, err: &mut dyn Write) -> u8 {
    let again = again.map(|again| again.max(LEAST));
    let mut picture = picture;
    loop {
        let status = status::status(&picture);
        if let Err(error) = write(file, &status::html(&status, again)) {
            let _ = writeln!(err, "lifeboat: the page {} cannot be written: {error}", file.display());
            handle.end();
            return exit::INPUT;
        }
        let Some(again) = again else {
            handle.end();
            return exit::of_verdict(status.verdict);
        };
        std::thread::park_timeout(again.std());
        picture = handle.pictures.take().unwrap_or(picture);
    }
}

/// A reader meets the old page or the new one, never half of one.
fn write(file: &Path, page: &str) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile_in(folder, file)?;
    new.1.write_all(page.as_bytes())?;
    new.1.flush()?;
    std::fs::rename(&new.0, file).inspect_err(|_| drop(std::fs::remove_file(&new.0)))
}

/// Beside the page, so that the two are on one disk. A web server may read it: it holds nothing that others must not.
fn tempfile_in(folder: &Path, file: &Path) -> std::io::Result<(std::path::PathBuf, std::fs::File)> {
    let name = file.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?;
    let path = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    std::fs::File::create(&path).map(|made| (path, made))
}

//! The folder of a demo: it goes with it, and takes along those of demos that were killed.

use std::{
    fs::{DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, flock},
    process::geteuid,
};

const PREFIX: &str = "lifeboat-demo-";
/// Held as long as the demo lives; the system lets go of it, however that ends.
const ALIVE: &str = "alive";

pub struct Scratch {
    path: PathBuf,
    _alive: File,
}

impl Scratch {
    /// A new one in `parent`, for its user only.
    pub fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        let path = parent.join(format!("{PREFIX}{}", uuid::Uuid::now_v7()));
        DirBuilder::new().mode(0o700).create(&path)?;
        // It gets its name once it is held: until then nobody takes the demo for a dead one.
        let unnamed = path.join("beginning");
        let alive = File::options().write(true).create_new(true).mode(0o600).open(&unnamed)?;
        flock(&alive, FlockOperation::NonBlockingLockExclusive)?;
        std::fs::rename(unnamed, path.join(ALIVE))?;
        Ok(Self { path, _alive: alive })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes this user's folders whose demo is dead. One that cannot be looked at stays: it harms nobody.
fn sweep(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        // Not through a link, which may lead anywhere.
        let own = || entry.metadata().is_ok_and(|it| it.is_dir() && it.uid() == geteuid().as_raw());
        if named && own() && is_dead(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// One without the file is just being made.
fn is_dead(folder: &Path) -> bool {
    File::open(folder.join(ALIVE)).is_ok_and(|alive| flock(&alive, FlockOperation::NonBlockingLockExclusive).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_demo_s_folder_goes_with_the_next_and_a_living_one_s_stays() {
        let parent = tempfile::tempdir().unwrap();
        let killed = parent.path().join(format!("{PREFIX}killed"));
        std::fs::create_dir(&killed).unwrap();
        std::fs::write(killed.join(ALIVE), "").unwrap();
        let beginning = parent.path().join(format!("{PREFIX}beginning"));
        std::fs::create_dir(&beginning).unwrap();
        let elsewhere = parent.path().join("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        std::fs::write(elsewhere.join(ALIVE), "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, parent.path().join(format!("{PREFIX}link"))).unwrap();

        let living = Scratch::new(parent.path()).unwrap();
        let next = Scratch::new(parent.path()).unwrap();
        assert!(!killed.exists() && living.path().exists() && next.path().exists());
        assert!(beginning.exists() && elsewhere.join(ALIVE).exists());
        let path = next.path().to_owned();
        drop(next);
        assert!(!path.exists() && living.path().exists());
    }
}

//! A filesystem of a few megabytes that only one process sees, so that it can be filled or made read-only.

use std::{
    ffi::OsStr,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

const FOLDER: &str = "LIFEBOAT_SMALL_DISK";

/// The calling test is run again where a disk of that size is mounted, and `None` comes back once it went well there. In the
/// one that runs there it is the disk's folder.
pub fn on_a_disk_of(size: &str, test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    // In a mount namespace of its own, which goes with the process: nothing is left mounted, however it ends.
    let private: &[&str] =
        if rustix::process::geteuid().is_root() { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let script = r#"mount -t tmpfs -o "size=$1,mode=700" tmpfs "$2" && shift 2 && exec "$@""#;
    let output = Command::new("unshare")
        .args(private)
        .args(["sh", "-c", script, "sh", size])
        .args([folder.path().as_os_str(), std::env::current_exe().unwrap().as_os_str()])
        .args(["--exact", test, "--nocapture", "--test-threads=1"].map(OsStr::new))
        .env(FOLDER, folder.path())
        .output()
        .unwrap_or_else(|error| panic!("this test mounts a small disk by unshare(1), of util-linux: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "on a disk of {size}, mounted by unshare(1) and mount(8) as root or where user namespaces are allowed:\n{said}"
    );
    None
}

/// Takes all the room there is; the file can be removed again.
pub fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = std::fs::File::create(&path).unwrap();
    for size in [65_536, 4_096] {
        let error = loop {
            if let Err(error) = file.write_all(&vec![7; size]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
    path
}

/// From here on nothing on it can be written. No file of it may be open for writing.
pub fn make_read_only(folder: &Path) {
    let done = Command::new("mount").args(["-o", "remount,ro"]).arg(folder).status().unwrap();
    assert!(done.success());
}

//! Where a journal may lie: SQLite's locks do not hold on network filesystems (RULES R32), nor across several names.

use std::{
    fs::{DirBuilder, Metadata},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use super::error::JournalError;

/// The magic numbers of `statfs(2)`.
const NETWORK: [(u32, &str); 15] = [
    (0x0000_6969, "nfs"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb"),
    (0x0000_517b, "smb"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "afs"),
    (0x00c3_6400, "ceph"),
    (0x0bd0_0bd0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x1983_0326, "beegfs"),
    (0x0102_1997, "9p"),
    (0x7375_7245, "coda"),
    (0x0000_564c, "ncp"),
    (0x786f_4256, "vboxsf"),
    (0x0116_1970, "gfs2"),
];
const FUSE: u32 = 0x6573_5546;
/// What is local although it comes through FUSE; anything else there is taken for remote.
const LOCAL_FUSE: [&str; 4] = ["fuseblk", "fuse.fuse-overlayfs", "fuse.bindfs", "fuse.ntfs-3g"];

/// Refuses a folder on a network filesystem.
pub(super) fn check_filesystem(path: &Path) -> Result<(), JournalError> {
    match network_kind(magic_of(folder_of(path)), || fuse_kind(folder_of(path))) {
        Some(kind) => Err(JournalError::NetworkFilesystem { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// The name of the network filesystem that `magic` stands for; `fuse` is asked when the number alone does not say.
fn network_kind(magic: Option<u32>, fuse: impl FnOnce() -> Option<String>) -> Option<String> {
    let magic = magic?;
    if magic == FUSE {
        let kind = fuse().unwrap_or_else(|| "fuse".to_owned());
        return (!LOCAL_FUSE.contains(&kind.as_str())).then_some(kind);
    }
    NETWORK.iter().find(|(number, _)| *number == magic).map(|(_, name)| (*name).to_owned())
}

#[cfg(target_os = "linux")]
fn magic_of(folder: &Path) -> Option<u32> {
    // The kernel's word is wider than the magic numbers.
    rustix::fs::statfs(folder).ok().map(|about| about.f_type as u32)
}
#[cfg(not(target_os = "linux"))]
fn magic_of(_: &Path) -> Option<u32> {
    None
}

fn fuse_kind(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    mount_kind(&mounts, &folder)
}

/// The type of the mount that holds `folder`, from the lines of `/proc/self/mountinfo`.
fn mount_kind(mounts: &str, folder: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let (left, right) = line.split_once(" - ")?;
        let Some(point) = left.split(' ').nth(4) else { continue };
        let point = point.replace("\\040", " ");
        let Some(kind) = right.split(' ').next() else { continue };
        // The last one wins among equals: it is mounted over the others.
        if folder.starts_with(&point) && best.is_none_or(|(length, _)| point.len() >= length) {
            best = Some((point.len(), kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// Refuses a file that has several names: SQLite keeps its log beside the name, so two names would be two journals.
pub(super) fn check_names(path: &Path) -> Result<(), JournalError> {
    let about = metadata(path)?;
    if about.nlink() > 1 {
        return Err(JournalError::HardLinks { path: path.to_owned(), names: about.nlink() });
    }
    Ok(())
}

pub(super) fn metadata(path: &Path) -> Result<Metadata, JournalError> {
    std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => JournalError::Missing { path: path.to_owned() },
        _ => JournalError::io(path, "looking at the journal", &error),
    })
}

/// Makes the folder of `path` with mode 0700 unless it is there; one that is there is left as it is.
pub(super) fn make_folder(path: &Path) -> Result<(), JournalError> {
    let folder = folder_of(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => JournalError::ReadOnly { path: path.to_owned(), reason: error.to_string() },
        _ => JournalError::io(folder, "creating the folder", &error),
    })
}

/// The one true name of a file that is there: all consoles must agree on it, whatever links led them here.
pub(super) fn true_name(path: &Path) -> Result<PathBuf, JournalError> {
    path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => JournalError::Missing { path: path.to_owned() },
        _ => JournalError::io(path, "looking at the journal", &error),
    })
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r32_network_filesystems_are_known_by_their_magic_numbers() {
        let kind = |magic: u32| network_kind(Some(magic), || None);
        for (magic, name) in
            [(0x6969, "nfs"), (0xff53_4d42, "cifs"), (0xfe53_4d42, "smb"), (0x0102_1997, "9p"), (0x00c3_6400, "ceph")]
        {
            assert_eq!(kind(magic).as_deref(), Some(name));
        }
        // ext4, xfs, btrfs, tmpfs, overlayfs, zfs
        for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1] {
            assert_eq!(kind(local), None, "{local:#x}");
        }
    }

    #[test]
    fn r32_what_comes_through_fuse_is_remote_unless_known_to_be_local() {
        let kind = |name: &str| network_kind(Some(FUSE), || Some(name.to_owned()));
        assert_eq!(kind("fuse.sshfs").as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind("fuse.fuse-overlayfs"), None);
        assert_eq!(network_kind(Some(FUSE), || None).as_deref(), Some("fuse"));
    }

    #[test]
    fn r32_the_mount_of_a_folder_is_the_innermost_one() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n\
                      90 22 0:50 / /mnt/team\\040share rw,nosuid - fuse.sshfs ada@host:/x rw\n\
                      91 22 0:51 / /mnt rw - tmpfs tmpfs rw\n";
        assert_eq!(mount_kind(mounts, Path::new("/mnt/team share/dr")).as_deref(), Some("fuse.sshfs"));
        assert_eq!(mount_kind(mounts, Path::new("/mnt/team")).as_deref(), Some("tmpfs"));
        assert_eq!(mount_kind(mounts, Path::new("/var/lib")).as_deref(), Some("ext4"));
    }

    #[test]
    fn r32_the_refusal_says_where_to_put_it() {
        let error = JournalError::NetworkFilesystem { path: "/net/x.db".into(), kind: "nfs".into() }.to_string();
        assert!(["/net/x.db", "nfs", "local disk", "--journal"].iter().all(|w| error.contains(w)), "{error}");
    }

    #[test]
    fn a_local_folder_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_filesystem(&folder.path().join("x.db")), Ok(()));
        assert_eq!(folder_of(Path::new("x.db")), Path::new("."));
    }
}

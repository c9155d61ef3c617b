//! The journal's bad days (RULES R32): full and read-only disks, damage, strangers' files, lost files, twenty consoles at once.
//! Each is said in a clear sentence, nothing that was acknowledged is lost, and the world stays on screen.

#[path = "journal_bad_days/continuing.rs"]
mod continuing;
#[path = "journal_bad_days/crowd.rs"]
mod crowd;
#[path = "journal_bad_days/damage.rs"]
mod damage;
#[path = "journal_bad_days/disks.rs"]
mod disks;
#[path = "console/driver.rs"]
#[allow(dead_code, reason = "shared with the console's own tests")]
mod driver;
#[path = "journal_bad_days/lost.rs"]
mod lost;
#[path = "journal_bad_days/made.rs"]
mod made;
#[path = "console/site.rs"]
#[allow(dead_code, reason = "shared with the console's own tests")]
mod site;
#[path = "journal_bad_days/small_disk.rs"]
mod small_disk;
#[path = "journal_bad_days/strangers.rs"]
mod strangers;
mod support;

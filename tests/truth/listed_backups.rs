//! Traps of backups that lie in a folder, or that a web server lists: one that is still being written is no recovery point, nor is an
//! empty one; the last by name is not the newest; a list that cannot be read is not an empty one.

use std::{
    fs::File,
    time::{Duration, SystemTime},
};

use super::{exporters::Exporter, looks::Looks};

const HOUR: u64 = 3_600;

fn list(failed: bool) -> String {
    let at = |ago: u64| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() - ago;
    let items: Vec<String> = (0..8)
        .map(|nth| {
            let word = if failed && nth < 2 { "failed" } else { "completed" };
            format!(r#"{{"created_at": {}, "bytes": {}, "status": "{word}"}}"#, at(nth * HOUR + 60), 5_000_000 + nth)
        })
        .collect();
    format!(r#"{{"backups": [{}]}}"#, items.join(","))
}

#[test]
fn r29_what_is_not_whole_and_what_cannot_be_read_is_no_recovery_point() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: usize, ago: u64| {
        let path = folder.path().join(name);
        std::fs::write(&path, vec![b'x'; bytes]).unwrap();
        let changed = SystemTime::now() - Duration::from_secs(ago);
        File::options().write(true).open(path).unwrap().set_modified(changed).unwrap();
    };
    // By name the last is the oldest.
    (0..8).for_each(|nth| write(&format!("orders-{nth}.dump"), 4_000, nth * HOUR + 300));
    let server = Exporter::new(list(false));
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: lists
regions: [{{name: east, role: primary}}]
connections: {{api: {{every: 1s, http: {{url: \"http://127.0.0.1:{}\"}}}}}}
datasets:
  - name: orders
    rpo: 2h
    sources:
      - {{name: dump, kind: backup, every: 1h, at: {{files: {{folder: \"{}\", name: \"orders-*.dump\"}}}}}}
  - name: users
    rpo: 2h
    sources:
      - name: copy
        kind: backup
        every: 1h
        at: {{http: {{via: api, path: /backups, list: {{of: backups, time: created_at, size: bytes, only: {{status: completed}}}}}}}}
kpis: [{{name: Backup success, of: backup_success, target: \"> 99.9%\", over: 1day}}]
",
        server.port,
        folder.path().display()
    ));
    looks.until("all well", |text| text.contains("backups: 2 of 2 on schedule") && text.contains("met: 100 % of 14 runs in 7h0"));
    // The newest is gone, another one is being written, and another one is empty.
    std::fs::remove_file(folder.path().join("orders-0.dump")).unwrap();
    std::fs::remove_file(folder.path().join("orders-1.dump")).unwrap();
    write("orders-8.dump", 900, 5);
    write("orders-9.dump", 0, 120);
    looks.until("late", |text| text.contains("dump of orders  at risk: late by 1h0") && text.contains("1 of 2 on schedule"));
    // It is whole, and far too small.
    write("orders-8.dump", 900, 90);
    looks.until("odd", |text| {
        text.contains("dump of orders  at risk: on schedule; 900 B, usually 4") && text.contains("77 % smaller")
    });
    server.says(Some(list(true)));
    looks.until("failed ones do not count", |text| text.contains("copy of users  at risk: late by 1h0"));
    server.says(Some("<html>login</html>".into()));
    looks.until("no list", |text| text.contains("copy of users  cannot tell") && text.contains("its answer is no JSON"));
    std::fs::remove_dir_all(folder.path()).unwrap();
    looks.until("no folder", |text| text.contains("dump of orders  cannot tell") && text.contains("is it mounted here"));
}

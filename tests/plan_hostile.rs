//! Files that should not be a plan end in a clear error: nothing hangs, nothing is read without limit.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use lifeboat::{
    cli::{
        exit::{GOOD, INPUT},
        plan::check,
    },
    plan::{Loaded, load, load_embedded},
    systems::catalogue,
};
use tempfile::TempDir;

const HEAD: &str = "apiVersion: lifeboat/v1\nkind: Plan\nname: x\n";
const RUNBOOK: &str = "apiVersion: lifeboat/v1\nkind: Runbook\nname: NAME\nsteps: [{id: a, title: A}]\n";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn codes(loaded: &Loaded) -> Vec<&'static str> {
    loaded.findings.iter().map(|finding| finding.code).collect()
}

/// Loads a folder whose `plan.yaml` was made by `make`; the one error's code.
fn only(make: impl Fn(&Path)) -> &'static str {
    let dir = folder();
    make(&dir.path().join("plan.yaml"));
    let loaded = load(dir.path(), &catalogue());
    assert!(loaded.plan.is_none());
    let [finding] = &loaded.findings[..] else { panic!("{:?}", codes(&loaded)) };
    assert!(finding.help.is_some(), "{finding:?}");
    assert!(finding.place.file.ends_with("plan.yaml"));
    finding.code
}

fn text(text: impl AsRef<[u8]>) -> Vec<&'static str> {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), text).unwrap();
    codes(&load(dir.path(), &catalogue()))
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    assert_eq!(only(|path| fs::create_dir(path).unwrap()), "not-a-file");
    assert_eq!(only(|path| symlink("/dev/zero", path).unwrap()), "not-a-file");
    assert_eq!(only(|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())), "not-a-file");
    assert_eq!(only(|path| symlink(path, path).unwrap()), "unreadable");
    assert_eq!(only(|_| {}), "no-file");
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_by_its_size() {
    // Sparse: whoever read it would read a hundred megabytes of nothing.
    assert_eq!(only(|path| fs::File::create(path).unwrap().set_len(100 << 20).unwrap()), "too-large");
}

#[test]
fn a_file_without_permission_is_said_to_be_so() {
    if rustix::process::geteuid().is_root() {
        return; // Root reads it all the same.
    }
    let code = only(|path| {
        fs::write(path, HEAD).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    });
    assert_eq!(code, "no-permission");
}

#[test]
fn bytes_that_are_no_text_are_placed() {
    assert_eq!(text(b"name: \xff\n"), ["not-utf8"]);
    assert_eq!(text("apiVersion: lifeboat/v1".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()), ["not-utf8"]);
    assert_eq!(text([0xff, 0xfe, 0]), ["not-utf8"]);
    assert_eq!(text(b"\0\0\0\0"), ["not-utf8"]);
    assert_eq!(text(""), ["empty-file"]);
    assert_eq!(text("# nothing\n---\n"), ["empty-file"]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    assert!(text(format!("\u{feff}{}", HEAD.replace('\n', "\r\n"))).is_empty());
}

#[test]
fn deep_nesting_costs_no_stack() {
    for deep in ["[", "{a: ", "- ", "? ", "a:\n "] {
        let hostile = format!("{HEAD}tiers: {}", deep.repeat(200_000));
        assert!(!text(hostile).is_empty(), "{deep}");
    }
    assert!(text(format!("{HEAD}tiers: {}", "[".repeat(100_000))).contains(&"too-deep"));
    let block: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert!(text(format!("{HEAD}{block}")).contains(&"too-deep"));
}

#[test]
fn an_alias_bomb_is_counted_not_expanded() {
    let mut bomb = format!("{HEAD}a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (one, next) in ('a'..='y').zip('b'..='z') {
        bomb += &format!("{next}: &{next} [*{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}]\n");
    }
    let codes = text(bomb);
    assert!(codes.contains(&"alias") && codes.contains(&"anchor"));
}

#[test]
fn thousands_of_mistakes_give_a_readable_number_of_findings() {
    let many: String = (0..20_000).map(|n| format!("k{n}: {n}\n")).collect();
    let loaded = load_embedded("x", &[("plan.yaml", &format!("{HEAD}{many}"))], &catalogue());
    assert_eq!(loaded.findings.len(), 501);
    assert_eq!(loaded.findings.last().unwrap().code, "too-many-findings");
    // On one line, where each finding could carry the whole line.
    let line: String = (0..20_000).map(|n| format!("k{n}: {n}, ")).collect();
    let loaded = load_embedded("x", &[("plan.yaml", &format!("{HEAD}tiers: {{{line}}}"))], &catalogue());
    let shown: usize = loaded.findings.iter().map(|f| f.source_line.as_ref().map_or(0, String::len) + f.message.len()).sum();
    assert!(shown < 500 * 1000, "{shown}");
}

#[test]
fn more_values_than_any_plan_has_stop_the_reading() {
    let line = "a, ".repeat(340_000);
    let codes = text(format!("{HEAD}severities: [{line}]"));
    assert!(codes.contains(&"too-large"), "{codes:?}");
}

#[test]
fn names_that_lead_nowhere_do_not_become_slow_by_number() {
    let services: String =
        (0..4_000).map(|n| format!("  - {{name: service-{n}, tier: teir-{n}, needs: [servce-{n}]}}\n")).collect();
    let loaded = load_embedded("x", &[("plan.yaml", &format!("{HEAD}services:\n{services}"))], &catalogue());
    assert_eq!(loaded.findings.len(), 501);
}

#[test]
fn a_very_long_runbook_loads() {
    let steps: String = (0..8_000).map(|n| format!("  - {{id: s{n}, title: T}}\n")).collect();
    let runbook = format!("apiVersion: lifeboat/v1\nkind: Runbook\nname: long\nrto: 1h\nsteps:\n{steps}");
    let loaded = load_embedded("x", &[("plan.yaml", HEAD), ("runbooks/long.yaml", &runbook)], &catalogue());
    assert_eq!(loaded.plan.unwrap().runbooks[0].steps().count(), 8_000);
}

#[test]
fn a_folder_of_runbooks_is_read_by_name_and_what_is_left_out_is_said() {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), HEAD).unwrap();
    let runbooks = dir.path().join("runbooks");
    fs::create_dir(&runbooks).unwrap();
    for name in ["b", "a", "c"] {
        fs::write(runbooks.join(format!("{name}.yaml")), RUNBOOK.replace("NAME", name)).unwrap();
    }
    for ignored in [".a.yaml.swp", "a.yaml~", "notes.md"] {
        fs::write(runbooks.join(ignored), "{").unwrap();
    }
    fs::write(runbooks.join("d.yml"), "{").unwrap();
    let loaded = load(dir.path(), &catalogue());
    assert_eq!(codes(&loaded), ["not-read"]);
    let names: Vec<_> = loaded.plan.unwrap().runbooks.into_iter().map(|runbook| runbook.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(loaded.files.len(), 4);
    // The file itself names the same plan.
    assert_eq!(load(&dir.path().join("plan.yaml"), &catalogue()).plan.unwrap().runbooks.len(), 3);
}

#[test]
fn too_many_runbooks_and_a_file_in_the_place_of_the_folder_are_refused() {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), HEAD).unwrap();
    let runbooks = dir.path().join("runbooks");
    fs::write(&runbooks, "").unwrap();
    assert_eq!(codes(&load(dir.path(), &catalogue())), ["not-a-folder"]);
    fs::remove_file(&runbooks).unwrap();
    fs::create_dir(&runbooks).unwrap();
    for n in 0..201 {
        fs::write(runbooks.join(format!("{n}.yaml")), "").unwrap();
    }
    assert_eq!(codes(&load(dir.path(), &catalogue())), ["too-many-files"]);
}

#[test]
fn a_broken_runbook_does_not_hide_the_errors_of_another_file() {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), format!("{HEAD}servces: []\n")).unwrap();
    fs::create_dir(dir.path().join("runbooks")).unwrap();
    fs::write(dir.path().join("runbooks/a.yaml"), "apiVersion: [").unwrap();
    fs::write(dir.path().join("runbooks/b.yaml"), RUNBOOK.replace("NAME", "b").replace("title: A", "titel: A")).unwrap();
    let loaded = load(dir.path(), &catalogue());
    assert_eq!(codes(&loaded), ["unknown-field", "yaml-syntax", "missing-field", "unknown-field"]);
}

#[test]
fn a_file_name_with_control_characters_is_shown_harmless() {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), HEAD).unwrap();
    fs::create_dir(dir.path().join("runbooks")).unwrap();
    fs::write(dir.path().join("runbooks/\u{1b}[2J.yaml"), "a: [").unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(check(dir.path(), false, false, &mut out, &mut err), INPUT);
    assert!(!out.contains(&0x1b) && !err.contains(&0x1b));
}

/// The program itself, with 256 MB of address space, most of which its own code and stacks take.
fn check_in_little_memory(dir: &Path) -> std::process::Output {
    let limited = "ulimit -v 262144; exec \"$0\" plan check \"$1\"";
    Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_lifeboat")]).arg(dir).output().unwrap()
}

#[test]
fn the_worst_files_end_in_a_clear_error_in_little_memory() {
    let nested = format!("{HEAD}tiers: {}", "[".repeat(900_000));
    let mut bomb = format!("{HEAD}a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (one, next) in ('a'..='y').zip('b'..='z') {
        bomb += &format!("{next}: &{next} [{}]\n", vec![format!("*{one}"); 9].join(", "));
    }
    let keys: String = (0..60_000).map(|n| format!("k{n}: {n}\n")).collect();
    for hostile in [nested, bomb, format!("{HEAD}{keys}"), format!("{HEAD}name: \"{}", "x".repeat(1_000_000))] {
        let dir = folder();
        fs::write(dir.path().join("plan.yaml"), &hostile).unwrap();
        let ended = check_in_little_memory(dir.path());
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(i32::from(INPUT)), "{}: {said}", &hostile[..60]);
        assert!(said.contains("the plan cannot be used"), "{said}");
    }
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), HEAD).unwrap();
    assert_eq!(check_in_little_memory(dir.path()).status.code(), Some(0), "a good plan has room enough");
}

#[test]
fn check_prints_findings_for_people_and_for_programs() {
    let dir = folder();
    fs::write(dir.path().join("plan.yaml"), format!("{HEAD}servces: []\n")).unwrap();
    let run = |json, colour| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = check(dir.path(), json, colour, &mut out, &mut err);
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    };
    let (code, out, err) = run(false, false);
    let file = dir.path().join("plan.yaml");
    let expected = format!(
        "{}:4:1: error: `servces` is no field of a plan [unknown-field]\n   4 | servces: []\n     | ^^^^^^^\n     = did you mean `services`?\n\n",
        file.display()
    );
    assert_eq!((code, out.as_str(), err.as_str()), (INPUT, expected.as_str(), "the plan cannot be used: 1 error\n"));
    assert!(run(false, true).1.contains("\u{1b}[1;31merror\u{1b}[0m"));
    let (code, out, err) = run(true, true);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, err.as_str()), (INPUT, ""));
    assert_eq!(report["good"], false);
    let finding = &report["findings"][0];
    assert_eq!((&finding["line"], &finding["column"], &finding["nearest"]), (&4.into(), &1.into(), &"services".into()));
    fs::write(&file, HEAD).unwrap();
    let (code, out, err) = run(false, false);
    assert_eq!((code, out.as_str(), err.as_str()), (GOOD, "", "plan x: 0 runbooks, 0 steps; no findings\n"));
}

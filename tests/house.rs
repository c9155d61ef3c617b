//! The architecture, held by a test: which room may import which, that no two files lean on each other, what a `mod.rs`
//! may hold, and that no file outgrows a sitting. All violations are reported at once, with their places.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// From the ground up: a room imports only rooms before it.
const ORDER: [&str; 13] = [
    "model",
    "plan",
    "incident",
    "systems",
    "gates",
    "objectives",
    "picture",
    "journal",
    "sim",
    "report",
    "console",
    "tui",
    "cli",
];
/// And what must stay apart although the order would let it be.
const APART: [(&str, &[&str]); 5] = [
    ("gates", &["systems", "journal"]),
    ("objectives", &["systems", "journal"]),
    ("picture", &["systems", "journal"]),
    ("tui", &["systems", "journal"]),
    ("sim", &["journal", "picture"]),
];
const LONGEST: usize = 500;

type Module = Vec<String>;

struct Import {
    line: usize,
    /// From the crate's root.
    path: Module,
}

struct File {
    /// `src/room/file.rs`.
    path: String,
    module: Module,
    is_mod: bool,
    lines: Vec<String>,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Module = inside.split('/').map(str::to_owned).collect();
        let is_mod = module.last().is_some_and(|last| last == "mod");
        if is_mod {
            module.pop();
        }
        if ["lib", "main"].contains(&inside) {
            module.clear();
        }
        Self { path: path.to_owned(), module, is_mod, lines: text.lines().map(str::to_owned).collect() }
    }

    fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// The line without its comment. Strings that hold `//` (addresses) are cut too, which hides no import.
    fn code(&self, line: usize) -> &str {
        let line = self.lines[line].as_str();
        line.split_once("//").map_or(line, |(code, _)| code)
    }

    /// How many inline modules (`mod tests {`) enclose a line, told by rustfmt's indentation.
    fn inline_depth(&self, line: usize) -> usize {
        let indent = |n: usize| self.lines[n].len() - self.lines[n].trim_start().len();
        let (mut least, mut depth) = (indent(line), 0);
        for n in (0..line).rev().filter(|n| !self.lines[*n].trim().is_empty()) {
            if indent(n) < least {
                least = indent(n);
                let code = self.code(n).trim();
                depth += usize::from((code.starts_with("mod ") || code.starts_with("pub mod ")) && code.ends_with('{'));
            }
        }
        depth
    }

    /// Every path of ours that the file names: in `use` and in passing (`crate::model::Time`).
    fn imports(&self) -> Vec<Import> {
        let mut found = Vec::new();
        let mut n = 0;
        while n < self.lines.len() {
            let first = n;
            let code = self.code(n).trim();
            let used = ["use ", "pub use ", "pub(crate) use "].iter().find_map(|word| code.strip_prefix(word));
            if let Some(rest) = used {
                let mut tree = rest.to_owned();
                while !tree.contains(';') && n + 1 < self.lines.len() {
                    n += 1;
                    tree.push_str(self.code(n).trim());
                }
                let depth = self.inline_depth(first);
                for path in leaves(tree.trim_end_matches(';')) {
                    found.extend(self.absolute(&path, depth).map(|path| Import { line: first, path }));
                }
            } else {
                for root in ["crate::", "lifeboat::"] {
                    for (at, _) in code.match_indices(root).filter(|(at, _)| !code[..*at].ends_with(is_name)) {
                        let path: String = code[at..].chars().take_while(|c| is_name(*c) || *c == ':').collect();
                        found.extend(self.absolute(path.trim_end_matches(':'), 0).map(|path| Import { line: first, path }));
                    }
                }
            }
            n += 1;
        }
        found
    }

    /// `super::x` and `crate::x` from the crate's root; nothing for other crates.
    fn absolute(&self, path: &str, depth: usize) -> Option<Module> {
        let mut parts: Vec<&str> = path.split("::").map(str::trim).collect();
        let mut base = match parts.first() {
            Some(&"crate" | &"lifeboat") => {
                parts.remove(0);
                return Some(parts.into_iter().map(str::to_owned).collect());
            }
            // `pub use room::Name` of a mod.rs.
            Some(first) if self.is_mod && self.lines.iter().any(|l| declares(l, first)) => self.module.clone(),
            Some(&"super" | &"self") => self.module.clone(),
            _ => return None,
        };
        let mut inline = depth;
        while parts.first().is_some_and(|part| ["super", "self"].contains(part)) {
            if parts.remove(0) == "super" {
                if inline > 0 {
                    inline -= 1;
                } else {
                    base.pop()?;
                }
            }
        }
        // What an inline module takes from its own file is no import.
        (inline == 0 && (depth == 0 || base != self.module)).then(|| {
            base.extend(parts.into_iter().map(str::to_owned));
            base
        })
    }

    fn at(&self, line: usize, words: &str) -> String {
        format!("{}:{}: {words}", self.path, line + 1)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn declares(line: &str, name: &str) -> bool {
    let line = line.trim();
    let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")).and_then(|rest| rest.strip_suffix(';'));
    rest == Some(name)
}

/// `a::{b, c::{d as e, f}}` as `a::b`, `a::c::d`, `a::c::f`.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((root, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return if path.is_empty() { vec![] } else { vec![path.to_owned()] };
    };
    let inner = group.rsplit_once('}').map_or(group, |(inner, _)| inner);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts.into_iter().flat_map(leaves).map(|leaf| format!("{root}{leaf}").trim_end_matches("::self").to_owned()).collect()
}

/// The whole house.
struct House<'a> {
    files: &'a [File],
    by_module: BTreeMap<&'a Module, &'a File>,
}

impl<'a> House<'a> {
    fn new(files: &'a [File]) -> Self {
        let by_module = files.iter().filter(|f| !f.module.is_empty()).map(|f| (&f.module, f)).collect();
        Self { files, by_module }
    }

    /// The file whose module is the longest beginning of `path`, and the name that is taken out of it.
    fn target(&self, path: &Module) -> Option<(&'a File, Option<String>)> {
        (1..=path.len()).rev().find_map(|n| {
            let file = *self.by_module.get(&path[..n].to_vec())?;
            Some((file, path.get(n).cloned()))
        })
    }

    /// Where a `mod.rs` has a name from.
    fn origin(&self, file: &'a File, name: &str, depth: usize) -> Option<&'a File> {
        if !file.is_mod || depth > 4 {
            return None;
        }
        file.imports().iter().filter(|i| i.path.len() > file.module.len()).find_map(|import| {
            let (from, taken) = self.target(&import.path)?;
            match taken.as_deref() {
                Some("*") => self.origin(from, name, depth + 1).or_else(|| {
                    let defines = |l: &String| {
                        ["struct ", "enum ", "fn ", "trait ", "type ", "const "]
                            .iter()
                            .any(|word| l.starts_with(&format!("pub {word}{name}")))
                    };
                    from.lines.iter().any(defines).then_some(from)
                }),
                Some(taken) if taken == name => self.origin(from, name, depth + 1).or(Some(from)),
                _ => None,
            }
        })
    }

    fn violations(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut edges: BTreeMap<(&str, &str), (usize, &File)> = BTreeMap::new();
        for file in self.files {
            if file.lines.len() > LONGEST {
                all.push(file.at(LONGEST, &format!("{} lines: more than {LONGEST} are not read in a sitting", file.lines.len())));
            }
            if file.is_mod {
                all.extend(odd_lines(file));
            }
            let Some(room) = file.room() else { continue };
            let Some(height) = ORDER.iter().position(|r| *r == room) else {
                all.push(file.at(0, &format!("`{room}` is no room of this house: add it to the order")));
                continue;
            };
            for import in file.imports() {
                let Some((target, name)) = self.target(&import.path) else { continue };
                let other = target.room().unwrap_or_default();
                let path = import.path.join("::");
                let apart = APART.iter().any(|(one, others)| *one == room && others.contains(&other));
                if ORDER.iter().position(|r| *r == other).is_some_and(|h| h > height) {
                    all.push(file.at(import.line, &format!("{room} imports {path}, which lies above it")));
                } else if apart {
                    all.push(file.at(import.line, &format!("{room} must not know {other}, and imports {path}")));
                }
                let own = target.is_mod && file.module.starts_with(&target.module) && !file.is_mod;
                if let (true, Some(name)) = (own, &name) {
                    all.push(file.at(import.line, &format!("takes {name} through its own {}: name the file", target.path)));
                }
                let from = name.and_then(|name| self.origin(target, &name, 0)).unwrap_or(target);
                if from.path != file.path && !file.is_mod {
                    edges.entry((&file.path, &from.path)).or_insert((import.line, file));
                }
            }
        }
        let mutual = edges.iter().filter(|((a, b), _)| a < b && edges.contains_key(&(*b, *a)));
        all.extend(mutual.map(|((_, b), (line, file))| file.at(*line, &format!("imports {b}, which imports it"))));
        all.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What does not belong in a `mod.rs`: anything but docs, `mod` and `pub use`.
fn odd_lines(file: &File) -> Vec<String> {
    let (mut odd, mut within) = (Vec::new(), false);
    for n in 0..file.lines.len() {
        let code = file.code(n).trim();
        if code.is_empty() || code.starts_with("#[") || code.starts_with("#![") {
            continue;
        }
        let fine =
            ["mod ", "pub mod ", "pub use ", "pub(crate) mod ", "pub(crate) use "].iter().any(|word| code.starts_with(word));
        if !within && (!fine || code.ends_with('{') && !code.contains("use ")) {
            odd.push(file.at(n, &format!("a mod.rs holds only `mod` and `pub use`, not `{code}`")));
            return odd;
        }
        within = !code.ends_with(';');
    }
    odd
}

fn source_files(folder: &Path, root: &Path, into: &mut Vec<File>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            source_files(&entry, root, into);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            let path = entry.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            into.push(File::new(&path, &fs::read_to_string(&entry).unwrap()));
        }
    }
}

#[test]
fn imports_point_down_and_files_stay_apart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    source_files(&root.join("src"), root, &mut files);
    assert!(files.len() > 50, "the source is where it was");
    let found = House::new(&files).violations();
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}

// ---- each detector on a small house

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| File::new(path, text)).collect();
    House::new(&files).violations()
}

const MODEL: [(&str, &str); 2] =
    [("src/model/mod.rs", "pub mod time;\npub use time::Time;\n"), ("src/model/time.rs", "pub type Time = u64;\n")];

#[test]
fn an_import_that_points_up_is_found() {
    let up = found(&[
        MODEL[0],
        ("src/model/time.rs", "use std::fmt;\nuse crate::{\n    plan::{\n        step::Step,\n    },\n};\n"),
        ("src/plan/step.rs", ""),
    ]);
    assert_eq!(up, ["src/model/time.rs:2: model imports plan::step::Step, which lies above it"]);
    let passing = found(&[
        ("src/plan/a.rs", "// crate::cli::b is fine in a comment\nfn f(x: &crate::cli::b::X) {}\n"),
        ("src/cli/b.rs", ""),
    ]);
    assert_eq!(passing, ["src/plan/a.rs:2: plan imports cli::b::X, which lies above it"]);
    let in_tests =
        found(&[("src/plan/a.rs", "mod tests {\n    use super::*;\n    use lifeboat::cli::b;\n}\n"), ("src/cli/b.rs", "")]);
    assert_eq!(in_tests, ["src/plan/a.rs:3: plan imports cli::b, which lies above it"]);
}

#[test]
fn rooms_that_must_stay_apart_are_found() {
    for (room, other) in [("picture", "systems"), ("gates", "systems"), ("tui", "journal"), ("sim", "picture")] {
        let one = format!("src/{room}/a.rs");
        let two = format!("src/{other}/b.rs");
        let words = found(&[(&one, &format!("use crate::{other}::b::B;\n")), (&two, "")]);
        assert_eq!(words, [format!("src/{room}/a.rs:1: {room} must not know {other}, and imports {other}::b::B")]);
    }
    assert_eq!(found(&[("src/attic/a.rs", "")]), ["src/attic/a.rs:1: `attic` is no room of this house: add it to the order"]);
}

#[test]
fn two_files_that_import_each_other_are_found_also_through_a_mod_rs() {
    let both = found(&[
        ("src/plan/a.rs", "use super::b::B;\n"),
        ("src/plan/b.rs", "\nuse super::a::A;\n"),
        ("src/plan/mod.rs", "mod a;\nmod b;\n"),
    ]);
    assert_eq!(both, ["src/plan/a.rs:1: imports src/plan/b.rs, which imports it"]);
    let through = found(&[
        ("src/systems/mod.rs", "mod registry;\nmod pg;\n"),
        ("src/systems/pg/mod.rs", "mod link;\npub use link::Link;\n"),
        ("src/systems/pg/link.rs", "use crate::systems::registry::Entry;\n"),
        ("src/systems/registry.rs", "use super::pg::Link;\n"),
    ]);
    assert_eq!(through, ["src/systems/pg/link.rs:1: imports src/systems/registry.rs, which imports it"]);
    let star = found(&[
        ("src/plan/mod.rs", "mod types;\nmod load;\npub use types::*;\n"),
        ("src/plan/types.rs", "use super::load::f;\npub struct Step;\n"),
        ("src/plan/load.rs", "use crate::plan::types::Step;\n"),
    ]);
    assert_eq!(star, ["src/plan/load.rs:1: imports src/plan/types.rs, which imports it"]);
}

#[test]
fn a_file_that_goes_through_its_own_mod_rs_is_found() {
    let own = found(&[
        MODEL[0],
        MODEL[1],
        ("src/model/range.rs", "use crate::model::Time;\nuse super::time;\nuse super::time::Time as T;\n"),
    ]);
    assert_eq!(own, ["src/model/range.rs:1: takes Time through its own src/model/mod.rs: name the file"]);
    let star = found(&[
        ("src/plan/mod.rs", "mod a;\n"),
        ("src/plan/a.rs", "use super::*;\nfn f() {}\nmod tests {\n    use super::f;\n}\n"),
    ]);
    assert_eq!(star, ["src/plan/a.rs:1: takes * through its own src/plan/mod.rs: name the file"]);
}

#[test]
fn a_mod_rs_that_holds_more_is_found() {
    let good = "//! Docs.\n\n/// One.\npub mod a;\n#[cfg(test)]\nmod b;\n\npub use a::{\n    A,\n    B,\n};\n";
    assert!(found(&[("src/plan/mod.rs", good)]).is_empty());
    for (odd, line) in [("mod a;\nfn f() {}\n", 2), ("use a::A;\n", 1), ("mod a {\n}\n", 1), ("pub struct A;\n", 1)] {
        let words = found(&[("src/plan/mod.rs", odd)]);
        assert!(words.len() == 1 && words[0].starts_with(&format!("src/plan/mod.rs:{line}: a mod.rs holds only")), "{words:?}");
    }
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert!(found(&[("src/plan/a.rs", &"\n".repeat(500))]).is_empty());
    assert_eq!(
        found(&[("src/plan/a.rs", &"\n".repeat(501))]),
        ["src/plan/a.rs:501: 501 lines: more than 500 are not read in a sitting"]
    );
}

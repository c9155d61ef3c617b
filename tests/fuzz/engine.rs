//! Changes good inputs at random, tries what comes of it, and makes small what fails.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

/// How long all inputs together are tried, in seconds; without it, a fixed few of each.
const SECONDS: &str = "LIFEBOAT_FUZZ_SECONDS";
const INPUTS: u64 = 6;
/// The quick tests try the same each time.
const SEED: [u8; 32] = [7; 32];
/// New seeds are taken up so often that progress is told.
const BATCH: u32 = 256;

/// Words that parsers stumble over, in one place or another.
const TOKENS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\t",
    b": ",
    b"- ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"'",
    b"\\",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"!!binary ",
    b"|\n",
    b"#",
    b"null",
    b"~",
    b"true",
    b"-1",
    b"0",
    b"NaN",
    b"+Inf",
    b"1e999",
    b"99999999999999999999",
    b"-0.0",
    b"0x1f",
    b"1h",
    b"9999999999h",
    b"2026-13-40T25:61:61Z",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\xf0\x9f\x9a\xa8",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\\u0000",
    b"\\ud800",
    b"apiVersion",
    b"metadata",
    b"value",
    b"kind",
    b"name",
    b"items",
    b"object",
    b"steps",
];

#[derive(Clone, Debug)]
enum Change {
    Flip { at: usize, bit: u8 },
    Byte { at: usize, to: u8 },
    Put { at: usize, token: usize },
    Remove { at: usize, count: usize },
    Copy { from: usize, count: usize, to: usize },
    SwapLines { one: usize, other: usize },
    Cut { at: usize },
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0usize..1 << 20;
    let count = || prop_oneof![4 => 1usize..16, 1 => 16usize..2_000];
    prop_oneof![
        (at(), 0u8..8).prop_map(|(at, bit)| Change::Flip { at, bit }),
        (at(), any::<u8>()).prop_map(|(at, to)| Change::Byte { at, to }),
        (at(), 0..TOKENS.len()).prop_map(|(at, token)| Change::Put { at, token }),
        (at(), count()).prop_map(|(at, count)| Change::Remove { at, count }),
        (at(), count(), at()).prop_map(|(from, count, to)| Change::Copy { from, count, to }),
        (at(), at()).prop_map(|(one, other)| Change::SwapLines { one, other }),
        at().prop_map(|at| Change::Cut { at }),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let len = bytes.len();
    if len == 0 {
        return;
    }
    match *change {
        Change::Flip { at, bit } => bytes[at % len] ^= 1 << bit,
        Change::Byte { at, to } => bytes[at % len] = to,
        Change::Put { at, token } => drop(bytes.splice(at % len..at % len, TOKENS[token].iter().copied())),
        Change::Remove { at, count } => drop(bytes.drain(at % len..(at % len + count).min(len))),
        Change::Copy { from, count, to } => {
            let piece = bytes[from % len..(from % len + count).min(len)].to_vec();
            drop(bytes.splice(to % len..to % len, piece));
        }
        Change::SwapLines { one, other } => {
            let mut lines: Vec<_> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let (one, other) = (one % lines.len(), other % lines.len());
            lines.swap(one, other);
            *bytes = lines.join(&b'\n');
        }
        Change::Cut { at } => bytes.truncate(at % len),
    }
}

fn changed(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (0..seeds.len(), prop::collection::vec(change(), 1..8)).prop_map(move |(which, changes)| {
        let mut bytes = seeds[which].clone();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        bytes
    })
}

/// Tries `check` on every kept case of `input`, on the `seeds` themselves, and on what comes of changing them.
/// `cases` of that when the time is not given.
pub fn fuzz(input: &str, seeds: Vec<Vec<u8>>, cases: u32, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/cases").join(input);
    kept(&folder).iter().map(|path| fs::read(path).unwrap()).chain(seeds.iter().cloned()).for_each(|bytes| check(&bytes));
    let strategy = changed(seeds);
    let Some(span) = given() else {
        return tried(input, &folder, Some(SEED), cases, &strategy, &check);
    };
    #[allow(clippy::disallowed_methods, reason = "how long new cases are tried is real time")]
    let (began, mut done) = (Instant::now(), 0u64);
    while began.elapsed() < span {
        tried(input, &folder, None, BATCH, &strategy, &check);
        done += u64::from(BATCH);
        println!("{input}: {done} cases in {}s", began.elapsed().as_secs());
    }
}

fn given() -> Option<Duration> {
    let seconds: u64 = std::env::var(SECONDS).ok()?.parse().expect("LIFEBOAT_FUZZ_SECONDS is a number");
    Some(Duration::from_secs(seconds / INPUTS))
}

fn kept(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn tried(
    input: &str,
    folder: &Path,
    seed: Option<[u8; 32]>,
    cases: u32,
    strategy: &impl Strategy<Value = Vec<u8>>,
    check: &impl Fn(&[u8]),
) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let mut runner = match seed {
        Some(seed) => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed)),
        None => TestRunner::new(config),
    };
    let once = |bytes: Vec<u8>| {
        check(&bytes);
        Ok::<(), TestCaseError>(())
    };
    match runner.run(strategy, once) {
        Ok(()) => {}
        Err(TestError::Fail(why, bytes)) => {
            let name = lifeboat::model::Digest::of_json(&bytes).short().to_owned();
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(&name), &bytes).unwrap();
            panic!("{input}: {why}\nkept as tests/fuzz/cases/{input}/{name}, {} bytes:\n{}", bytes.len(), bytes.escape_ascii());
        }
        Err(TestError::Abort(why)) => panic!("{input}: {why}"),
    }
}

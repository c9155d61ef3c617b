//! Plans and runbooks: whatever is in the files, each is a plan or has its errors named, with places that are there.

use std::{cell::RefCell, fs, path::Path};

use lifeboat::{
    incident::PlanFacts,
    plan::{Level, load, render},
    systems::catalogue,
};

use super::engine::fuzz;

/// All good plans of the corpus, each as one file: what stands before the first runbook's line, and what follows.
const CUT: &[u8] = b"\n##### runbook\n";

fn seeds() -> Vec<Vec<u8>> {
    let shipped = lifeboat::sim::demo::GAUDI3_SCALE;
    let runbook = shipped.iter().find(|(path, _)| path.starts_with("runbooks/")).expect("a runbook").1;
    let whole = [shipped[0].1.as_bytes(), CUT, runbook.as_bytes()].concat();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/plans/good");
    let mut found: Vec<_> = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let single = found.iter().filter(|path| path.is_file()).map(|path| fs::read(path).unwrap());
    single.chain([whole]).collect()
}

#[test]
fn a_changed_plan_is_a_plan_or_its_errors_have_places() {
    let folder = tempfile::tempdir().unwrap();
    let (known, runs) = (catalogue(), RefCell::new(0));
    fuzz("plan", seeds(), 60, |bytes| {
        *runs.borrow_mut() += 1;
        let at = bytes.windows(CUT.len()).position(|piece| piece == CUT);
        let (plan, runbook) = at.map_or((bytes, None), |at| (&bytes[..at], Some(&bytes[at + CUT.len()..])));
        let dir = folder.path();
        fs::write(dir.join("plan.yaml"), plan).unwrap();
        let runbooks = dir.join("runbooks");
        let _none_yet = fs::remove_dir_all(&runbooks);
        if let Some(runbook) = runbook {
            fs::create_dir(&runbooks).unwrap();
            fs::write(runbooks.join("one.yaml"), runbook).unwrap();
        }
        let loaded = load(dir, &known);
        let errors = loaded.findings.iter().filter(|found| found.severity == Level::Error).count();
        assert_eq!(loaded.plan.is_none(), errors > 0, "a plan, or errors: {:?}", loaded.findings);
        for finding in &loaded.findings {
            let text = fs::read(&*finding.place.file).unwrap_or_default();
            let lines = text.split(|b| *b == b'\n').count();
            assert!(finding.place.line as usize <= lines + 1, "line {} of {lines}: {}", finding.place.line, finding.message);
            let safe = |text: &str| !text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}' || c == '\u{200b}');
            assert!(safe(&finding.message), "{:?}", finding.message);
        }
        for told in loaded.findings.iter().map(|finding| render(finding, false)) {
            assert!(!told.contains('\x1b') && !told.contains('\u{202e}'), "{told:?}");
        }
        if let Some(plan) = &loaded.plan {
            let _digest = PlanFacts::of(plan).digest();
        }
    });
    assert!(*runs.borrow() >= 60);
}

//! The same for people: a table, grouped by connection.

use super::facts::Doctor;
use crate::model::{Check, Ready, Spot, StepRef, time};

/// Steps that are named; of more it is said how many.
const NAMED: usize = 4;

/// A page of text, ending with a line break and without the sentence. `colour`: the marks carry some.
pub fn text(doctor: &Doctor, colour: bool) -> String {
    let mut page = format!("LIFEBOAT  {}  asked {} about {}\n", doctor.plan, time::full(doctor.now), doctor.runbooks.join(", "));
    for spot in &doctor.spots {
        page.push_str(&format!("\n{}  {}\n", spot.name, spot.system));
        let width = width(spot);
        for check in &spot.checks {
            row(&mut page, check, width, colour);
        }
    }
    page
}

/// Of the column of what was asked; a long question keeps its line to itself.
fn width(spot: &Spot) -> usize {
    let lengths = spot.checks.iter().map(|check| check.what.chars().count());
    lengths.filter(|length| *length <= 40).max().unwrap_or(0)
}

fn row(page: &mut String, check: &Check, width: usize, colour: bool) {
    let (mark, aspect) = (marked(check.ready, colour), check.aspect.word());
    page.push_str(&format!("  {mark} {aspect:10}  {:width$}  {}\n", check.what, check.words));
    if check.ready == Ready::Yes {
        return;
    }
    if let Some(mend) = &check.mend {
        page.push_str(&format!("{:16}mend: {mend}\n", ""));
    }
    page.push_str(&format!("{:16}for {}\n", "", named(&check.steps)));
}

fn named(steps: &[StepRef]) -> String {
    let mut names: Vec<String> = steps.iter().take(NAMED).map(|step| format!("{} {}", step.runbook, step.step)).collect();
    if steps.len() > NAMED {
        names.push(format!("{} more", steps.len() - NAMED));
    }
    names.join(", ")
}

fn marked(ready: Ready, colour: bool) -> String {
    let code = match ready {
        Ready::Yes => 32,
        Ready::Warned => 33,
        Ready::CannotTell => 35,
        Ready::No => 31,
    };
    if colour { format!("\x1b[{code}m{}\x1b[0m", ready.mark()) } else { ready.mark().to_string() }
}

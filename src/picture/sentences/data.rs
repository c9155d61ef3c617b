//! What would be lost, and what was.

use super::rank::{self, Said, said};
use crate::{
    model::{Verdict, time::clock},
    objectives::survival::spoils_points,
    picture::{
        backups,
        datasets::is_touched,
        inputs::Ground,
        kpis,
        replication::sentence,
        scene::{DatasetRow, Picture},
    },
};

pub fn sentences(picture: &Picture, ground: &Ground, all: &mut Vec<Said>) {
    all.extend(of_clean_before(picture, ground));
    all.extend(
        picture.datasets.iter().filter(|dataset| !is_unseen(dataset)).filter_map(|dataset| of_dataset(dataset, picture, ground)),
    );
    // In an incident what is lost is what cuts copies off, and what would be lost says it.
    if ground.open().is_none() {
        let failing = super::services::failing(picture).next().is_some();
        let place = if failing { rank::BESIDE } else { rank::DATA };
        let told = picture.replication.iter().filter_map(|row| sentence(row, &picture.datasets));
        all.extend(told.map(|text| said(place, Verdict::AtRisk, text)));
        // What is not as usual can wait for what did not come.
        let told = backups::sentence(&picture.backups.rows, &picture.datasets);
        let place = |of_schedule| if of_schedule { place } else { rank::BESIDE };
        all.extend(told.map(|(of_schedule, text)| said(place(of_schedule), Verdict::AtRisk, text)));
        // How often it went well until now can wait for what did not come.
        all.extend(picture.backups.kpis.iter().filter_map(kpis::sentence).map(|text| said(rank::BESIDE, Verdict::AtRisk, text)));
    }
}

/// Everything about what can be recovered rests on it (RULES R22).
fn of_clean_before(picture: &Picture, ground: &Ground) -> Option<Said> {
    let head = ground.open()?.head.as_ref().filter(|_| spoils_points(ground.loses))?;
    let text = match head.clean_before {
        Some(_) => return None,
        None => format!(
            "Clean before is only estimated, ~{} when impact began: set it with :clean-before.",
            clock(head.began, picture.now)
        ),
    };
    Some(said(rank::DATA, Verdict::CannotTell, text))
}

fn of_dataset(dataset: &DatasetRow, picture: &Picture, ground: &Ground) -> Option<Said> {
    let name = &dataset.name;
    let failing = super::services::failing(picture).next().is_some();
    // In peace a plan that would not hold is the worst there is; while something fails it can wait.
    let near = if ground.open().is_some() { is_touched(ground, name) } else { !failing };
    let place = if near { rank::DATA } else { rank::BESIDE };
    match dataset.verdict {
        Verdict::Met | Verdict::OnTrack => None,
        Verdict::CannotTell => {
            let text = match (dataset.words.strip_prefix("cannot tell "), dataset.words.split_once("; ")) {
                // Which source says what stands with the data.
                (Some(rest), _) => format!("{name}: cannot tell {}.", rest.split(": ").next().unwrap_or(rest)),
                (None, Some((stands, why))) => format!("{name} is {stands}: cannot tell, {why}."),
                (None, None) => format!("{name} {}: cannot tell.", dataset.words),
            };
            Some(said(place, dataset.verdict, text))
        }
        verdict => Some(said(place, verdict, format!("{name} {}.", dataset.words))),
    }
}

/// Nothing observes any place to recover it from, by the plan's own choice.
pub fn is_unseen(dataset: &DatasetRow) -> bool {
    let unseen = |words: &str| words.starts_with("nothing observes it") || words.ends_with("nothing observes it");
    let mut usable = dataset.sources.iter().filter(|source| source.usable).peekable();
    dataset.verdict == Verdict::CannotTell && usable.peek().is_some() && usable.all(|source| unseen(&source.words))
}

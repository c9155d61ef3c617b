//! What starts and runs by itself, and whom it calls.

use super::rank::{self, Said, said};
use crate::{
    model::Verdict,
    picture::{
        inputs::Ground,
        scene::{GateState, Picture},
    },
};

pub fn sentences(picture: &Picture, ground: &Ground, all: &mut Vec<Said>) {
    if let Some(calls) = &picture.calls {
        all.push(said(rank::FIRST + 1, Verdict::AtRisk, calls.clone()));
    }
    let automation = picture.book.as_ref().and_then(|book| book.automation.as_ref()).filter(|_| ground.open().is_some());
    if let Some(automation) = automation {
        match &automation.stopped {
            None => {
                let text = format!("What {} consented to runs by itself.", automation.by);
                all.push(said(rank::BESIDE, Verdict::OnTrack, text));
            }
            Some(why) if picture.calls.is_none() => {
                all.push(said(rank::BESIDE, Verdict::OnTrack, format!("Nothing runs by itself any more: {why}.")));
            }
            Some(_) => {}
        }
    }
    for row in &picture.automatics {
        let Some(armed) = row.armed.as_ref().filter(|armed| armed.triggered.is_none()) else { continue };
        let scenario = &row.scenario;
        match armed.state {
            GateState::Holds => {
                let text = format!("The failover of {scenario} is about to start by itself: {}.", armed.words);
                all.push(said(rank::FIRST + 1, Verdict::AtRisk, text));
            }
            GateState::Unknown => {
                let why = rank::brief(&armed.words);
                let text = format!("The failover of {scenario} is armed and cannot tell whether to start: {why}.");
                all.push(said(rank::UNTOLD, Verdict::CannotTell, text));
            }
            GateState::Fails => {}
        }
    }
}

/// Said last: what is armed and waits is no news, and must not be forgotten.
pub fn armed_quietly(picture: &Picture) -> Vec<Said> {
    let rows = picture.automatics.iter().filter_map(|row| Some((row, row.armed.as_ref()?)));
    let quiet = rows.filter_map(|(row, armed)| match (&armed.triggered, armed.state) {
        (Some(incident), _) => Some(format!("The failover of {} was started as {incident}: it is armed no more.", row.scenario)),
        (None, GateState::Fails) => Some(format!("The failover of {} is armed, by {}.", row.scenario, armed.by)),
        (None, _) => None,
    });
    quiet.map(|text| said(rank::UNSEEN, Verdict::OnTrack, text)).collect()
}

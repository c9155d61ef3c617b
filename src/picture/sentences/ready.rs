//! What is still to be done and could not be: for want of a login, a permission or a program.

use super::rank::{self, Said, names, said};
use crate::{
    incident::Status,
    model::{Aspect, Ready, Verdict},
    picture::{
        inputs::Ground,
        scene::{Picture, ReadyLack, ReadyState, StepPicture},
    },
};

/// One sentence for all such steps. What was asked too long ago is not said, nor what only the runbook itself brings about.
pub fn sentence(picture: &Picture, ground: &Ground) -> Option<Said> {
    let open = picture.book.as_ref().filter(|_| ground.open().is_some())?;
    let wanting: Vec<(usize, &str, &ReadyLack)> = open.steps.iter().filter_map(wants).collect();
    let (_, spot, first) = wanting.first()?;
    let numbers: Vec<String> = wanting.iter().map(|(number, ..)| number.to_string()).collect();
    let step = if numbers.len() == 1 { "Step" } else { "Steps" };
    let among = if wanting.iter().all(|(_, other, lack)| other == spot && lack == first) { "" } else { ", among others" };
    let text = format!(
        "{step} {} could not be done now for want of {} on {spot}{among}: {}.",
        names(&numbers),
        want(first.aspect)?,
        said_shortly(&first.words)
    );
    Some(said(rank::NOT_READY, Verdict::AtRisk, text))
}

fn wants(step: &StepPicture) -> Option<(usize, &str, &ReadyLack)> {
    let could = step.could.as_ref().filter(|could| could.state == ReadyState::Answered)?;
    let to_come = matches!(step.status, Status::Open | Status::Undone);
    let lacks = |lack: &ReadyLack| lack.ready == Ready::No && want(lack.aspect).is_some();
    let (spot, lack) = could.lacks.iter().filter(|_| to_come).find(|(_, lack)| lacks(lack))?;
    Some((step.number, spot, lack))
}

fn want(aspect: Aspect) -> Option<&'static str> {
    match aspect {
        Aspect::Permission => Some("a permission"),
        Aspect::Login => Some("a login that is let in"),
        Aspect::Expiry => Some("a login that still holds"),
        Aspect::Secret => Some("a secret"),
        Aspect::Tls => Some("a certificate that holds"),
        Aspect::Program => Some("a program"),
        Aspect::Step | Aspect::Reachable | Aspect::Target => None,
    }
}

/// What was asked stands with the step; what came back is enough here.
fn said_shortly(words: &str) -> &str {
    words.rsplit_once(": it may not: ").map_or(words, |(_, refused)| refused)
}

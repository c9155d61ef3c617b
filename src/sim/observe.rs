//! Observers of the simulated platform, as patient as the real ones.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    answer::answer,
    cards::cards,
    chance,
    fault::Silence,
    stage::Stage,
    world::{NO_ANSWER, World},
};
use crate::{
    model::{Ask, CardsSeen, Clock, Duration, Question, Reading, Sample, Time},
    systems::{Sink, Source, Sources, backoff::Backoff},
};

/// Builds observers of one simulated platform.
pub struct SimSources {
    pub(super) stage: Stage,
    pub(super) clock: Arc<dyn Clock>,
}

impl Sources for SimSources {
    fn source(&self, connection: &str) -> Result<Box<dyn Source>, String> {
        let world = self.stage.at(self.clock.now());
        if !world.lines.contains_key(connection) {
            let known: Vec<_> = world.lines.keys().map(String::as_str).collect();
            return Err(format!("the plan has no connection `{connection}`: it has {}", known.join(", ")));
        }
        Ok(Box::new(SimSource { name: connection.to_owned(), stage: self.stage.clone(), seed: world.seed }))
    }
}

struct SimSource {
    name: String,
    stage: Stage,
    seed: u64,
}

type Answers = Vec<(usize, Result<(Vec<Sample>, CardsSeen), String>)>;

impl SimSource {
    fn ask(&self, world: &World, questions: &[Question], due: &[usize]) -> Result<Answers, (Silence, String)> {
        world.reach(&self.name)?;
        let of = |ask: &Ask| match ask {
            Ask::Cards { select } => Ok((vec![], cards(world, &self.name, select.as_deref().unwrap_or_default())?)),
            other => Ok((answer(world, &self.name, other)?, CardsSeen::default())),
        };
        Ok(due.iter().map(|place| (*place, of(&questions[*place].ask))).collect())
    }
}

#[async_trait]
impl Source for SimSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        sink.expect(&questions);
        let mut next: Vec<Time> = vec![clock.now(); questions.len()];
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8), chance::hash(self.seed, &self.name));
        while let Some(soonest) = next.iter().min().copied() {
            let wait = Duration::between(clock.now(), soonest);
            if !pause(&*clock, wait, &stop).await {
                return;
            }
            let now = clock.now();
            let due: Vec<usize> = (0..questions.len()).filter(|place| next[*place] <= now).collect();
            let (answers, ahead_ms) = {
                let world = self.stage.at(now);
                (self.ask(&world, &questions, &due), world.clocks.get(&self.name).copied().unwrap_or(0))
            };
            sink.clock_of(&self.name, ahead_ms);
            match answers {
                Ok(answers) => {
                    backoff.reset();
                    for (place, samples) in answers {
                        let reading = samples.map(|(samples, cards)| Reading { samples, read: now, warnings: vec![], cards });
                        sink.record(&questions[place], reading, now);
                        next[place] = now + questions[place].every.delta();
                    }
                }
                Err((how, reason)) => {
                    if how == Silence::Silent && !pause(&*clock, NO_ANSWER, &stop).await {
                        return;
                    }
                    let now = clock.now();
                    let again = now + backoff.after_failure().delta();
                    for place in due {
                        sink.record(&questions[place], Err(reason.clone()), now);
                        next[place] = again;
                    }
                }
            }
        }
        stop.cancelled().await;
    }
}

/// Waits; false when it was told to stop meanwhile.
async fn pause(clock: &dyn Clock, span: Duration, stop: &CancellationToken) -> bool {
    if span == Duration::ZERO {
        return !stop.is_cancelled();
    }
    tokio::select! {
        () = stop.cancelled() => false,
        () = clock.sleep(span) => true,
    }
}

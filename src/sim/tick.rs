//! Time passes on the simulated platform: things come about, and Prometheus scrapes them round by round.

use super::{series, world::World};
use crate::model::Time;

/// Everything that comes about until `now`; an earlier moment changes nothing. Rounds of scraping fall on the same moments
/// however often this is called, so that what is observed does not depend on who looks.
pub fn tick(world: &mut World, now: Time) {
    let now = now.max(world.now());
    let passed = (now - world.began).num_milliseconds().max(0);
    let every = series::EVERY.as_millis() as i64;
    let round = world.began + chrono::TimeDelta::milliseconds(passed - passed % every);
    if world.scraped_at.is_none_or(|last| round > last) {
        world.unfold(round);
        world.scraped_at = Some(round);
        world.scraped = series::scrape(world, round);
    }
    world.unfold(now);
}

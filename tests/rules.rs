//! The rules of an incident, tried on its pure core: each test reads like the night it guards against.

#[path = "rules/anything.rs"]
mod anything;
#[path = "rules/automatic.rs"]
mod automatic;
#[path = "rules/book.rs"]
mod book;
#[path = "rules/clocks.rs"]
mod clocks;
#[path = "rules/commands.rs"]
mod commands;
#[path = "rules/consent.rs"]
mod consent;
#[path = "rules/drills.rs"]
mod drills;
#[path = "rules/offers.rs"]
mod offers;
#[path = "rules/order.rs"]
mod order;
#[path = "rules/parts.rs"]
mod parts;
#[path = "rules/proof.rs"]
mod proof;
#[path = "rules/refusals.rs"]
mod refusals;
#[path = "rules/running.rs"]
mod running;
#[path = "rules/scene.rs"]
mod scene;
#[path = "rules/standing.rs"]
mod standing;
#[path = "rules/ways.rs"]
mod ways;

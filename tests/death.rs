//! How a console ends, and what becomes of what it runs: leaving, signals, a terminal that is gone or hangs, panics, and
//! death itself. The real program on a real journal, with steps that run a real command.

#[path = "death/boundaries.rs"]
mod boundaries;
#[path = "death/broken.rs"]
mod broken;
#[path = "console/driver.rs"]
#[allow(dead_code, reason = "the walk uses a part of it")]
mod driver;
#[path = "death/kill.rs"]
mod kill;
#[path = "death/leaving.rs"]
mod leaving;
#[path = "death/scene.rs"]
mod scene;
mod support;
#[path = "death/suspended.rs"]
mod suspended;
#[path = "death/walk.rs"]
mod walk;

//! The running console without a screen, on the simulated platform: everything by requests, everything seen in Pictures.

#[path = "console/automatic.rs"]
mod automatic;
#[path = "console/broken.rs"]
mod broken;
#[path = "console/changes.rs"]
mod changes;
#[path = "console/clocks.rs"]
mod clocks;
#[path = "console/consent.rs"]
mod consent;
#[path = "console/declaring.rs"]
mod declaring;
#[path = "console/driver.rs"]
mod driver;
#[path = "console/outage.rs"]
mod outage;
#[path = "console/past.rs"]
mod past;
#[path = "console/people.rs"]
mod people;
#[path = "console/ready.rs"]
mod ready;
#[path = "console/site.rs"]
mod site;
#[path = "console/standing.rs"]
mod standing;
#[path = "console/unknown.rs"]
mod unknown;
#[path = "console/what_if.rs"]
mod what_if;

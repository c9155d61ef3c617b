//! Where you are, and who you are here.

use super::{
    inputs::Ground,
    scene::{Place, World},
};

const COMMANDER: &str = "commander";

/// The place of this console's person.
pub fn place(ground: &Ground) -> Place {
    let inputs = ground.inputs;
    let you = &inputs.actor.name;
    let joined = inputs.state.and_then(|state| state.people.get(you)).map(|person| person.roles.clone());
    let planned = || ground.facts.people.iter().find(|p| p.name == *you).map(|p| p.roles.clone());
    let mut roles = joined.filter(|roles| !roles.is_empty()).or_else(planned).unwrap_or_default();
    // During an incident the word is for who commands it, whatever the plan calls others.
    if let Some(state) = inputs.state.filter(|state| state.is_open()) {
        roles.retain(|role| role != COMMANDER);
        if state.commander.as_ref() == Some(you) {
            roles.insert(0, COMMANDER.to_owned());
        }
    }
    let drill = inputs.state.is_some_and(|state| state.is_drill());
    Place {
        world: if drill && inputs.world == World::Production { World::Drill } else { inputs.world },
        plan: inputs.plan.name.clone(),
        you: you.clone(),
        roles,
        read_only: inputs.read_only,
        others: inputs.others.clone(),
    }
}

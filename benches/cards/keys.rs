//! From a key to what it paints, by the real console in a terminal, while it watches all cards; and by a bare ratatui program
//! meanwhile: both share the machine with what scrapes and answers.

use std::error::Error;

use super::{programs::console, spread::Spread, typing::in_turns};

/// Two minutes of typing: all cards are read several times meanwhile.
const KEYS: usize = 4_000;

/// The bare program's, and the console's, on `nodes` behind the Prometheus at `url`.
pub fn figures(url: &str, nodes: usize) -> Result<(Spread, Spread), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let plan = format!(
        "apiVersion: lifeboat/v1\nkind: Plan\nname: fleet\nregions: [{{name: us-west-2, role: primary}}]\n\
         connections: {{prom: {{every: 15s, prometheus: {{url: \"{url}\"}}}}}}\n\
         accelerators: [{{name: gaudi, region: us-west-2, nodes: {nodes}, cards_per_node: 8, via: prom}}]\n"
    );
    std::fs::write(folder.path().join("plan.yaml"), plan)?;
    in_turns(console(folder.path()), &format!("{} cards", nodes * 8), KEYS)
}

//! From a key to what it paints, by the real console in a terminal, while it watches all cards; beside a bare ratatui program
//! on the same machine, which scrapes them too.

use std::{error::Error, time::Duration};

use super::{
    bare,
    programs::{bare_program, console},
    spread::Spread,
    typing::{settled, typed},
};

/// Half a minute of typing: all cards are read twice meanwhile.
const KEYS: usize = 2_400;
/// All cards are on the screen by then.
const SETTLED: Duration = Duration::from_secs(3);

/// The bare program's, and the console's, on `nodes` behind the Prometheus at `url`.
pub fn figures(url: &str, nodes: usize) -> Result<(Spread, Spread), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let plan = format!(
        "apiVersion: lifeboat/v1\nkind: Plan\nname: fleet\nregions: [{{name: us-west-2, role: primary}}]\n\
         connections: {{prom: {{every: 15s, prometheus: {{url: \"{url}\"}}}}}}\n\
         accelerators: [{{name: gaudi, region: us-west-2, nodes: {nodes}, cards_per_node: 8, via: prom}}]\n"
    );
    std::fs::write(folder.path().join("plan.yaml"), plan)?;
    let floor = Spread::of(typed(settled(bare_program()?, bare::TITLE, SETTLED), KEYS));
    let cards = format!("{} cards", nodes * 8);
    Ok((floor, Spread::of(typed(settled(console(folder.path()), &cards, SETTLED), KEYS))))
}

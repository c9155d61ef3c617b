//! From a key to what it paints, by the real console in a terminal, while it watches all cards; and by a bare ratatui program
//! meanwhile, key by key in turns: both share the machine with what scrapes and answers.

use std::{error::Error, time::Duration};

use super::{
    bare,
    programs::{bare_program, console},
    spread::Spread,
    typing::{Field, settled},
};

/// Two minutes of typing: all cards are read several times meanwhile.
const KEYS: usize = 4_000;
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
    let mut floor = Field::open(settled(bare_program()?, bare::TITLE, Duration::ZERO));
    let mut console = Field::open(settled(console(folder.path()), &format!("{} cards", nodes * 8), SETTLED));
    let (bare, ours): (Vec<_>, Vec<_>) = (0..KEYS).map(|nth| (floor.takes(nth), console.takes(nth))).unzip();
    Ok((Spread::of(bare), Spread::of(ours)))
}

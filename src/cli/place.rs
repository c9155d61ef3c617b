//! Where things are when nobody says: the plan, its journal, the person's name.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    model::text,
    plan::{Plan, RegionRole, nearest::nearest},
};

/// The plan's directory: what was said, else the working directory if it holds a plan.
pub fn plan_dir(said: Option<PathBuf>) -> Option<PathBuf> {
    said.or_else(|| Path::new("plan.yaml").exists().then(|| PathBuf::from(".")))
}

/// What relative paths of the plan at `dir` are relative to; `dir` may be its file.
pub fn plan_root(dir: &Path) -> PathBuf {
    if dir.is_file() { dir.parent().map(PathBuf::from).unwrap_or_default() } else { dir.to_owned() }
}

/// `$XDG_STATE_HOME/lifeboat/PLAN.db`.
pub fn journal_of(plan: &Plan) -> io::Result<PathBuf> {
    use etcetera::BaseStrategy;
    let home = etcetera::choose_base_strategy().map_err(io::Error::other)?;
    let state = home.state_dir().unwrap_or_else(|| home.data_dir());
    let name: String = plan.name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    Ok(state.join("lifeboat").join(format!("{name}.db")))
}

/// What was said, else the login name.
pub fn your_name(said: Option<String>) -> String {
    let login = || ["LIFEBOAT_AS", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = said.or_else(login).unwrap_or_default();
    let name = crate::model::text::clean(name.trim());
    if name.is_empty() { "somebody".to_owned() } else { name }
}

/// What to say when the journal, which lies on this machine, would be lost with the primary region (RULES R32), or when
/// that cannot be told. `here`: the region that this machine is said to stand in.
///
/// # Errors
/// The plan has no such region.
pub fn warning(plan: &Plan, here: Option<&str>) -> Result<Option<String>, String> {
    let primary: Vec<_> = plan.regions.iter().filter(|region| region.role == Some(RegionRole::Primary)).collect();
    let Some(here) = here else {
        let unsaid = "in which region this machine stands is unsaid (--here REGION, or LIFEBOAT_REGION): whether the journal would \
                      be lost with the primary region cannot be told";
        return Ok((!primary.is_empty()).then(|| unsaid.to_owned()));
    };
    let names = || plan.regions.iter().map(|region| region.name.as_str());
    if !names().any(|name| name == here) {
        let meant = nearest(here, names()).map_or(String::new(), |name| format!(", did you mean `{name}`?"));
        let known = names().collect::<Vec<_>>().join(", ");
        return Err(format!("--here: the plan has no region `{}`{meant} It has: {known}", text::clean(here)));
    }
    let lost = primary.iter().any(|region| region.name == here);
    Ok(lost.then(|| {
        format!("the journal lies in {here}, the primary region, and would be lost with it: run Lifeboat on a machine elsewhere")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r32_a_journal_in_the_primary_region_is_warned_of() {
        let regions = serde_json::json!([{"name": "east", "role": "primary"}, {"name": "west", "role": "standby"}]);
        let mut plan = crate::plan::load_embedded(
            "test",
            &[("plan.yaml", "apiVersion: lifeboat/v1\nkind: Plan\nname: orders\n")],
            &crate::systems::catalogue(),
        )
        .plan
        .unwrap();
        assert_eq!(warning(&plan, None), Ok(None), "without a primary region none can be lost");
        plan.regions = serde_json::from_value(regions).unwrap();
        let warned = warning(&plan, Some("east")).unwrap().unwrap();
        assert!(warned.contains("lies in east, the primary region, and would be lost with it"), "{warned}");
        assert_eq!(warning(&plan, Some("west")), Ok(None));
        assert!(warning(&plan, None).unwrap().unwrap().contains("unsaid (--here REGION"), "silence is no answer");
        let wrong = warning(&plan, Some("esat")).unwrap_err();
        assert!(wrong.contains("no region `esat`, did you mean `east`? It has: east, west"), "{wrong}");
    }
}

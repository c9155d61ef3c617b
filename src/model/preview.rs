//! Exactly what would be sent, to which server, and what would change: shown before anybody agrees.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{bytes::size, digest::Digest, duration::Duration, identity::Identity, time::Time};

/// One request as it would leave, in the words of its protocol. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The server: `10.2.0.15:5432 as lifeboat`, `https://.. as act`.
    pub to: String,
    /// `PATCH /apis/apps/v1/... {"spec":{"replicas":0}}`, `select pg_promote(true, 60)`.
    pub text: String,
}

/// A figure that may grow while somebody reads (bytes behind, sessions to end).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub value: f64,
    /// `bytes`, `sessions`, `s`.
    pub unit: String,
    /// Whether the figure is good enough to go on; a change of it shows the dialog again.
    pub acceptable: bool,
}

/// `16 MB`, `1m30s`, `41 sessions`.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = (self.value, self.unit.as_str());
        match unit {
            _ if !value.is_finite() => f.write_str("not a number"),
            "bytes" => f.write_str(&size(value)),
            "s" => Duration::from_secs(value.round().max(0.0) as u64).fmt(f),
            _ if value == 1.0 => write!(f, "1 {}", unit.strip_suffix('s').unwrap_or(unit)),
            _ => write!(f, "{value} {unit}"),
        }
    }
}

/// Something that changes, or that matters for the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Without the figure, which moves: the text is part of what an approval binds to.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// With its figure behind it.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.measure {
            Some(measure) => write!(f, "{}: {measure}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Effect {
    /// What a person who agreed to `earlier` has to be told, old value and new (RULES R15).
    fn news_since(&self, earlier: &Effect) -> Option<String> {
        if self.text != earlier.text {
            return Some(format!("{self} (it said: {earlier})"));
        }
        let text = &self.text;
        match (&self.measure, &earlier.measure) {
            (None, None) => None,
            (None, Some(was)) => Some(format!("{text}: no value any more, was {was}")),
            (Some(is), None) => Some(format!("{text}: had no value, now {is}")),
            (Some(is), Some(was)) if is.acceptable != was.acceptable => {
                let verdict = if is.acceptable { "good enough now" } else { "no longer good enough" };
                Some(format!("{text}: was {was}, now {is}, {verdict}"))
            }
            // Said the other way round, so that a figure that is no number asks too.
            (Some(is), Some(was)) => {
                let grew = !(is.value <= was.value || is.value <= was.value * 1.1);
                grew.then(|| format!("{text}: was {was}, now {is}"))
            }
        }
    }
}

/// One target of an action on several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartPreview {
    pub name: String,
    /// `3 replicas to 0`; says so when it is already as wanted.
    pub change: String,
    /// What is there now, for undo and `remembered` (RULES R2). `None`: nothing to remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    pub action: String,
    /// The target's name in full, which a person types for an irreversible step: the connection, else the program.
    pub target: String,
    pub identity: Identity,
    pub requests: Vec<Request>,
    pub parts: Vec<PartPreview>,
    pub effects: Vec<Effect>,
    /// What should make a person think twice; shown, and part of the binding.
    pub warnings: Vec<String>,
    pub made: Time,
}

impl Preview {
    /// Consent given on a preview older than this is refused (RULES R15).
    pub const VALID: Duration = Duration::from_mins(2);

    /// What an approval binds to (RULES R16): identity, requests and effects, without the moving figures.
    pub fn binding(&self) -> Digest {
        let effects: Vec<_> = self.effects.iter().map(|e| (&e.text, e.measure.as_ref().map(|m| m.acceptable))).collect();
        let parts: Vec<_> = self.parts.iter().map(|p| (&p.name, &p.change)).collect();
        Digest::of_json(&(&self.action, &self.target, &self.identity, &self.requests, parts, effects, &self.warnings))
    }

    /// Whether somebody who agreed to `earlier` must be asked again, and about what (RULES R15):
    /// another identity, request or effect, a lost value, or a measure that changed its verdict or grew by a tenth.
    pub fn must_ask_again(&self, earlier: &Preview) -> Vec<String> {
        let mut why = self.identity.differences(&earlier.identity, &[]);
        if self.requests != earlier.requests {
            why.push("what would be sent has changed".into());
        }
        let named = |p: &Preview| p.parts.iter().map(|p| (p.name.clone(), p.change.clone())).collect::<BTreeMap<_, _>>();
        let (now, then) = (named(self), named(earlier));
        for (name, change) in &now {
            match then.get(name) {
                None => why.push(format!("{name} is new")),
                Some(old) if old != change => why.push(format!("{name}: was {old}, now {change}")),
                Some(_) => {}
            }
        }
        why.extend(then.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is gone")));
        for (i, old) in earlier.effects.iter().enumerate() {
            match self.effects.get(i) {
                None => why.push(format!("no longer said: {old}")),
                Some(new) => why.extend(new.news_since(old)),
            }
        }
        why.extend(self.effects.iter().skip(earlier.effects.len()).map(Effect::to_string));
        why.extend(self.warnings.iter().filter(|w| !earlier.warnings.contains(w)).cloned());
        why
    }
}

//! What an action on a PostgreSQL server changes, in words and figures. The simulated platform says it in the same ones.

use crate::model::{Effect, Measure};

/// Figures move while somebody reads, so they are shown by the next whole megabyte and half minute.
const MEGABYTE: f64 = 1e6;
const HALF_MINUTE: f64 = 30.0;

/// One WAL file: less is in flight at any busy moment.
pub const UNRECEIVED: f64 = 16.0 * 1_048_576.0;
/// Replaying more than this holds a promotion up for long.
pub const UNREPLAYED: f64 = 1024.0 * 1_048_576.0;
/// An idle primary speaks every 30 s by PostgreSQL's own defaults; twice that is silence, in seconds.
pub const SILENT: f64 = 60.0;
/// Behind by more than this is far.
const FAR: f64 = 64.0 * 1_048_576.0;

/// What a standby that streams says of its primary. `None`: it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stream {
    /// Bytes announced and not arrived.
    pub to_receive: Option<f64>,
    /// Seconds since the last message.
    pub receipt_age: Option<f64>,
}

fn plain(text: impl Into<String>) -> Effect {
    Effect { text: text.into(), measure: None }
}

fn measured(text: &str, value: Option<f64>, step: f64, unit: &str, most: f64) -> Effect {
    let Some(value) = value else { return plain(format!("{text}: not known")) };
    let measure = Measure { value: (value / step).ceil() * step, unit: unit.into(), acceptable: value <= most };
    Effect { text: format!("{text}, at most"), measure: Some(measure) }
}

fn bytes(text: &str, value: Option<f64>, most: f64) -> Effect {
    measured(text, value, MEGABYTE, "bytes", most)
}

fn heard(text: &str, age: Option<f64>) -> Effect {
    measured(text, age, HALF_MINUTE, "s", SILENT)
}

/// Of a promotion of `name`. `stream`: while it holds its stream from the old primary.
pub fn promotion(name: &str, to_replay: Option<f64>, stream: Option<Stream>) -> Vec<Effect> {
    let mut effects = vec![
        plain(format!("{name} stops following and takes writes; the old primary cannot follow it any more")),
        bytes("received and replayed first", to_replay, UNREPLAYED),
    ];
    match stream {
        Some(Stream { to_receive, receipt_age }) => effects.extend([
            bytes("announced by the old primary and not arrived", to_receive, UNRECEIVED),
            heard("time since the old primary's last message", receipt_age),
        ]),
        // While the primary is gone its receiver comes and goes in vain: only a stream says something.
        None => effects.push(plain("it does not stream: what the old primary wrote after the last receipt is lost")),
    }
    effects
}

/// Why a promotion should wait while the old primary still sends to `name`.
pub fn still_sends(name: &str) -> String {
    format!("{name} still holds its stream from the old primary, which may be up and take writes: fence and stop it first")
}

/// Of a look at whether a standby could take over.
pub fn standby_check(to_replay: Option<f64>, stream: Stream) -> Vec<Effect> {
    vec![
        heard("time since the primary's last message", stream.receipt_age),
        bytes("announced by the primary and not arrived", stream.to_receive, UNRECEIVED),
        bytes("received and still to be replayed", to_replay, UNREPLAYED),
    ]
}

/// Of waiting until `standby` has what `primary` has.
pub fn behind(standby: &str, primary: &str, missing: f64) -> Effect {
    bytes(&format!("{standby} is behind {primary}"), Some(missing), FAR)
}

/// Why waiting may be in vain.
pub fn does_not_stream(name: &str, receiver: &str) -> String {
    format!("{name} does not stream from its primary (receiver: {receiver})")
}

/// Of taking LOGIN from `role`, which has `sessions` open.
pub fn shut_out(role: &str, sessions: u64) -> Effect {
    let measure = Measure { value: sessions as f64, unit: "sessions".into(), acceptable: true };
    Effect { text: format!("{role} is thrown out, its open transactions are undone"), measure: Some(measure) }
}

/// Of giving LOGIN to `role`.
pub fn let_in(role: &str) -> Effect {
    plain(format!("{role} may log in and write"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(effects: &[Effect]) -> Vec<String> {
        effects.iter().skip(1).map(Effect::to_string).collect()
    }

    #[test]
    fn r15_what_moves_stands_in_a_figure_and_what_is_not_known_says_so() {
        let stream = Stream { to_receive: Some(40_000_000.0), receipt_age: None };
        assert_eq!(
            told(&promotion("db-west", Some(12_400_000.0), Some(stream))),
            [
                "received and replayed first, at most: 13 MB",
                "announced by the old primary and not arrived, at most: 40 MB",
                "time since the old primary's last message: not known",
            ]
        );
        let bad: Vec<bool> = promotion("db-west", Some(0.0), Some(stream))
            .iter()
            .filter_map(|effect| effect.measure.as_ref())
            .map(|measure| !measure.acceptable)
            .collect();
        assert_eq!(bad, [false, true], "that much is lost");
        assert!(told(&promotion("db-west", None, None))[1].contains("is lost"));
    }

    #[test]
    fn every_figure_has_its_unit() {
        let check = standby_check(Some(1.0), Stream { to_receive: Some(0.0), receipt_age: Some(89.0) });
        assert_eq!(check[0].to_string(), "time since the primary's last message, at most: 1m30s");
        assert_eq!(behind("db-west", "db-east", 999_999.0).to_string(), "db-west is behind db-east, at most: 1 MB");
        assert_eq!(shut_out("app", 1).to_string(), "app is thrown out, its open transactions are undone: 1 session");
    }
}

//! What would be lost of each dataset, source by source (RULES R21, R22).

use chrono::TimeDelta;

use super::{
    frontier,
    loss::Span,
    point::{Told, signal_of, told},
    proof::{Proof, proof_of},
    redis_replica::redis_exposure,
    replica::replica_exposure,
    sight::{CleanBefore, DatasetExposure, Sight, SourceExposure},
    stop::{Stop, caught_up, chosen_source, foreseen, is_recovering, recovered_at, stop_of},
    supposed::temper,
    survival::spoils_points,
};
use crate::{
    gates::{Answer, evaluate, history::receipt_of, value},
    incident::{State, step_state::Foreseen},
    model::{Duration, Freshness, SignalKey, Time, Verdict, loss::LossKind, time, time::clock},
    plan::{Dataset, PostgresProbe, Probe, RecoverySource, RedisProbe, SourceKind},
};

/// What one look at a source found out.
struct Seen {
    point: Option<Time>,
    known: Freshness,
    loses: Option<Span>,
    words: String,
    /// Nothing can be recovered from it, and why.
    useless: Option<String>,
}

impl Seen {
    fn untold(known: Freshness, words: impl Into<String>) -> Self {
        Self { point: None, known, loses: None, words: words.into(), useless: None }
    }
}

/// Judges every source of `dataset` and picks the best. `rpo`: the objective that holds.
pub fn dataset_exposure(dataset: &Dataset, rpo: Option<Duration>, sight: &Sight) -> DatasetExposure {
    let stop = stop_of(sight.state, &dataset.name, sight.now);
    let holding = if sight.state.is_some_and(State::is_open) { Verdict::OnTrack } else { Verdict::Met };
    let mut sources: Vec<SourceExposure> =
        dataset.sources.iter().map(|source| look(source, dataset, stop, rpo, holding, sight)).collect();
    // What follows the primary took the corruption over: it never gets the star, whatever it says of itself (RULES R22).
    let spoiled = clean_before(sight).is_some();
    frontier::mark(&mut sources, |s| s.usable && s.loses.is_some() && !(spoiled && s.kind == SourceKind::Replica));
    let frozen = stop.frozen.then_some(stop.at);
    let recovered = sight.state.and_then(|state| recovered_at(state, &dataset.name));
    let chosen = sight.state.and_then(|state| chosen_source(state, &dataset.name));
    let chosen = chosen.filter(|name| sources.iter().any(|source| source.name == *name));
    // A closed incident is judged by what its scenario was.
    let was_spoiled = spoiled || sight.state.and_then(State::scenario).is_some_and(|s| spoils_points(s.loses.as_ref()));
    let (loses, verdict, words) = match (recovered, sight.state) {
        (Some(_), Some(_)) if was_spoiled => did_lose_spoiled(chosen.as_deref(), stop, &sources, rpo),
        (Some(recovered), Some(state)) => did_lose(dataset, stop, recovered, state, rpo),
        (None, Some(state)) if is_recovering(state, &dataset.name) && !has_live_replica(&sources) => {
            (None, Verdict::CannotTell, "being recovered; what it did lose is not proven yet".into())
        }
        _ => temper(would_lose(&sources, chosen.as_deref(), rpo), dataset, &sources, holding, sight),
    };
    DatasetExposure { loses, verdict, words, frozen, recovered, chosen, sources }
}

/// Something still follows: while a promotion has not happened, what would be lost can still be told.
fn has_live_replica(sources: &[SourceExposure]) -> bool {
    sources.iter().any(|source| source.kind == SourceKind::Replica && source.best)
}

/// After recovery only a proof tells what was lost: the standby had the last commit of the fenced primary.
fn did_lose(
    dataset: &Dataset,
    stop: Stop,
    recovered: Time,
    state: &State,
    rpo: Option<Duration>,
) -> (Option<Span>, Verdict, String) {
    let proven = stop.frozen.then(|| caught_up(state, stop.at, recovered)).flatten();
    let of_this = proven.is_some_and(|via| dataset.sources.iter().any(|s| replica_via(s) == Some(via.as_str())));
    let seen = foreseen(state, &dataset.name);
    match (of_this, seen) {
        (true, _) => (Some(Span::NONE), Span::NONE.judge_past(rpo), format!("did lose {}", Span::NONE.words())),
        (false, Some(seen)) if stop.frozen => {
            // Whoever signed an outside fence, or signed it anew, said until when writes went on.
            let most = Duration::between(seen.point, stop.at);
            let least = if seen.least == seen.most { most } else { seen.least };
            let loses = Span::between(least, most);
            (Some(loses), loses.judge_past(rpo), format!("did lose {} with {}", loses.words(), seen.source))
        }
        (false, Some(seen)) => {
            let since = clock(seen.point, recovered);
            let words = format!("did lose what was written after {since}; that the old primary stopped then is not proven");
            (None, Verdict::CannotTell, words)
        }
        (false, None) => (None, Verdict::CannotTell, "recovered; what it did lose is not proven".into()),
    }
}

/// What a step that acts on connection `via` would lose of `dataset`, where that is one of its replicas: what it had
/// received by then is what is kept.
pub fn foresee(dataset: &Dataset, via: &str, sight: &Sight) -> Option<Foreseen> {
    let of_this = dataset.sources.iter().find(|source| replica_via(source) == Some(via))?;
    let exposure = dataset_exposure(dataset, None, sight);
    let seen = exposure.sources.into_iter().find(|seen| seen.name == of_this.name)?;
    let (point, loses) = (seen.point?, seen.loses?);
    Some(Foreseen { source: seen.name, point, least: loses.least, most: loses.most })
}

/// After corruption a standby that had everything had the corruption too: only a source that goes back to a moment of
/// choice says what was lost.
fn did_lose_spoiled(
    chosen: Option<&str>,
    stop: Stop,
    sources: &[SourceExposure],
    rpo: Option<Duration>,
) -> (Option<Span>, Verdict, String) {
    let from = chosen.and_then(|name| sources.iter().find(|s| s.name == name));
    let back = from.filter(|s| stop.frozen && s.usable && goes_back(s.kind, false)).and_then(|s| Some((s, s.loses?)));
    match back {
        Some((from, loses)) => (Some(loses), loses.judge_past(rpo), format!("did lose {} with {}", loses.words(), from.name)),
        None => (None, Verdict::CannotTell, "recovered; what it did lose is not proven".into()),
    }
}

fn would_lose(sources: &[SourceExposure], chosen: Option<&str>, rpo: Option<Duration>) -> (Option<Span>, Verdict, String) {
    let decided = chosen.and_then(|name| sources.iter().find(|s| s.name == name));
    if let Some(decided) = decided.filter(|s| !s.usable) {
        return (
            None,
            Verdict::WillMiss,
            format!("cannot be recovered from {}, which was chosen: {}", decided.name, decided.words),
        );
    }
    if let Some(decided) = decided.filter(|s| s.loses.is_none()) {
        let words = format!("cannot tell what would be lost: {}, which was chosen: {}", decided.name, decided.words);
        return (None, Verdict::CannotTell, words);
    }
    if let Some(best) = decided.or_else(|| sources.iter().find(|s| s.best)) {
        let loses = best.loses.map(Span::words).unwrap_or_default();
        let allowed = match (best.verdict, rpo) {
            (Verdict::WillMiss | Verdict::AtRisk, Some(rpo)) => format!(" of {rpo}"),
            _ => String::new(),
        };
        let unsure = if best.verdict == Verdict::CannotTell { ", last known" } else { "" };
        let by = if decided.is_some() { format!(" with {}, which was chosen", best.name) } else { String::new() };
        return (best.loses, best.verdict, format!("would lose {loses}{allowed}{unsure}{by}"));
    }
    if sources.iter().all(|s| !s.usable) {
        return (None, Verdict::WillMiss, "no usable recovery source: all of it would be lost".into());
    }
    let why = sources.iter().find(|s| s.usable).map(|s| format!(": {}: {}", s.name, s.words)).unwrap_or_default();
    (None, Verdict::CannotTell, format!("cannot tell what would be lost{why}"))
}

fn look(
    source: &RecoverySource,
    dataset: &Dataset,
    stop: Stop,
    rpo: Option<Duration>,
    holding: Verdict,
    sight: &Sight,
) -> SourceExposure {
    let mut seen = see(source, stop, sight);
    if let Some(why) = sight.useless(source) {
        seen.useless = Some(why);
    }
    if !source.purpose.recovers() {
        seen.useless = Some(format!("kept for {}: no recovery source", source.purpose.word()));
    }
    spoil(&mut seen, source, stop, sight);
    let proof = proof_of(source, sight.signals, sight.now);
    if let Some(gone) = past_keep(source, seen.point, sight.now) {
        seen.words = format!("{}, {gone}", seen.words);
    }
    let base = source.base.as_ref().and_then(|base| dataset.sources.iter().find(|s| s.name == *base));
    if let Some(base) = base
        && let Some(why) = sight.useless(base)
    {
        seen.useless = seen.useless.or(Some(format!("its base {}: {why}", base.name)));
    }
    let restore = match (source.restore, source.base.as_ref(), base.and_then(|b| b.restore)) {
        (Some(own), Some(_), Some(base)) => Some(own + base),
        (Some(_), Some(_), None) => None,
        (own, _, _) => own,
    };
    let usable = seen.useless.is_none();
    let verdict = match (&seen.useless, seen.loses, &seen.known) {
        (Some(_), ..) => Verdict::WillMiss,
        (None, Some(loses), Freshness::Fresh) => loses.judge(rpo, holding),
        _ => Verdict::CannotTell,
    };
    SourceExposure {
        name: source.name.clone(),
        kind: source.kind,
        region: source.region.clone(),
        point: seen.point,
        known: seen.known,
        loses: if usable { seen.loses } else { None },
        restore,
        verdict,
        usable,
        best: false,
        faster: false,
        unverified: !matches!(source.kind, SourceKind::Replica | SourceKind::Git) && !matches!(proof, Proof::Proven { .. }),
        proof,
        words: seen.useless.unwrap_or(seen.words),
    }
}

/// Why a recovery point may be gone already; `None`: it is kept.
pub fn past_keep(source: &RecoverySource, point: Option<Time>, now: Time) -> Option<String> {
    let keep = source.keep.as_ref()?.longest();
    let age = Duration::between(point?, now);
    (age > keep).then(|| format!("older than its retention of {keep}: it may be gone"))
}

/// Until when data was clean, where a loss spoils what came after: as people said, else estimated by the start of impact.
pub fn clean_before(sight: &Sight) -> Option<CleanBefore> {
    let head = sight.state.and_then(|state| state.head.as_ref()).filter(|_| spoils_points(sight.loses))?;
    Some(CleanBefore { at: head.clean_before.unwrap_or(head.began), estimated: head.clean_before.is_none() })
}

/// Whether such a source can be restored as of any moment before its newest.
fn goes_back(kind: SourceKind, versioned: bool) -> bool {
    matches!(kind, SourceKind::Wal | SourceKind::Git) || versioned
}

/// After corruption or a breach, points later than *clean before* cannot be used (RULES R22).
fn spoil(seen: &mut Seen, source: &RecoverySource, stop: Stop, sight: &Sight) {
    let Some(clean) = clean_before(sight) else { return };
    let Some(point) = seen.point.filter(|point| *point > clean.at) else { return };
    let what = if sight.loses.is_some_and(|loss| loss.kind() == LossKind::Compromise) { "the breach" } else { "corruption" };
    if goes_back(source.kind, source.versioned) {
        seen.point = Some(clean.at);
        seen.loses = Some(Span::exactly(Duration::between(clean.at, stop.at)));
        seen.words = format!("to {}, before {what}", clean.words(sight.now));
    } else {
        let at = clock(point, sight.now);
        seen.useless = seen.useless.take().or(Some(format!("from {at}, after {what}: unusable")));
    }
}

/// The connection of a PostgreSQL standby or a Redis replica. A snapshot of Redis (`at`) is none.
fn replica_via(source: &RecoverySource) -> Option<&str> {
    [&source.lag, &source.connected].into_iter().flatten().find_map(|probe| match probe {
        Probe::Postgres(PostgresProbe { via, .. }) | Probe::Redis(RedisProbe { via, .. }) => Some(via.as_str()),
        _ => None,
    })
}

fn see(source: &RecoverySource, stop: Stop, sight: &Sight) -> Seen {
    if let Some(via) = replica_via(source) {
        let began = sight.state.and_then(|state| state.head.as_ref()).map(|head| head.began);
        let is_redis = [&source.lag, &source.connected].into_iter().flatten().any(|probe| matches!(probe, Probe::Redis(_)));
        let expose = if is_redis { redis_exposure } else { replica_exposure };
        let seen = expose(via, sight.signals, stop, began, sight.now);
        return Seen { point: seen.point, known: seen.known, loses: seen.loses, words: seen.words, useless: None };
    }
    match (&source.at, &source.lag) {
        (Some(at), _) => see_point(at, stop, sight),
        (None, Some(lag)) => see_lag(source, lag, stop, sight),
        (None, None) if source.optional => Seen::untold(Freshness::Absent, "optional, and nothing observes it"),
        (None, None) => {
            let every = source.every.as_ref().map(|every| format!(", planned {}", every.words())).unwrap_or_default();
            Seen::untold(Freshness::Absent, format!("nothing observes it{every}"))
        }
    }
}

/// A recovery point by its time, in seconds since 1970.
fn see_point(at: &Probe, stop: Stop, sight: &Sight) -> Seen {
    let (point, known, stale) = match told(at, "its recovery point", sight.signals, sight.now) {
        Told::At { at, known, doubt } => (at, known, doubt),
        Told::Never { known } => {
            return Seen { useless: Some("no recovery point was ever made".into()), ..Seen::untold(known, "") };
        }
        Told::Nothing { known, words } => return Seen::untold(known, words),
    };
    let age = format!("newest point {}", Duration::between(point, sight.now).ago());
    let words = stale.map_or(age.clone(), |why| format!("{age}, {why}"));
    let skewed = signal_of(at, sight.signals).filter(|signal| signal.ahead_ms != 0);
    let words = match skewed.and_then(|signal| signal.skew_words()) {
        Some(skew) => format!("{words}, {skew}"),
        None => words,
    };
    // By which clock the point was written is not known: with one that is off, it may be that much older.
    let off = skewed.map_or(Duration::ZERO, |signal| Duration::from_millis(signal.ahead_ms.unsigned_abs()));
    let loss = Duration::between(point, stop.at);
    let loses = Some(Span::between(loss, loss + off));
    Seen { point: Some(point), known, loses, words, useless: None }
}

/// A lag in seconds; worth something only beside a proof of connection (RULES R23).
fn see_lag(source: &RecoverySource, lag: &Probe, stop: Stop, sight: &Sight) -> Seen {
    match &source.connected {
        None if source.kind == SourceKind::Replica => {
            return Seen::untold(Freshness::Absent, "no proof of connection: lag alone means nothing");
        }
        None => {}
        Some(connected) => {
            let judged = evaluate(connected, sight.signals, None, sight.now);
            match judged.state {
                Answer::Holds => {}
                Answer::Fails => {
                    let words = format!("not connected ({}): lag means nothing", judged.words);
                    return since_receipt(source, Seen::untold(Freshness::Fresh, words), stop, sight);
                }
                Answer::Unknown => {
                    let seen = Seen::untold(Freshness::Absent, format!("whether it is connected: {}", judged.words));
                    return since_receipt(source, seen, stop, sight);
                }
            }
        }
    }
    match value(lag, sight.signals, sight.now) {
        Err(unusable) => Seen::untold(unusable.known, unusable.words),
        Ok((value, measured)) => {
            let Some(seconds) = value.number().filter(|s| s.is_finite() && *s >= 0.0) else {
                return Seen::untold(
                    Freshness::Absent,
                    format!("its lag is no number: {}", crate::model::text::clean(&value.to_string())),
                );
            };
            let behind = Duration::from_millis((seconds * 1_000.0) as u64);
            let point = measured - behind.delta();
            let words = format!("{} behind, connected", behind.up_to_secs());
            let loses = Some(Span::exactly(Duration::between(point, measured.min(stop.at))));
            Seen { point: Some(point), known: Freshness::Fresh, loses, words, useless: None }
        }
    }
}

/// Cut off, or not known to be connected: all that was written since the last proof that everything had arrived would be lost, and
/// that grows.
fn since_receipt(source: &RecoverySource, seen: Seen, stop: Stop, sight: &Sight) -> Seen {
    // That it had everything then stays true, however long ago it was told.
    let signal = receipt_of(source).and_then(|(via, ask)| sight.signals.get(&SignalKey::of(via, &ask)));
    let reading = signal.and_then(|signal| signal.reading.as_ref()).filter(|reading| reading.warnings.is_empty());
    let seconds = reading.and_then(|reading| reading.samples.first()).and_then(|sample| sample.value.number());
    let ahead = TimeDelta::milliseconds(signal.map_or(0, |signal| signal.ahead_ms));
    let point = seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0);
    let point = point.and_then(|seconds| time::of_millis((seconds * 1_000.0) as i64)).map(|at| at - ahead);
    let point = point.filter(|at| *at <= sight.now);
    let Some(point) = point else { return seen };
    let words = format!("{}; had everything until {}", seen.words, clock(point, sight.now));
    Seen { point: Some(point), loses: Some(Span::exactly(Duration::between(point, stop.at))), words, ..seen }
}

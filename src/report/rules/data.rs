//! Data: recovery points that are too old, never made, of a wrong clock or not told; replicas that are behind or cut off; and what
//! would be lost of a dataset over all its sources.

use super::{
    promql::{inner, not_met, seconds, untold},
    rule::{Rule, Rules, Says},
    services::{any_of, queries, told},
};
use crate::{
    incident::PlanFacts,
    model::{Duration, Limit, Schedule, limit::Op},
    objectives::rpo_of,
    plan::{Dataset, Plan, Probe, QueryProbe, RecoverySource, SourceKind},
};

const UNTOLD: Duration = Duration::from_mins(5);
/// Clocks differ by less.
const AHEAD: Duration = Duration::from_mins(1);

pub fn data(plan: &Plan, rules: &mut Rules) {
    let facts = PlanFacts::of(plan);
    for dataset in plan.datasets.iter().filter(|dataset| dataset.excluded.is_none()) {
        let rpo = rpo_of(&facts, None, None, dataset).limit;
        let mut points = Vec::new();
        let mut sees_all = true;
        for source in dataset.sources.iter().filter(|source| source.purpose.recovers()) {
            let of = Of { plan, dataset, source };
            match of.source(rpo, rules) {
                Ok(Some(point)) => points.push(point),
                // Optional, and nothing observes it: nobody counts on it.
                Ok(None) => {}
                Err(why) => {
                    sees_all = false;
                    rules.left_out.push(format!("{}: {why}", dataset.name));
                }
            }
        }
        of_all(plan, dataset, rpo, &points, sees_all, rules);
    }
}

/// The newest recovery point of one source, as a time.
struct Point<'a> {
    via: &'a str,
    expr: String,
}

/// Whose rules are made.
#[derive(Clone, Copy)]
struct Of<'a> {
    plan: &'a Plan,
    dataset: &'a Dataset,
    source: &'a RecoverySource,
}

impl<'a> Of<'a> {
    /// Makes the rules of one source. Its point; none where nothing observes it and nobody counts on it; else why only Lifeboat can
    /// judge it.
    fn source(self, rpo: Option<Duration>, rules: &mut Rules) -> Result<Option<Point<'a>>, String> {
        let name = &self.source.name;
        match (&self.source.at, &self.source.lag) {
            (Some(Probe::Query(at)), _) => self.point(at, rules).map(Some),
            (None, Some(Probe::Query(lag))) => self.replica(lag, rpo, rules).map(Some),
            (None, None) if self.source.optional => Ok(None),
            (None, None) => Err(format!("nothing observes {name}")),
            _ => Err(format!("only Lifeboat can ask {name}")),
        }
    }

    fn rule(self, alert: &str, says: Says, expr: String, summary: String) -> Rule {
        labelled(Rule::new(self.plan, alert, expr, says, summary), self.dataset).label("source", Some(&self.source.name))
    }

    fn name(self) -> String {
        format!("{} from {}", title(self.dataset), self.source.name)
    }

    /// A recovery point by its time, against its own schedule. How old it may be is the dataset's promise, which another source may
    /// keep: see [`of_all`]. Never made reads as 0 or -1, and NaN is no time.
    fn point(self, at: &'a QueryProbe, rules: &mut Rules) -> Result<Point<'a>, String> {
        let expr = inner(&at.expr).map_err(|why| format!("the recovery point of {}: {why}", self.source.name))?;
        let name = self.name();
        let every = self.source.every.as_ref().map(Schedule::interval).filter(|every| *every > Duration::ZERO);
        let promise = every.map(|every| format!("a recovery point every {every}"));
        let summary = format!("No recovery point of {name} was ever made, or its time is none");
        let never = format!("({expr}) unless (({expr}) > 0)");
        rules.add(&at.via, self.rule("RecoveryPointNever", Says::Wrong, never, summary).promised(promise.clone()));
        if let Some(every) = every {
            let summary = format!("{name} is late: it is planned every {every}");
            let late = format!("({expr}) unless (time() - ({expr}) <= {})", every.as_secs_f64() * 1.5);
            rules.add(&at.via, self.rule("RecoveryPointLate", Says::Wrong, late, summary).promised(promise));
        }
        let ahead = format!("({expr}) - time() > {}", seconds(AHEAD));
        let summary = format!("The newest recovery point of {name} lies in the future: a clock is wrong");
        rules.add(&at.via, self.rule("RecoveryPointAhead", Says::CannotTell, ahead, summary));
        self.missing(&at.via, untold(&expr), "recovery point", rules);
        // Of several samples the oldest counts. One in the future proves nothing, and must not outshine the others.
        let oldest = format!("min({expr})");
        Ok(Point { via: &at.via, expr: format!("{oldest} unless ({oldest} > time() + {})", seconds(AHEAD)) })
    }

    /// A lag is worth something only beside a proof of connection: cut off, it may well read 0. Below 0 it is none.
    fn replica(self, lag: &'a QueryProbe, rpo: Option<Duration>, rules: &mut Rules) -> Result<Point<'a>, String> {
        let expr = inner(&lag.expr).map_err(|why| format!("the lag of {}: {why}", self.source.name))?;
        let name = self.name();
        let limit = self.source.limit.clone().or_else(|| Some(Limit::new(Op::LessOrEqual, rpo?)));
        if let Some((limit, behind)) = limit.and_then(|limit| Some((limit.to_string(), not_met(&expr, &limit)?))) {
            let summary = format!("{name} is further behind than the plan allows, or by a lag that is none");
            let rule = self.rule("ReplicaBehind", Says::Wrong, format!("{behind} or ({expr}) < 0"), summary);
            rules.add(&lag.via, rule.promised(Some(format!("a lag {limit}"))));
        }
        self.missing(&lag.via, untold(&expr), "lag", rules);
        let most = format!("max({expr})");
        let point = format!("time() - ({most} unless ({most} < 0))");
        let Some(probe) = &self.source.connected else {
            return match self.source.kind {
                SourceKind::Replica => Err(format!("the plan names no proof that {} is connected", self.source.name)),
                _ => Ok(Point { via: &lag.via, expr: point }),
            };
        };
        let only = || format!("only Lifeboat can tell whether {} is connected; its lag alone proves nothing", self.source.name);
        let connected = queries(probe).ok_or_else(only)?;
        let (cut, untold) = told(&connected).map_err(|why| format!("whether {} is connected: {why}", self.source.name))?;
        let via = &connected[0].via;
        let summary = format!("{name} is not connected: its lag means nothing");
        rules.add(via, self.rule("ReplicaCutOff", Says::Wrong, cut.clone(), summary));
        self.missing(via, untold, "connection", rules);
        if *via != lag.via {
            return Err(format!("one Prometheus sees the lag of {}, another whether it is connected", self.source.name));
        }
        let proofs =
            connected.iter().map(|query| Ok(format!("({})", inner(&query.expr)?))).collect::<Result<Vec<_>, String>>()?;
        let proven = format!("({point}) and on () {} unless on () ({cut})", proofs.join(" and on () "));
        Ok(Point { via: &lag.via, expr: proven })
    }

    /// Nobody misses what is optional.
    fn missing(self, via: &str, untold: String, what: &str, rules: &mut Rules) {
        if self.source.optional {
            return;
        }
        let summary = format!("The {what} of {} cannot be told: it has no samples", self.name());
        let rule = self.rule("RecoverySourceCannotTell", Says::CannotTell, untold, summary);
        rules.add(via, rule.label("of", Some(what)).held(Some(UNTOLD)));
    }
}

fn title(dataset: &Dataset) -> &str {
    dataset.title.as_deref().unwrap_or(&dataset.name)
}

fn labelled(rule: Rule, dataset: &Dataset) -> Rule {
    rule.label("dataset", Some(&dataset.name)).label("tier", dataset.tier.as_deref())
}

/// What would be lost is what the best source would lose. Said only where one Prometheus sees all of them: else a source that it
/// does not see could be the best.
fn of_all(plan: &Plan, dataset: &Dataset, rpo: Option<Duration>, points: &[Point], sees_all: bool, rules: &mut Rules) {
    let (Some(rpo), Some(Point { via, .. })) = (rpo, points.first()) else { return };
    if !sees_all || points.iter().any(|point| point.via != *via) {
        let why = "what would be lost over all its sources, not all of which one Prometheus sees";
        rules.left_out.push(format!("{}: {why}", dataset.name));
        return;
    }
    // Labels that tell them apart, or `or` would drop all but the first.
    let apart = |(nth, point): (usize, &Point)| format!(r#"label_replace({}, "lifeboat_source", "{nth}", "", "")"#, point.expr);
    let newest = format!("max({})", any_of(points.iter().enumerate().map(apart).collect()));
    // No comparison holds of NaN: what is not surely young enough is too old.
    let lost = format!("{newest} unless (time() - {newest} <= {})", seconds(rpo));
    let summary = format!("{} would lose more than {rpo}", title(dataset));
    let rule = labelled(Rule::new(plan, "DataWouldBeLost", lost, Says::Wrong, summary), dataset);
    rules.add(via, rule.promised(Some(format!("loses at most {rpo}"))));
}

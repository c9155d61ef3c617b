//! Datasets and their recovery sources.

use super::{
    context::{Context, Named, Sort},
    fields::{Fields, list},
    keeping::decode_keep,
    later,
    probe::{Purpose, decode_probe},
    scalar::{self, duration, limit, one_of, prose, refers, truth},
    scenario::decode_loss,
    schedule::schedule,
    service::free_name,
};
use crate::plan::{
    findings::Finding,
    source::node::Node,
    types::{Dataset, Origin, Probe, RecoverySource, Runs, SourceKind, SourcePurpose, Verify},
};

impl Dataset {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let inside = cx.enter();
        if let Some(name) = node.get("name")
            && let Some(text) = name.text()
        {
            let place = &name.place;
            cx.named.push(Named { sort: Sort::Dataset, name: text, place, node, system: None, inside, whole: true });
        }
        let mut f = Fields::of(node, cx, "a dataset")?;
        let name = f.required(cx, "name", free_name);
        let title = f.optional(cx, "title", prose);
        let tier = f.optional(cx, "tier", refers(Sort::Tier));
        let rpo = f.optional(cx, "rpo", duration);
        let excluded = f.optional(cx, "excluded", prose);
        let sources = f.optional(cx, "sources", list(RecoverySource::decode)).unwrap_or_default();
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::DATASET);
        if let (Some(_), Some(said)) = (&excluded, node.get("sources")) {
            cx.error("excluded-with-sources", said, "the dataset is said to be excluded, and has sources", "one of the two");
        }
        Some(Self { name: name?, title, tier, rpo, excluded, sources, origin })
    }
}

impl RecoverySource {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let inside = cx.inside;
        cx.declare_by(Sort::Source(inside), "name", node);
        let mut f = Fields::of(node, cx, "a recovery source")?;
        let name = f.required(cx, "name", scalar::name);
        let kinds = one_of(
            "kind of recovery source",
            &SourceKind::WORDS,
            &[
                SourceKind::Replica,
                SourceKind::Wal,
                SourceKind::Snapshot,
                SourceKind::Backup,
                SourceKind::Archive,
                SourceKind::Git,
            ],
        );
        let kind = f.required(cx, "kind", kinds);
        let region = f.optional(cx, "region", refers(Sort::Region));
        let restore = f.optional(cx, "restore", duration);
        let every = f.optional(cx, "every", schedule);
        let keep = f.optional(cx, "keep", decode_keep);
        let base = f.optional(cx, "base", refers(Sort::Source(inside)));
        let place = f.optional(cx, "where", prose);
        let how = f.optional(cx, "how", prose);
        let at = f.optional(cx, "at", decode_probe(Purpose::Point, "a recovery point"));
        let lag = f.optional(cx, "lag", decode_probe(Purpose::Lag, "a lag"));
        let connected = f.optional(cx, "connected", decode_probe(Purpose::Connected, "a proof of connection"));
        let size = f.optional(cx, "size", decode_probe(Purpose::Figure, "a size"));
        let took = f.optional(cx, "took", decode_probe(Purpose::Figure, "how long it took"));
        // A list of recovery points tells their sizes too.
        let size = size.or_else(|| at.clone().filter(tells_size));
        let took = took.or_else(|| at.clone().filter(tells_took));
        let running = f.optional(cx, "running", decode_probe(Purpose::Figure, "the run that is under way"));
        let runs = f.optional(cx, "runs", Runs::decode);
        let verify = f.optional(cx, "verify", Verify::decode);
        let purposes = one_of("purpose of a recovery source", &SourcePurpose::WORDS, &SourcePurpose::ALL);
        let purpose = f.optional(cx, "purpose", purposes).unwrap_or_default();
        let limit = f.optional(cx, "limit", limit);
        let optional = f.optional(cx, "optional", truth).unwrap_or_default();
        let encrypted = f.optional(cx, "encrypted", truth).unwrap_or_default();
        let versioned = f.optional(cx, "versioned", truth).unwrap_or_default();
        let survives = f.optional(cx, "survives", list(decode_loss));
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::SOURCE);
        if kind == Some(SourceKind::Replica) {
            proof_of_connection(node, cx);
        }
        Some(Self {
            name: name?,
            kind: kind?,
            region,
            restore,
            every,
            keep,
            base,
            place,
            how,
            at,
            lag,
            connected,
            size,
            took,
            running,
            runs,
            verify,
            purpose,
            limit,
            optional,
            encrypted,
            versioned,
            survives,
            origin,
        })
    }
}

fn tells_size(probe: &Probe) -> bool {
    matches!(probe, Probe::Files(_))
        || matches!(probe, Probe::Http(http) if http.list.as_ref().is_some_and(|list| list.size.is_some()))
}

fn tells_took(probe: &Probe) -> bool {
    matches!(probe, Probe::Http(http) if http.list.as_ref().is_some_and(|list| list.took.is_some()))
}

/// RULES R23: a lag of 0 can mean that nothing arrives any more.
fn proof_of_connection<'a>(node: &'a Node, cx: &mut Context<'a>) {
    // What arrived last, such as a row that is written all the time, is its own proof.
    let by_point = node.get("at").is_some() && node.get("lag").is_none();
    if node.get("connected").is_some() || by_point {
        return;
    }
    let how = node.get("how").and_then(Node::text);
    let message = "a lag of this replica proves nothing without a proof that it is connected: cut off, it reads 0";
    let place = node.get("lag").map_or(&node.place, |lag| &lag.place);
    let help = "add `connected` beside `lag`, such as connected: {postgres: {via: …}}";
    if matches!(how, Some("streaming" | "sentinel" | "mirrormaker")) {
        cx.push(Finding::error("replica-without-connected", place, message).help(help));
    } else if node.get("lag").is_some() {
        cx.push(Finding::warning("replica-without-connected", place, message).help(help));
    }
}

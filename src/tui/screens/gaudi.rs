//! Accelerator cards: a block a card, a row a node, clusters apart, and one card read out.

use std::cmp::Reverse;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use crate::{
    model::{Duration, Verdict, text::clean},
    picture::{CardCell, CardCluster, CardNode, Picture},
    tui::{
        dialogs::Extent,
        fit,
        heat::{Heat, Measure, Nodes, card_at},
        panel::{Panel, title_line},
        panels::words,
        spark::{block as shade, spark},
        theme::{Role, Theme},
        verbs::Verb,
        view::View,
    },
};

/// The card under the cursor is read out beside the list from this width on, else below it.
const BESIDE: u16 = 100;
const READ_OUT: u16 = 42;
const NAME: usize = 16;

pub fn draw(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let heat = &view.heat;
    let all = heat.nodes(picture);
    let chosen = heat.chosen(&all);
    let wide = area.width >= BESIDE && chosen.is_some();
    let below = if !wide && area.height >= 16 && chosen.is_some() { 9 } else { 0 };
    let list = Rect {
        width: if wide { area.width - READ_OUT - 1 } else { area.width },
        height: area.height.saturating_sub(below),
        ..area
    };
    let extent = nodes(picture, &all, view, list, buffer, theme);
    let Some((cluster, node, card)) = chosen else { return extent };
    if wide {
        let beside = Rect { x: list.right() + 1, width: READ_OUT, ..area };
        for y in area.y..area.bottom() {
            buffer.set_string(list.right(), y, if y == area.y { "┬" } else { "│" }, theme.style(Role::Rule));
        }
        read_out(cluster, node, card, heat, picture, beside, buffer, theme);
    } else if below > 0 {
        let under = Rect { y: list.bottom(), height: below, ..area };
        read_out(cluster, node, card, heat, picture, under, buffer, theme);
    }
    extent
}

/// The nodes that are worst off, as far as `rows` go, where another screen has rows to spare. `rest` says where the others are.
pub fn worst(picture: &Picture, view: &View, rows: usize, width: usize, rest: &str, theme: &Theme) -> Option<Panel> {
    let mut all = view.heat.nodes(picture);
    all.sort_by_key(|(_, node)| Reverse(node.verdict));
    let slots = slots(&all);
    let measures = measures(view.heat.measure, slots, width);
    let named = usize::from(measures.len() > 1);
    let shown = all.iter().take(rows.saturating_sub(named));
    let mut lines: Vec<Line<'static>> = shown.map(|(_, node)| node_line(node, None, &measures, slots, width, theme)).collect();
    if lines.is_empty() {
        return None;
    }
    let more = all.len() - lines.len();
    if named > 0 {
        lines.insert(0, names(&measures, slots, theme));
    }
    let note = if more > 0 { format!("{more} more: {rest}") } else { view.heat.measure.word().to_owned() };
    Some(Panel { title: "Cards, the worst nodes first".into(), note, least: lines.len(), lines, rank: 8, ..Panel::default() })
}

/// A line of the list.
enum Row<'p> {
    Cluster(&'p CardCluster),
    Node(&'p CardNode, Option<usize>),
}

fn nodes(picture: &Picture, all: &Nodes, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let heat = &view.heat;
    let (mut rows, mut cursor_at): (Vec<Row>, _) = (Vec::new(), None);
    let mut last: Option<&str> = None;
    for &(cluster, node) in all {
        if !view.filter().is_empty() && !view.passes(&format!("{} {} {}", cluster.name, node.name, node.words)) {
            continue;
        }
        if last != Some(&cluster.name) {
            rows.push(Row::Cluster(cluster));
            last = Some(&cluster.name);
        }
        let on = heat.is_on(cluster, node);
        if on.is_some() {
            cursor_at = Some(rows.len());
        }
        rows.push(Row::Node(node, on));
    }
    rows.extend(picture.cards.iter().filter(|cluster| cluster.nodes.is_empty()).map(Row::Cluster));
    let slots = slots(all);
    let measures = measures(heat.measure, slots, usize::from(area.width));
    // Several blocks a node have a line that names them.
    let named = u16::from(measures.len() > 1);
    let room = usize::from(area.height.saturating_sub(1 + named));
    let most = rows.len().saturating_sub(room);
    let from = match cursor_at {
        Some(at) => at.saturating_sub(room / 2).min(most),
        None => view.scrolled().min(most),
    };
    let filter = if view.filter().is_empty() { String::new() } else { format!("  only with: {}", view.filter()) };
    let note = format!("{}, {} shows another{filter}", heat.measure.word(), view.keys.shown(Verb::Measure));
    if area.height > 0 {
        title_line("Gaudi3", "", (&note, Style::new()), Rect { height: 1, ..area }, buffer, theme);
    }
    if named > 0 && area.height > 1 {
        buffer.set_line(area.x, area.y + 1, &names(&measures, slots, theme), area.width);
    }
    // Of a thousand nodes only those are written that are seen.
    for (nth, row) in rows.iter().skip(from).take(room).enumerate() {
        let line = match row {
            Row::Cluster(cluster) => head(cluster, area.width, theme),
            Row::Node(node, on) => node_line(node, *on, &measures, slots, usize::from(area.width), theme),
        };
        buffer.set_line(area.x, area.y + 1 + named + nth as u16, &line, area.width);
    }
    if picture.cards.is_empty() && room > 0 {
        let text = " no cluster names where its cards' metrics are seen: add `metrics` to it in the plan";
        let line = Line::styled(fit::cut_end(text, usize::from(area.width)), theme.style(Role::Dim));
        buffer.set_line(area.x, area.y + 1, &line, area.width);
    }
    Extent { most, page: room.max(1), legible: true }
}

/// ` gaudi-west  us-west-2, standby  4 nodes  31 of 32 cards, ...`
fn head(cluster: &CardCluster, width: u16, theme: &Theme) -> Line<'static> {
    let role = words::role(cluster.role);
    let place = [cluster.region.as_deref().unwrap_or(""), role].iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>();
    let known = if cluster.words.is_empty() { String::new() } else { clean(&cluster.words) };
    let name = format!(" {}", clean(&cluster.name));
    let place = format!("  {}  {} nodes  ", place.join(", "), cluster.nodes.len());
    let room = usize::from(width).saturating_sub(fit::width(&name) + fit::width(&place));
    Line::from(vec![
        Span::styled(name, theme.style(Role::Strong)),
        Span::styled(place, theme.style(Role::Dim)),
        Span::styled(fit::cut_end(&known, room), theme.verdict(cluster.verdict)),
    ])
}

/// Cards of the node with the most.
fn slots(all: &Nodes) -> usize {
    all.iter().map(|(_, node)| node.planned.max(node.cards.len())).max().unwrap_or(0)
}

/// Columns between the blocks of two measures, and of a node's count of cards.
const GAP: usize = 2;
const COUNT: usize = 10;
/// What is wrong with a node has at least this much room before another measure takes it.
const WORDS: usize = 44;

/// What is shown of each card beside each other: the chosen measure, and as many others as there is room for.
fn measures(chosen: Measure, slots: usize, width: usize) -> Vec<Measure> {
    let each = slots + GAP;
    let more = width.saturating_sub(NAME + 2 + COUNT + WORDS + each - GAP) / each;
    chosen.and_others().take(1 + more).collect()
}

fn names(measures: &[Measure], slots: usize, theme: &Theme) -> Line<'static> {
    let name = |measure: &Measure| fit::pad(&fit::cut_end(measure.short(), slots), slots + GAP);
    let names: String = measures.iter().map(name).collect();
    Line::styled(format!("{}{names}", " ".repeat(NAME + 2)), theme.style(Role::Dim))
}

fn node_line(
    node: &CardNode,
    on: Option<usize>,
    measures: &[Measure],
    most: usize,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let slots = node.planned.max(node.cards.len());
    let name = fit::pad(&fit::cut_middle(&clean(&node.name), NAME), NAME);
    let mark = if on.is_some() { "›" } else { " " };
    let mut spans = vec![Span::styled(format!("{mark}{name} "), Style::new())];
    for (nth, measure) in measures.iter().enumerate() {
        if nth > 0 {
            spans.push(Span::raw(" ".repeat(GAP + most - slots)));
        }
        spans.extend((0..slots).map(|at| block(node, at, on == Some(at), *measure, nth > 0, theme)));
    }
    let well = node.cards.iter().filter(|card| card.verdict == Verdict::Met).count();
    let count = fit::pad(&format!("  {well} of {slots}"), COUNT);
    let blocks = measures.len() * (most + GAP) - GAP;
    spans.push(Span::raw(" ".repeat(most - slots)));
    let room = width.saturating_sub(NAME + 2 + blocks + fit::width(&count));
    spans.push(Span::styled(count, theme.style(Role::Dim)));
    spans.push(Span::styled(fit::cut_end(&clean(&node.words), room), theme.verdict(node.verdict)));
    Line::from(spans)
}

/// A card: how much, `!` where something is wrong, `·` where nothing is known, `–` where none is. `again`: what is wrong was
/// shown before it, so that here is room for how much.
fn block(node: &CardNode, at: usize, under: bool, measure: Measure, again: bool, theme: &Theme) -> Span<'static> {
    let (text, style) = match card_at(node, at) {
        None if node.cards.is_empty() => ("·", theme.style(Role::Unknown)),
        None => ("–", theme.style(Role::Bad)),
        Some(card) if card.verdict == Verdict::CannotTell => ("·", theme.style(Role::Unknown)),
        Some(card) if card.verdict > Verdict::OnTrack && !again => ("!", theme.verdict(card.verdict)),
        Some(card) => match measure.share(&card.vitals) {
            None => ("·", theme.style(Role::Unknown)),
            Some(share) => (shade(share), theme.verdict(card.verdict)),
        },
    };
    Span::styled(text, if under { style.add_modifier(Modifier::REVERSED) } else { style })
}

#[allow(clippy::too_many_arguments, reason = "a card within its node within its cluster, on a place of the screen")]
fn read_out(
    cluster: &CardCluster,
    node: &CardNode,
    card: Option<&CardCell>,
    heat: &Heat,
    picture: &Picture,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let title = match card {
        Some(card) => format!("{} card {}", clean(&node.name), clean(&card.id)),
        None => clean(&node.name),
    };
    if area.height == 0 {
        return;
    }
    title_line(&title, "", ("", Style::new()), Rect { height: 1, ..area }, buffer, theme);
    let width = usize::from(area.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let said = card.map_or(&node.words, |card| &card.words);
    let verdict = card.map_or(node.verdict, |card| card.verdict);
    let said = match (card, said.is_empty()) {
        (None, _) => clean(&node.words),
        (Some(_), true) => "well".to_owned(),
        (Some(_), false) => clean(said),
    };
    lines.extend(
        fit::wrap(&said, width.saturating_sub(2)).into_iter().map(|l| Line::styled(format!(" {l}"), theme.verdict(verdict))),
    );
    if let Some(card) = card {
        lines.extend(figures(card, cluster, node, heat, picture, width, theme));
    }
    for (nth, line) in lines.iter().take(usize::from(area.height - 1)).enumerate() {
        buffer.set_line(area.x, area.y + 1 + nth as u16, line, area.width);
    }
}

fn figures(
    card: &CardCell,
    cluster: &CardCluster,
    node: &CardNode,
    heat: &Heat,
    picture: &Picture,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let v = &card.vitals;
    let number = |value: Option<f64>, unit: &str| value.map_or_else(|| words::ABSENT.to_owned(), |v| format!("{v:.0}{unit}"));
    let gib = |bytes: Option<f64>| bytes.map_or_else(|| words::ABSENT.to_owned(), |b| format!("{:.1}", b / 1_073_741_824.0));
    let trace = heat
        .trace(cluster, node, card)
        .map(|used| spark(used.iter().map(|used| Some(f64::from(*used) / 100.0)), width.saturating_sub(18)))
        .unwrap_or_default();
    let chip = match (v.throttles, v.thermal_margin()) {
        (Some(at), Some(margin)) => format!("{}, slows at {at:.0}, {margin:.0} to spare", number(v.temperature, " °C")),
        _ => number(v.temperature, " °C"),
    };
    let ecc = match (v.new_double_errors, v.pending_rows) {
        (None, None) => words::ABSENT.to_owned(),
        (new, pending) => {
            let rows = if pending == Some(true) { ", rows wait for a reset" } else { "" };
            format!("double-bit +{:.0} in 1h{rows}", new.unwrap_or(0.0))
        }
    };
    let age = Duration::between(card.measured, picture.now);
    let known = [
        ("used", format!("{} {trace}", number(v.utilization, " %"))),
        ("HBM", format!("{} of {} GiB", gib(v.used), gib(v.total))),
        ("chip", chip),
        ("power", format!("{} of {}", number(v.power, ""), number(v.power_limit, " W"))),
        ("ports", format!("{} of 21 in, {} of 3 out", number(v.internal_ports, ""), number(v.external_ports, ""))),
        ("memory", ecc),
        ("PCIe", v.link_width.map_or_else(|| words::ABSENT.to_owned(), |width| format!("x{width:.0}"))),
        ("serial", card.serial.as_deref().map_or_else(|| words::ABSENT.to_owned(), clean)),
        ("driver", card.driver.as_deref().map_or_else(|| words::ABSENT.to_owned(), clean)),
        ("scraped", age.ago().to_string()),
    ];
    let line = |(name, text): (&str, String)| {
        let text = fit::cut_end(&text, width.saturating_sub(10));
        Line::from(vec![Span::styled(format!(" {name:<8}"), theme.style(Role::Dim)), Span::raw(text)])
    };
    known.into_iter().map(line).collect()
}

//! From YAML events to trees. Anchors, aliases, tags, merge keys, directives and double keys are refused, each with its place.

use std::{collections::HashSet, ops::Range, sync::Arc};

use serde_saphyr::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, options};

use super::{
    masking,
    node::{Entry, Node, Shape},
};
use crate::plan::findings::{Finding, Findings, Place, quoted};

/// How deep lists and maps may stand in each other: far deeper than any plan.
pub const DEPTH: usize = 64;
/// How many values a whole plan may have.
pub const NODES: usize = 200_000;

/// The documents of one file.
#[derive(Debug, Default)]
pub struct Documents {
    /// Those that were read to their end.
    pub roots: Vec<Node>,
    /// Byte ranges that may hold a secret, in order.
    pub secrets: Vec<Range<usize>>,
    /// False when the file is no YAML from some place on.
    pub complete: bool,
}

/// Reads all documents of `text`. `budget` is how many values may still be read, over all files.
pub fn documents(file: &Arc<str>, text: &str, budget: &mut usize, findings: &mut Findings) -> Documents {
    let mut builder = Builder { file, findings, stack: Vec::new(), out: Documents::default(), budget };
    for event in Parser::new_from_str_with_options(text, settings()) {
        match event {
            Ok((event, span)) => {
                if builder.take(event, span).is_err() {
                    return builder.out;
                }
            }
            Err(error) => {
                builder.broken(&error);
                return builder.out;
            }
        }
    }
    builder.out.complete = true;
    builder.out.secrets = merged(builder.out.secrets);
    builder.out
}

/// In order and without overlap: a secret's map may hold keys that look like secrets themselves.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn settings() -> Options {
    let depth = DEPTH;
    options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    }
}

/// A list or map that is still open.
struct Open {
    shape: OpenShape,
    place: Place,
    start: usize,
}
enum OpenShape {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashSet<String>, key: Key },
}
/// Where a map stands between a key and its value.
enum Key {
    None,
    Good(String, Place),
    /// Reported; its value is read and dropped.
    Bad,
}

struct Builder<'b> {
    file: &'b Arc<str>,
    findings: &'b mut Findings,
    stack: Vec<Open>,
    out: Documents,
    budget: &'b mut usize,
}

/// The reading ends here; why has been reported.
struct Stop;

impl Builder<'_> {
    fn place(&self, span: Span) -> Place {
        let (start, end) = (span.start, span.end);
        let length = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
        Place {
            file: Arc::clone(self.file),
            line: start.line() as u32,
            column: start.col() as u32 + 1,
            length: length.max(1) as u32,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let bytes = byte(span, true)..byte(span, false);
        let place = self.place(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), &place);
                let quoted = style != ScalarStyle::Plain;
                self.add(Node { shape: Shape::Scalar { text: text.into_owned(), quoted }, place }, bytes)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), &place);
                self.open(OpenShape::List(Vec::new()), place, bytes.start)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), &place);
                let map = OpenShape::Map { entries: Vec::new(), seen: HashSet::new(), key: Key::None };
                self.open(map, place, bytes.start)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop() {
                    let shape = match open.shape {
                        OpenShape::List(items) => Shape::List(items),
                        OpenShape::Map { entries, .. } => Shape::Map(entries),
                    };
                    self.add(Node { shape, place: open.place }, open.start..bytes.end)?;
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let finding = Finding::error("alias", &place, "a plan has no aliases: each value stands where it is used");
                self.findings.push(finding.help("write the value itself here"));
                self.add(Node { shape: Shape::Refused, place }, bytes)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn refuse_marks(&mut self, anchor: usize, tagged: bool, place: &Place) {
        if anchor != 0 {
            let finding = Finding::error("anchor", place, "a plan has no anchors (`&name`)");
            self.findings.push(finding.help("write the value out wherever it is needed"));
        }
        if tagged {
            let finding = Finding::error("tag", place, "a plan has no tags (`!name`): its keys say what a value is");
            self.findings.push(finding.help("take the tag away; quotes make a text"));
        }
    }

    fn open(&mut self, shape: OpenShape, place: Place, start: usize) -> Result<(), Stop> {
        if self.stack.len() >= DEPTH {
            self.too_deep(&place);
            return Err(Stop);
        }
        self.stack.push(Open { shape, place, start });
        Ok(())
    }

    fn too_deep(&mut self, place: &Place) {
        let message = format!("lists and maps stand more than {DEPTH} deep in each other");
        self.findings.push(Finding::error("too-deep", place, message).help("no plan needs that: look for a bracket left open"));
    }

    /// A value that is complete: an item of the open list, a key or value of the open map, or a whole document.
    fn add(&mut self, node: Node, bytes: Range<usize>) -> Result<(), Stop> {
        if *self.budget == 0 {
            let message = format!("the plan holds more than {NODES} values");
            self.findings.push(Finding::error("too-large", &node.place, message).help("split it into plans of their own"));
            return Err(Stop);
        }
        *self.budget -= 1;
        let Some(open) = self.stack.last_mut() else {
            self.out.roots.push(node);
            return Ok(());
        };
        let (entries, seen, key) = match &mut open.shape {
            OpenShape::List(items) => {
                items.push(node);
                return Ok(());
            }
            OpenShape::Map { entries, seen, key } => (entries, seen, key),
        };
        match std::mem::replace(key, Key::None) {
            Key::None => *key = take_key(node, seen, entries, self.findings),
            Key::Bad => self.out.secrets.push(bytes),
            Key::Good(key, place) => {
                let is_login = node.scalar().is_some() && masking::holds_login(&key);
                if masking::looks_secret(&key) || is_login {
                    self.out.secrets.push(bytes);
                }
                entries.push(Entry { key, place, value: node });
            }
        }
        Ok(())
    }

    fn broken(&mut self, error: &ScanError) {
        let mark = error.marker();
        let place = Place { file: Arc::clone(self.file), line: mark.line() as u32, column: mark.col() as u32 + 1, length: 1 };
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => self.too_deep(&place),
            ErrorKind::DirectiveDisallowed => {
                let finding = Finding::error("directive", &place, "a plan has no YAML directives (`%…`)");
                self.findings.push(finding.help("take the line away; a text that starts with % needs quotes"));
            }
            _ => {
                let message = format!("this is not YAML: {}", crate::model::text::clean(&error.info()));
                let help = "what follows in this file has not been read; look for a missing quote, bracket, colon or space";
                self.findings.push(Finding::error("yaml-syntax", &place, message).help(help));
            }
        }
    }
}

fn byte(span: Span, start: bool) -> usize {
    let mark = if start { span.start } else { span.end };
    mark.byte_offset().unwrap_or(mark.index())
}

fn take_key(node: Node, seen: &mut HashSet<String>, entries: &[Entry], findings: &mut Findings) -> Key {
    let Node { shape: Shape::Scalar { text, quoted: is_quoted }, place } = node else {
        if !node.is_refused() {
            let finding = Finding::error("bad-key", &node.place, format!("a key is a word, this is {}", node.kind()));
            findings.push(finding.help("a value that starts with { or [ and is meant as a text needs quotes"));
        }
        return Key::Bad;
    };
    if text == "<<" && !is_quoted {
        let finding = Finding::error("merge-key", &place, "a plan has no merge keys (`<<`)");
        findings.push(finding.help("write the fields themselves here"));
        return Key::Bad;
    }
    if text.trim().is_empty() || (!is_quoted && text == "~") {
        findings
            .push(Finding::error("bad-key", &place, "a key is missing before the colon").help("write the field's name there"));
        return Key::Bad;
    }
    if !seen.insert(text.clone()) {
        let first = entries.iter().find(|entry| entry.key == text);
        let line = first.map_or(String::new(), |entry| format!(", first on line {}", entry.place.line));
        let finding = Finding::error("duplicate-key", &place, format!("{} stands here twice{line}", quoted(&text)));
        findings.push(finding.help("keep one of the two"));
        return Key::Bad;
    }
    Key::Good(text, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_cover_their_scalar() {
        let (mut budget, mut findings) = (NODES, Findings::default());
        let read = documents(&"p".into(), "a: b\nlist:\n  - 'häuser': [x]\n---\nnext\n", &mut budget, &mut findings);
        assert!(read.complete && findings.list().is_empty());
        assert_eq!(read.roots.len(), 2);
        let house = &read.roots[0].get("list").unwrap().items().unwrap()[0].entries().unwrap()[0];
        assert_eq!((house.place.line, house.place.column, house.place.length), (3, 5, 8));
        assert_eq!(house.value.items().unwrap()[0].place.column, 16);
    }

    #[test]
    fn a_secret_within_a_secret_hides_all_of_it() {
        let text = "password:\n  token: one\n  other: two\nhost: three\n";
        let (mut budget, mut findings) = (NODES, Findings::default());
        let read = documents(&"p".into(), text, &mut budget, &mut findings);
        let [range] = &read.secrets[..] else { panic!("{:?}", read.secrets) };
        assert!(text[range.clone()].contains("one") && text[range.clone()].contains("two"));
        assert!(!text[range.clone()].contains("three"));
    }
}

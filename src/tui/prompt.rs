//! The line after `:`, with what it could become.

use ratatui::{
    crossterm::event::{KeyCode, KeyEvent},
    text::{Line, Span},
};

use super::{
    dialogs::TextField,
    fit,
    keymap::{Keymap, nearest},
    theme::{Role, Theme},
    verbs::Verb,
};
use crate::picture::{Picture, StepPicture};

#[derive(Clone, Debug, Default)]
pub struct Prompt {
    pub field: TextField,
    /// Place in the history, counted from its end.
    back: usize,
    /// The candidate that Tab is on.
    picked: Option<usize>,
    /// What was typed before Tab.
    stem: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    Stay,
    Leave,
    /// A verb and what was typed behind it.
    Run(Verb, String),
    Unknown(String),
}

impl Prompt {
    pub fn key(&mut self, key: &KeyEvent, typed: &[String]) -> Entered {
        match key.code {
            KeyCode::Esc => return Entered::Leave,
            KeyCode::Backspace if self.field.value().is_empty() => return Entered::Leave,
            KeyCode::Enter => return self.entered(),
            KeyCode::Tab | KeyCode::BackTab => self.complete(key.code == KeyCode::BackTab),
            KeyCode::Up | KeyCode::Down => {
                self.back = if key.code == KeyCode::Up { (self.back + 1).min(typed.len()) } else { self.back.saturating_sub(1) };
                let text = self.back.checked_sub(1).and_then(|back| typed.iter().rev().nth(back));
                self.field.set(text.map_or("", String::as_str));
                self.picked = None;
            }
            _ => {
                if self.field.key(key) {
                    self.picked = None;
                }
            }
        }
        Entered::Stay
    }

    fn complete(&mut self, backwards: bool) {
        if self.picked.is_none() {
            self.stem = self.field.value().to_owned();
        }
        let candidates = candidates(&self.stem);
        let count = candidates.len();
        if count == 0 || self.stem.contains(' ') {
            return;
        }
        let at = match (self.picked, backwards) {
            (None, false) => 0,
            (None, true) => count - 1,
            (Some(at), false) => (at + 1) % count,
            (Some(at), true) => (at + count - 1) % count,
        };
        self.picked = Some(at);
        self.field.set(candidates[at].name());
    }

    fn entered(&self) -> Entered {
        let (word, rest) = split(self.field.value());
        if word.is_empty() {
            return Entered::Leave;
        }
        let mut starting = Verb::ALL.iter().copied().filter(|verb| verb.name().starts_with(word));
        let only = match (starting.next(), starting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        match Verb::named(word).or(only) {
            Some(verb) => Entered::Run(verb, rest.to_owned()),
            None => {
                let near = nearest(word).or_else(|| candidates(word).first().copied());
                let near = near.map_or(String::new(), |verb| format!(": did you mean :{}?", verb.name()));
                Entered::Unknown(format!("`{word}` is no command{near}"))
            }
        }
    }

    /// What could be meant, with why not now, at most `rows` lines.
    pub fn lines(
        &self,
        rows: usize,
        width: usize,
        picture: &Picture,
        step: Option<&StepPicture>,
        keys: &Keymap,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let stem = if self.picked.is_some() { &self.stem } else { self.field.value() };
        let candidates = candidates(split(stem).0);
        let from = self.picked.map_or(0, |at| (at + 1).saturating_sub(rows));
        let (dim, name_width) = (theme.style(Role::Dim), 14);
        let line = |(at, verb): (usize, &Verb)| {
            let refused = verb.available(picture, step).err();
            let style = match (self.picked == Some(at), &refused) {
                (true, _) => theme.style(Role::Selection),
                (false, None) => theme.style(Role::Strong),
                (false, Some(_)) => dim,
            };
            let words = refused.map_or_else(|| verb.help().to_owned(), |refusal| format!("not now: {}", refusal.why));
            let key = match keys.keys(*verb).first() {
                Some(key) => format!("{key}"),
                None => String::new(),
            };
            Line::from(vec![
                Span::styled(fit::pad(&format!(" :{}", verb.name()), name_width), style),
                Span::styled(fit::pad(&format!(" {key}"), 5), theme.style(Role::Key)),
                Span::styled(fit::cut_end(&words, width.saturating_sub(name_width + 5)), dim),
            ])
        };
        candidates.iter().enumerate().skip(from).take(rows).map(line).collect()
    }
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(' ').map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

/// Verbs that begin with `word`, then those that have its letters in order.
pub fn candidates(word: &str) -> Vec<Verb> {
    let word = word.to_lowercase();
    let in_order = |name: &str| {
        let mut letters = name.chars();
        word.chars().all(|c| letters.any(|l| l == c))
    };
    let all = Verb::ALL.iter().copied();
    let (mut begin, within): (Vec<_>, Vec<_>) =
        all.filter(|verb| in_order(verb.name())).partition(|verb| verb.name().starts_with(&word));
    begin.extend(within);
    begin
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::KeyModifiers;

    fn type_in(text: &str) -> Entered {
        let mut prompt = Prompt::default();
        let press = |prompt: &mut Prompt, code| prompt.key(&KeyEvent::new(code, KeyModifiers::NONE), &[]);
        text.chars().for_each(|c| {
            press(&mut prompt, if c == '\t' { KeyCode::Tab } else { KeyCode::Char(c) });
        });
        press(&mut prompt, KeyCode::Enter)
    }

    #[test]
    fn names_beginnings_and_mistakes() {
        assert_eq!(type_in("skip 5 vendor says so"), Entered::Run(Verb::Skip, "5 vendor says so".into()));
        assert_eq!(type_in("decla"), Entered::Run(Verb::Declare, String::new()));
        assert_eq!(type_in("brgl\t"), Entered::Run(Verb::BreakGlass, String::new()));
        assert_eq!(type_in("realese"), Entered::Unknown("`realese` is no command: did you mean :release?".into()));
        assert_eq!(
            type_in("de"),
            Entered::Unknown("`de` is no command: did you mean :do?".into()),
            "never a guess among several"
        );
        assert_eq!(type_in(""), Entered::Leave);
    }
}

//! Which key calls which verb. F9 holds and Ctrl-C asks to leave whatever a file says.

use std::{collections::BTreeMap, fmt};

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    settings_text::{Mistake, SettingsText},
    verbs::Verb,
};

/// A key with its modifiers, as the user writes it: `a`, `?`, `enter`, `ctrl-r`, `f9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// Shift is left out where the character already says it.
    pub fn of(event: &KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code: event.code, modifiers }
    }

    fn read(text: &str) -> Option<Self> {
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        loop {
            let (modifier, after) = match rest.split_once('-') {
                Some(("ctrl", after)) => (KeyModifiers::CONTROL, after),
                Some(("alt", after)) => (KeyModifiers::ALT, after),
                Some(("shift", after)) => (KeyModifiers::SHIFT, after),
                _ => break,
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut chars = rest.chars();
        let code = match (rest, chars.next(), chars.next()) {
            (_, Some(one), None) => KeyCode::Char(one),
            _ => NAMES.iter().find(|(_, name)| *name == rest).map(|(code, _)| *code).or_else(|| {
                let n: u8 = rest.strip_prefix('f')?.parse().ok()?;
                (1..=12).contains(&n).then_some(KeyCode::F(n))
            })?,
        };
        Some(Self { code, modifiers })
    }
}

const NAMES: [(KeyCode, &str); 14] = [
    (KeyCode::Enter, "enter"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::BackTab, "backtab"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Delete, "delete"),
    (KeyCode::Up, "up"),
    (KeyCode::Down, "down"),
    (KeyCode::Left, "left"),
    (KeyCode::Right, "right"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::PageUp, "pageup"),
    (KeyCode::PageDown, "pagedown"),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")] {
            if self.modifiers.contains(modifier) {
                f.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Enter => f.write_str("⏎"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            code => f.write_str(NAMES.iter().find(|(known, _)| *known == code).map_or("?", |(_, name)| name)),
        }
    }
}

/// Keys and their verbs.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    verbs: BTreeMap<Verb, Vec<Key>>,
}

impl Keymap {
    pub const DEFAULT: &'static str = include_str!("../../keymaps/default.toml");
    /// Always holds (RULES R5).
    pub const HOLD: Key = Key::plain(KeyCode::F(9));

    pub fn shipped() -> Self {
        let mut keymap = Self { verbs: BTreeMap::new() };
        keymap.read("keymaps/default.toml", Self::DEFAULT);
        keymap
    }

    /// Takes a file's bindings over the present ones: a verb that it names has only the keys that it says, and a key
    /// that it names calls only that verb. Wrong lines are named and left out.
    pub fn read(&mut self, file: &str, text: &str) -> Vec<Mistake> {
        let mut source = SettingsText::new(file, text);
        let mut taken: Vec<(Key, Verb)> = Vec::new();
        for entry in source.table("keys") {
            let Some(verb) = Verb::named(&entry.key) else {
                let near = nearest(&entry.key).map(|verb| format!(": did you mean `{}`?", verb.name()));
                source.mistake(&entry.key_at, format!("`{}` is no verb{}", entry.key, near.unwrap_or_default()));
                continue;
            };
            let words = match &entry.value {
                toml::Value::String(one) => vec![one.clone()],
                toml::Value::Array(many) => many.iter().map(|v| v.as_str().unwrap_or_default().to_owned()).collect(),
                _ => {
                    source.mistake(&entry.value_at, "expected a key such as \"a\", or a list of keys");
                    continue;
                }
            };
            let mut keys = Vec::new();
            for word in words {
                let key = Key::read(&word);
                let fixed = [Key::read("ctrl-c"), Key::read("ctrl-z"), Key::read("esc")];
                match key {
                    None => source.mistake(
                        &entry.value_at,
                        format!(
                            "`{word}` is no key: expected one character, enter, tab, up, pagedown, f1 to f12, with ctrl- or alt-"
                        ),
                    ),
                    Some(_) if fixed.contains(&key) => {
                        source.mistake(&entry.value_at, format!("`{word}` cannot be bound: it always leaves or suspends"));
                    }
                    Some(Self::HOLD) if verb != Verb::Hold => {
                        source.mistake(&entry.value_at, "`f9` cannot be bound: it always holds");
                    }
                    Some(key) => match taken.iter().find(|(other, _)| *other == key) {
                        Some((_, other)) if *other != verb => {
                            source.mistake(&entry.value_at, format!("`{word}` is already `{}` in this file", other.name()));
                        }
                        _ => {
                            taken.push((key, verb));
                            keys.push(key);
                        }
                    },
                }
            }
            self.verbs.insert(verb, keys);
        }
        for (key, verb) in taken {
            for (other, keys) in &mut self.verbs {
                if *other != verb {
                    keys.retain(|k| *k != key);
                }
            }
        }
        source.mistakes
    }

    pub fn verb(&self, key: Key) -> Option<Verb> {
        if key == Self::HOLD {
            return Some(Verb::Hold);
        }
        self.verbs.iter().find(|(_, keys)| keys.contains(&key)).map(|(verb, _)| *verb)
    }

    pub fn keys(&self, verb: Verb) -> &[Key] {
        self.verbs.get(&verb).map_or(&[], Vec::as_slice)
    }

    /// The key to show for a verb: its first, or its name after `:`.
    pub fn shown(&self, verb: Verb) -> String {
        match self.keys(verb).first() {
            Some(key) => key.to_string(),
            None if verb == Verb::Hold => Self::HOLD.to_string(),
            None => format!(":{}", verb.name()),
        }
    }
}

/// The verb whose name is closest to `word`, if one is close.
pub fn nearest(word: &str) -> Option<Verb> {
    let close = |verb: &Verb| strsim::damerau_levenshtein(word, verb.name());
    let best = Verb::ALL.iter().copied().min_by_key(close)?;
    (close(&best) <= 1 + word.chars().count() / 3).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_keymap_has_no_mistake_and_no_key_twice() {
        let mut keymap = Keymap { verbs: BTreeMap::new() };
        assert_eq!(keymap.read("default", Keymap::DEFAULT), []);
        let all: Vec<_> = keymap.verbs.values().flatten().collect();
        for (i, key) in all.iter().enumerate() {
            assert!(!all[..i].contains(key), "{key} twice");
        }
    }

    #[test]
    fn a_users_file_overrides_keeps_the_rest_and_names_mistakes() {
        let mut keymap = Keymap::shipped();
        let text = "[keys]\nskip = \"x\"\nholdd = \"y\"\nnote = [\"ctrl-n\", \"f99\"]\nundo = \"x\"\n";
        let said: Vec<_> = keymap.read("my.toml", text).iter().map(ToString::to_string).collect();
        let key = |text| Key::read(text).unwrap();
        assert_eq!(keymap.verb(key("x")), Some(Verb::Skip));
        assert_eq!(keymap.verb(key("s")), None, "a verb that the file names has only those keys");
        assert_eq!(keymap.verb(key("ctrl-n")), Some(Verb::Note));
        assert_eq!(keymap.verb(key("a")), Some(Verb::Approve));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().any(|m| m.starts_with("my.toml:3:1:") && m.contains("did you mean `hold`")), "{said:?}");
        assert!(said.iter().any(|m| m.starts_with("my.toml:4:8:") && m.contains("f99")), "{said:?}");
        assert!(said.iter().any(|m| m.starts_with("my.toml:5:8:") && m.contains("already `skip`")), "{said:?}");
    }

    #[test]
    fn r05_no_file_takes_the_hold_key_away() {
        let mut keymap = Keymap::shipped();
        let mistakes = keymap.read("my.toml", "[keys]\nhold = []\nskip = \"f9\"\n");
        assert_eq!(mistakes.len(), 1);
        assert_eq!(keymap.verb(Keymap::HOLD), Some(Verb::Hold));
        assert_eq!(keymap.shown(Verb::Hold), "F9");
    }

    #[test]
    fn broken_toml_keeps_what_can_be_read() {
        let mut keymap = Keymap::shipped();
        let mistakes = keymap.read("my.toml", "[keys]\nnote = \"x\"\nskip = = \"y\"\n");
        assert!(mistakes.iter().any(|m| m.line == 3), "{mistakes:?}");
        assert_eq!(keymap.verb(Key::read("x").unwrap()), Some(Verb::Note));
    }
}

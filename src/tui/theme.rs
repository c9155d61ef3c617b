//! Colours by role. A colour only repeats what a word beside it says.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::settings_text::{Mistake, SettingsText};
use crate::{model::Verdict, picture::World};

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Also all ticking digits: they wear the terminal's own colours, which costs the fewest bytes.
    Text,
    Dim,
    Strong,
    Title,
    Rule,
    Key,
    Accent,
    Good,
    Warn,
    Bad,
    Unknown,
    Production,
    Drill,
    Simulated,
    Selection,
}

impl Role {
    pub const ALL: [(Role, &'static str); 15] = [
        (Role::Text, "text"),
        (Role::Dim, "dim"),
        (Role::Strong, "strong"),
        (Role::Title, "title"),
        (Role::Rule, "rule"),
        (Role::Key, "key"),
        (Role::Accent, "accent"),
        (Role::Good, "good"),
        (Role::Warn, "warn"),
        (Role::Bad, "bad"),
        (Role::Unknown, "unknown"),
        (Role::Production, "production"),
        (Role::Drill, "drill"),
        (Role::Simulated, "simulated"),
        (Role::Selection, "selection"),
    ];
}

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// `NO_COLOR`, or a terminal without: bold, dim and reverse only.
    None,
    Basic,
    Indexed,
    Full,
}

impl Depth {
    /// From the environment alone; the terminal is asked nothing.
    pub fn of_terminal() -> Self {
        match supports_color::on(supports_color::Stream::Stdout) {
            None => Depth::None,
            Some(level) if level.has_16m => Depth::Full,
            Some(level) if level.has_256 => Depth::Indexed,
            Some(_) => Depth::Basic,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    pub const DARK: &'static str = include_str!("../../themes/dark.toml");
    pub const LIGHT: &'static str = include_str!("../../themes/light.toml");

    pub fn dark(depth: Depth) -> Self {
        Self::read("themes/dark.toml", Self::DARK, depth).0
    }

    pub fn light(depth: Depth) -> Self {
        Self::read("themes/light.toml", Self::LIGHT, depth).0
    }

    /// A theme file. What is wrong or missing in it is plain text, and is said.
    pub fn read(file: &str, text: &str, depth: Depth) -> (Self, Vec<Mistake>) {
        let mut source = SettingsText::new(file, text);
        let mut theme = Theme { styles: [Style::new(); Role::ALL.len()] };
        for entry in source.table("roles") {
            let Some((role, _)) = Role::ALL.iter().find(|(_, name)| *name == entry.key) else {
                let known = Role::ALL.map(|(_, name)| name).join(", ");
                source.mistake(&entry.key_at, format!("`{}` is no role: expected one of {known}", entry.key));
                continue;
            };
            let (full, basic) = match &entry.value {
                toml::Value::String(style) => (style.as_str(), None),
                toml::Value::Table(table) => (
                    table.get("style").and_then(toml::Value::as_str).unwrap_or_default(),
                    table.get("basic").and_then(toml::Value::as_str),
                ),
                _ => {
                    source.mistake(&entry.value_at, "expected a style such as \"bold #f7768e\", or {style, basic}");
                    continue;
                }
            };
            let chosen = if depth == Depth::Basic { basic.unwrap_or(full) } else { full };
            match parse_style(chosen) {
                Ok(style) => theme.styles[*role as usize] = at_depth(style, depth),
                Err(why) => source.mistake(&entry.value_at, why),
            }
        }
        // Without colours a selected row must still be seen, and so must the world.
        if depth == Depth::None {
            for role in [Role::Selection, Role::Production, Role::Drill, Role::Simulated] {
                theme.styles[role as usize] = Style::new().add_modifier(Modifier::REVERSED);
            }
        }
        (theme, source.mistakes)
    }

    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    pub fn verdict(&self, verdict: Verdict) -> Style {
        self.style(match verdict {
            Verdict::Met | Verdict::OnTrack => Role::Good,
            Verdict::CannotTell => Role::Unknown,
            Verdict::AtRisk => Role::Warn,
            Verdict::WillMiss | Verdict::Missed => Role::Bad,
        })
    }

    pub fn world(&self, world: World) -> Style {
        self.style(match world {
            World::Production => Role::Production,
            World::Drill => Role::Drill,
            World::Simulated => Role::Simulated,
        })
    }
}

/// `bold red on #1a1b26`: modifiers, then a colour, then `on` and a colour; all optional.
fn parse_style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut background = false;
    for word in text.split_whitespace() {
        style = match word {
            "on" => {
                background = true;
                continue;
            }
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            colour => {
                let colour = Color::from_str(colour).map_err(|_| {
                    format!("`{word}` is neither bold, dim, italic, underlined, reversed nor a colour such as red or #f7768e")
                })?;
                if background { style.bg(colour) } else { style.fg(colour) }
            }
        };
    }
    Ok(style)
}

fn at_depth(mut style: Style, depth: Depth) -> Style {
    let lower = |colour: Option<Color>| match (depth, colour?) {
        (Depth::None, _) => None,
        (Depth::Full, colour) => Some(colour),
        (Depth::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_indexed(r, g, b))),
        // A true colour that a file gave no basic form for: the terminal's own.
        (Depth::Basic, Color::Rgb(..) | Color::Indexed(16..)) => None,
        (_, colour) => Some(colour),
    };
    style.fg = lower(style.fg);
    style.bg = lower(style.bg);
    style
}

/// The nearest of the 6×6×6 cube and the 24 greys.
fn nearest_indexed(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |v: u8| (0..6).min_by_key(|&i| STEPS[i].abs_diff(v)).unwrap_or(0);
    let distance = |x: (u8, u8, u8)| {
        let d = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        d(x.0, r) + d(x.1, g) + d(x.2, b)
    };
    let (i, j, k) = (step(r), step(g), step(b));
    let cube = (distance((STEPS[i], STEPS[j], STEPS[k])), (16 + 36 * i + 6 * j + k) as u8);
    let greys = (0..24u8).map(|n| (distance((8 + 10 * n, 8 + 10 * n, 8 + 10 * n)), 232 + n));
    greys.fold(cube, |best, grey| best.min(grey)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_themes_name_every_role_and_have_no_mistake() {
        for (file, text) in [("dark", Theme::DARK), ("light", Theme::LIGHT)] {
            for depth in [Depth::None, Depth::Basic, Depth::Indexed, Depth::Full] {
                assert_eq!(Theme::read(file, text, depth).1, [], "{file}");
            }
            let mut source = SettingsText::new(file, text);
            let named: Vec<_> = source.table("roles").into_iter().map(|e| e.key).collect();
            for (_, role) in Role::ALL {
                assert!(named.iter().any(|n| n == role), "{file} lacks {role}");
            }
        }
    }

    #[test]
    fn without_colours_there_are_none_but_the_selection_is_still_seen() {
        let theme = Theme::dark(Depth::None);
        for (role, _) in Role::ALL {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None));
        }
        assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn sixteen_colours_get_only_sixteen() {
        for theme in [Theme::dark(Depth::Basic), Theme::light(Depth::Basic)] {
            for (role, name) in Role::ALL {
                for colour in [theme.style(role).fg, theme.style(role).bg].into_iter().flatten() {
                    assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(16..)), "{name}: {colour:?}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_placed_and_the_rest_is_kept() {
        let text = "[roles]\ngood = \"green\"\nbad = \"rouge\"\nugly = \"red\"\n";
        let (theme, mistakes) = Theme::read("my.toml", text, Depth::Full);
        assert_eq!(theme.style(Role::Good).fg, Some(Color::Green));
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|m| m.starts_with("my.toml:3:7: `rouge`")), "{said:?}");
        assert!(said.iter().any(|m| m.starts_with("my.toml:4:1: `ugly`")), "{said:?}");
    }
}

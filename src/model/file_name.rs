//! Which names are meant, and the time that a name tells: `orders-*.dump`, `orders-%Y%m%d-%H%M.dump`.

use chrono::NaiveDate;

use super::time::Time;

/// More of them make no name clearer.
const MOST_STARS: usize = 8;

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Same(char),
    Any,
    /// So many digits of the time.
    Field(char, usize),
}

/// What a file's name must be like.
#[derive(Clone, Debug, PartialEq)]
pub struct FileName(Vec<Part>);

/// What a name that fits tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named {
    /// UTC; none where the pattern says nothing of a time.
    pub at: Option<Time>,
}

impl FileName {
    /// Reads it, or says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '/' => return Err("a name has no `/` in it: say the folder by `folder`".into()),
                '*' => Part::Any,
                '%' => match letters.next() {
                    Some('%') => Part::Same('%'),
                    Some('Y') => Part::Field('Y', 4),
                    Some('s') => Part::Field('s', 10),
                    Some(field @ ('m' | 'd' | 'H' | 'M' | 'S')) => Part::Field(field, 2),
                    _ => return Err("after `%` stands one of Y, m, d, H, M, S, s (seconds since 1970) or %".into()),
                },
                same => Part::Same(same),
            });
        }
        if parts.iter().filter(|part| **part == Part::Any).count() > MOST_STARS {
            return Err(format!("at most {MOST_STARS} `*` are read"));
        }
        let has = |wanted| parts.iter().any(|part| matches!(part, Part::Field(field, _) if *field == wanted));
        let timed = parts.iter().any(|part| matches!(part, Part::Field(..)));
        match timed && !has('s') && !(has('Y') && has('m') && has('d')) {
            true => Err("a time has a day: %Y, %m and %d, or %s".into()),
            false => Ok(Self(parts)),
        }
    }

    /// What `name` tells; none if it is not meant, or its time is none.
    pub fn of(&self, name: &str) -> Option<Named> {
        let letters: Vec<char> = name.chars().collect();
        let mut fields = Vec::new();
        if !fits(&self.0, &letters, &mut fields) {
            return None;
        }
        if fields.is_empty() {
            return Some(Named { at: None });
        }
        let field = |wanted: char| fields.iter().find(|(field, _)| *field == wanted).map(|(_, value)| *value);
        if let Some(seconds) = field('s') {
            return Some(Named { at: Some(Time::from_timestamp(seconds as i64, 0)?) });
        }
        let part = |wanted| u32::try_from(field(wanted).unwrap_or(0)).ok();
        let day = NaiveDate::from_ymd_opt(i32::try_from(field('Y')?).ok()?, part('m')?, part('d')?)?;
        Some(Named { at: Some(day.and_hms_opt(part('H')?, part('M')?, part('S')?)?.and_utc()) })
    }
}

/// Whether all of `letters` fits all of `parts`; `fields` then holds the digits of the time.
fn fits(parts: &[Part], letters: &[char], fields: &mut Vec<(char, u64)>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return letters.is_empty() };
    match first {
        Part::Same(same) => letters.first() == Some(same) && fits(rest, &letters[1..], fields),
        Part::Any => (0..=letters.len()).any(|skipped| fits(rest, &letters[skipped..], fields)),
        Part::Field(field, digits) => {
            let Some(said) = letters.get(..*digits).filter(|said| said.iter().all(char::is_ascii_digit)) else { return false };
            let Ok(value) = said.iter().collect::<String>().parse() else { return false };
            fields.push((*field, value));
            let fit = fits(rest, &letters[*digits..], fields);
            if !fit {
                fields.pop();
            }
            fit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_whole_and_tells_its_time() {
        let at =
            |pattern: &str, name: &str| FileName::read(pattern).unwrap().of(name).map(|named| named.at.map(|at| at.to_rfc3339()));
        for (pattern, name, told) in [
            ("orders-*.dump", "orders-1.dump", Some(None)),
            ("orders-*.dump", "orders-1.dump.part", None),
            ("*", ".hidden", Some(None)),
            ("o-%Y%m%d.dump", "o-20261120.dump", Some(Some("2026-11-20T00:00:00+00:00"))),
            ("*-%Y-%m-%dT%H%M*.gz", "a-b-2026-11-20T0207Z.gz", Some(Some("2026-11-20T02:07:00+00:00"))),
            ("o-%Y%m%d.dump", "o-20261399.dump", None),
            ("o-%Y%m%d.dump", "o-today123.dump", None),
            ("%s.rdb", "1700000000.rdb", Some(Some("2023-11-14T22:13:20+00:00"))),
            ("100%%-*", "100%-x", Some(None)),
        ] {
            assert_eq!(at(pattern, name), told.map(|at| at.map(str::to_owned)), "{pattern} {name}");
        }
        for bad in ["a/b", "%q", "%", "o-%H%M", "*********"] {
            assert!(FileName::read(bad).is_err(), "{bad}");
        }
    }
}

//! Rows of cells in aligned columns. Names are cut in the middle, sentences at the end, numbers never.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::fit;
use crate::model::text::clean;

/// What a column does when there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Give {
    /// Numbers and marks: never cut.
    Never,
    /// Names: cut in the middle, not below this many columns.
    Name(usize),
    /// Titles: cut at the end, before anything else, not below this many columns.
    Title(usize),
    /// Sentences: cut at the end.
    Words,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub give: Give,
    pub right: bool,
    /// Left out before others when there is no room at all: the highest first, 0 never.
    pub spare: u8,
    /// Left out before anything is cut: what one can do without while names stand in full.
    pub luxury: bool,
    /// A name that is cut before other names are.
    pub first: bool,
}

impl Column {
    pub const fn number() -> Self {
        Self { give: Give::Never, right: true, spare: 0, luxury: false, first: false }
    }
    pub const fn mark() -> Self {
        Self { give: Give::Never, right: false, spare: 0, luxury: false, first: false }
    }
    pub const fn name(least: usize) -> Self {
        Self { give: Give::Name(least), right: false, spare: 0, luxury: false, first: false }
    }
    pub const fn title(least: usize) -> Self {
        Self { give: Give::Title(least), right: false, spare: 0, luxury: false, first: false }
    }
    pub const fn words() -> Self {
        Self { give: Give::Words, right: false, spare: 0, luxury: false, first: false }
    }
    pub const fn spare(mut self, spare: u8) -> Self {
        self.spare = spare;
        self
    }
    pub const fn luxury(mut self) -> Self {
        self.luxury = true;
        self
    }
    pub const fn gives_first(mut self) -> Self {
        self.first = true;
        self
    }
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }
}

#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

pub fn cell(text: impl AsRef<str>, style: Style) -> Cell {
    Cell { text: clean(text.as_ref()), style }
}

pub type Row = Vec<Cell>;

/// `rows` aligned within `width` columns; one space between columns, two before words. Every row has a cell a column.
pub fn align(columns: &[Column], rows: &[Row], width: usize) -> Vec<Line<'static>> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let natural = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|c| fit::width(&c.text)).max().unwrap_or(0);
    kept.retain(|&i| natural(i) > 0);
    // A sentence is worth that much; the rest of a long one is not worth another column.
    const SENTENCE: usize = 40;
    while let Some(luxury) = kept.iter().rposition(|&i| columns[i].luxury) {
        let wanted = |i: usize| if columns[i].give == Give::Words { natural(i).min(SENTENCE) } else { natural(i) };
        if kept.iter().map(|&i| wanted(i)).sum::<usize>() + gaps(columns, &kept) <= width {
            break;
        }
        kept.remove(luxury);
    }
    loop {
        let least: usize = kept
            .iter()
            .map(|&i| match columns[i].give {
                Give::Never => natural(i),
                Give::Name(least) | Give::Title(least) => natural(i).min(least),
                Give::Words => natural(i).min(8),
            })
            .sum::<usize>()
            + gaps(columns, &kept);
        if least <= width {
            break;
        }
        let spare = kept.iter().copied().filter(|&i| columns[i].spare > 0).max_by_key(|&i| columns[i].spare);
        match spare {
            Some(i) => kept.retain(|&k| k != i),
            None => break,
        }
    }
    let mut widths: Vec<usize> = kept.iter().map(|&i| natural(i)).collect();
    let mut over = (widths.iter().sum::<usize>() + gaps(columns, &kept)).saturating_sub(width);
    // Titles and eager names give first, then words, then the longest names, one column at a time so that they end up even.
    for titles in [true, false] {
        for (place, &i) in kept.iter().enumerate() {
            let least = match columns[i].give {
                Give::Title(least) if titles => least,
                Give::Name(least) if titles && columns[i].first => least,
                Give::Words if !titles => 8,
                _ => continue,
            };
            let given = over.min(widths[place].saturating_sub(least));
            widths[place] -= given;
            over -= given;
        }
    }
    while over > 0 {
        let candidates = kept.iter().enumerate().filter_map(|(place, &i)| match columns[i].give {
            Give::Name(least) if widths[place] > least => Some(place),
            Give::Words if widths[place] > 0 => Some(place),
            _ => None,
        });
        let Some(place) = candidates.max_by_key(|&place| widths[place]) else { break };
        widths[place] -= 1;
        over -= 1;
    }
    rows.iter()
        .map(|row| {
            let mut spans = Vec::with_capacity(kept.len() * 2);
            for (place, &i) in kept.iter().enumerate() {
                let Some(cell) = row.get(i) else { continue };
                let column = columns[i];
                if place > 0 {
                    spans.push(Span::raw(" ".repeat(gap(column))));
                }
                let text = match column.give {
                    Give::Never => cell.text.clone(),
                    Give::Name(_) => fit::cut_middle(&cell.text, widths[place]),
                    Give::Title(_) | Give::Words => fit::cut_end(&cell.text, widths[place]),
                };
                let last = place + 1 == kept.len();
                let padding = " ".repeat(widths[place].saturating_sub(fit::width(&text)));
                // Padding carries no style, so that underlines and backgrounds end with the text.
                if column.right && !padding.is_empty() {
                    spans.push(Span::raw(padding.clone()));
                }
                spans.push(Span::styled(text, cell.style));
                if !column.right && !last && !padding.is_empty() {
                    spans.push(Span::raw(padding));
                }
            }
            Line::from(spans)
        })
        .collect()
}

fn gap(column: Column) -> usize {
    if column.give == Give::Words || column.right { 2 } else { 1 }
}

fn gaps(columns: &[Column], kept: &[usize]) -> usize {
    kept.iter().skip(1).map(|&i| gap(columns[i])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(columns: &[Column], rows: &[[&str; 4]], width: usize) -> Vec<String> {
        let rows: Vec<Row> = rows.iter().map(|row| row.iter().map(|t| cell(t, Style::new())).collect()).collect();
        align(columns, &rows, width).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_one_can_do_without_goes_before_a_name_is_cut() {
        let columns = [Column::name(6), Column::name(4).luxury(), Column::name(4).gives_first(), Column::words()];
        let rows = [["training-datasets", "us-west-2", "S3 us-west-2", "on track"]];
        assert_eq!(lines(&columns, &rows, 60), ["training-datasets us-west-2 S3 us-west-2  on track"]);
        assert_eq!(lines(&columns, &rows, 44), ["training-datasets S3 us-west-2  on track"]);
        assert_eq!(lines(&columns, &rows, 36), ["training-datasets S3 u…t-2  on track"], "the one that is to give first");
    }

    #[test]
    fn numbers_are_never_cut_and_names_keep_both_ends() {
        let columns = [Column::name(6), Column::number(), Column::number().spare(1), Column::words()];
        let rows = [["training-api-canary", "3h18m", "02:58Z", "will miss: 8 short"], ["eval", "1h", "none", "met"]];
        assert_eq!(
            lines(&columns, &rows, 60),
            ["training-api-canary  3h18m  02:58Z  will miss: 8 short", "eval                    1h    none  met"]
        );
        let narrow = lines(&columns, &rows, 32);
        assert_eq!(narrow, ["trai…ary  3h18m  02:58Z  will m…", "eval         1h    none  met"]);
        assert!(lines(&columns, &rows, 24)[0].contains("3h18m"));
    }
}

//! A bare ratatui program: the floor that figures of the screen are shown beside. It fills the terminal with text and has
//! one field in the last line, into which keys go; nothing else happens in it.

use std::io::{self, BufWriter, Write, stdout};

use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::Hide,
        event::{self, Event, KeyCode, KeyEventKind},
        execute,
        terminal::{EnterAlternateScreen, enable_raw_mode},
    },
    layout::Rect,
    style::{Color, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

/// What stands in its first line once it has painted.
pub const TITLE: &str = "BARE";

/// Runs until its terminal is gone.
pub fn run() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide)?;
    let mut terminal = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout())))?;
    let mut typed = String::new();
    loop {
        terminal.draw(|frame| {
            let area = frame.area();
            let words = |row: u16| {
                let colour = Color::Indexed(1 + (row % 6) as u8);
                Line::from(vec![
                    Span::styled(format!(" {TITLE} line {row} "), Style::new().fg(colour)),
                    Span::raw("as many words as a screen of the console has, some of them in colour"),
                ])
            };
            let body = Rect { height: area.height.saturating_sub(1), ..area };
            frame.render_widget(Paragraph::new((0..body.height).map(words).collect::<Vec<_>>()), body);
            frame.render_widget(Paragraph::new(format!(":{typed}")), Rect { y: body.height, height: 1, ..area });
        })?;
        terminal.backend_mut().flush()?;
        if let Event::Key(key) = event::read()?
            && key.kind != KeyEventKind::Release
        {
            match key.code {
                // The console opens its field with it.
                KeyCode::Char(':') => {}
                KeyCode::Char(c) => typed.push(c),
                KeyCode::Backspace => typed.truncate(typed.len().saturating_sub(1)),
                _ => {}
            }
        }
    }
}

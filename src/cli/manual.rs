//! Completions and the manual page, from the arguments themselves.

use clap::CommandFactory;

use super::args::Cli;

pub fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lifeboat", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The manual page of the program: one page, in which every command has a part of its own.
pub fn page() -> String {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(command.clone()).render(&mut text);
    let mut page = String::from_utf8_lossy(&text).into_owned();
    for sub in visible(&command) {
        part(sub, &mut page);
    }
    page
}

fn visible(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|sub| sub.get_name() != "help")
}

/// A command's part: its sections become parts of that section.
fn part(command: &clap::Command, page: &mut String) {
    let (man, mut text) = (clap_mangen::Man::new(command.clone()), Vec::new());
    let rendered = man.render_synopsis_section(&mut text).and_then(|()| man.render_description_section(&mut text));
    let _ = rendered.and_then(|()| man.render_options_section(&mut text));
    let name = command.get_bin_name().unwrap_or(command.get_name());
    page.push_str(&format!(".SH \"{}\"\n", name.to_uppercase()));
    for line in String::from_utf8_lossy(&text).lines().filter(|line| !line.starts_with(".ie") && !line.starts_with(".el")) {
        page.push_str(&line.replacen(".SH ", ".SS ", 1));
        page.push('\n');
    }
    for sub in visible(command) {
        part(sub, page);
    }
}

//! `homeroom reference`: the help of every command as one Markdown page, which `docs/cli.md` is.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Command;

use super::print;

pub(crate) fn run(mut command: Command) -> Result<ExitCode> {
    command.build();
    let mut out = String::from(
        "# Commands\n\nWhat `homeroom COMMAND --help` prints. Exit status: 0 done, 2 not done (standard error says why), \
         130 stopped by Ctrl-C.\n",
    );
    section(&mut command, "", &mut out);
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The section of a command and of those below it. `above`: the names of the commands above, with a space behind.
fn section(command: &mut Command, above: &str, out: &mut String) {
    let name = format!("{above}{}", command.get_name());
    let help = command.render_long_help().to_string();
    // Whether there is white space at a line's end is up to the width that the help is wrapped to.
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = writeln!(out, "\n## `{name}`\n\n```text\n{}\n```", help.join("\n").trim_end());
    let below = format!("{name} ");
    for inner in command.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        section(inner, &below, out);
    }
}

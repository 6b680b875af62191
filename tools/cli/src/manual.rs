//! `cargo run -- completions` and `cargo run -- man`: shell completions and the manual page.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

const COMPLETIONS: &str = "\
Examples:
  cargo build --workspace && cp target/debug/cfi ~/.local/bin/
  cfi completions bash > ~/.local/share/bash-completion/completions/cfi
  cfi completions zsh > ~/.zfunc/_cfi

Exit code:
  0  the script was written
  2  the shell is not supported";

const MAN: &str = "\
Example:
  cargo run -- man > cfi.1 && man ./cfi.1

Exit code:
  0  the page was written";

/// Writes a script with which a shell completes the options of `cfi`
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Writes the manual page of `cfi` with each of its commands
#[derive(Debug, Args)]
#[command(after_help = MAN)]
pub struct Man {}

impl Completions {
    /// Writes the script to standard output.
    pub fn run(&self, mut command: Command) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "cfi", &mut script);
        print(&script);
        ExitCode::SUCCESS
    }
}

impl Man {
    /// Writes the page to standard output.
    pub fn run(&self, mut command: Command) -> ExitCode {
        command.build();
        let mut page = Vec::new();
        let rendered = rendered(&command, &mut page);
        rendered.expect("a page can be written to memory");
        print(&page);
        ExitCode::SUCCESS
    }
}

/// The page of `cfi`, followed by the options and the description of each command.
fn rendered(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    let is_ours = |command: &&Command| command.get_name() != "help";
    for command in command.get_subcommands().filter(is_ours) {
        let name = command.get_name().to_uppercase();
        writeln!(page, ".SH \"COMMAND {name}\"")?;
        let man = clap_mangen::Man::new(command.clone());
        man.render_synopsis_section(page)?;
        man.render_description_section(page)?;
        man.render_options_section(page)?;
        man.render_extra_section(page)?;
    }
    Ok(())
}

fn print(bytes: &[u8]) {
    // The reader may close the pipe.
    let _ = io::stdout().write_all(bytes);
}

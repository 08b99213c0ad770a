//! `proxycore`: film frames to thumbnails, H.264 proxies and previews, from a shell.

mod args;
mod assemble;
mod assign;
mod demo;
mod each;
mod encoders;
mod events;
mod features;
mod folders;
mod gallery;
mod info;
mod interrupt;
mod ls;
mod make;
mod outputs;
mod report;
mod rows;
mod sources;
mod stores;
mod terminal;
mod version;
mod watch;

use std::process::ExitCode;

use clap::Parser;
use proxycore::Result;

use crate::args::{Cli, Command};

/// Some source failed, and the others were done; or what was told could not be printed.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Some(command) => run(command),
        None if cli.version => {
            version::run(&args::Version { json: false, short: cli.verbose == 0 })
        }
        None => Cli::refuse_no_command(),
    };
    match done {
        Ok(0) if !report::is_cut() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(FAILED),
        Err(error) => {
            report::complain(&error);
            ExitCode::from(FAILED)
        }
    }
}

/// Runs a command, and counts the sources that failed.
fn run(command: &Command) -> Result<usize> {
    match command {
        Command::Make(args) => make::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Info(args) => info::run(args),
        Command::Ls(args) => ls::run(args),
        Command::Assign(args) => assign::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Version(args) => version::run(args),
    }
}

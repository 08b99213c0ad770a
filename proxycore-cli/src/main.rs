//! `proxycore`: film frames to thumbnails, H.264 proxies and previews, from a shell.

mod args;
mod assemble;
mod assign;
mod demo;
mod each;
mod encoders;
mod events;
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
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

/// Some source failed, and the others were done; or what was told could not be printed.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Make(args) => make::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Info(args) => info::run(args),
        Command::Ls(args) => ls::run(args),
        Command::Assign(args) => assign::run(args),
        Command::Demo(args) => demo::run(args),
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

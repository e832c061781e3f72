//! The `prose-backup` program: a terminal for the crate `prose-backup`.

mod args;
mod commands;
mod escape;
mod exit;
mod human;
mod logging;
mod output;
mod progress;
mod session;
mod settings;
mod signals;
mod usage;
mod volumes;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Args, output::Output};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage::report(&error),
    };
    logging::start(&args.global);
    let mut output = Output::new(&args.global);
    match commands::run(args, &mut output) {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.status())
        }
    }
}

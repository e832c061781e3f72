//! The log on standard error.

use std::io::{self, Write};

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{args::Global, progress::above};

/// Logs what this project's crates say, from the level that `-q` and `-v` choose. Other libraries
/// are left out: who knows what they print of a request.
pub(crate) fn start(global: &Global) {
    let level = match global.verbose {
        _ if global.quiet => LevelFilter::ERROR,
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| AboveBar)
        .with_ansi(false)
        // Otherwise it panics when standard error is closed.
        .log_internal_errors(false)
        .with_filter(Targets::new().with_target("prose_backup", level));
    // Fails only when there is a log already.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Standard error, where the progress bar is too.
struct AboveBar;

impl Write for AboveBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        above(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

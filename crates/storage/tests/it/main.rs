//! Tests of the stores and pipes from outside, on real directories and with real processes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests, of which a part runs in child processes"
)]

mod child;
mod conformance;
mod directory;
mod download_pipe;
mod faulty;
mod foreign;
mod listing;
mod messages;
mod processes;
mod support;
mod upload_pipe;

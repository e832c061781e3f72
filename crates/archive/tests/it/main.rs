//! The archive crate against real directories, hostile archives and the tar programs of others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helpers too"
)]

mod blueprint;
mod corruption;
mod craft;
mod disk_full;
mod extracting;
mod fixture;
mod format;
mod hostile;
mod memory;
mod messages;
mod packing;
mod peers;
mod privileges;
mod round_trip;
mod support;
mod tree;

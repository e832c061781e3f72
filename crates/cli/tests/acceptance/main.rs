//! What the program promises, tried with the program as it ships, on real data.
//!
//! These tests are made for an optimised build (`cargo test --release`), where all of them together
//! take some minutes, two cores, and up to 6 GiB of disk in the build directory. The program that
//! an unoptimised build gives is an order of magnitude slower: it gets less data (see
//! [`support::SCALE`]).

// What the tests share is test code too, but clippy looks for `#[test]`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod listing;
mod memory;
mod prosody;
mod support;
mod trees;

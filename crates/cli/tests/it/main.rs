//! The program as its users meet it: the real binary, its streams, its exit statuses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod answers;
mod common;
mod config;
mod contents;
mod errors;
mod help;
mod json;
mod keygen;
mod readme;
mod settings;
mod signals;
mod streams;
mod terminal;

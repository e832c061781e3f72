//! The grammar of names, from both sides.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod grammar;
mod properties;

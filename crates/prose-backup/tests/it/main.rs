//! The facade over real stores, with real keys.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod attacks;
mod configured;
mod failures;
mod messages;
mod pod;

mod round_trip;

//! The program that ships, against the tools of others and against people who mean no good.
//!
//! Every test runs the program as a process of its own, on real files with real keys, and looks at
//! its exit status and at what is left on the disk. A tool that is missing fails the test.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod support;

#[allow(dead_code, reason = "the archive's own tests use more of it")]
#[path = "../../../archive/tests/it/craft.rs"]
mod craft;
#[allow(dead_code, reason = "the archive's own tests use more of it")]
#[path = "../../../archive/tests/it/fixture.rs"]
mod fixture;
#[path = "../../../archive/tests/it/tree.rs"]
mod tree;

mod attacks;
mod by_hand;
mod changing;
mod clock;
mod failing_disk;
mod full_disk;
mod hostile;
mod interrupted;
mod layers;
mod refused;
mod rewritten;
mod same_second;
mod secrets;
mod trust;
mod upfront;
mod vouched;

//! Everything that this crate promises, with real keys and real peers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "trusted certificates read better as a list"
)]

mod extending;
mod extending_gpg;
mod interop_gpg;
mod interop_sq;
mod keygen;
mod keys_at_hand;
mod loading;
mod recipients;
mod secrets;
mod signature_files;
mod signing;
mod streams;
mod structure;
mod support;
mod tampering;
mod validity;
mod verifying;

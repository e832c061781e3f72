//! Everything that this crate promises, with real keys and real peers.

mod interop_gpg;
mod interop_sq;
mod keys_at_hand;
mod loading;
mod recipients;
mod signature_files;
mod signing;
mod streams;
mod structure;
mod support;
mod verifying;

//! Everything that this crate promises, with real keys and real peers.

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
mod verifying;

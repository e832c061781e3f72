//! Everything that this crate promises, with real keys and real peers.

mod loading;
mod recipients;
mod streams;
mod support;

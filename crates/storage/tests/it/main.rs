//! Tests of the stores and pipes from outside, on real directories and with real processes.

#![allow(missing_docs, reason = "tests")]

mod conformance;

//! What the tests share.

pub(crate) mod content;
pub(crate) mod odd;
pub(crate) mod pod;
pub(crate) mod program;
pub(crate) mod scratch;
pub(crate) mod tree;

use std::{
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// By how much sizes are divided, since an unoptimised program is that much slower.
pub(crate) const SCALE: u32 = if cfg!(debug_assertions) { 32 } else { 1 };

pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;

/// Waits for the other tests. Each measures times, or needs gibibytes, or both.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed does not make the others fail.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether owners can be set.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a command that must succeed, and answers what it wrote to its standard output.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Vec<u8> {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output.stdout
}

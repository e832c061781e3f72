//! Signals that ask for the end.

use std::{fmt, fs, future::poll_fn, io, task::Poll};

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

use crate::exit::Status;

/// A signal that asks for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// The terminal went away.
    Hangup,
    /// Ctrl-C.
    Break,
    /// What `kill` and service managers send.
    Terminate,
}

impl Interrupt {
    const ALL: [Self; 3] = [Self::Hangup, Self::Break, Self::Terminate];

    fn kind(self) -> SignalKind {
        match self {
            Self::Hangup => SignalKind::hangup(),
            Self::Break => SignalKind::interrupt(),
            Self::Terminate => SignalKind::terminate(),
        }
    }

    /// The exit status that shells give to a program that the signal ended: 129, 130, 143.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Hangup => 129,
            Self::Break => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hangup => "SIGHUP",
            Self::Break => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Catches the signals from now on, so that none of them ends the program by itself.
///
/// A signal that whoever started the program has it ignore (`nohup`, a shell's `&`) stays ignored.
#[derive(Debug)]
pub(crate) struct Signals {
    caught: Vec<(Interrupt, Signal)>,
}

impl Signals {
    /// Needs a tokio runtime.
    pub(crate) fn catch() -> io::Result<Self> {
        let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        let mut caught = Vec::new();
        for interrupt in Interrupt::ALL {
            let bit = interrupt.kind().as_raw_value() - 1;
            if ignored >> bit & 1 == 0 {
                caught.push((interrupt, signal(interrupt.kind())?));
            }
        }
        Ok(Self { caught })
    }

    /// The next of them.
    pub(crate) async fn next(&mut self) -> Interrupt {
        poll_fn(|context| {
            for (interrupt, stream) in &mut self.caught {
                if stream.poll_recv(context).is_ready() {
                    return Poll::Ready(*interrupt);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Keeps signals away from a step that must not be left half done.
#[derive(Debug)]
pub(crate) struct Held {
    _signals: Signals,
    _runtime: Runtime,
}

/// Holds signals off from now on.
pub(crate) fn hold() -> io::Result<Held> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let entered = runtime.enter();
    let signals = Signals::catch()?;
    drop(entered);
    Ok(Held {
        _signals: signals,
        _runtime: runtime,
    })
}

/// The set of ignored signals in `/proc/<pid>/status`: signal *n* is bit *n* - 1.
fn ignored(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::ignored;

    #[test]
    fn ignored_signals_are_read_from_the_process_status() {
        let status = "Name:\tcat\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored(status), 0x1001);
        assert_eq!(ignored(""), 0);
    }
}

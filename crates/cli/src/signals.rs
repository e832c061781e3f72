//! Signals that ask for the end.

use std::{
    fmt, fs,
    future::poll_fn,
    io, process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    thread,
    time::Duration,
};

use rustix::process::Signal as Number;
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::exit::Status;

/// How long a result has to be written once a signal has come: a reader who does not read must not
/// keep the program alive.
const LAST_WORDS: Duration = Duration::from_millis(500);

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

/// What a signal finds going on.
#[derive(Debug)]
pub(crate) enum Work {
    /// It is asked to stop, and then left to clean up however many signals follow: what is half
    /// cleaned up is worse than what takes a moment.
    CleansUp(Option<oneshot::Sender<()>>),
    /// It is asked to stop; since it leaves nothing behind, a second signal ends the program.
    LeavesNothing(Option<oneshot::Sender<()>>),
    /// A moment that must not be left half done. Signals wait.
    Brief,
}

/// Takes the signals, in a thread of its own.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    first: Option<Interrupt>,
    work: Option<Work>,
}

impl Signals {
    /// Takes them from now on; `note` tells a person what comes of it.
    ///
    /// A signal that whoever started the program has it ignore (`nohup`, a shell's `&`) stays
    /// ignored.
    pub(crate) fn take(note: fn(String)) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let entered = runtime.enter();
        let mut caught = catch()?;
        // A file that outgrows a limit (`ulimit -f`) is an error for whoever writes it, who cleans
        // up, and not the end of the program. A handler stays even though nobody listens.
        let _ = signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?;
        drop(entered);
        let signals = Self {
            state: Arc::default(),
        };
        let watched = signals.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                loop {
                    let interrupt = runtime.block_on(next(&mut caught));
                    watched.handle(interrupt, note);
                }
            })?;
        Ok(signals)
    }

    /// Work begins, unless a signal came before it.
    pub(crate) fn begin(&self, work: Work) -> Result<(), Interrupt> {
        let mut state = self.lock();
        if let Some(interrupt) = state.first {
            return Err(interrupt);
        }
        state.work = Some(work);
        Ok(())
    }

    /// The work is done, or has cleaned up.
    pub(crate) fn end(&self) {
        self.lock().work = None;
    }

    /// The first signal that came.
    pub(crate) fn first(&self) -> Option<Interrupt> {
        self.lock().first
    }

    fn handle(&self, interrupt: Interrupt, note: fn(String)) {
        let mut state = self.lock();
        let status = state.first.get_or_insert(interrupt).status();
        match &mut state.work {
            Some(Work::CleansUp(stop) | Work::LeavesNothing(stop)) if stop.is_some() => {
                note(format!("{interrupt}: stopping"));
                // It has ended when nobody listens.
                let _ = stop.take().map(|stop| stop.send(()));
            }
            Some(Work::CleansUp(_)) => note(format!("{interrupt}: still cleaning up")),
            Some(Work::LeavesNothing(_)) => process::exit(status.into()),
            Some(Work::Brief) => {}
            None => {
                drop(state);
                thread::sleep(LAST_WORDS);
                process::exit(status.into());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Needs a tokio runtime.
fn catch() -> io::Result<Vec<(Interrupt, Signal)>> {
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    Interrupt::ALL
        .into_iter()
        .filter(|interrupt| ignored >> (interrupt.kind().as_raw_value() - 1) & 1 == 0)
        .map(|interrupt| Ok((interrupt, signal(interrupt.kind())?)))
        .collect()
}

async fn next(caught: &mut [(Interrupt, Signal)]) -> Interrupt {
    poll_fn(|context| {
        for (interrupt, stream) in &mut *caught {
            if stream.poll_recv(context).is_ready() {
                return Poll::Ready(*interrupt);
            }
        }
        Poll::Pending
    })
    .await
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

//! Operations on backups, from a command line: a runtime, the stores, signals and progress.

use std::{io, sync::Arc};

use prose_backup::{Backups, Coded, Observer, Operation, StoreDirectories};
use prose_backup_config::Config;
use tokio::runtime::{Builder, Runtime};

use crate::{
    exit::Failure,
    output::{self, Output},
    progress::{self, Progress},
    signals::{Interrupt, Signals},
};

/// How much of the machine the operations can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Names and small objects: one thread, and the program has started before one looks.
    Light,
    /// Whole backups.
    Heavy,
}

impl Load {
    fn runtime(self) -> io::Result<Runtime> {
        match self {
            Self::Light => Builder::new_current_thread(),
            Self::Heavy => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(2);
                builder
            }
        }
        .enable_all()
        .build()
    }
}

/// The stores of a configuration, and what it takes to work with them.
#[derive(Debug)]
pub(crate) struct Session {
    runtime: Runtime,
    backups: Backups,
    signals: Signals,
    progress: Arc<Progress>,
    interrupt: Option<Interrupt>,
    quiet: bool,
}

impl Session {
    pub(crate) fn open(
        config: &Config,
        directories: StoreDirectories,
        load: Load,
        output: &Output,
    ) -> Result<Self, Failure> {
        let start = |error| Failure::io("cannot start", &error);
        let runtime = load.runtime().map_err(start)?;
        let entered = runtime.enter();
        let signals = Signals::catch().map_err(start)?;
        let backups =
            Backups::from_config(config, directories).map_err(|error| Failure::of(&error))?;
        drop(entered);
        Ok(Self {
            runtime,
            backups,
            signals,
            progress: Arc::new(Progress::new(output)),
            interrupt: None,
            quiet: output.is_quiet(),
        })
    }

    /// Who watches the operations.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.progress) as Arc<dyn Observer>
    }

    /// Starts an operation and waits for its end.
    ///
    /// The first signal cancels it and waits for it to clean up; further ones change nothing,
    /// since what is half cleaned up is worse than what takes a moment. An operation that was
    /// done before it noticed counts as done, and the next one does not begin.
    pub(crate) fn run<T, E: Coded>(
        &mut self,
        start: impl FnOnce(&Backups) -> Operation<T, E>,
    ) -> Result<T, Failure> {
        if let Some(interrupt) = self.interrupt {
            return Err(Failure::interrupted(interrupt));
        }
        let entered = self.runtime.enter();
        let mut operation = start(&self.backups);
        drop(entered);
        let Self {
            runtime,
            signals,
            progress,
            interrupt: first,
            quiet,
            ..
        } = self;
        let outcome = runtime.block_on(async {
            loop {
                tokio::select! {
                    outcome = &mut operation => break outcome,
                    interrupt = signals.next() => {
                        operation.cancel();
                        if !*quiet {
                            let what = if first.is_none() { "cleaning up" } else { "still cleaning up" };
                            progress::above(|| output::complain(format_args!("{interrupt}: {what}")));
                        }
                        first.get_or_insert(interrupt);
                    }
                }
            }
        });
        progress.clear();
        outcome.map_err(|error| Failure::of(&error).after(*first))
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_some()
    }

    /// Prints those warnings of a result that were not printed while they came up.
    pub(crate) fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            self.progress.warning(warning);
        }
    }
}

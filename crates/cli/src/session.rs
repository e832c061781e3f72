//! Operations on backups, from a command line: a runtime, the stores, signals and progress.

use std::{future::pending, io, sync::Arc};

use prose_backup::{Backups, Coded, Observer, Operation, StoreDirectories};
use prose_backup_config::Config;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::{
    exit::Failure,
    output::Output,
    progress::Progress,
    signals::{Signals, Work},
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

/// What an operation does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Reads,
    /// It writes, and cleans up when it is interrupted.
    Writes,
}

/// The stores of a configuration, and what it takes to work with them.
#[derive(Debug)]
pub(crate) struct Session {
    runtime: Runtime,
    backups: Backups,
    signals: Signals,
    progress: Arc<Progress>,
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
        // Until the stores are open, a signal simply ends the program: a share that hangs must not
        // keep it alive, and there is nothing to clean up.
        let backups =
            Backups::from_config(config, directories).map_err(|error| Failure::of(&error))?;
        drop(entered);
        Ok(Self {
            runtime,
            backups,
            signals: Signals::take(output.notes()).map_err(start)?,
            progress: Arc::new(Progress::new(output)),
        })
    }

    /// Who watches the operations.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.progress) as Arc<dyn Observer>
    }

    /// Starts an operation and waits for its end.
    ///
    /// The first signal cancels it. An operation that was done before it noticed counts as done,
    /// but no further one begins.
    pub(crate) fn run<T, E: Coded>(
        &self,
        effect: Effect,
        start: impl FnOnce(&Backups) -> Operation<T, E>,
    ) -> Result<T, Failure> {
        let (stop, stopped) = oneshot::channel();
        let work = match effect {
            Effect::Reads => Work::LeavesNothing(Some(stop)),
            Effect::Writes => Work::CleansUp(Some(stop)),
        };
        self.signals.begin(work).map_err(Failure::interrupted)?;
        let outcome = self.runtime.block_on(async {
            let mut operation = start(&self.backups);
            let cancelled = async {
                match stopped.await {
                    Ok(()) => (),
                    // The sender is kept until the operation has ended.
                    Err(_) => pending().await,
                }
            };
            tokio::select! {
                outcome = &mut operation => return outcome,
                () = cancelled => operation.cancel(),
            }
            operation.await
        });
        self.signals.end();
        self.progress.clear();
        outcome.map_err(|error| Failure::of(&error).after(self.signals.first()))
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.signals.first().is_some()
    }

    /// Prints those warnings of a result that were not printed while they came up.
    pub(crate) fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            self.progress.warning(warning);
        }
    }
}

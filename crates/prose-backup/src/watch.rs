//! The observer and the cancellation of one operation, as its layers see them.

use std::sync::{Arc, Mutex, PoisonError};

use prose_backup_archive as archive;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::{Coded, ErrorCode, Observer, Phase};

/// The operation was cancelled, and cleaned up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Coded for Cancelled {
    fn code(&self) -> ErrorCode {
        ErrorCode::Cancelled
    }
}

/// Waits for `work`, but not longer than until the operation is cancelled. Only for work that may be
/// dropped at any point: reading from a store.
pub(crate) async fn unless_cancelled<T, E: From<Cancelled>>(
    token: &CancellationToken,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::select! {
        biased;
        () = token.cancelled() => Err(Cancelled.into()),
        done = work => done,
    }
}

/// Passes progress on, collects warnings, and says whether to stop.
pub(crate) struct Watch {
    observer: Arc<dyn Observer>,
    token: CancellationToken,
    warnings: Mutex<Vec<String>>,
}

impl Watch {
    pub(crate) fn new(observer: Arc<dyn Observer>, token: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            observer,
            token,
            warnings: Mutex::default(),
        })
    }

    pub(crate) fn phase(&self, phase: Phase, total_bytes: Option<u64>) {
        tracing::debug!(%phase, total_bytes, "phase begins");
        self.observer.phase(phase, total_bytes);
    }

    pub(crate) fn advanced(&self, bytes: u64) {
        self.observer.advanced(bytes);
    }

    pub(crate) fn warn(&self, text: String) {
        self.observer.warning(&text);
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
    }

    /// Everything warned about until now.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn wants_estimate(&self) -> bool {
        self.observer.wants_estimate()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    pub(crate) async fn unless_cancelled<T, E: From<Cancelled>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        unless_cancelled(&self.token, work).await
    }

    pub(crate) fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        self.token.cancelled()
    }
}

/// While packing, the bytes of files are the progress.
impl archive::Observer for Watch {
    fn advanced(&self, _entries: u64, bytes: u64) {
        self.observer.advanced(bytes);
    }

    fn warning(&self, warning: archive::Warning) {
        self.warn(warning.to_string());
    }

    fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }
}

/// While extracting, the progress is that of the stored bytes, which [`Watch`] is told of directly.
pub(crate) struct Extracting<'a>(pub(crate) &'a Watch);

impl archive::Observer for Extracting<'_> {
    fn warning(&self, warning: archive::Warning) {
        self.0.warn(warning.to_string());
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

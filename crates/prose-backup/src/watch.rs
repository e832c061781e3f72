//! The observer and the cancellation of one operation, as its layers see them.

use std::sync::{Arc, Mutex, PoisonError};

use prose_backup_archive as archive;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::{Observer, Phase};

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

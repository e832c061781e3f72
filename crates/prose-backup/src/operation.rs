//! A running operation.

use std::{
    future::Future,
    panic,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

/// A task of its own that ends with a `T` or an `E`. Await it for the outcome.
///
/// [`cancel`](Self::cancel) asks it to stop; it then cleans up and ends with an error whose code is
/// [`Cancelled`](crate::ErrorCode::Cancelled), unless it had already passed its commit point.
/// Dropping it cancels it too: the clean-up goes on in the background for as long as the runtime
/// lives, so a program that is about to end **must** await the operation instead.
#[derive(Debug)]
#[must_use = "an operation that is dropped is cancelled"]
pub struct Operation<T, E> {
    task: JoinHandle<Result<T, E>>,
    token: CancellationToken,
}

impl<T: Send + 'static, E: Send + 'static> Operation<T, E> {
    /// Starts a task on the current tokio runtime.
    pub(crate) fn start<F>(body: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let token = CancellationToken::new();
        Self {
            task: tokio::spawn(body(token.clone())),
            token,
        }
    }
}

impl<T, E> Operation<T, E> {
    /// Asks the operation to stop. Returns at once; await the operation for what became of it.
    pub fn cancel(&self) {
        self.token.cancel();
    }
}

impl<T, E> Future for Operation<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task)
            .poll(context)
            .map(|joined| joined.unwrap_or_else(propagate))
    }
}

impl<T, E> Drop for Operation<T, E> {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

/// Runs blocking work beside the runtime, and waits for it.
///
/// Blocking work cannot be killed: it must poll its cancellation token.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| propagate(error))
}

/// Carries a panic of a task on; tasks here are never aborted from outside but by a runtime that
/// is going down, after which nobody awaits them.
fn propagate<T>(error: JoinError) -> T {
    match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(cancelled) => {
            panic::resume_unwind(Box::new(format!("the runtime went down: {cancelled}")))
        }
    }
}

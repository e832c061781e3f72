//! What a failure of a store means for an operation.

use std::time::Duration;

use prose_backup_storage as storage;

use crate::ErrorCode;

/// The code of an operation that a store made fail.
pub(crate) fn store_code(error: &storage::Error) -> ErrorCode {
    match error {
        storage::Error::NotFound { .. } => ErrorCode::NotFound,
        storage::Error::AccessDenied { .. } => ErrorCode::AccessDenied,
        storage::Error::Aborted => ErrorCode::Cancelled,
        storage::Error::NotAnObject { .. } | storage::Error::TooLarge { .. } => {
            ErrorCode::UnsafeContent
        }
        storage::Error::InvalidKey { .. }
        | storage::Error::InvalidNonce { .. }
        | storage::Error::Random { .. }
        | storage::Error::Full { .. } => ErrorCode::Failed,
        _ => ErrorCode::StoreUnavailable,
    }
}

/// Asks a store again when it failed in passing: four tries over about two seconds.
pub(crate) async fn retrying<T, F>(mut ask: impl FnMut() -> F) -> Result<T, storage::Error>
where
    F: Future<Output = Result<T, storage::Error>>,
{
    for pause in [100, 400, 1_500] {
        match ask().await {
            Err(error) if error.is_retryable() => {
                tracing::debug!(%error, pause, "the store failed; trying again");
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            answer => return answer,
        }
    }
    ask().await
}

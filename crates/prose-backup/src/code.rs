//! What went wrong, in one word that the command line, JSON and HTTP share.

/// Why an operation did not do what was asked.
///
/// [`as_str`](Self::as_str) and [`exit_status`](Self::exit_status) are stable: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// Another reason, which the message gives.
    Failed,
    /// Wrong usage or configuration.
    Usage,
    /// There is no such backup.
    NotFound,
    /// The stored bytes are not the ones whose digest was stored.
    Corrupt,
    /// The signature is not one over these bytes.
    Tampered,
    /// The signature belongs to another name.
    Replayed,
    /// No key that is trusted signed the backup, and one has to.
    NotAuthentic,
    /// There is nothing to verify the backup by.
    Unverifiable,
    /// The backup is not encrypted, and has to be.
    NotEncrypted,
    /// The content breaks a rule of the format or a limit, though its checks are good.
    UnsafeContent,
    /// The backup cannot be decrypted with the keys at hand.
    CannotDecrypt,
    /// The name is taken, or the destination is.
    Conflict,
    /// The store did not answer, or not sensibly.
    StoreUnavailable,
    /// The store, or a part of it, may not be accessed.
    AccessDenied,
    /// Something needed was not compiled in.
    Unsupported,
    /// The clock of this machine cannot be right.
    WrongClock,
    /// The operation was cancelled, and cleaned up.
    Cancelled,
}

impl ErrorCode {
    /// The code as text, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Corrupt => "corrupt",
            Self::Tampered => "tampered",
            Self::Replayed => "replayed",
            Self::NotAuthentic => "not_authentic",
            Self::Unverifiable => "unverifiable",
            Self::NotEncrypted => "not_encrypted",
            Self::UnsafeContent => "unsafe_content",
            Self::CannotDecrypt => "cannot_decrypt",
            Self::Conflict => "conflict",
            Self::StoreUnavailable => "store_unavailable",
            Self::AccessDenied => "access_denied",
            Self::Unsupported => "unsupported",
            Self::WrongClock => "wrong_clock",
            Self::Cancelled => "cancelled",
        }
    }

    /// The exit status of a program that ends for this reason.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Failed | Self::Unsupported | Self::WrongClock => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Corrupt
            | Self::Tampered
            | Self::Replayed
            | Self::NotAuthentic
            | Self::Unverifiable
            | Self::NotEncrypted
            | Self::UnsafeContent
            | Self::CannotDecrypt => 4,
            Self::Conflict => 5,
            Self::StoreUnavailable | Self::AccessDenied => 6,
            Self::Cancelled => 130,
        }
    }
}

/// An error that knows its [`ErrorCode`].
pub trait Coded: std::error::Error {
    /// Why, in one word.
    fn code(&self) -> ErrorCode;
}

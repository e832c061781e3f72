//! What can go wrong with keys, messages and signatures, in words for operators.

use std::io;
use std::path::PathBuf;

use sequoia_openpgp as openpgp;

use crate::{Fingerprint, Locked, Unusable};

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation on keys, messages or signers failed.
///
/// No message and no `Debug` output holds a passphrase, a session key or secret key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that should be a fingerprint is something else (a key id, for example).
    #[error("{text:?} is not a fingerprint: one has 40 or 64 hexadecimal digits")]
    NotAFingerprint {
        /// The text, at most its first 80 characters.
        text: String,
    },

    /// A key file cannot be used; the source says why.
    #[error("cannot use key file {}", path.display())]
    KeyFile {
        /// Where the file is.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// The operating system did not let us read a file.
    #[error("cannot read it")]
    Unreadable(#[source] io::Error),
    /// No byte where a key should be.
    #[error("the key is empty; export it again")]
    EmptyKey,
    /// More bytes than any single certificate needs.
    #[error(
        "the key is larger than {limit} bytes; export one certificate, without photos and third-party signatures"
    )]
    KeyTooLarge {
        /// The most that is read.
        limit: u64,
    },
    /// Something else where a key should be.
    #[error(
        "not an OpenPGP certificate or key but {found}; export the key with `gpg --export` or `sq cert export`"
    )]
    NotAKey {
        /// What the bytes are instead.
        found: String,
    },
    /// A key that breaks off or is garbled.
    #[error("the key is damaged or incomplete: {reason}; export it again")]
    DamagedKey {
        /// What the parser met.
        reason: String,
    },
    /// Several certificates in one file.
    #[error(
        "there are several certificates or armored blocks in it; put each certificate into a file of its own"
    )]
    SeveralKeys,

    /// There is nobody to encrypt to.
    #[error("there is no certificate to encrypt to; configure one")]
    NoRecipients,
    /// A certificate that cannot be encrypted to.
    #[error("cannot encrypt to certificate {certificate}: {why}; {}", why.remedy())]
    Recipient {
        /// The certificate.
        certificate: Fingerprint,
        /// The rule that decided.
        why: Box<Unusable>,
    },
    /// Writing an encrypted message failed in the sink.
    #[error("cannot write the encrypted message")]
    Write(#[source] io::Error),
    /// The OpenPGP library could not encrypt.
    #[error("cannot encrypt: {reason}")]
    Encrypt {
        /// What it said.
        reason: String,
    },

    /// A certificate that cannot sign.
    #[error("cannot sign with certificate {certificate}: {why}; {}", why.remedy())]
    Signer {
        /// The certificate.
        certificate: Fingerprint,
        /// The rule that decided.
        why: Box<Unusable>,
    },
    /// A certificate without the secret part of its signing key.
    #[error(
        "cannot sign with certificate {certificate}: the secret part of its signing key is not in the key file; export it with `gpg --export-secret-keys` or `sq key export`"
    )]
    NoSecretKey {
        /// The certificate.
        certificate: Fingerprint,
    },
    /// A secret key that cannot be opened.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The OpenPGP library could not sign.
    #[error("cannot sign with key {key}: {reason}")]
    Sign {
        /// The signing key.
        key: Fingerprint,
        /// What it said.
        reason: String,
    },

    /// Reading the encrypted message failed in its source.
    #[error("cannot read the encrypted message")]
    Read(#[source] io::Error),
    /// Something else where an encrypted message should be.
    #[error("not an encrypted OpenPGP message but {found}")]
    NotAMessage {
        /// What the bytes are instead.
        found: String,
    },
    /// More recipients than are ever tried.
    #[error("the message is encrypted for more than {limit} recipients")]
    TooManyRecipients {
        /// The most that are tried.
        limit: usize,
    },
    /// No secret key for this message.
    #[error(
        "no key at hand decrypts the message: it is encrypted for {recipients}; add the secret key of one of them to the decryption keys"
    )]
    NoKey {
        /// Key ids or fingerprints, as the message names them.
        recipients: String,
    },
    /// The key fits by name, and still does not open the message.
    #[error(
        "key {key} does not open the message although it is encrypted for it: the message is damaged, or another key with the same key id is meant"
    )]
    SessionKey {
        /// The (sub)key that was tried.
        key: Fingerprint,
    },
    /// A packet that has no place in the one structure that is accepted.
    #[error(
        "the message holds {found}; it must be one encrypted-data packet with exactly one literal-data packet in it"
    )]
    Structure {
        /// The packet that was refused, with its article.
        found: String,
        /// Whether other programs make such messages of good data.
        is_common: bool,
    },
    /// The message ends before it is complete.
    #[error("the message is incomplete: it breaks off before its end")]
    Truncated,
    /// The message was changed, or its medium lost bits.
    #[error("the message was changed, damaged or cut short: {reason}")]
    Damaged {
        /// What gave it away.
        reason: String,
    },
    /// An algorithm that is too weak or unknown.
    #[error("the message cannot be decrypted safely: {reason}")]
    Unsupported {
        /// What is unknown or refused.
        reason: String,
    },

    /// A user id that no certificate should carry.
    #[error("cannot make a key: the user id must not be empty nor hold control characters")]
    UserId,
    /// A creation time that OpenPGP cannot write (before 1970, after 2106).
    #[error("cannot make a key: OpenPGP cannot write the time {time}; set this machine's clock")]
    CreationTime {
        /// The time, as RFC 3339.
        time: String,
    },
    /// The OpenPGP library could not make a key.
    #[error("cannot make a key: {reason}")]
    Keygen {
        /// What it said.
        reason: String,
    },
}

/// Why a signature file as a whole is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No byte in it.
    #[error("the signature is empty")]
    Empty,
    /// More than [`Verifier::MAX_SIGNATURE_BYTES`](crate::Verifier::MAX_SIGNATURE_BYTES).
    #[error("the signature is larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: u64,
    },
    /// More than [`Verifier::MAX_SIGNATURES`](crate::Verifier::MAX_SIGNATURES) signatures.
    #[error("the file holds more than {limit} signatures")]
    TooMany {
        /// The most that are verified.
        limit: usize,
    },
    /// Something other than signatures.
    #[error("the signature is malformed: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// Flattens an error of the OpenPGP library and its causes into one line.
///
/// `{:#}` prints the chain of `Display` texts. `{:?}` would print packets, and is never used.
pub(crate) fn reason(error: &openpgp::anyhow::Error) -> String {
    format!("{error:#}")
}

//! OpenPGP for backups: load keys, encrypt, decrypt, sign and verify streams.
//!
//! Everything runs in bounded memory on [`std::io`] streams, with Sequoia on OpenSSL (RFC 9580).
//!
//! - [`Certificate`] is a public or secret key, loaded from a file. [`generate`] makes one.
//! - [`encrypt`] and [`decrypt`] are layers: they run a closure on the inner stream, and the
//!   message is finished, or known to be authentic, only when they return `Ok`.
//! - [`Signer`] makes detached signatures that name the backup they are for, and [`Verifier`] says
//!   for each signature of a file whether it is evidence, by rules that it can name.
//! - [`recipients_of`] tells from the head of a message for whom it is encrypted, and
//!   [`Keyring::holds`] whether one of those keys is at hand.
//!
//! A message has one structure only: an encrypted-data packet with integrity protection, in it a
//! literal. Layers that OpenPGP would allow besides (compression, inline signatures, encryption in
//! encryption) are refused before their content is looked at.
//!
//! Verification follows Sequoia's `DetachedVerifier` with one deviation. There, a key is judged by
//! the self-signatures that it had when it signed. GnuPG replaces them when an expiry is extended,
//! and exports only the new ones. So where none is as old as the signature, or the one that is says
//! that the key had expired, the earliest later one decides by which it had not. The key itself
//! must be as old as the signature, and revocations and algorithms are judged as ever.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::time::SystemTime;
//! use prose_backup_crypto::*;
//!
//! # fn main() -> Result<()> {
//! let now = SystemTime::now();
//! let made = generate(&KeygenOptions {
//!     user_id: "Prose backups <admin@example.org>".into(),
//!     gnupg_compatible: false,
//!     passphrase: None,
//!     created: now,
//! })?;
//! let key = Certificate::from_bytes(&made.secret)?;
//!
//! let mut message = Vec::new();
//! encrypt(&Recipients::new([&key], now)?, &mut message, |sink| {
//!     sink.write_all(b"hello").map_err(Error::Write)
//! })?;
//! let mut signing = Signer::new(&key, &Passphrases::default(), now)?.start("the name")?;
//! signing.write_all(&message).map_err(Error::Write)?;
//! let signature = signing.finish()?;
//!
//! let mut verifier = Verifier::new(&signature, &[key.clone()], now).expect("a signature");
//! verifier.update(&message);
//! assert!(matches!(verifier.finish()[..], [SignatureStatus::Good { .. }]));
//! let keys = Keyring::new([key], Passphrases::default());
//! let text = decrypt(&keys, message.as_slice(), |plain| {
//!     let mut text = String::new();
//!     plain.read_to_string(&mut text).map_err(Error::Read)?;
//!     Ok::<_, Error>(text)
//! })?;
//! assert_eq!(text, "hello");
//! # Ok(())
//! # }
//! ```

mod armor;
mod certificate;
mod decrypt;
mod encrypt;
mod error;
mod fingerprint;
mod head;
mod keygen;
mod keyring;
mod maker;
mod passphrases;
mod policy;
mod recipients;
mod sign;
mod signature_file;
mod status;
mod structure;
mod time;
mod usable;
mod verify;

pub use certificate::{Certificate, Expiry};
pub use decrypt::decrypt;
pub use encrypt::{Sink, encrypt};
pub use error::{Error, Result, SignatureError};
pub use fingerprint::Fingerprint;
pub use head::{HEAD_BYTES, MAX_RECIPIENTS, MessageRecipients, recipients_of};
pub use keygen::{GeneratedKey, KeygenOptions, generate};
pub use keyring::{KeyMatch, KeyStatus, Keyring, RecipientMatch};
pub use passphrases::{Locked, Passphrases};
pub use recipients::Recipients;
pub use sign::{DetachedSigner, Signer};
pub use status::{NOTATION, NameBinding, SignatureStatus};
pub use usable::{Purpose, Rule, Unusable};
pub use verify::Verifier;

//! OpenPGP for backups: load keys, encrypt, decrypt, sign and verify streams.

mod armor;
mod certificate;
mod decrypt;
mod encrypt;
mod error;
mod fingerprint;
mod head;
mod keygen;
mod keyring;
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

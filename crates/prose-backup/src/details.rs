//! What reports say about a backup.

use prose_backup_crypto::{KeyMatch, KeyStatus, SignatureStatus};
use prose_backup_naming::{BackupName, CheckKind, Encryption, Timestamp};
use serde::Serialize;

use crate::{TrustPolicy, Verdict, backups::is_supported, text::as_text};

/// What a listing tells about a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its full name.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// When it was begun, by its name: RFC 3339.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
    /// The size of the stored object, in bytes.
    pub size_bytes: u64,
    /// A signature lies beside it. Nothing was verified.
    pub is_signed: bool,
    /// Its name says that it is encrypted.
    pub is_encrypted: bool,
    /// The checks that the policy needs exist, and its layers were compiled in. One-sided: `false`
    /// means that a restore would fail, `true` does not mean that it would succeed.
    pub can_be_restored: bool,
}

impl Listed {
    pub(crate) fn new(
        name: BackupName,
        size_bytes: u64,
        checks: &[CheckKind],
        policy: TrustPolicy,
    ) -> Self {
        let is_signed = checks.contains(&CheckKind::Signature);
        let is_encrypted = name.layers().encryption != Encryption::Off;
        let has_digest = checks
            .iter()
            .any(|kind| *kind != CheckKind::Signature && is_supported(*kind));
        let is_verifiable = is_signed || (has_digest && !policy.signing_mandatory);
        Self {
            created_at: name.timestamp(),
            size_bytes,
            is_signed,
            is_encrypted,
            can_be_restored: is_verifiable
                && (is_encrypted || !policy.encryption_mandatory)
                && prose_backup_codec::is_supported(name.layers().compression),
            name,
        }
    }
}

/// What is known about a backup. `None` means that it was not looked at: finding out needs the
/// whole of the stored bytes, or a key that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Details {
    /// What the listing tells.
    #[serde(flatten)]
    pub listed: Listed,
    /// The stored bytes are the ones that were written.
    pub is_intact: Option<bool>,
    /// A trusted key signed them, for this name.
    pub is_authentic: Option<bool>,
    /// Who signed, by what the signatures claim.
    pub signing_keys: Vec<SigningKey>,
    /// For whom it is encrypted, by what the message claims.
    pub encryption_keys: Vec<EncryptionKey>,
    /// A key at hand is among them, and can be used.
    pub can_be_decrypted: Option<bool>,
    /// Whether it may be restored.
    pub verdict: Option<Verdict>,
    /// Why the verdict is what it is, or what there is to say without one.
    pub reason: String,
    /// What else an operator should know.
    pub warnings: Vec<String>,
}

/// A key that signed a backup, or is said to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigningKey {
    /// Of the certificate where it is known, else what the signature names: upper-case hexadecimal
    /// digits.
    pub fingerprint: String,
    /// It is ours, or one of the additional trusted issuers.
    pub trusted: bool,
    /// The signature is good; `None` when that was not, or cannot be, found out.
    pub valid: Option<bool>,
}

impl SigningKey {
    /// Of a signature over bytes that were read.
    pub(crate) fn judged(status: &SignatureStatus) -> Self {
        match status {
            SignatureStatus::Good { certificate, .. } => Self {
                fingerprint: certificate.to_string(),
                trusted: true,
                valid: Some(true),
            },
            SignatureStatus::UnknownIssuer { issuers } => Self {
                fingerprint: issuers.first().cloned().unwrap_or_default(),
                trusted: false,
                valid: None,
            },
            SignatureStatus::Bad { certificate, .. } => Self {
                fingerprint: certificate
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                trusted: certificate.is_some(),
                valid: Some(false),
            },
            _ => Self {
                fingerprint: String::new(),
                trusted: false,
                valid: None,
            },
        }
    }

    /// Of a signature over bytes that were not read.
    pub(crate) fn claimed(status: &SignatureStatus) -> Self {
        Self {
            valid: None,
            ..Self::judged(status)
        }
    }
}

/// A key that a backup is encrypted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncryptionKey {
    /// Fingerprint or key id as the message gives it: upper-case hexadecimal digits.
    pub fingerprint: String,
    /// Its secret part is at hand.
    pub at_hand: bool,
    /// What keeps it from being used though it is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl EncryptionKey {
    pub(crate) fn all(matched: &KeyMatch) -> Vec<Self> {
        matched
            .recipients
            .iter()
            .map(|recipient| {
                let (at_hand, problem) = match &recipient.status {
                    KeyStatus::Usable { .. } => (true, None),
                    KeyStatus::Locked(why) => (true, Some(why.to_string())),
                    _ => (false, None),
                };
                Self {
                    fingerprint: recipient.recipient.clone(),
                    at_hand,
                    problem,
                }
            })
            .collect()
    }
}

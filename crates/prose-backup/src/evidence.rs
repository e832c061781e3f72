//! From checks and bytes to evidence.

use std::time::{Duration, SystemTime};

use prose_backup_checksum::{self as checksum, Digest, DigestFile, Hasher};
use prose_backup_crypto::{Certificate, NameBinding, SignatureStatus, Verifier};
use prose_backup_naming::{BackupName, Encryption, Timestamp};

use crate::{
    Binding, DigestEvidence, Evidence, SignatureEvidence, VouchedEvidence,
    checks::{Checks, Signature},
    details::SigningKey,
};

/// How far from the time in a backup's name a signature that names no backup may have been made.
const NEAR: Duration = Duration::from_hours(24);

/// Compares bytes, as they pass, with the checks of a backup.
#[derive(Debug)]
pub(crate) struct Examination {
    name: BackupName,
    digests: Vec<(Digest, Hasher)>,
    digest_problems: Vec<String>,
    unsupported: bool,
    signature: SignatureState,
    vouched: Option<(Digest, Hasher)>,
}

#[derive(Debug)]
enum SignatureState {
    Absent,
    /// It can be said without the bytes that it is worthless.
    Unusable(String),
    Pending(Box<Verifier>),
}

/// What the checks say about the bytes that passed.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) evidence: Evidence,
    pub(crate) signing_keys: Vec<SigningKey>,
    /// What was found, in sentence fragments, for the operator.
    pub(crate) remarks: Vec<String>,
}

impl Examination {
    pub(crate) fn new(
        name: &BackupName,
        checks: &Checks,
        trusted: &[Certificate],
        now: Timestamp,
        vouched: Option<Digest>,
    ) -> Result<Self, checksum::Error> {
        let mut examination = Self {
            name: name.clone(),
            digests: Vec::new(),
            digest_problems: Vec::new(),
            unsupported: false,
            vouched: vouched
                .map(|digest| Ok((digest, Hasher::new(digest.algorithm())?)))
                .transpose()?,
            signature: match &checks.signature {
                None => SignatureState::Absent,
                Some(Signature::Oversized) => {
                    SignatureState::Unusable("the signature is larger than 64 KiB".to_owned())
                }
                Some(Signature::Bytes(bytes)) => {
                    match Verifier::new(bytes, trusted, SystemTime::from(now)) {
                        Ok(verifier) => SignatureState::Pending(Box::new(verifier)),
                        Err(error) => SignatureState::Unusable(error.to_string()),
                    }
                }
            },
        };
        for (algorithm, file) in &checks.digests {
            let Some(file) = file else {
                let problem = format!("the {algorithm} digest file is larger than 1 KiB");
                examination.digest_problems.push(problem);
                continue;
            };
            match DigestFile::parse(file, *algorithm, name) {
                Ok(digest) => match Hasher::new(*algorithm) {
                    Ok(hasher) => examination.digests.push((digest, hasher)),
                    Err(_) => examination.unsupported = true,
                },
                Err(error) => examination.digest_problems.push(error.to_string()),
            }
        }
        Ok(examination)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for (_, hasher) in self.digests.iter_mut().chain(&mut self.vouched) {
            hasher.update(bytes);
        }
        if let SignatureState::Pending(verifier) = &mut self.signature {
            verifier.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Findings {
        let mut remarks = self.digest_problems;
        let mut digest = match (
            remarks.is_empty(),
            self.digests.is_empty(),
            self.unsupported,
        ) {
            (false, _, _) => DigestEvidence::Differs,
            (true, false, _) => DigestEvidence::Matches,
            (true, true, true) => DigestEvidence::Unsupported,
            (true, true, false) => DigestEvidence::Absent,
        };
        if self.unsupported {
            remarks.push(
                "a digest was left out, since its hash function was not compiled in".to_owned(),
            );
        }
        for (stored, hasher) in self.digests {
            let computed = hasher.finalize();
            if computed != stored {
                digest = DigestEvidence::Differs;
                remarks.push(format!("the digest is {computed}, and {stored} was stored"));
            }
        }
        let (signature, signing_keys) = match self.signature {
            SignatureState::Absent => (SignatureEvidence::Absent, Vec::new()),
            SignatureState::Unusable(why) => {
                remarks.push(why);
                (SignatureEvidence::Invalid, Vec::new())
            }
            SignatureState::Pending(verifier) => {
                let statuses = verifier.finish();
                remarks.extend(
                    statuses
                        .iter()
                        .filter_map(|status| remark(status, &self.name)),
                );
                (
                    best(&statuses, &self.name),
                    statuses.iter().map(SigningKey::judged).collect(),
                )
            }
        };
        let vouched = match self.vouched {
            None => VouchedEvidence::NotGiven,
            Some((given, hasher)) => {
                let computed = hasher.finalize();
                if computed == given {
                    VouchedEvidence::Matches
                } else {
                    remarks.push(format!("the digest is {computed}, and {given} was given"));
                    VouchedEvidence::Differs
                }
            }
        };
        Findings {
            evidence: Evidence {
                vouched,
                signature,
                digest,
                encrypted: self.name.layers().encryption != Encryption::Off,
            },
            signing_keys,
            remarks,
        }
    }
}

/// Of several signatures the best one counts.
fn best(statuses: &[SignatureStatus], name: &BackupName) -> SignatureEvidence {
    fn rank(evidence: SignatureEvidence) -> u8 {
        match evidence {
            SignatureEvidence::Valid(Binding::ThisName) => 6,
            SignatureEvidence::Valid(Binding::Unnamed {
                near_its_time: true,
            }) => 5,
            SignatureEvidence::Valid(Binding::Unnamed {
                near_its_time: false,
            }) => 4,
            SignatureEvidence::Valid(Binding::OtherName) => 3,
            SignatureEvidence::Invalid => 2,
            SignatureEvidence::Untrusted => 1,
            SignatureEvidence::Absent | SignatureEvidence::Unknown => 0,
        }
    }
    statuses
        .iter()
        .map(|status| match status {
            SignatureStatus::Good { created, names, .. } => {
                SignatureEvidence::Valid(binding(names, *created, name))
            }
            SignatureStatus::UnknownIssuer { .. } => SignatureEvidence::Untrusted,
            // Also whatever a later version of the crate may come to report.
            _ => SignatureEvidence::Invalid,
        })
        .max_by_key(|evidence| rank(*evidence))
        .unwrap_or(SignatureEvidence::Invalid)
}

fn binding(names: &NameBinding, created: SystemTime, name: &BackupName) -> Binding {
    match names {
        NameBinding::One(signed) if *signed == name.to_string().into_bytes() => Binding::ThisName,
        NameBinding::None => {
            let begun = SystemTime::from(name.timestamp());
            let apart = created
                .duration_since(begun)
                .unwrap_or_else(|earlier| earlier.duration());
            Binding::Unnamed {
                near_its_time: apart <= NEAR,
            }
        }
        NameBinding::One(_) | NameBinding::Several => Binding::OtherName,
    }
}

/// What is remarkable about a signature; `None` of a good one for this name.
fn remark(status: &SignatureStatus, name: &BackupName) -> Option<String> {
    match status {
        SignatureStatus::Good {
            names,
            created,
            certificate,
            ..
        } => match (names, binding(names, *created, name)) {
            (_, Binding::ThisName) => None,
            (NameBinding::One(other), _) => Some(format!(
                "the signature by {certificate} was made for the backup {:?}",
                String::from_utf8_lossy(&other[..other.len().min(200)])
            )),
            (NameBinding::Several, _) => Some(format!(
                "the signature by {certificate} names several backups"
            )),
            (NameBinding::None, _) => Some(format!(
                "the signature by {certificate} does not say for which backup it was made"
            )),
        },
        SignatureStatus::UnknownIssuer { issuers } if issuers.is_empty() => {
            Some("there is a signature that does not say who made it".to_owned())
        }
        SignatureStatus::UnknownIssuer { issuers } => Some(format!(
            "it is signed by {}, which is not a trusted issuer",
            issuers.join(" or ")
        )),
        SignatureStatus::Bad {
            certificate: Some(certificate),
            reason,
        } => Some(format!("the signature by {certificate} is bad: {reason}")),
        SignatureStatus::Bad {
            certificate: None,
            reason,
        } => Some(format!("there is a bad signature: {reason}")),
        _ => Some("there is a signature of an unknown kind".to_owned()),
    }
}

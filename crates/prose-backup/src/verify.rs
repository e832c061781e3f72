//! Whether a backup may be restored, found out by reading all of it.

use std::sync::Arc;

use prose_backup_naming::Encryption;
use tokio_util::sync::CancellationToken;

use crate::{
    Acceptance, Backups, Details, DigestEvidence, EncryptionKey, ExamineError, Listed, Observer,
    Operation, SignatureEvidence, Verdict, Which,
    claims::recipients,
    examine::{examine, find},
    operation::blocking,
    verified::{Examined, in_brackets},
    watch::Watch,
};

/// Which backup to verify.
pub struct VerifyRequest {
    /// The backup.
    pub which: Which,
    /// What is accepted by hand.
    pub acceptance: Acceptance,
    /// Told of progress and warnings.
    pub observer: Arc<dyn Observer>,
}

impl Backups {
    /// Reads a backup once, and says what its checks prove. A backup that is refused is no error:
    /// [`Details::verdict`] says so.
    pub fn verify(&self, request: VerifyRequest) -> Operation<Details, ExamineError> {
        let backups = self.clone();
        Operation::start(|token| verify(backups, request, token))
    }
}

async fn verify(
    backups: Backups,
    request: VerifyRequest,
    token: CancellationToken,
) -> Result<Details, ExamineError> {
    let watch = Watch::new(request.observer, token);
    let found = find(&backups, &request.which, &watch).await?;
    let examined = examine(&backups, found, request.acceptance, &watch).await?;
    blocking(move || Ok(details(&backups, &examined, &watch))).await
}

fn details(backups: &Backups, examined: &Examined, watch: &Watch) -> Details {
    let evidence = &examined.findings.evidence;
    let verdict = examined.verdict;
    let name = &examined.name;
    let (mut encryption_keys, mut can_be_decrypted) = (Vec::<EncryptionKey>::new(), None);
    // Nothing of a refused backup is parsed, not even the head that says for whom it is.
    if name.layers().encryption != Encryption::Off && verdict.is_restorable() {
        let told = examined
            .head()
            .map_err(|error| error.to_string())
            .and_then(|head| {
                let keyring = backups.settings.keys.keyring();
                recipients(&head, &keyring.map_err(|error| error.to_string())?)
            });
        match told {
            Ok((keys, decrypts)) => (encryption_keys, can_be_decrypted) = (keys, decrypts),
            Err(problem) => {
                can_be_decrypted = Some(false);
                watch.warn(problem);
            }
        }
    }
    Details {
        listed: Listed::new(
            name.clone(),
            examined.size(),
            &examined.checks,
            backups.settings.policy,
        ),
        is_intact: match (evidence.signature, evidence.digest) {
            (_, DigestEvidence::Differs) => Some(false),
            (SignatureEvidence::Valid(_), _) | (_, DigestEvidence::Matches) => Some(true),
            _ => None,
        },
        is_authentic: Some(verdict == Verdict::Authentic),
        signing_keys: examined.findings.signing_keys.clone(),
        encryption_keys,
        can_be_decrypted,
        verdict: Some(verdict),
        reason: format!("{verdict}{}", in_brackets(&examined.findings.remarks)),
        warnings: watch.warnings(),
    }
}

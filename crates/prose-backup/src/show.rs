//! What can be told about a backup without downloading it.

use prose_backup_crypto::Verifier;
use prose_backup_naming::{BackupName, Encryption};
use prose_backup_storage as storage;

use crate::{
    Backups, Coded, Details, ErrorCode, Listed, Operation, SigningKey, Which,
    checks::{self, Signature},
    clock::{self, WrongClock},
    keys::KeyError,
    operation::blocking,
    recipients::{head, message_keys},
    store_errors::store_code,
    which::{ChooseError, choose},
};

/// A backup could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// It is not known what time it is.
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// There is no such backup.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error("cannot look at {name}")]
    Store {
        /// The backup.
        name: BackupName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
}

impl Coded for ShowError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(_) => ErrorCode::WrongClock,
            Self::Choose(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Store { source, .. } => store_code(source),
        }
    }
}

impl Backups {
    /// Looks at a backup: its listing, its checks, and the head that says for whom it is
    /// encrypted. What needs the stored bytes is `None`.
    pub fn show(&self, which: Which) -> Operation<Details, ShowError> {
        let backups = self.clone();
        Operation::start(|_| async move { show(&backups, which).await })
    }
}

async fn show(backups: &Backups, which: Which) -> Result<Details, ShowError> {
    let settings = &backups.settings;
    let now = clock::now()?;
    let found = choose(&*settings.stores.backups, &which, now).await?;
    let name = found.name.clone();
    let failed = |source| ShowError::Store {
        name: name.clone(),
        source,
    };
    let checks = checks::read(&settings.stores, &name)
        .await
        .map_err(failed)?;
    let listed = Listed::new(name.clone(), found.size, &checks.kinds(), settings.policy);
    let head = match name.layers().encryption {
        Encryption::Off => None,
        Encryption::OpenPgp => Some(head(backups, &found).await.map_err(failed)?),
    };
    let backups = backups.clone();
    blocking(move || {
        let mut warnings = Vec::new();
        let (mut encryption_keys, mut can_be_decrypted) = (Vec::new(), None);
        if let Some(head) = head {
            match message_keys(&backups, &head) {
                Ok((keys, decrypts)) => (encryption_keys, can_be_decrypted) = (keys, decrypts),
                Err(problem) => {
                    can_be_decrypted = Some(false);
                    warnings.push(format!("cannot tell for whom it is encrypted: {problem}"));
                }
            }
        }
        let mut signing_keys = Vec::new();
        match &checks.signature {
            None => {}
            Some(Signature::Oversized) => {
                warnings.push("the signature is larger than 64 KiB".to_owned());
            }
            Some(Signature::Bytes(bytes)) => {
                let trusted = backups.settings.keys.trusted()?;
                match Verifier::new(bytes, &trusted, now.into()) {
                    // Not one of the signed bytes was given to it, so only the issuers count.
                    Ok(verifier) => {
                        signing_keys = verifier.finish().iter().map(SigningKey::claimed).collect();
                    }
                    Err(error) => warnings.push(error.to_string()),
                }
            }
        }
        Ok(Details {
            reason: reason(&listed),
            listed,
            is_intact: None,
            is_authentic: None,
            signing_keys,
            encryption_keys,
            can_be_decrypted,
            verdict: None,
            warnings,
        })
    })
    .await
}

fn reason(listed: &Listed) -> String {
    match (listed.can_be_restored, listed.is_signed) {
        (true, true) => "not verified yet: its signature covers bytes that were not read",
        (true, false) => "not verified yet: its digest covers bytes that were not read",
        (false, _) => {
            "cannot be restored: a check that the policy needs is missing, or a layer of \
                       it was not compiled in"
        }
    }
    .to_owned()
}

//! What is known of a backup after the first reading, and the way to the second.
//!
//! Only a [`Verified`] gives access to what is inside a backup, and only a restorable verdict makes
//! one: whoever holds one knows that the bytes it releases are those that the verdict is about.

use std::{
    fs::File,
    io::{self, Read},
    sync::Arc,
};

use prose_backup_crypto::{HEAD_BYTES, Keyring};
use prose_backup_naming::{BackupName, CheckKind};

use crate::{
    Coded, ErrorCode, Limits, TrustPolicy, Verdict,
    blocks::{Blocks, VerifiedReader},
    evidence::Findings,
    layers::{LayerError, decoding_limits, unwrap},
    verdict,
    watch::Watch,
};

/// A backup that was read once, with what its checks say about the bytes that were read.
pub(crate) struct Examined {
    pub(crate) name: BackupName,
    pub(crate) checks: Vec<CheckKind>,
    pub(crate) findings: Findings,
    pub(crate) verdict: Verdict,
    file: Arc<File>,
    blocks: Arc<Blocks>,
}

/// A backup is refused: what was found, and the verdict.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {verdict}{}", in_brackets(remarks))]
pub struct Refused {
    /// The backup.
    pub name: BackupName,
    /// Why it is refused.
    pub verdict: Verdict,
    /// What was found.
    pub remarks: Vec<String>,
}

pub(crate) fn in_brackets(remarks: &[String]) -> String {
    if remarks.is_empty() {
        String::new()
    } else {
        format!(" ({})", remarks.join("; "))
    }
}

impl Coded for Refused {
    fn code(&self) -> ErrorCode {
        self.verdict.code().unwrap_or(ErrorCode::Failed)
    }
}

impl Examined {
    /// Weighs what one reading of `file` found.
    pub(crate) fn new(
        name: BackupName,
        checks: Vec<CheckKind>,
        findings: Findings,
        policy: TrustPolicy,
        file: File,
        blocks: Blocks,
    ) -> Self {
        Self {
            name,
            checks,
            verdict: verdict(&findings.evidence, &policy),
            findings,
            file: Arc::new(file),
            blocks: Arc::new(blocks),
        }
    }

    /// The size of the object that was read, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.blocks.size()
    }

    /// The first bytes, which say for whom an encrypted backup is.
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        VerifiedReader::new(Arc::clone(&self.file), Arc::clone(&self.blocks))
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)?;
        Ok(head)
    }

    /// The way on, open to restorable backups only.
    pub(crate) fn admit(self) -> Result<Verified, Refused> {
        if !self.verdict.is_restorable() {
            return Err(Refused {
                name: self.name,
                verdict: self.verdict,
                remarks: self.findings.remarks,
            });
        }
        Ok(Verified {
            name: self.name,
            verdict: self.verdict,
            remarks: self.findings.remarks,
            file: self.file,
            blocks: self.blocks,
        })
    }
}

/// A backup whose verdict is restorable.
pub(crate) struct Verified {
    name: BackupName,
    verdict: Verdict,
    remarks: Vec<String>,
    file: Arc<File>,
    blocks: Arc<Blocks>,
}

impl Verified {
    pub(crate) fn name(&self) -> &BackupName {
        &self.name
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict
    }

    pub(crate) fn size(&self) -> u64 {
        self.blocks.size()
    }

    /// Tells the operator what is remarkable about a backup that is restorable all the same.
    pub(crate) fn warn(&self, watch: &Watch) {
        if self.verdict != Verdict::Authentic {
            watch.warn(format!("{} is {}", self.name, self.verdict));
        }
        for remark in &self.remarks {
            watch.warn(remark.clone());
        }
    }

    /// The stored bytes, each released only once it is known to be a verified one.
    pub(crate) fn stored<'a>(&self, watch: &'a Watch) -> impl Read + Send + Sync + use<'a> {
        Reporting {
            reader: VerifiedReader::new(Arc::clone(&self.file), Arc::clone(&self.blocks)),
            watch,
        }
    }

    /// Reads the archive through its layers.
    pub(crate) fn open<T>(
        &self,
        keys: &Keyring,
        limits: &Limits,
        watch: &Watch,
        read: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, LayerError>,
    ) -> Result<T, LayerError> {
        unwrap(
            self.name.layers(),
            keys,
            &decoding_limits(limits, self.verdict, self.size()),
            self.stored(watch),
            read,
        )
    }
}

/// Tells the observer how far the second reading is.
struct Reporting<'a> {
    reader: VerifiedReader,
    watch: &'a Watch,
}

impl Read for Reporting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.watch.advanced(self.reader.position());
        Ok(count)
    }
}

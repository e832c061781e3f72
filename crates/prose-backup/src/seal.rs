//! The pipeline of a new backup: pack, compress, encrypt, and on the way out hash and sign.

use std::io::{self, Write};

use prose_backup_archive::{self as archive, OpenBlueprint, PackOptions};
use prose_backup_checksum::{Digest, Hasher};
use prose_backup_crypto::{DetachedSigner, Recipients, Signer};
use prose_backup_naming::BackupName;
use prose_backup_storage::pipe::PipeWriter;

use crate::{
    Backups, CreateError,
    layers::{LayerError, max_archive_bytes, wrap},
    watch::Watch,
};

/// All that is decided before the first byte is read.
pub(crate) struct Plan {
    pub(crate) name: BackupName,
    pub(crate) volumes: OpenBlueprint,
    pub(crate) signer: Option<Signer>,
    pub(crate) recipients: Option<Recipients>,
    pub(crate) hasher: Hasher,
}

/// What came out of the pipeline.
pub(crate) struct Sealed {
    pub(crate) size: u64,
    pub(crate) digest: Digest,
    pub(crate) signature: Option<Vec<u8>>,
}

/// Pack, compress, encrypt, and on the way out hash and sign.
pub(crate) fn seal(
    backups: &Backups,
    plan: Plan,
    watch: &Watch,
    writer: PipeWriter,
) -> Result<Sealed, CreateError> {
    let settings = &*backups.settings;
    let mut outlet = Outlet {
        writer,
        hasher: plan.hasher,
        signer: plan
            .signer
            .map(|signer| signer.start(&plan.name.to_string()))
            .transpose()
            .map_err(CreateError::Sign)?,
        size: 0,
        max: settings.limits.max_stored_bytes,
    };
    let options = PackOptions {
        limits: settings.limits.archive.clone(),
    };
    let is_signed = outlet.signer.is_some();
    let packed = wrap(
        settings.compression,
        plan.recipients.as_ref(),
        &mut outlet,
        |sink| {
            let mut counter = Counter { sink, bytes: 0 };
            archive::pack(&plan.volumes, &options, watch, &mut counter)?;
            Ok(counter.bytes)
        },
    );
    if outlet.size > outlet.max {
        return Err(CreateError::TooLarge { max: outlet.max });
    }
    let content = packed?;
    let max = max_archive_bytes(&settings.limits, is_signed, outlet.size);
    if content > max {
        return Err(CreateError::ContentTooLarge { content, max });
    }
    outlet.finish()
}

/// Counts the bytes of the archive.
struct Counter<'a> {
    sink: archive::Sink<'a>,
    bytes: u64,
}

impl Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Where stored bytes leave the pipeline: to the store, past the digest and the signer.
struct Outlet {
    writer: PipeWriter,
    hasher: Hasher,
    signer: Option<DetachedSigner>,
    size: u64,
    max: u64,
}

impl Outlet {
    fn finish(self) -> Result<Sealed, CreateError> {
        let signature = self
            .signer
            .map(DetachedSigner::finish)
            .transpose()
            .map_err(CreateError::Sign)?;
        self.writer.finish().map_err(LayerError::Io)?;
        Ok(Sealed {
            size: self.size,
            digest: self.hasher.finalize(),
            signature,
        })
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        if self.size > self.max {
            return Err(io::Error::other("the backup is too large"));
        }
        self.hasher.update(bytes);
        if let Some(signer) = &mut self.signer {
            signer.write_all(bytes)?;
        }
        self.writer.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! Writing an archive.

mod file;
mod links;
mod omissions;
mod output;
mod walk;

use crate::{
    EntryPath, Limits, Observer, OpenBlueprint, Result,
    budget::Budget,
    end_record::{self, Tally},
    manifest,
    os::xattr::XattrReader,
    read::record_entry,
    tar::{ZERO_BLOCK, frame},
};
use omissions::Omissions;
use output::Output;

/// Where an archive's bytes go; what every layer of a backup writes to.
pub type Sink<'a> = &'a mut (dyn std::io::Write + Send + Sync);

/// How to pack.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// What would exceed these would not be restored with them either, and so is not packed.
    pub limits: Limits,
}

/// What was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackReport {
    /// How many entries.
    pub entries: u64,
    /// How many bytes in files.
    pub bytes: u64,
}

/// Writes all volumes to `sink`, as one archive of format 1.
///
/// The bytes depend on nothing but the blueprint's number, the names of its volumes and the trees
/// below them: packing the same trees again gives the same bytes.
///
/// On an error the sink holds the beginning of an archive, which nothing accepts.
pub fn pack(
    blueprint: &OpenBlueprint,
    options: &PackOptions,
    observer: &dyn Observer,
    sink: Sink<'_>,
) -> Result<PackReport> {
    let manifest = blueprint.manifest().encode();
    let mut packer = Packer {
        blueprint,
        output: Output::new(sink),
        budget: Budget::new(options.limits.clone()),
        tally: Tally::new(&manifest),
        observer,
        omissions: Omissions::new(observer),
        hasher: blake3::Hasher::new(),
        xattrs: XattrReader::new(),
        header: Vec::new(),
    };
    packer.put_record(manifest::NAME, &manifest)?;
    for volume in blueprint.volumes() {
        packer.pack_volume(volume)?;
    }
    let end = packer.tally.end_record().encode();
    packer.put_record(end_record::NAME, &end)?;
    packer.output.put(&ZERO_BLOCK)?;
    packer.output.put(&ZERO_BLOCK)?;
    packer.output.flush()?;
    packer.omissions.finish();
    Ok(PackReport {
        entries: packer.tally.entries(),
        bytes: packer.tally.bytes(),
    })
}

/// An archive being written.
struct Packer<'a> {
    blueprint: &'a OpenBlueprint,
    output: Output<'a>,
    budget: Budget,
    tally: Tally,
    observer: &'a dyn Observer,
    omissions: Omissions<'a>,
    hasher: blake3::Hasher,
    xattrs: XattrReader,
    /// The header blocks of the current entry.
    header: Vec<u8>,
}

impl Packer<'_> {
    /// Writes the manifest or the end record.
    fn put_record(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let entry = record_entry(&EntryPath::from(name), content.len() as u64);
        self.header.clear();
        frame::encode(&entry, &mut self.header);
        self.output.put(&self.header)?;
        self.output.put(content)?;
        self.output.pad(content.len() as u64)
    }
}

//! What an archive may demand of the machine that reads it.

use std::fmt;

use crate::{EntryPath, Error, Result, entry::Entry};

/// Bounds that hold for reading **and** for packing: what a restore with the same limits would
/// refuse is not written in the first place.
///
/// The defaults are far above what a real volume holds and below what exhausts a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many entries an archive may hold, its manifest and end record not counted.
    pub max_entries: u64,
    /// How many bytes all files may hold together.
    pub max_bytes: u64,
    /// How long a path (volume name included) or the target of a link may be, in bytes.
    pub max_path_bytes: usize,
    /// How many components a path may have, the volume's name included.
    pub max_depth: usize,
    /// How long one component of a path may be, in bytes.
    pub max_name_bytes: usize,
    /// How large the pax extended header of one entry may be, in bytes.
    pub max_extended_header_bytes: usize,
}

impl Default for Limits {
    /// Ten million entries, 16 TiB, paths of 16 KiB, 2,048 levels, names of 255 bytes (all that
    /// Linux allows) and extended headers of 1 MiB.
    fn default() -> Self {
        Self {
            max_entries: 10_000_000,
            max_bytes: 16 << 40,
            max_path_bytes: 16 << 10,
            max_depth: 2048,
            max_name_bytes: 255,
            max_extended_header_bytes: 1 << 20,
        }
    }
}

/// One of the [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::max_entries`]
    Entries,
    /// [`Limits::max_bytes`]
    Bytes,
    /// [`Limits::max_path_bytes`]
    PathBytes,
    /// [`Limits::max_depth`]
    Depth,
    /// [`Limits::max_name_bytes`]
    NameBytes,
    /// [`Limits::max_extended_header_bytes`]
    ExtendedHeaderBytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entries => "entries",
            Self::Bytes => "bytes in files",
            Self::PathBytes => "bytes in a path",
            Self::Depth => "levels of directories",
            Self::NameBytes => "bytes in a name",
            Self::ExtendedHeaderBytes => "bytes in an extended header",
        })
    }
}

/// Counts what an archive holds, and stops at the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    entries: u64,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: 0,
            bytes: 0,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Admits one more entry, or names the limit that it breaks.
    pub(crate) fn admit(&mut self, entry: &Entry) -> Result<()> {
        self.admit_path(&entry.path)?;
        if let Some(target) = entry.kind.link_target() {
            within(
                Limit::PathBytes,
                self.limits.max_path_bytes as u64,
                target.as_bytes().len() as u64,
                &entry.path,
            )?;
        }
        self.entries += 1;
        within(
            Limit::Entries,
            self.limits.max_entries,
            self.entries,
            &entry.path,
        )?;
        self.bytes = self.bytes.saturating_add(entry.size());
        within(Limit::Bytes, self.limits.max_bytes, self.bytes, &entry.path)
    }

    fn admit_path(&self, path: &EntryPath) -> Result<()> {
        let length = path.as_bytes().len() as u64;
        within(
            Limit::PathBytes,
            self.limits.max_path_bytes as u64,
            length,
            path,
        )?;
        let mut depth = 0;
        for name in path.components() {
            depth += 1;
            within(
                Limit::NameBytes,
                self.limits.max_name_bytes as u64,
                name.len() as u64,
                path,
            )?;
        }
        within(Limit::Depth, self.limits.max_depth as u64, depth, path)
    }
}

/// Refuses a `value` above `maximum`.
pub(crate) fn within(limit: Limit, maximum: u64, value: u64, path: &EntryPath) -> Result<()> {
    if value <= maximum {
        return Ok(());
    }
    Err(Error::LimitExceeded {
        limit,
        maximum,
        path: path.clone(),
    })
}

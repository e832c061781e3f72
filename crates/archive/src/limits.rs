//! What an archive may demand of the machine that reads it.

use std::fmt;

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
    /// How much the extended attributes of one entry may take: their names, their values, and 64
    /// bytes for each.
    pub max_xattr_bytes: usize,
    /// How much the extended attributes of a directory and of all directories that it lies in may
    /// take together, counted likewise: a restore keeps them in memory until these are done.
    pub max_nested_xattr_bytes: usize,
    /// How many bytes an extraction must leave free on the file system that it writes to, for
    /// everything else on this machine. `None` is one in a hundred of what the file system holds,
    /// and at most 1 GiB. Neither packing nor [`list`](crate::list()) looks at it.
    pub min_free_bytes: Option<u64>,
}

impl Default for Limits {
    /// Ten million entries, 16 TiB, paths of 16 KiB, 2,048 levels, names of 255 bytes (all that
    /// Linux allows), extended headers of 1 MiB, and extended attributes of 256 KiB at one entry and
    /// of 4 MiB at nested directories.
    fn default() -> Self {
        Self {
            max_entries: 10_000_000,
            max_bytes: 16 << 40,
            max_path_bytes: 16 << 10,
            max_depth: 2048,
            max_name_bytes: 255,
            max_extended_header_bytes: 1 << 20,
            max_xattr_bytes: 256 << 10,
            max_nested_xattr_bytes: 4 << 20,
            min_free_bytes: None,
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
    /// [`Limits::max_xattr_bytes`]
    XattrBytes,
    /// [`Limits::max_nested_xattr_bytes`]
    NestedXattrBytes,
}

impl Limit {
    /// What an operator can do about it, as a fragment of a sentence.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Entries | Self::Bytes => "raise this limit, or keep less in the volumes",
            Self::PathBytes | Self::Depth | Self::NameBytes => {
                "rename or move what lies there; if this is a restore, do not trust the backup"
            }
            Self::ExtendedHeaderBytes | Self::XattrBytes | Self::NestedXattrBytes => {
                "remove extended attributes there; if this is a restore, do not trust the backup"
            }
        }
    }
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
            Self::XattrBytes => "bytes in extended attributes",
            Self::NestedXattrBytes => "bytes in extended attributes of nested directories",
        })
    }
}

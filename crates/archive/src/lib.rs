//! Packs volumes into one deterministic tar, and extracts it so that all of it comes back or nothing
//! does.
//!
//! A **volume** is a named directory or file. A [`Blueprint`] lists the volumes of a backup;
//! [`pack`] writes them as an archive of **format 1**, which `docs/format.md` describes byte by byte:
//! a POSIX tar that GNU tar, bsdtar and busybox read, with a manifest first and an end record last.
//! The bytes depend on nothing but the trees themselves.
//!
//! [`Extractor`] reads an archive into a staging directory. Only when its end record matches what was
//! extracted, and nothing follows it, there is a [`Staged`] to commit; whatever goes wrong before
//! leaves nothing behind. [`list()`] does the same checks and writes nothing.
//!
//! An archive may come from an attacker. There is exactly one encoding of every entry, and anything
//! else is refused; no entry can reach outside of its volume, whatever links it brings along; and
//! nothing grows beyond [`Limits`].
//!
//! Everything is synchronous and works on `std::io`. Linux only.
//!
//! ```
//! use prose_backup_archive::{Blueprint, Extractor, Limits, PackOptions, Volume, pack};
//!
//! # let root = tempfile::tempdir()?;
//! # let (data, restored) = (root.path().join("data"), root.path().join("restored"));
//! std::fs::create_dir(&data)?;
//! std::fs::write(data.join("hello.txt"), "hello")?;
//!
//! let volume = Volume { name: "my-data".parse()?, path: data };
//! let blueprint = Blueprint::new(1, vec![volume])?.open()?;
//! let mut archive = Vec::new();
//! let report = pack(&blueprint, &PackOptions::default(), &(), &mut archive)?;
//! assert_eq!((report.entries, report.bytes), (2, 5));
//!
//! let extractor = Extractor::into_directory(&restored, Limits::default(), &())?;
//! extractor.stage(&mut archive.as_slice())?.commit()?;
//! assert_eq!(std::fs::read(restored.join("my-data/hello.txt"))?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blueprint;
mod budget;
mod end_record;
mod entry;
mod error;
mod extract;
mod limits;
mod manifest;
mod observer;
mod os;
mod pack;
mod path;
mod read;
mod tar;

pub use blueprint::{Blueprint, OpenBlueprint, Volume};
pub use entry::{Entry, EntryKind, ModificationTime, Xattr};
pub use error::{Error, Hazard, Mismatch, Result};
pub use extract::{ExtractReport, Extractor, Staged};
pub use limits::{Limit, Limits};
pub use manifest::{DeclaredVolume, Manifest, VolumeKind};
pub use observer::{Observer, Omission, Warning};
pub use pack::{PackOptions, PackReport, Sink, pack};
pub use path::EntryPath;
pub use read::{ListReport, list};

//! Pack volumes into a deterministic tar; extract it safely into staging.

mod blueprint;
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
pub use observer::{Observer, Warning};
pub use pack::{PackOptions, PackReport, Sink, pack};
pub use path::EntryPath;
pub use read::{ListReport, list};

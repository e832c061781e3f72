//! Reading an archive: framing, then rules, then the end record.

mod archive;
mod audit;
mod frames;
mod ledger;
mod list;

pub(crate) use archive::{ArchiveReader, record_entry};
pub use list::{ListReport, list};

//! Object stores for backups: a directory, memory, and the seam between blocking and asynchronous
//! code.
//!
//! An [`ObjectStore`] keeps objects: bytes under exact names, published in one step, never
//! overwritten. All stores do the same under one suite of tests, `conformance` (feature `testing`).
//!
//! ```
//! use prose_backup_storage::{Key, MemoryStore, Nonce, ObjectStore, PutOptions, Publish, get_capped};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let key: Key = "greeting".parse()?;
//! let options = PutOptions::new(Nonce::random()?);
//!
//! // An object appears whole, when its upload is completed.
//! let mut upload = store.upload(&key, &options).await?;
//! upload.put_part("hello, ".into()).await?;
//! upload.put_part("world".into()).await?;
//! upload.complete().await?;
//! assert_eq!(get_capped(&store, &key, 1024).await?, "hello, world");
//!
//! // Nothing is ever overwritten.
//! let again = store.put(&key, "other".into(), &options).await;
//! assert!(matches!(again, Err(Publish::Conflict(_))));
//! # Ok(())
//! # }
//! ```
//!
//! | module | |
//! |---|---|
//! | [`pipe`] | from a blocking writer to an upload's parts, and from a download to a blocking reader |
//! | `fs` (feature `storage-fs`) | `FsStore`: a directory whose regular files are the objects |
//! | `conformance`, `faulty` (feature `testing`) | what every store must do; a store that fails on demand |

mod capped;
mod download;
mod error;
mod key;
mod memory;
mod meta;
mod nonce;
mod store;
mod subject;

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "testing")]
pub mod faulty;
#[cfg(feature = "storage-fs")]
pub mod fs;
pub mod pipe;

pub use capped::get_capped;
pub use download::Download;
pub use error::{Cause, Error, Publish, Result};
#[cfg(feature = "storage-fs")]
pub use fs::{FsOptions, FsStore};
pub use key::Key;
pub use memory::MemoryStore;
pub use meta::{ObjectMeta, Version};
pub use nonce::Nonce;
pub use store::{Deletion, LocalObjects, ObjectStore, PutOptions, Upload};
pub use subject::{Action, FileKind, Subject};

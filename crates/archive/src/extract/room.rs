//! Leaving room for everything else on the disk.

use rustix::fs::fstatvfs;

use super::destination::Destination;
use crate::{Error, Result};

/// How much is written between two looks at the most.
const STEP: u64 = 64 << 20;

/// The most that is kept free unless the limits say otherwise.
const RESERVE: u64 = 1 << 30;

/// Watches over the free space of the file system that an archive is extracted to: a backup from
/// nobody knows whom must not fill the disk of a server that is running.
pub(super) struct Room {
    min_free: Option<u64>,
    /// What may be written before the next look.
    allowance: u64,
}

impl Room {
    /// What an entry takes without its content and attributes.
    pub(super) const OF_AN_ENTRY: u64 = 4 << 10;

    pub(super) fn new(min_free: Option<u64>) -> Self {
        Self {
            min_free,
            allowance: 0,
        }
    }

    /// Asks for so many bytes, which are about to be written.
    ///
    /// The file system is looked at before the first and after each 64 MiB, and more often where
    /// little is left: what must stay free stays free, unless others write at the same time.
    pub(super) fn claim(&mut self, destination: &Destination, bytes: u64) -> Result<()> {
        if bytes > self.allowance {
            self.allowance = self.look(destination, bytes)?;
        }
        self.allowance -= bytes;
        Ok(())
    }

    fn look(&self, destination: &Destination, bytes: u64) -> Result<u64> {
        let path = &destination.path;
        let stat = fstatvfs(&destination.directory)
            .map_err(|errno| Error::io("find the free space of", path, errno))?;
        if stat.f_blocks == 0 {
            // It does not know how large it is.
            return Ok(STEP.max(bytes));
        }
        // What only root may still use does not count: the others on this machine need theirs.
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let size = stat.f_blocks.saturating_mul(stat.f_frsize);
        let reserve = self.min_free.unwrap_or_else(|| RESERVE.min(size / 100));
        let headroom = free.saturating_sub(reserve);
        if headroom < bytes {
            return Err(Error::NoRoom {
                directory: path.clone(),
                free,
                reserve,
            });
        }
        Ok(headroom.min(STEP).max(bytes))
    }
}

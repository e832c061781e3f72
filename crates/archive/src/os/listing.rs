//! The names in a directory, in little memory.

use std::ffi::CStr;

use rustix::{
    fd::AsFd,
    fs::{FileType, RawDir},
    io::{Errno, Result},
};

/// How much the kernel tells at once.
const BUFFER: usize = 32 << 10;

/// The same where only a part of a directory is wanted.
const PART: usize = 4 << 10;

/// The names of one directory, `.` and `..` left out, and a place among them.
///
/// All names lie in one piece of memory, eight bytes each apart from their own length, so that a
/// directory of a million files costs about 30 MB.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The names, each ended by a zero byte.
    names: Vec<u8>,
    slots: Vec<Slot>,
    next: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    /// Without the zero byte.
    length: u16,
    file_type: FileType,
}

impl Listing {
    /// Reads a freshly opened directory to its end. `FBIG` means more than 4 GiB of names.
    pub(crate) fn read(directory: impl AsFd) -> Result<Self> {
        Self::collect(directory, BUFFER, false)
    }

    /// Reads on in a directory, and answers the next few names; none at its end.
    pub(crate) fn read_part(directory: impl AsFd) -> Result<Self> {
        Self::collect(directory, PART, true)
    }

    fn collect(directory: impl AsFd, buffer: usize, few: bool) -> Result<Self> {
        let mut listing = Self {
            names: Vec::new(),
            slots: Vec::new(),
            next: 0,
        };
        let mut buffer = Vec::with_capacity(buffer);
        let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            let name = entry.file_name();
            if name != c"." && name != c".." {
                listing.push(name, entry.file_type())?;
            }
            if few && entries.is_buffer_empty() && listing.len() > 0 {
                break;
            }
        }
        listing.names.shrink_to_fit();
        listing.slots.shrink_to_fit();
        Ok(listing)
    }

    /// Sorts by the raw bytes of the names.
    pub(crate) fn sort(&mut self) {
        let names = &self.names;
        let name = |slot: &Slot| &names[slot.start as usize..][..slot.length.into()];
        self.slots.sort_unstable_by(|a, b| name(a).cmp(name(b)));
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The next name, and what the directory says that it is (`Unknown` on some file systems).
    pub(crate) fn next(&mut self) -> Option<(&CStr, FileType)> {
        let slot = self.slots.get(self.next)?;
        self.next += 1;
        let name = CStr::from_bytes_until_nul(&self.names[slot.start as usize..]).ok()?;
        Some((name, slot.file_type))
    }

    fn push(&mut self, name: &CStr, file_type: FileType) -> Result<()> {
        let bytes = name.to_bytes_with_nul();
        self.slots.push(Slot {
            start: u32::try_from(self.names.len()).map_err(|_| Errno::FBIG)?,
            length: u16::try_from(bytes.len() - 1).map_err(|_| Errno::NAMETOOLONG)?,
            file_type,
        });
        self.names.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs::File, os::unix::ffi::OsStrExt};

    use rustix::fs::{CWD, FileType};

    use super::{Listing, Slot};
    use crate::os::open_directory;

    #[test]
    fn names_come_in_the_order_of_their_bytes() {
        let root = tempfile::tempdir().unwrap();
        let names: [&[u8]; 6] = [b"B", b"a", b"a.b", b"aa", b"a\xff", b"\xc3\xa9"];
        for name in names.iter().rev() {
            File::create(root.path().join(OsStr::from_bytes(name))).unwrap();
        }
        let mut listing = Listing::read(open_directory(CWD, root.path()).unwrap()).unwrap();
        listing.sort();
        let mut found = Vec::new();
        while let Some((name, file_type)) = listing.next() {
            assert_eq!(file_type, FileType::RegularFile);
            found.push(name.to_bytes().to_vec());
        }
        assert_eq!(
            found,
            [&b"B"[..], b"a", b"a.b", b"aa", b"a\xff", b"\xc3\xa9"]
        );
    }

    #[test]
    fn a_part_has_few_of_many_names_and_all_parts_together_have_all() {
        let root = tempfile::tempdir().unwrap();
        for index in 0..2000 {
            File::create(root.path().join(index.to_string())).unwrap();
        }
        let directory = open_directory(CWD, root.path()).unwrap();
        let mut all = 0;
        loop {
            match Listing::read_part(&directory).unwrap().len() {
                0 => break,
                few @ 1..200 => all += few,
                many => panic!("{many} names at once"),
            }
        }
        assert_eq!(all, 2000);
    }

    #[test]
    fn a_name_costs_eight_bytes_more_than_itself() {
        assert_eq!(size_of::<Slot>(), 8);
    }
}

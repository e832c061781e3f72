//! The 512-byte header block of POSIX.1-1988 ("ustar"), as IEEE Std 1003.1, `pax`, describes it.

use std::ops::Range;

/// Everything in a tar is a multiple of this many bytes.
pub(crate) const BLOCK: usize = 512;

/// One block.
pub(crate) type Block = [u8; BLOCK];

/// Two of these end an archive.
pub(crate) const ZERO_BLOCK: Block = [0; BLOCK];

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const UID: Range<usize> = 108..116;
const GID: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const MTIME: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const TYPEFLAG: usize = 156;
const LINK_NAME: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
const DEVICE_MAJOR: Range<usize> = 329..337;
const DEVICE_MINOR: Range<usize> = 337..345;
const PREFIX: Range<usize> = 345..500;

const MAGIC_AND_VERSION: &[u8; 8] = b"ustar\x0000";

/// The bytes that fill the last block of `size` bytes of content.
pub(crate) fn padding(size: u64) -> usize {
    let used = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    (BLOCK - used) % BLOCK
}

/// The fields of a header block that can differ between entries.
///
/// Numbers that their field has no room for as octal digits are written in base 256, the way GNU
/// tar does; a pax record then says them again in the standard's way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) prefix: &'a [u8],
    pub(crate) mode: u64,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) size: u64,
    pub(crate) mtime: u64,
    pub(crate) typeflag: u8,
    pub(crate) link_name: &'a [u8],
}

impl<'a> Header<'a> {
    /// The longest name that fits without a prefix.
    pub(crate) const MAX_NAME: usize = 100;
    /// The longest prefix.
    pub(crate) const MAX_PREFIX: usize = 155;
    /// The first number that does not fit the fields of user and group.
    pub(crate) const ID_END: u64 = 1 << 21;
    /// The first number that does not fit the fields of size (8 GiB) and time (in 2242).
    pub(crate) const LONG_END: u64 = 1 << 33;

    /// The block; names must fit their fields.
    pub(crate) fn encode(&self) -> Block {
        let mut block = ZERO_BLOCK;
        put_text(&mut block[NAME], self.name);
        put_number(&mut block[MODE], self.mode);
        put_number(&mut block[UID], self.uid);
        put_number(&mut block[GID], self.gid);
        put_number(&mut block[SIZE], self.size);
        put_number(&mut block[MTIME], self.mtime);
        block[TYPEFLAG] = self.typeflag;
        put_text(&mut block[LINK_NAME], self.link_name);
        block[MAGIC].copy_from_slice(MAGIC_AND_VERSION);
        put_number(&mut block[DEVICE_MAJOR], 0);
        put_number(&mut block[DEVICE_MINOR], 0);
        put_text(&mut block[PREFIX], self.prefix);
        let checksum = checksum(&block);
        block[CHECKSUM].copy_from_slice(&checksum);
        block
    }

    /// Reads a block. Whether it is in the one form that [`encode`](Self::encode) gives is for the
    /// caller to see, by encoding what was read.
    pub(crate) fn decode(block: &'a Block) -> Result<Self, &'static str> {
        if !has_checksum(block) {
            return Err("the checksum of a header is wrong");
        }
        Ok(Self {
            name: text(&block[NAME]),
            prefix: text(&block[PREFIX]),
            mode: number(&block[MODE])?,
            uid: number(&block[UID])?,
            gid: number(&block[GID])?,
            size: number(&block[SIZE])?,
            mtime: number(&block[MTIME])?,
            typeflag: block[TYPEFLAG],
            link_name: text(&block[LINK_NAME]),
        })
    }

    /// The type flag of a block, whatever else it holds.
    pub(crate) fn typeflag_of(block: &Block) -> u8 {
        block[TYPEFLAG]
    }

    /// The field `name` of a block, whatever else it holds.
    pub(crate) fn name_of(block: &Block) -> &[u8] {
        text(&block[NAME])
    }
}

/// Whether the block carries the checksum of a tar header, by any program's spelling.
pub(crate) fn has_checksum(block: &Block) -> bool {
    let digits = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        u32::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
    };
    digits(&block[CHECKSUM]) == Some(sum(block))
}

/// The sum of all bytes, the checksum's own field counted as blanks.
fn sum(block: &Block) -> u32 {
    let all: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    let field: u32 = block[CHECKSUM].iter().map(|&byte| u32::from(byte)).sum();
    all - field + 8 * u32::from(b' ')
}

fn checksum(block: &Block) -> [u8; 8] {
    let mut field = *b"000000\0 ";
    put_octal(&mut field[..6], sum(block).into());
    field
}

fn put_text(field: &mut [u8], text: &[u8]) {
    debug_assert!(text.len() <= field.len());
    for (to, from) in field.iter_mut().zip(text) {
        *to = *from;
    }
}

/// The text up to the first zero byte, or the whole field.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn put_number(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    if value >> (3 * digits).min(63) == 0 {
        put_octal(&mut field[..digits], value);
        return;
    }
    field.fill(0);
    let start = field.len() - size_of::<u64>().min(digits);
    let bytes = value.to_be_bytes();
    let skipped = bytes.len() - (field.len() - start);
    field[start..].copy_from_slice(&bytes[skipped..]);
    field[0] = 0x80;
}

fn put_octal(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value & 7).unwrap_or(0);
        value >>= 3;
    }
}

fn number(field: &[u8]) -> Result<u64, &'static str> {
    const WRONG: &str = "a number in a header is malformed";
    let (first, rest) = field.split_first().ok_or(WRONG)?;
    let (digits, base) = match first {
        0x80 => (rest, 256),
        _ => (field.strip_suffix(&[0]).ok_or(WRONG)?, 8),
    };
    digits.iter().try_fold(0_u64, |value, &byte| {
        let digit = if base == 256 {
            byte
        } else {
            byte.checked_sub(b'0').filter(|&d| d < 8).ok_or(WRONG)?
        };
        let shifted = value.checked_mul(base).ok_or(WRONG)?;
        shifted.checked_add(digit.into()).ok_or(WRONG)
    })
}

#[cfg(test)]
mod tests {
    use super::{Header, padding};

    #[test]
    fn numbers_come_back_from_octal_and_from_base_256() {
        for (id, long) in [
            (0, 0),
            (Header::ID_END - 1, Header::LONG_END - 1),
            (Header::ID_END, Header::LONG_END),
            (u64::from(u32::MAX), u64::MAX),
        ] {
            let block = Header {
                name: b"x",
                uid: id,
                gid: id,
                size: long,
                mtime: long,
                typeflag: b'0',
                ..Header::default()
            }
            .encode();
            let read = Header::decode(&block).unwrap();
            assert_eq!(
                (read.uid, read.gid, read.size, read.mtime),
                (id, id, long, long)
            );
        }
    }

    #[test]
    fn a_size_of_9_gib_is_written_in_base_256_for_programs_that_know_no_pax() {
        let block = Header {
            size: 9 << 30,
            ..Header::default()
        }
        .encode();
        assert_eq!(block[124..136], *b"\x80\0\0\0\0\0\0\x02\x40\0\0\0");
    }

    #[test]
    fn a_changed_byte_breaks_the_checksum() {
        let mut block = Header {
            name: b"x",
            ..Header::default()
        }
        .encode();
        block[0] = b'y';
        assert!(Header::decode(&block).is_err());
    }

    #[test]
    fn content_is_padded_to_whole_blocks() {
        assert_eq!([0, 1, 511, 512, 513].map(padding), [0, 511, 1, 0, 511]);
    }
}

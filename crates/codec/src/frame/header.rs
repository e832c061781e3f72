use crate::Error;

/// What starts every data frame (RFC 8878, section 3.1.1).
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// Magic number, descriptor, window descriptor, dictionary identifier, content size.
pub(super) const MAX_BYTES: usize = 4 + 1 + 1 + 4 + 8;

/// What a frame says about itself before its first block.
///
/// The zstd library reads all this as well, but does not let it be judged before it acts on it,
/// nor does it name the values in its errors.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// How many bytes the decoder has to hold in memory.
    pub(super) window: u64,
    /// How many bytes the frame decompresses to, if it says so.
    pub(super) content: Option<u64>,
    /// The number of the dictionary that it was made with; 0 is none.
    pub(super) dictionary: u32,
}

/// The kinds of frame that there are, by how they start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    Frame,
    SkippableFrame,
    Other,
}

impl Start {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes.first_chunk::<4>() {
            Some(&MAGIC) => Self::Frame,
            // 0x184D2A5?, little-endian (section 3.1.2).
            Some([low, 0x2A, 0x4D, 0x18]) if low & 0xF0 == 0x50 => Self::SkippableFrame,
            _ => Self::Other,
        }
    }
}

impl FrameHeader {
    /// Reads the header at the start of `bytes`: the first [`MAX_BYTES`] of the data, or all of it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        check_magic(bytes)?;
        Self::parse_fields(&mut Fields(&bytes[MAGIC.len()..])).ok_or(Error::Truncated {
            after: bytes.len() as u64,
        })
    }

    /// `None` when the fields are not all there.
    fn parse_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let [descriptor] = fields.take()?;
        let single_segment = descriptor & 0b10_0000 != 0;
        let window = if single_segment {
            None
        } else {
            Some(window_size(fields.take()?))
        };
        let dictionary = match descriptor & 0b11 {
            0 => 0,
            1 => u32::from(u8::from_le_bytes(fields.take()?)),
            2 => u32::from(u16::from_le_bytes(fields.take()?)),
            _ => u32::from_le_bytes(fields.take()?),
        };
        let content = match descriptor >> 6 {
            0 if !single_segment => None,
            0 => Some(u64::from(u8::from_le_bytes(fields.take()?))),
            // The RFC saves the values that one byte could hold.
            1 => Some(u64::from(u16::from_le_bytes(fields.take()?)) + 256),
            2 => Some(u64::from(u32::from_le_bytes(fields.take()?))),
            _ => Some(u64::from_le_bytes(fields.take()?)),
        };
        Some(Self {
            // The content of a single segment is its own window.
            window: window.or(content)?,
            content,
            dictionary,
        })
    }
}

fn check_magic(bytes: &[u8]) -> Result<(), Error> {
    match Start::of(bytes) {
        Start::Frame => Ok(()),
        Start::SkippableFrame => Err(Error::SkippableFrame { at: 0 }),
        Start::Other if bytes.is_empty() => Err(Error::Empty),
        Start::Other if MAGIC.starts_with(bytes) => Err(Error::Truncated {
            after: bytes.len() as u64,
        }),
        Start::Other => {
            let start: Vec<_> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
            Err(Error::NotZstd {
                start: start.join(" "),
            })
        }
    }
}

/// Section 3.1.1.1.2. At most 3.75 TiB.
fn window_size([descriptor]: [u8; 1]) -> u64 {
    let base = 1u64 << (10 + (descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 0b111)
}

/// Cuts fixed-size fields off the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[u8]) -> FrameHeader {
        FrameHeader::parse(&[&MAGIC, fields].concat()).unwrap()
    }

    #[test]
    fn a_window_descriptor_says_exponent_and_eighths() {
        assert_eq!(window_size([0x00]), 1024);
        assert_eq!(window_size([0x58]), 2 * 1024 * 1024);
        assert_eq!(window_size([0x88]), 128 * 1024 * 1024);
        assert_eq!(window_size([0x89]), 144 * 1024 * 1024);
        assert_eq!(window_size([0xFF]), 15 << 38);
    }

    #[test]
    fn the_size_of_a_single_segment_is_its_window() {
        for (fields, size) in [
            (&[0x20, 7][..], 7),
            (&[0x60, 1, 0], 257),
            (&[0xA0, 0, 0, 0, 1], 1 << 24),
            (&[0xE0, 0, 0, 0, 0, 0, 0, 0, 0x80], 1 << 63),
        ] {
            let header = FrameHeader {
                window: size,
                content: Some(size),
                dictionary: 0,
            };
            assert_eq!(parse(fields), header);
        }
    }

    #[test]
    fn dictionary_identifiers_have_four_widths() {
        assert_eq!(parse(&[0x00, 0]).dictionary, 0);
        assert_eq!(parse(&[0x01, 0, 9]).dictionary, 9);
        assert_eq!(parse(&[0x02, 0, 9, 1]).dictionary, 265);
        assert_eq!(parse(&[0x03, 0, 9, 0, 0, 1]).dictionary, (1 << 24) + 9);
    }

    #[test]
    fn the_longest_header_fits_the_buffer_and_every_shorter_one_is_truncated() {
        let mut longest = [0u8; MAX_BYTES];
        longest[..4].copy_from_slice(&MAGIC);
        longest[4] = 0b1100_0011;
        FrameHeader::parse(&longest).unwrap();
        for length in 1..MAX_BYTES {
            assert!(matches!(
                FrameHeader::parse(&longest[..length]),
                Err(Error::Truncated { after }) if after == length as u64
            ));
        }
    }
}

//! Bytes to fill files with, the same each time.

use std::io::{Result, Write};

/// What bytes are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Like what people write: it compresses to a third or so.
    Text,
    /// Like what is compressed or encrypted already.
    Incompressible,
}

/// A stream of numbers that are as good as random, and always the same for one seed (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

impl Content {
    /// Writes `length` bytes.
    pub(crate) fn write(self, length: u64, random: &mut Random, to: &mut dyn Write) -> Result<()> {
        /// How much is made at once; a multiple of the size of a number.
        const PIECE: usize = 64 << 10;
        let mut piece = Vec::with_capacity(PIECE);
        let mut left = length;
        while left > 0 {
            piece.clear();
            while piece.len() < PIECE {
                match self {
                    Self::Incompressible => piece.extend_from_slice(&random.next().to_le_bytes()),
                    Self::Text => word(random, &mut piece),
                }
            }
            let length = left.min(PIECE as u64);
            to.write_all(&piece[..usize::try_from(length).unwrap()])?;
            left -= length;
        }
        Ok(())
    }
}

fn word(random: &mut Random, text: &mut Vec<u8>) {
    const WORDS: &str = "the server message archive roster of and contact room hello thanks tomorrow \
        at lunch did you see what she wrote yesterday I think we should meet near station before \
        noon please bring documents with it is stanza xmlns jabber client type chat body id from to \
        stamp delay queryid result forwarded origin markable receipt urn xmpp sid mam carbons";
    static LIST: std::sync::LazyLock<Vec<&str>> =
        std::sync::LazyLock::new(|| WORDS.split_whitespace().collect());
    let number = random.next();
    let index = usize::try_from(number % LIST.len() as u64).unwrap();
    text.extend_from_slice(LIST[index].as_bytes());
    text.push(if number >> 60 == 0 { b'\n' } else { b' ' });
    if number >> 59 == 2 {
        // Times and identifiers keep it from being nothing but words.
        text.extend_from_slice(format!("{:x}", number >> 16).as_bytes());
    }
}

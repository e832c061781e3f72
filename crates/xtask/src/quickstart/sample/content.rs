//! What is in the sample's files.

use std::fmt::Write;

/// Numbers that look random and are the same each time (xorshift64*).
pub(super) struct Random(u64);

impl Random {
    /// `seed` must not be zero.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Bytes that no compression makes smaller, as pictures are.
    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 16] = [
            "we", "meet", "at", "the", "office", "tomorrow", "please", "bring", "your", "notes",
            "and", "a", "cake", "thanks", "see", "you",
        ];
        let index = usize::try_from(self.next() >> 60).unwrap_or_default();
        WORDS.get(index).copied().unwrap_or_default()
    }
}

/// An account as Prosody stores it.
pub(super) fn account(user: u64) -> Vec<u8> {
    format!(
        "return {{\n\t[\"iteration_count\"] = 10000;\n\t[\"salt\"] = \"{user:032x}\";\n\t[\"stored_key\"] = \"{:064x}\";\n}};\n",
        user.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
    .into_bytes()
}

/// A message archive as Prosody stores it: one item after another.
pub(super) fn archive(random: &mut Random, messages: u32) -> Vec<u8> {
    let mut text = String::new();
    for message in 0..messages {
        let body = [(); 12].map(|()| random.word()).join(" ");
        // Writing to a string cannot fail.
        _ = writeln!(
            text,
            "item({{\n\t[\"key\"] = \"{:016x}\";\n\t[\"when\"] = {};\n\t[\"with\"] = \"user{}@example.org\";\n\
             \t[1] = \"{body}\";\n}});",
            random.next(),
            1_767_225_600 + message,
            message % 24,
        );
    }
    text.into_bytes()
}

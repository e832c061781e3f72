//! Shared inputs for the benches.

/// `length` bytes like a Pod's: pieces of 64 KiB, by turns chat messages as Prosody stores them and
/// bytes that do not compress, as in uploaded pictures. Always the same ones.
///
/// With zstd at level 3 about 0.6 of it remains.
pub fn sample(length: usize) -> Vec<u8> {
    const PIECE: usize = 64 * 1024;
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut data = Vec::with_capacity(length + PIECE);
    while data.len() < length {
        push_messages(&mut data, PIECE, &mut numbers);
        push_noise(&mut data, PIECE, &mut numbers);
    }
    data.truncate(length);
    data
}

fn push_messages(data: &mut Vec<u8>, length: usize, numbers: &mut Numbers) {
    const WORDS: [&str; 16] = [
        "the", "balcony", "of", "night", "and", "a", "rose", "by", "any", "other", "name", "would",
        "smell", "as", "sweet", "tomorrow",
    ];
    let end = data.len() + length;
    while data.len() < end {
        let number = numbers.next();
        let header = format!(
            "item({{\n\t[\"key\"] = \"{number:016x}\";\n\t[\"when\"] = {};\n\t[\"with\"] = \
             \"user{}@example.org\";\n\t\"",
            1_764_000_000 + (number >> 40),
            number % 50,
        );
        data.extend_from_slice(header.as_bytes());
        for _ in 0..5 + number % 30 {
            // 16 words, four bits.
            let word = WORDS[(numbers.next() >> 60) as usize];
            data.extend_from_slice(word.as_bytes());
            data.push(b' ');
        }
        data.extend_from_slice(b"\";\n});\n");
    }
    data.truncate(end);
}

fn push_noise(data: &mut Vec<u8>, length: usize, numbers: &mut Numbers) {
    let end = data.len() + length;
    while data.len() < end {
        data.extend_from_slice(&numbers.next().to_le_bytes());
    }
    data.truncate(end);
}

/// Pseudorandom numbers: xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's
/// xorshift generators, scrambled", 2016).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

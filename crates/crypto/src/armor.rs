//! Armored or binary: both become the same packets, and nothing beside them is skipped.

use std::io::Read;

use openpgp::armor::{Kind, Reader, ReaderMode};
use sequoia_openpgp as openpgp;
use zeroize::Zeroizing;

/// Every packet header has this bit set (RFC 9580, section 4.2), and no ASCII text has it.
const PACKET_BIT: u8 = 0x80;

const BEGIN: &str = "-----BEGIN ";

/// What bytes look like from outside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// Nothing, or white space only.
    Empty,
    /// What could be OpenPGP packets.
    Binary(&'a [u8]),
    /// Exactly one armored block with nothing but white space around it.
    Armored(&'a str),
    /// More than one armored block, of OpenPGP or anything else.
    SeveralBlocks,
    /// None of these; the text says what instead.
    Other(&'static str),
}

/// Looks at the outside only: the content of an armored block is not decoded.
pub(crate) fn shape(bytes: &[u8]) -> Shape<'_> {
    match bytes.first() {
        None => return Shape::Empty,
        Some(first) if first & PACKET_BIT != 0 => return Shape::Binary(bytes),
        Some(_) => {}
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Shape::Other("other binary data");
    };
    let text = text.trim();
    if text.is_empty() {
        return Shape::Empty;
    }
    match text.matches(BEGIN).count() {
        0 => Shape::Other("a text"),
        1 if !text.starts_with(BEGIN) => Shape::Other("an armored block with text before it"),
        1 if text.starts_with("-----BEGIN PGP ") => Shape::Armored(text),
        1 => Shape::Other("a PEM file (an SSH key, or an X.509 certificate)"),
        _ => Shape::SeveralBlocks,
    }
}

/// Decodes one armored block to binary packets.
///
/// # Errors
///
/// In words, when the armor is broken, cut, followed by text, or of another kind than those given.
pub(crate) fn decode(text: &str, kinds: &[Kind]) -> Result<Zeroizing<Vec<u8>>, String> {
    let footer = text.lines().last().unwrap_or_default();
    if !(footer.starts_with("-----END PGP ") && footer.ends_with("-----")) {
        return Err("its armor has no last line, or text after it".into());
    }
    let mut reader = Reader::from_bytes(text.as_bytes(), ReaderMode::Tolerant(None));
    // They may be those of a secret key.
    let mut packets = Zeroizing::new(Vec::with_capacity(text.len()));
    reader
        .read_to_end(&mut packets)
        .map_err(|error| format!("its armor is broken ({error})"))?;
    match reader.kind() {
        Some(kind) if kinds.contains(&kind) => Ok(packets),
        Some(kind) => Err(format!("its armor says that it is a {}", name(kind))),
        None => Err("its armor is broken".into()),
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::PublicKey => "public key",
        Kind::SecretKey => "private key",
        Kind::Signature => "signature",
        _ => "file",
    }
}

//! The packets at the head of a message, which say for whom it is encrypted.

use std::fmt;
use std::io;

use openpgp::packet::{PKESK, Tag};
use openpgp::parse::buffered_reader::BufferedReader;
use openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse};
use openpgp::{KeyHandle, Packet};
use sequoia_openpgp as openpgp;

use crate::armor::{self, Shape};
use crate::structure::{Container, Structure};
use crate::{Error, Result};

/// How many bytes from the start of a message [`recipients_of`] needs at most.
///
/// [`MAX_RECIPIENTS`] packets of the largest kind in use (RSA-8192, or ML-KEM-1024 with X448: less
/// than 2 KiB each) fit.
pub const HEAD_BYTES: usize = 128 * 1024;

/// How many session-key packets a message may have. More are refused rather than tried, since each
/// costs a private-key operation per key at hand when it does not say for whom it is.
pub const MAX_RECIPIENTS: usize = 64;

/// For whom a message is encrypted, as it says itself: unauthenticated until it is decrypted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MessageRecipients {
    /// Upper-case hexadecimal digits of a fingerprint (40, 64) or of a key id (16), which is all
    /// that the older format has room for.
    pub keys: Vec<String>,
    /// How many more recipients the message does not name.
    pub anonymous: usize,
    /// Whether the message is in the newer, faster format (SEIPDv2).
    pub is_aead: bool,
    pub(crate) handles: Vec<KeyHandle>,
}

/// Reads for whom a message is encrypted from its first [`HEAD_BYTES`] bytes (or all of a shorter
/// one); nothing beyond the packets that say so is parsed.
///
/// # Errors
///
/// [`Error::NotAMessage`] if the bytes are no binary encrypted message, [`Error::Truncated`] if they
/// end before the encrypted data starts, [`Error::TooManyRecipients`], [`Error::Structure`].
pub fn recipients_of(head: &[u8]) -> Result<MessageRecipients> {
    parse(head).map(|head| head.recipients())
}

/// The session-key packets in front of the encrypted data.
pub(crate) struct Head {
    pub(crate) pkesks: Vec<PKESK>,
    is_aead: bool,
    /// How many bytes of encrypted data follow, counted up to [`SHORTEST`].
    encrypted: usize,
}

/// No encrypted data is shorter: a block and two bytes to start with (AES), and the modification
/// detection code. The library panics on less.
const SHORTEST: usize = 16 + 2 + 22;

impl Head {
    /// Whether there is enough encrypted data to start decrypting.
    pub(crate) fn is_long_enough(&self) -> bool {
        self.encrypted >= SHORTEST
    }

    pub(crate) fn recipients(&self) -> MessageRecipients {
        let handles: Vec<KeyHandle> = self.pkesks.iter().filter_map(named_recipient).collect();
        MessageRecipients {
            keys: handles.iter().map(|handle| format!("{handle:X}")).collect(),
            anonymous: self.pkesks.len() - handles.len(),
            is_aead: self.is_aead,
            handles,
        }
    }
}

impl fmt::Display for MessageRecipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.keys.as_slice(), self.anonymous) {
            ([], 0) => f.write_str("no key (perhaps for a password only)"),
            ([], n) => write!(f, "{n} recipients that it does not name"),
            (keys, 0) => write!(f, "{}", keys.join(", ")),
            (keys, n) => write!(f, "{} and {n} more that it does not name", keys.join(", ")),
        }
    }
}

/// The key that a session key is encrypted to, unless the packet leaves it out.
pub(crate) fn named_recipient(pkesk: &PKESK) -> Option<KeyHandle> {
    pkesk.recipient().filter(|handle| match handle {
        KeyHandle::KeyID(id) => !id.is_wildcard(),
        KeyHandle::Fingerprint(_) => true,
    })
}

pub(crate) fn parse(head: &[u8]) -> Result<Head> {
    let packets = match armor::shape(head) {
        Shape::Binary(packets) => packets,
        Shape::Empty => return Err(not_a_message("nothing: it is empty")),
        Shape::Armored(_) | Shape::SeveralBlocks => {
            return Err(not_a_message(
                "an armored file; `gpg --dearmor` makes it binary",
            ));
        }
        Shape::Other(found) => return Err(not_a_message(found)),
    };
    let mut structure = Structure::default();
    let mut pkesks = Vec::new();
    let mut session_keys = 0;
    let mut next = first_packet(packets)?;
    while let PacketParserResult::Some(mut parser) = next {
        check_first(&parser.packet, session_keys == 0)?;
        structure.admit(&parser.packet, 0)?;
        if let Some(container) = structure.container() {
            return Ok(Head {
                pkesks,
                is_aead: container == Container::Aead,
                encrypted: parser.data(SHORTEST).map_or(0, <[u8]>::len),
            });
        }
        session_keys += 1;
        if session_keys > MAX_RECIPIENTS {
            return Err(Error::TooManyRecipients {
                limit: MAX_RECIPIENTS,
            });
        }
        let (packet, rest) = parser.next().map_err(|_| Error::Truncated)?;
        if let Packet::PKESK(pkesk) = packet {
            pkesks.push(pkesk);
        }
        next = rest;
    }
    Err(Error::Truncated)
}

fn first_packet(packets: &[u8]) -> Result<PacketParserResult<'_>> {
    PacketParserBuilder::from_bytes(packets)
        .and_then(|builder| builder.dearmor(Dearmor::Disabled).build())
        .map_err(|error| match error.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => Error::Truncated,
            _ => not_a_message("other binary data"),
        })
}

/// Any file whose first byte is above 127 looks like some packet: say rather what it is not.
fn check_first(packet: &Packet, is_first: bool) -> Result<()> {
    match packet {
        Packet::PublicKey(_) => Err(not_a_message("a certificate")),
        Packet::SecretKey(_) => Err(not_a_message("a secret key")),
        Packet::Unknown(unknown)
            if is_first
                && !matches!(
                    unknown.tag(),
                    Tag::PKESK | Tag::SKESK | Tag::SED | Tag::AED | Tag::SEIP
                ) =>
        {
            Err(not_a_message("other binary data"))
        }
        _ => Ok(()),
    }
}

fn not_a_message(found: &str) -> Error {
    Error::NotAMessage {
        found: found.into(),
    }
}

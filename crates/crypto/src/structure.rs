//! The one structure that a message may have: session keys, then exactly one encrypted-data packet
//! with integrity protection, in it exactly one literal-data packet, and nothing else.
//!
//! OpenPGP would allow much more: layers of compression, signatures and encryption in any order,
//! and packets to be ignored anywhere. Each has let attackers change what a recipient sees.

use openpgp::Packet;
use openpgp::packet::{SEIP, Tag};
use sequoia_openpgp as openpgp;

use crate::{Error, Result};

/// How far a message has been read. Packets are shown to it before their content is processed.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    container: Option<Container>,
    has_literal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    /// Version 1: CFB mode, ends with a modification detection code.
    Mdc,
    /// Version 2: authenticated chunk by chunk.
    Aead,
}

impl Structure {
    /// Admits the next packet, at depth 0 outside and at depth 1 inside of the encrypted data.
    ///
    /// # Errors
    ///
    /// [`Error::Structure`] if it has no place there.
    pub(crate) fn admit(&mut self, packet: &Packet, depth: isize) -> Result<()> {
        match (depth, self.container, self.has_literal) {
            (0, None, _) => self.admit_outside(packet),
            (1, Some(_), false) if matches!(packet, Packet::Literal(_)) => {
                self.has_literal = true;
                Ok(())
            }
            (1, Some(Container::Mdc), true) if packet.tag() == Tag::MDC => Ok(()),
            (0, Some(_), _) => Err(Error::Structure {
                found: format!("{} after the encrypted data", describe(packet)),
                is_common: false,
            }),
            _ => Err(refuse(packet)),
        }
    }

    pub(crate) fn container(&self) -> Option<Container> {
        self.container
    }

    fn admit_outside(&mut self, packet: &Packet) -> Result<()> {
        match packet {
            Packet::SEIP(SEIP::V1(_)) => self.container = Some(Container::Mdc),
            Packet::SEIP(SEIP::V2(_)) => self.container = Some(Container::Aead),
            // By tag, since session keys of unknown versions are to be passed over.
            other if matches!(other.tag(), Tag::PKESK | Tag::SKESK) => {}
            other => return Err(refuse(other)),
        }
        Ok(())
    }
}

fn refuse(packet: &Packet) -> Error {
    Error::Structure {
        found: describe(packet),
        is_common: is_common(packet.tag()),
    }
}

/// Whether other programs write such packets without being asked to, or by a common option.
fn is_common(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::CompressedData | Tag::OnePassSig | Tag::Signature | Tag::Padding | Tag::AED
    )
}

/// What a packet is called, with its article.
fn describe(packet: &Packet) -> String {
    let found = match packet.tag() {
        Tag::CompressedData => "compressed data",
        Tag::OnePassSig | Tag::Signature => "an inline signature",
        Tag::SEIP => "an encrypted-data packet",
        Tag::SED => "encrypted data without integrity protection",
        Tag::AED => "encrypted data of a kind that only GnuPG knows",
        Tag::Literal => "a literal-data packet",
        Tag::Padding => "a padding packet",
        Tag::Marker => "a marker packet",
        Tag::Reserved => "bytes that are no OpenPGP packet",
        other => return format!("a packet of type {}", u8::from(other)),
    };
    found.into()
}

//! The packets of a signature file.

use openpgp::Packet;
use openpgp::armor::Kind;
use openpgp::packet::Tag;
use openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse};
use sequoia_openpgp as openpgp;

use crate::armor::{self, Shape};
use crate::error::reason;
use crate::{SignatureError, Verifier};

/// Reads a detached signature file, binary or armored: one signature or several, and nothing else
/// but packets that OpenPGP says to pass over (markers and padding).
///
/// A signature of an unknown version comes back as [`Packet::Unknown`].
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Packet>, SignatureError> {
    if bytes.len() as u64 > Verifier::MAX_SIGNATURE_BYTES {
        return Err(SignatureError::TooLarge {
            limit: Verifier::MAX_SIGNATURE_BYTES,
        });
    }
    match armor::shape(bytes) {
        Shape::Empty => Err(SignatureError::Empty),
        Shape::SeveralBlocks => Err(malformed("there are several armored blocks in it")),
        Shape::Other(found) => Err(malformed(format!("it is {found}"))),
        Shape::Binary(packets) => parse_packets(packets),
        Shape::Armored(text) => {
            let packets = armor::decode(text, &[Kind::Signature]).map_err(malformed)?;
            parse_packets(&packets)
        }
    }
}

fn parse_packets(bytes: &[u8]) -> Result<Vec<Packet>, SignatureError> {
    let failed = |error| malformed(reason(&error));
    let mut signatures = Vec::new();
    let mut next = PacketParserBuilder::from_bytes(bytes)
        .and_then(|builder| builder.dearmor(Dearmor::Disabled).build())
        .map_err(failed)?;
    while let PacketParserResult::Some(mut parser) = next {
        parser.header().valid(true).map_err(failed)?;
        parser.buffer_unread_content().map_err(failed)?;
        let (packet, rest) = parser.next().map_err(failed)?;
        match packet.tag() {
            Tag::Signature => signatures.push(whole(packet)?),
            Tag::Marker | Tag::Padding => {}
            Tag::Reserved => return Err(malformed("it holds bytes that are no OpenPGP packet")),
            other => {
                let kind = u8::from(other);
                return Err(malformed(format!("it holds a packet of type {kind}")));
            }
        }
        if signatures.len() > Verifier::MAX_SIGNATURES {
            return Err(SignatureError::TooMany {
                limit: Verifier::MAX_SIGNATURES,
            });
        }
        next = rest;
    }
    if signatures.is_empty() {
        return Err(malformed("there is no signature in it"));
    }
    Ok(signatures)
}

/// Lets pass what is a signature, or could be one of a version to come. Junk that was appended to a
/// file can look like the start of a signature, and is to be refused with the file.
fn whole(packet: Packet) -> Result<Packet, SignatureError> {
    match &packet {
        Packet::Unknown(unknown) if matches!(unknown.body().first(), None | Some(3 | 4 | 6)) => {
            Err(malformed(reason(unknown.error())))
        }
        _ => Ok(packet),
    }
}

fn malformed(reason: impl Into<String>) -> SignatureError {
    SignatureError::Malformed {
        reason: reason.into(),
    }
}

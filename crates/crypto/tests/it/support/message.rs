//! Messages of any structure, which `encrypt` would never write.

use openpgp::cert::prelude::*;
use openpgp::packet::Literal;
use openpgp::serialize::stream::{ArbitraryWriter, Encryptor, Message, Recipient};
use openpgp::types::{DataFormat, Features};
use openpgp::{Packet, packet::Tag};
use sequoia_openpgp as openpgp;
use sequoia_openpgp::serialize::Serialize;
use std::io::Write;

use super::builder;

/// A key for encryption and one for signing, in a certificate that asks for the given format.
pub(crate) fn key(aead: bool) -> Cert {
    let features = Features::empty().set_seipdv1();
    let features = if aead {
        features.set_seipdv2()
    } else {
        features
    };
    builder()
        .set_features(features)
        .unwrap()
        .add_signing_subkey()
        .add_storage_encryption_subkey()
        .generate()
        .unwrap()
        .0
}

/// The keys of a certificate for encryption, whatever their validity.
pub(crate) fn recipients(cert: &Cert) -> Vec<Recipient<'_>> {
    let features = cert
        .primary_key()
        .self_signatures()
        .find_map(|signature| signature.features())
        .unwrap();
    cert.keys()
        .subkeys()
        .filter(|key| key.key().pk_algo().for_encryption())
        .map(|key| Recipient::new(features.clone(), key.key().key_handle(), key.key()))
        .collect()
}

/// A writer of encrypted content into `out`.
pub(crate) fn container<'a>(cert: &'a Cert, out: &'a mut Vec<u8>) -> Message<'a> {
    Encryptor::for_recipients(Message::new(out), recipients(cert))
        .build()
        .unwrap()
}

/// One message with these packets in its container.
pub(crate) fn holding(cert: &Cert, packets: &[Packet]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut message = container(cert, &mut out);
    for packet in packets {
        packet.serialize(&mut message).unwrap();
    }
    message.finalize().unwrap();
    out
}

/// A packet of any type and body.
pub(crate) fn raw(tag: Tag, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = ArbitraryWriter::new(Message::new(&mut out), tag).unwrap();
    writer.write_all(body).unwrap();
    writer.finalize().unwrap();
    out
}

pub(crate) fn literal(body: &[u8]) -> Packet {
    let mut literal = Literal::new(DataFormat::Binary);
    literal.set_body(body.to_vec());
    literal.into()
}

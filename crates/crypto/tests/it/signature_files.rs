//! What a signature file may hold.

use insta::assert_snapshot;
use openpgp::Packet;
use openpgp::armor;
use openpgp::packet::{Marker, Padding, Tag};
use openpgp::serialize::{Serialize, SerializeInto};
use prose_backup_crypto::{Certificate, SignatureError, SignatureStatus, Verifier};
use sequoia_openpgp as openpgp;
use std::io::Write;

use crate::support::message::{literal, raw};
use crate::support::signature::{is_good, ours, sign};
use crate::support::{builder, day, encrypt_to, our_key, public, recipients};

fn signed() -> (Certificate, Vec<u8>) {
    let cert = builder().add_signing_subkey().generate().unwrap().0;
    (public(&cert), sign(&cert, 5))
}

fn armored(packets: &[u8], kind: armor::Kind) -> Vec<u8> {
    let mut writer = armor::Writer::new(Vec::new(), kind).unwrap();
    writer.write_all(packets).unwrap();
    writer.finalize().unwrap()
}

fn refused(bytes: &[u8]) -> String {
    Verifier::new(bytes, &[], day(10)).unwrap_err().to_string()
}

#[test]
fn binary_and_armored_files_are_read() {
    let (cert, signature) = signed();
    let asc = armored(&signature, armor::Kind::Signature);
    let windows = String::from_utf8(asc.clone())
        .unwrap()
        .replace('\n', "\r\n");
    let spaced = [b"\n \n".as_slice(), &asc, b"\n\n"].concat();
    for file in [&signature, &asc, windows.as_bytes(), &spaced] {
        assert!(is_good(&ours(file, &[cert.clone()], day(10))));
    }
}

#[test]
fn markers_and_padding_are_passed_over() {
    let (cert, signature) = signed();
    let marker = Packet::from(Marker::default()).to_vec().unwrap();
    let padding = Packet::from(Padding::new(30).unwrap()).to_vec().unwrap();
    let file = [marker.as_slice(), &signature, &padding].concat();
    assert!(is_good(&ours(&file, &[cert], day(10))));
    assert_snapshot!(refused(&marker), @"the signature is malformed: there is no signature in it");
}

#[test]
fn anything_else_is_malformed() {
    let (_, signature) = signed();
    assert_snapshot!(refused(b""), @"the signature is empty");
    assert_snapshot!(refused(b" \n"), @"the signature is empty");
    assert_snapshot!(refused(b"not found"), @"the signature is malformed: it is a text");
    assert_snapshot!(refused(&[0xFF; 100]), @"the signature is malformed: Malformed packet: Truncated packet");
    assert_snapshot!(refused(&signature[..1]), @"the signature is malformed: unexpected EOF");
    let mut bytes = signature.clone();
    literal(b"x").serialize(&mut bytes).unwrap();
    assert_snapshot!(refused(&bytes), @"the signature is malformed: it holds a packet of type 11");
    let message = encrypt_to(&recipients(&our_key(false)), b"x");
    assert_snapshot!(refused(&message), @"the signature is malformed: it holds a packet of type 1");
    let private = raw(Tag::Private(61), b"x");
    assert_snapshot!(refused(&[signature.as_slice(), &private].concat()), @"the signature is malformed: it holds a packet of type 61");
    // 0x8B and 0xC2 start a signature.
    for junk in [
        &b"\0"[..],
        b"\xFF",
        b"\n",
        b"junk",
        &[0xFF; 5000],
        &[0x8B],
        &[0xC2],
        &[0xC2, 0],
        &[0xC2, 1, 4],
        &[0x8B, 99, 1],
    ] {
        assert!(Verifier::new(&[&signature, junk].concat(), &[], day(10)).is_err());
    }
}

#[test]
fn a_signature_of_a_version_to_come_is_bad_and_does_not_hide_the_others() {
    let (cert, signature) = signed();
    let unknown = raw(Tag::Signature, &[99; 20]);
    let file = [unknown.as_slice(), &signature].concat();
    let statuses = ours(&file, &[cert], day(10));
    assert!(
        matches!(
            &statuses[..],
            [
                SignatureStatus::Bad {
                    certificate: None,
                    ..
                },
                SignatureStatus::Good { .. }
            ]
        ),
        "{statuses:?}"
    );
}

#[test]
fn broken_armor_is_malformed() {
    let (_, signature) = signed();
    let asc = String::from_utf8(armored(&signature, armor::Kind::Signature)).unwrap();
    let as_message = armored(&signature, armor::Kind::Message);
    assert_snapshot!(refused(&as_message), @"the signature is malformed: its armor says that it is a message");
    assert_snapshot!(refused(format!("{asc}{asc}").as_bytes()), @"the signature is malformed: there are several armored blocks in it");
    assert_snapshot!(refused(format!("{asc}junk").as_bytes()), @"the signature is malformed: its armor has no last line, or text after it");
    assert_snapshot!(refused(format!("junk\n{asc}").as_bytes()), @"the signature is malformed: it is an armored block with text before it");
    let garbled = asc.replace("\n\n", "\n\n***\n");
    assert!(Verifier::new(garbled.as_bytes(), &[], day(10)).is_err());
    for cut in 1..asc.trim_end().len() {
        assert!(
            Verifier::new(&asc.as_bytes()[..cut], &[], day(10)).is_err(),
            "{cut}"
        );
    }
}

#[test]
fn a_cut_signature_is_no_evidence() {
    let (cert, signature) = signed();
    for cut in 0..signature.len() {
        match Verifier::new(&signature[..cut], &[cert.clone()], day(10)) {
            Err(_) => {}
            Ok(verifier) => assert!(!is_good(&verifier.finish()), "{cut}"),
        }
    }
}

#[test]
fn at_most_64_kib_are_read() {
    let (cert, signature) = signed();
    let limit = usize::try_from(Verifier::MAX_SIGNATURE_BYTES).unwrap();
    let fill = |len: usize| {
        let padding = Packet::from(Padding::new(len - signature.len() - 6).unwrap());
        [padding.to_vec().unwrap(), signature.clone()].concat()
    };
    let most = fill(limit);
    assert_eq!(most.len(), limit);
    assert!(is_good(&ours(&most, &[cert], day(10))));
    let over = fill(limit + 1);
    assert_eq!(over.len(), limit + 1);
    assert_snapshot!(refused(&over), @"the signature is larger than 65536 bytes");
}

#[test]
fn at_most_16_signatures_are_verified() {
    let (cert, signature) = signed();
    let most = signature.repeat(Verifier::MAX_SIGNATURES);
    assert_eq!(
        ours(&most, &[cert], day(10)).len(),
        Verifier::MAX_SIGNATURES
    );
    let over = signature.repeat(Verifier::MAX_SIGNATURES + 1);
    assert_eq!(
        Verifier::new(&over, &[], day(10)).unwrap_err(),
        SignatureError::TooMany { limit: 16 }
    );
    assert_snapshot!(refused(&over), @"the file holds more than 16 signatures");
}

#[test]
fn random_bytes_never_panic() {
    proptest::proptest!(|(bytes: Vec<u8>)| {
        let _ = Verifier::new(&bytes, &[], day(10)).map(Verifier::finish);
    });
}

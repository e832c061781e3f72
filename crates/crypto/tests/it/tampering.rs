//! Whatever is done to the bytes, nothing changed is accepted, and nothing panics.

use std::sync::OnceLock;

use openpgp::parse::Parse;
use openpgp::serialize::SerializeInto;
use openpgp::{Cert, packet::Tag};
use proptest::prelude::*;
use prose_backup_crypto::{
    Certificate, Keyring, NameBinding, Passphrases, SignatureStatus, Signer, Verifier,
    recipients_of,
};
use sequoia_openpgp as openpgp;
use std::io::Write;

use crate::support::message::{container, key, literal, raw};
use crate::support::signature::{Kind, library};
use crate::support::{day, decrypt_with, encrypt_to, keyring, noise, our_key, recipients, secret};

/// A change to a byte string.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index),
}

impl Change {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Remove(at, n) => {
                let at = at.index(bytes.len());
                let end = (at + n).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::Insert(at, new) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Swap(a, b) => {
                let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));
                bytes.swap(a, b);
            }
        }
        bytes
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 1..=255_u8).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (at(), 1..40_usize).prop_map(|(at, n)| Change::Remove(at, n)),
        (at(), prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(at, new)| Change::Insert(at, new)),
        (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

struct Sample {
    keys: Keyring,
    plain: Vec<u8>,
    message: Vec<u8>,
}

fn samples() -> &'static [Sample; 2] {
    static SAMPLES: OnceLock<[Sample; 2]> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        [false, true].map(|gnupg_compatible| {
            let key = our_key(gnupg_compatible);
            let plain = noise(9000);
            Sample {
                message: encrypt_to(&recipients(&key), &plain),
                keys: keyring(&key),
                plain,
            }
        })
    })
}

fn signed() -> &'static (Certificate, Vec<u8>) {
    static SIGNED: OnceLock<(Certificate, Vec<u8>)> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let key = our_key(false);
        let signer = Signer::new(&key, &Passphrases::default(), day(1)).unwrap();
        let mut signing = signer.start("name").unwrap();
        signing.write_all(b"data").unwrap();
        (key, signing.finish().unwrap())
    })
}

/// The names that a file of good signatures carries.
fn good(signature: &[u8], data: &[u8]) -> Vec<NameBinding> {
    let Ok(mut verifier) = Verifier::new(signature, &[signed().0.clone()], day(2)) else {
        return Vec::new();
    };
    verifier.update(data);
    let good = verifier
        .finish()
        .into_iter()
        .filter_map(|status| match status {
            SignatureStatus::Good { created, names, .. } => {
                assert_eq!(created, day(1));
                Some(names)
            }
            _ => None,
        });
    good.collect()
}

/// Keys of either format, for content that only the sender chose.
fn receivers() -> &'static [Cert; 2] {
    static RECEIVERS: OnceLock<[Cert; 2]> = OnceLock::new();
    RECEIVERS.get_or_init(|| [key(true), key(false)])
}

fn receive(content: &[u8]) {
    for cert in receivers() {
        let mut message = Vec::new();
        let mut inside = container(cert, &mut message);
        inside.write_all(content).unwrap();
        inside.finalize().unwrap();
        let _ = decrypt_with(&keyring(&secret(cert)), message.as_slice());
    }
}

/// Few cases unless `PROPTEST_CASES` asks for more.
fn cases(few: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(few),
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_changed_message_never_gives_another_plaintext(change in change()) {
        for sample in samples() {
            let changed = change.apply(&sample.message);
            if let Ok(plain) = decrypt_with(&sample.keys, changed.as_slice()) {
                prop_assert!(plain == sample.plain);
            }
        }
    }

    #[test]
    fn a_changed_signature_never_says_anything_else(changes in prop::collection::vec(change(), 1..3)) {
        let mut signature = signed().1.clone();
        for change in changes {
            if !signature.is_empty() {
                signature = change.apply(&signature);
            }
        }
        let cert = Cert::from_bytes(&signed().0.public_armored().unwrap()).unwrap();
        let library = library(&signature, b"data", &[&cert], day(2));
        let ours = good(&signature, b"data");
        // The library passes over junk that we refuse.
        prop_assert!(ours.is_empty() || library.contains(&Kind::Good));
        for names in ours {
            prop_assert_eq!(names, NameBinding::One(b"name".to_vec()));
        }
        prop_assert!(good(&signature, b"date").is_empty());
    }

    #[test]
    fn changed_data_never_verifies(change in change()) {
        let data = change.apply(b"data");
        prop_assert!(data == b"data" || good(&signed().1, &data).is_empty());
    }

    #[test]
    fn random_bytes_are_no_message(mut bytes: Vec<u8>) {
        prop_assert!(decrypt_with(&samples()[0].keys, bytes.as_slice()).is_err());
        bytes.insert(0, 0xD2);
        prop_assert!(decrypt_with(&samples()[0].keys, bytes.as_slice()).is_err());
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn changes_to_the_head_of_a_message_never_panic(change in change()) {
        for sample in samples() {
            let changed = change.apply(&sample.message[..200]);
            let _ = recipients_of(&changed);
            let changed = [&changed, &sample.message[200..]].concat();
            if let Ok(plain) = decrypt_with(&sample.keys, changed.as_slice()) {
                prop_assert!(plain == sample.plain);
            }
        }
    }

    #[test]
    fn no_content_of_a_container_panics(content: Vec<u8>, change in change(), tag in 0..64_u8) {
        receive(&content);
        let packet = literal(&content).to_vec().unwrap();
        receive(&change.apply(&packet));
        receive(&[packet.as_slice(), &content].concat());
        receive(&raw(Tag::from(tag), &content));
    }
}

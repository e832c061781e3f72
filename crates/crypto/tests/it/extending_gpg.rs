//! What a key signed before GnuPG extended its expiry, which replaces its self-signatures.

use std::io::Write;

use openpgp::Cert;
use openpgp::parse::Parse;
use openpgp::types::ReasonForRevocation;
use prose_backup_crypto::{Certificate, Passphrases, Recipients, Signer};
use sequoia_openpgp as openpgp;

use crate::support::gnupg::Gpg;
use crate::support::signature::{DATA, is_good, ours, revoke, verdict};
use crate::support::{day, decrypt_with, encrypt_to, keyring, public};

/// A key in a GnuPG home, which expires ten days after day 0.
struct Key {
    gpg: Gpg,
    fingerprint: String,
}

impl Key {
    fn new(algorithm: &str, usage: &str) -> Self {
        let gpg = Gpg::new();
        let user_id = "Prose <pod@example.org>";
        let make = ["--quick-generate-key", user_id, algorithm, usage, "10d"];
        gpg.ok_at(day(0), &make, b"");
        let fingerprint = gpg.fingerprint();
        Self { gpg, fingerprint }
    }

    fn with_subkey() -> Self {
        let key = Self::new("ed25519", "cert");
        key.on(
            0,
            &[
                "--quick-add-key",
                &key.fingerprint,
                "ed25519",
                "sign",
                "10d",
            ],
        );
        key
    }

    fn on(&self, on_day: u64, arguments: &[&str]) -> Vec<u8> {
        self.gpg.ok_at(day(on_day), arguments, b"")
    }

    /// Makes it expire ten days later, with all subkeys (GnuPG's `*` leaves out expired ones).
    fn extend(&self, on_day: u64) {
        let cert = Cert::from_bytes(&self.secret()).unwrap();
        let subkeys = cert
            .keys()
            .subkeys()
            .map(|key| key.key().fingerprint().to_hex());
        let extend = ["--quick-set-expire", &self.fingerprint, "10d"];
        self.on(on_day, &extend);
        for subkey in subkeys {
            self.on(on_day, &[&extend[..], &[subkey.as_str()]].concat());
        }
    }

    fn public(&self) -> Certificate {
        Certificate::from_bytes(&self.on(0, &["--export", &self.fingerprint])).unwrap()
    }

    fn secret(&self) -> Vec<u8> {
        self.on(0, &["--export-secret-keys", &self.fingerprint])
    }

    /// A signature by GnuPG, and one by us.
    fn sign(&self, on_day: u64) -> [Vec<u8>; 2] {
        let theirs = self.gpg.ok_at(day(on_day), &["--detach-sign"], DATA);
        let secret = Certificate::from_bytes(&self.secret()).unwrap();
        let signer = Signer::new(&secret, &Passphrases::default(), day(on_day)).unwrap();
        let mut signing = signer.start("the name").unwrap();
        signing.write_all(DATA).unwrap();
        [theirs, signing.finish().unwrap()]
    }

    fn verifies(&self, signatures: &[Vec<u8>]) -> bool {
        let trusted = [self.public()];
        signatures
            .iter()
            .all(|signature| is_good(&ours(signature, &trusted, day(100))))
    }
}

#[test]
fn what_a_gnupg_key_signed_stays_good_however_often_it_is_extended() {
    for key in [Key::new("rsa3072", "cert,sign"), Key::with_subkey()] {
        let first = key.sign(5);
        assert!(key.verifies(&first));
        key.extend(8);
        assert!(key.verifies(&first), "extended in time");
        let second = key.sign(12);
        assert!(key.verifies(&second));
        key.extend(30);
        assert!(
            key.verifies(&first),
            "expired on day 18, extended on day 30"
        );
        assert!(
            key.verifies(&second),
            "expired on day 18, extended on day 30"
        );
        assert!(key.verifies(&key.sign(31)));
        for signature in first {
            let changed = ours(&signature, &[key.public()], day(4));
            assert!(!is_good(&changed), "from the future");
        }
    }
}

#[test]
fn extending_only_the_primary_key_or_only_its_subkeys_keeps_old_signatures() {
    for arguments in [&["10d"][..], &["10d", "*"]] {
        let key = Key::with_subkey();
        let signatures = key.sign(5);
        let extend = ["--quick-set-expire", &key.fingerprint];
        key.on(8, &[&extend, arguments].concat());
        assert!(key.verifies(&signatures));
    }
}

#[test]
fn a_revoked_user_id_whose_self_signature_stays_short_does_no_harm() {
    let key = Key::with_subkey();
    let (old, new) = ("Prose <pod@example.org>", "Prose <new@example.org>");
    key.on(1, &["--quick-add-uid", &key.fingerprint, new]);
    key.on(2, &["--quick-revoke-uid", &key.fingerprint, old]);
    let first = key.sign(5);
    key.extend(8);
    // By the self-signature of the revoked user id, the key expired on day 10.
    let second = key.sign(12);
    key.extend(16);
    assert!(key.verifies(&first));
    assert!(key.verifies(&second));
}

#[test]
fn revoking_an_extended_gnupg_key_decides_as_ever() {
    let key = Key::with_subkey();
    let signatures = key.sign(5);
    let late = key.sign(7);
    key.extend(8);
    let cert = Cert::from_bytes(&key.secret()).unwrap();
    let hard = revoke(&cert, 9, ReasonForRevocation::KeyCompromised);
    let soft = revoke(&cert, 6, ReasonForRevocation::KeyRetired);
    for signature in &signatures {
        let statuses = ours(signature, &[public(&hard)], day(100));
        let reason = verdict(&statuses);
        assert!(reason.contains("hard revocation"), "{reason}");
        assert!(is_good(&ours(signature, &[public(&soft)], day(100))));
    }
    for signature in &late {
        let reason = verdict(&ours(signature, &[public(&soft)], day(100)));
        assert!(reason.contains("soft revocation"), "{reason}");
    }
}

#[test]
fn encryption_goes_by_the_extended_key_and_decryption_by_any() {
    let key = Key::new("ed25519", "cert");
    let add = [
        "--quick-add-key",
        &key.fingerprint,
        "cv25519",
        "encr",
        "10d",
    ];
    key.on(0, &add);
    let to = |on_day| Recipients::new([&key.public()], day(on_day));
    let old = encrypt_to(&to(5).unwrap(), DATA);
    assert!(to(20).is_err(), "expired on day 10");
    key.extend(20);
    let new = encrypt_to(&to(21).unwrap(), DATA);
    let secret = Certificate::from_bytes(&key.secret()).unwrap();
    for message in [old, new] {
        assert_eq!(
            decrypt_with(&keyring(&secret), message.as_slice()).unwrap(),
            DATA
        );
    }
}

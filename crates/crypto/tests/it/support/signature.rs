//! Signatures of any kind, and the verdict of the library's own verifier beside ours.

use std::time::SystemTime;

use openpgp::cert::amalgamation::key::PrimaryKey;
use openpgp::cert::{CertRevocationBuilder, SubkeyRevocationBuilder};
use openpgp::crypto::KeyPair;
use openpgp::packet::Key;
use openpgp::packet::key::{Key4, SubordinateRole};
use openpgp::packet::signature::SignatureBuilder;
use openpgp::parse::Parse;
use openpgp::parse::stream::*;
use openpgp::policy::StandardPolicy;
use openpgp::serialize::SerializeInto;
use openpgp::types::{Curve, HashAlgorithm, KeyFlags, ReasonForRevocation, SignatureType};
use openpgp::{Cert, KeyHandle, Packet};
use prose_backup_crypto::{Certificate, SignatureStatus, Verifier};
use sequoia_openpgp as openpgp;

use super::{builder, day, public, redact};

pub(crate) const DATA: &[u8] = b"the stored bytes of a backup\n";

/// The secret keys of a certificate with this flag, whatever their validity, oldest first.
pub(crate) fn pairs(cert: &Cert, flag: impl Fn(&KeyFlags) -> bool) -> Vec<KeyPair> {
    let mut keys: Vec<_> = cert
        .keys()
        .secret()
        .filter(|key| {
            let user_ids = cert
                .userids()
                .flat_map(|u| u.self_signatures().cloned().collect::<Vec<_>>());
            let own = key.bundle().self_signatures().cloned();
            let of_user_ids = user_ids.filter(|_| key.primary());
            own.chain(of_user_ids)
                .filter_map(|s| s.key_flags())
                .any(|f| flag(&f))
        })
        .map(|key| key.key().clone())
        .collect();
    keys.sort_by_key(Key::creation_time);
    keys.into_iter()
        .map(|key| key.into_keypair().unwrap())
        .collect()
}

pub(crate) fn signing(cert: &Cert) -> KeyPair {
    pairs(cert, KeyFlags::for_signing).pop().unwrap()
}

pub(crate) fn template(made: SystemTime) -> SignatureBuilder {
    SignatureBuilder::new(SignatureType::Binary)
        .set_hash_algo(HashAlgorithm::SHA256)
        .set_signature_creation_time(made)
        .unwrap()
}

pub(crate) fn sign_with(template: SignatureBuilder, mut pair: KeyPair) -> Vec<u8> {
    let signature = template.sign_message(&mut pair, DATA).unwrap();
    Packet::from(signature).to_vec().unwrap()
}

/// An ordinary signature over [`DATA`] by the newest signing key, made on that day.
pub(crate) fn sign(cert: &Cert, on_day: u64) -> Vec<u8> {
    sign_with(template(day(on_day)), signing(cert))
}

/// Our verdict, whatever the library says.
pub(crate) fn ours(
    signature: &[u8],
    trusted: &[Certificate],
    at: SystemTime,
) -> Vec<SignatureStatus> {
    let mut verifier = Verifier::new(signature, trusted, at).unwrap();
    for chunk in DATA.chunks(7) {
        verifier.update(chunk);
    }
    verifier.finish()
}

/// Our verdict as of a day, after checking that the library's own verifier comes to the same.
pub(crate) fn judge(signature: &[u8], trusted: &[&Cert], on_day: u64) -> Vec<SignatureStatus> {
    let certificates: Vec<_> = trusted.iter().map(|cert| public(cert)).collect();
    let ours = ours(signature, &certificates, day(on_day));
    let kinds: Vec<_> = ours.iter().map(Kind::of).collect();
    assert_eq!(
        kinds,
        library(signature, DATA, trusted, day(on_day)),
        "{ours:?}"
    );
    ours
}

/// The one status as text.
pub(crate) fn verdict(statuses: &[SignatureStatus]) -> String {
    match statuses {
        [SignatureStatus::Good { names, .. }] => format!("good, {names:?}"),
        [SignatureStatus::Bad { reason, .. }] => format!("bad: {}", redact(reason)),
        [SignatureStatus::UnknownIssuer { issuers }] => {
            redact(&format!("unknown issuer {issuers:?}"))
        }
        several => panic!("{several:?}"),
    }
}

pub(crate) fn is_good(statuses: &[SignatureStatus]) -> bool {
    matches!(statuses, [SignatureStatus::Good { .. }])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Good,
    Unknown,
    Bad,
}

impl Kind {
    pub(crate) fn of(status: &SignatureStatus) -> Self {
        match status {
            SignatureStatus::Good { .. } => Self::Good,
            SignatureStatus::UnknownIssuer { .. } => Self::Unknown,
            _ => Self::Bad,
        }
    }
}

/// What sequoia's `DetachedVerifier` says; nothing if it refuses the file as a whole.
pub(crate) fn library(
    signature: &[u8],
    data: &[u8],
    trusted: &[&Cert],
    at: SystemTime,
) -> Vec<Kind> {
    struct Helper {
        certs: Vec<Cert>,
        kinds: Vec<Kind>,
    }
    impl VerificationHelper for Helper {
        fn get_certs(&mut self, _: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
            Ok(self.certs.clone())
        }

        fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
            for layer in structure {
                let MessageLayer::SignatureGroup { results } = layer else {
                    panic!("not a signature");
                };
                self.kinds.extend(results.iter().map(|result| match result {
                    Ok(_) => Kind::Good,
                    Err(VerificationError::MissingKey { .. }) => Kind::Unknown,
                    Err(_) => Kind::Bad,
                }));
            }
            Ok(())
        }
    }
    let helper = Helper {
        certs: trusted.iter().map(|cert| (*cert).clone()).collect(),
        kinds: Vec::new(),
    };
    let policy = StandardPolicy::new();
    let verifier = DetachedVerifierBuilder::from_bytes(signature)
        .and_then(|builder| builder.with_policy(&policy, at, helper));
    let Ok(mut verifier) = verifier else {
        return Vec::new();
    };
    match verifier.verify_bytes(data) {
        Ok(()) => verifier.into_helper().kinds,
        Err(_) => Vec::new(),
    }
}

/// The secret key of the primary key.
pub(crate) fn primary_pair(cert: &Cert) -> KeyPair {
    let key = cert.primary_key().key().clone().parts_into_secret();
    key.unwrap().into_keypair().unwrap()
}

/// A second signing subkey from day 30 on.
pub(crate) fn rotated(cert: &Cert) -> Vec<Packet> {
    let mut subkey: Key<_, SubordinateRole> =
        Key4::generate_ecc(true, Curve::Ed25519).unwrap().into();
    subkey.set_creation_time(day(30)).unwrap();
    let mut pair = subkey.clone().into_keypair().unwrap();
    let primary_key = cert.primary_key().key().clone();
    let back = SignatureBuilder::new(SignatureType::PrimaryKeyBinding)
        .set_signature_creation_time(day(30))
        .unwrap()
        .sign_primary_key_binding(&mut pair, &primary_key, &subkey)
        .unwrap();
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(day(30))
        .unwrap()
        .set_key_flags(KeyFlags::empty().set_signing())
        .unwrap()
        .set_embedded_signature(back)
        .unwrap()
        .sign_subkey_binding(&mut primary_pair(cert), &primary_key, &subkey)
        .unwrap();
    vec![subkey.into(), binding.into()]
}

/// A certificate with a signing subkey, both without end.
pub(crate) fn plain() -> Cert {
    builder().add_signing_subkey().generate().unwrap().0
}

/// The certificate, revoked on that day.
pub(crate) fn revoke(cert: &Cert, on_day: u64, reason: ReasonForRevocation) -> Cert {
    let revocation = CertRevocationBuilder::new()
        .set_signature_creation_time(day(on_day))
        .unwrap()
        .set_reason_for_revocation(reason, b"")
        .unwrap()
        .build(&mut primary_pair(cert), cert, None)
        .unwrap();
    cert.clone().insert_packets(revocation).unwrap().0
}

/// The certificate, its first subkey revoked on that day.
pub(crate) fn revoke_subkey(cert: &Cert, on_day: u64, reason: ReasonForRevocation) -> Cert {
    let subkey = cert.keys().subkeys().next().unwrap().key().clone();
    let revocation = SubkeyRevocationBuilder::new()
        .set_signature_creation_time(day(on_day))
        .unwrap()
        .set_reason_for_revocation(reason, b"")
        .unwrap()
        .build(&mut primary_pair(cert), cert, &subkey, None)
        .unwrap();
    cert.clone().insert_packets(revocation).unwrap().0
}

//! Keys and messages for tests.

pub(crate) mod gnupg;
pub(crate) mod message;
pub(crate) mod signature;
pub(crate) mod sq;

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openpgp::cert::prelude::*;
use openpgp::serialize::SerializeInto;
use prose_backup_crypto::{
    Certificate, Error, KeygenOptions, Keyring, Passphrases, Recipients, decrypt, encrypt, generate,
};
use sequoia_openpgp as openpgp;

/// 2026-03-01T00:00:00Z: when test keys are made, unless a test says otherwise.
const BORN: u64 = 1_772_323_200;
const DAY: u64 = 86_400;

/// Days after the test keys were made.
pub(crate) fn day(n: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(BORN + n * DAY)
}

pub(crate) fn days(n: u64) -> Duration {
    Duration::from_secs(n * DAY)
}

pub(crate) fn public(cert: &Cert) -> Certificate {
    Certificate::from_bytes(&cert.to_vec().unwrap()).unwrap()
}

pub(crate) fn secret(cert: &Cert) -> Certificate {
    Certificate::from_bytes(&cert.as_tsk().to_vec().unwrap()).unwrap()
}

/// A certificate as the library makes it, for tests to bend: made on day 0, it can only certify.
pub(crate) fn builder() -> CertBuilder<'static> {
    CertBuilder::new()
        .set_creation_time(day(0))
        .add_userid("Prose <pod@example.org>")
}

/// A certificate that our own `generate` made on day 0.
pub(crate) fn our_key(gnupg_compatible: bool) -> Certificate {
    let made = generate(&KeygenOptions {
        user_id: "Prose <pod@example.org>".into(),
        gnupg_compatible,
        passphrase: None,
        created: day(0),
    })
    .unwrap();
    Certificate::from_bytes(&made.secret).unwrap()
}

pub(crate) fn recipients(certificate: &Certificate) -> Recipients {
    Recipients::new([certificate], day(1)).unwrap()
}

pub(crate) fn encrypt_to(to: &Recipients, plain: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    encrypt(to, &mut message, |sink| {
        sink.write_all(plain).map_err(Error::Write)
    })
    .unwrap();
    message
}

pub(crate) fn decrypt_with(
    keys: &Keyring,
    message: impl Read + Send + Sync,
) -> Result<Vec<u8>, Error> {
    decrypt(keys, message, |plain| {
        let mut out = Vec::new();
        plain.read_to_end(&mut out).map_err(Error::Read)?;
        Ok(out)
    })
}

pub(crate) fn keyring(certificate: &Certificate) -> Keyring {
    Keyring::new([certificate.clone()], Passphrases::default())
}

/// The error and its sources in one line, with fingerprints and key ids left out.
pub(crate) fn shown(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    redact(&text)
}

pub(crate) fn redact(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() || ('A'..='F').contains(&c) {
            digits.push(c);
            continue;
        }
        match digits.len() {
            40 | 64 => out.push_str("<fingerprint>"),
            16 => out.push_str("<key id>"),
            _ => out.push_str(&digits),
        }
        digits.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// Bytes that do not repeat in a short while.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        })
        .collect()
}

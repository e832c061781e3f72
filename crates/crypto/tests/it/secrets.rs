//! Neither `Debug` nor any message shows a passphrase or key material.

use std::fmt::Debug;
use std::io::Write;

use openpgp::Cert;
use openpgp::packet::key::SecretKeyMaterial;
use openpgp::parse::Parse;
use prose_backup_crypto::{
    Certificate, Error, KeygenOptions, Keyring, Passphrases, Recipients, Signer, Verifier,
    generate, recipients_of,
};
use secrecy::SecretString;
use sequoia_openpgp as openpgp;

use crate::support::{day, decrypt_with, encrypt_to, shown};

const PASSPHRASE: &str = "correct-horse-battery-staple";

/// Texts that would give a secret away, in the forms that bytes are printed in.
fn needles(secret: &[u8]) -> Vec<String> {
    let mut needles = vec![PASSPHRASE.to_string(), "correct-horse".to_string()];
    let cert = Cert::from_bytes(secret).unwrap();
    for key in cert.keys().secret() {
        let key = key.key().clone();
        let key = match key.secret() {
            SecretKeyMaterial::Encrypted(_) => key.decrypt_secret(&PASSPHRASE.into()).unwrap(),
            SecretKeyMaterial::Unencrypted(_) => key,
        };
        let SecretKeyMaterial::Unencrypted(material) = key.secret() else {
            unreachable!();
        };
        let bytes = material.map(|mpis| openpgp::serialize::MarshalInto::to_vec(mpis).unwrap());
        // Without its length, which is no secret.
        let inner = &bytes[8..16];
        let hex = openpgp::fmt::hex::encode(inner);
        needles.extend([hex.to_lowercase(), hex]);
        needles.push(
            inner
                .iter()
                .map(u8::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        );
    }
    let armored = String::from_utf8(secret.to_vec()).unwrap();
    needles.extend(
        armored
            .lines()
            .filter(|line| line.len() == 64)
            .map(String::from),
    );
    needles
}

#[test]
fn no_debug_output_and_no_message_gives_a_secret_away() {
    for passphrase in [None, Some(PASSPHRASE)] {
        let options = KeygenOptions {
            user_id: "Prose".into(),
            gnupg_compatible: false,
            passphrase: passphrase.map(SecretString::from),
            created: day(0),
        };
        let made = generate(&options).unwrap();
        let certificate = Certificate::from_bytes(&made.secret).unwrap();
        let to = Recipients::new([&certificate], day(1)).unwrap();
        let message = encrypt_to(&to, b"plaintext");
        let mut seen: Vec<String> = Vec::new();
        let mut see = |thing: &dyn Debug| seen.push(format!("{thing:?} {thing:#?}"));

        let mut right = Passphrases::default();
        right.insert(made.fingerprint.clone(), PASSPHRASE.into());
        let mut wrong = Passphrases::default();
        wrong.insert(made.fingerprint.clone(), format!("{PASSPHRASE}!").into());
        for passphrases in [Passphrases::default(), wrong, right] {
            see(&passphrases);
            let keys = Keyring::new([certificate.clone()], passphrases.clone());
            see(&keys.holds(&recipients_of(&message).unwrap()));
            let error = decrypt_with(&keys, &message[..message.len() - 1]).unwrap_err();
            see(&error);
            see(&shown(&error));
            see(&keys);
            match Signer::new(&certificate, &passphrases, day(1)) {
                Ok(signer) => {
                    see(&signer);
                    let mut signing = signer.start("name").unwrap();
                    signing.write_all(b"data").unwrap();
                    see(&signing);
                    let signature = signing.finish().unwrap();
                    let verifier =
                        Verifier::new(&signature, &[certificate.clone()], day(2)).unwrap();
                    see(&verifier);
                    see(&verifier.finish());
                }
                Err(error) => {
                    see(&error);
                    see(&shown(&error));
                }
            }
        }
        see(&options);
        see(&made);
        see(&certificate);
        see(&to);
        see(&recipients_of(&message).unwrap());
        see(&certificate.expires_within(std::time::Duration::MAX, day(1)));
        see(&Certificate::from_bytes(&made.secret[..made.secret.len() / 2]).unwrap_err());
        let error: Error = Recipients::new([&certificate], std::time::UNIX_EPOCH).unwrap_err();
        see(&error);

        let needles = needles(&made.secret);
        for text in &seen {
            for needle in &needles {
                assert!(!text.contains(needle.as_str()), "{needle} in {text}");
            }
            assert!(!text.contains("plaintext"), "{text}");
        }
    }
}

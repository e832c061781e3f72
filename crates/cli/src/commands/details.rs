//! What `show` and `verify` say of one backup.

use std::fmt::Write;

use prose_backup::{Details, EncryptionKey, SigningKey};

use crate::{escape, human};

/// What stands where only the stored bytes could tell.
const UNREAD: &str = "not checked";

/// A line for each fact.
pub(super) fn text(details: &Details) -> String {
    let listed = &details.listed;
    let mut facts = Facts::default();
    facts.add("name", listed.name.to_string());
    facts.add("created", listed.created_at.to_string());
    facts.add("size", human::exact_size(listed.size_bytes));
    facts.add("signed", human::yes(listed.is_signed));
    facts.add("encrypted", human::yes(listed.is_encrypted));
    facts.add("restorable", human::yes(listed.can_be_restored));
    facts.add("intact", human::yes_or(details.is_intact, UNREAD));
    facts.add("authentic", human::yes_or(details.is_authentic, UNREAD));
    for key in &details.signing_keys {
        facts.add("signed by", signing_key(key));
    }
    for key in &details.encryption_keys {
        facts.add("encrypted for", encryption_key(key));
    }
    if listed.is_encrypted {
        facts.add(
            "can be decrypted",
            human::yes_or(details.can_be_decrypted, "unknown"),
        );
    }
    facts.add(
        "verdict",
        details.verdict.map_or(UNREAD, |verdict| verdict.as_str()),
    );
    facts.add("reason", details.reason.as_str());
    facts.0
}

/// Who signed, and what that is worth.
pub(super) fn signing_key(key: &SigningKey) -> String {
    let trust = if key.trusted {
        "trusted"
    } else {
        "not trusted"
    };
    let signature = match key.valid {
        Some(true) => "good signature",
        Some(false) => "bad signature",
        None => "signature not checked",
    };
    format!("{} ({trust}, {signature})", named(&key.fingerprint))
}

/// Who can decrypt.
pub(super) fn encryption_key(key: &EncryptionKey) -> String {
    let problem = key.problem.as_ref().map_or_else(String::new, |problem| {
        format!(": {}", escape::line(problem))
    });
    format!(
        "{} ({}{problem})",
        named(&key.fingerprint),
        at_hand(key.at_hand)
    )
}

pub(super) fn at_hand(is_at_hand: bool) -> &'static str {
    if is_at_hand { "at hand" } else { "not at hand" }
}

/// Messages need not say which key they are about.
fn named(fingerprint: &str) -> String {
    if fingerprint.is_empty() {
        "an unnamed key".to_owned()
    } else {
        escape::line(fingerprint)
    }
}

#[derive(Default)]
struct Facts(String);

impl Facts {
    fn add(&mut self, key: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.0, "{key}: {}", escape::line(value.as_ref()));
    }
}

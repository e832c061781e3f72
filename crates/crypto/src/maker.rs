//! Whether a key of a trusted certificate could make a signature at its time.

use std::time::SystemTime;

use openpgp::cert::prelude::*;
use openpgp::packet::{Signature, key};
use openpgp::policy::Policy;
use openpgp::types::RevocationStatus;
use sequoia_openpgp as openpgp;

use crate::error::reason;
use crate::usable::{AnyKey, Purpose, Rule, Unusable, check_creation, revoked};

/// Ends what an operator can do about a signature that stays worthless.
pub(crate) const VOUCH: &str = "a digest noted elsewhere can vouch for these bytes instead";

/// Applies every rule to a key that made a signature at `at`.
///
/// What bound the key at that time decides, as in sequoia's `DetachedVerifier`. Unlike there, where
/// no acceptable self-signature is that old, or the one that is says that the key had expired by
/// then, the earliest later one decides by which it had not. `gpg --quick-set-expire` replaces
/// self-signatures instead of adding to them (only those of a revoked user id stay), so that
/// extending a key, the very remedy for its expiry, would otherwise turn all that it ever signed
/// into forgeries.
///
/// A later self-signature can speak for an earlier time: it counts the expiry from the key's
/// creation (RFC 9580, section 5.2.3.13), before which nothing is accepted. An attacker gains
/// nothing. The certificate is the operator's own file, and only the primary key can sign for it,
/// while who controls the store only chooses among signatures that the key did make. Who has
/// stolen the key writes any date into a signature anyway, and so was never stopped by dates.
/// Revocation is what stops a thief, and it is judged at the signature's time as ever, a hard one
/// regardless of it; so are the algorithms. A binding that is looked at and does not let the key
/// sign decides, too.
pub(crate) fn check_maker<'a>(
    key: &AnyKey<'a>,
    policy: &'a dyn Policy,
    at: SystemTime,
) -> Result<(), Unusable> {
    let whole = Unusable::certificate;
    let own = |rule| Unusable::key(key, rule);
    check_creation(key, at)?;

    let cert = key.cert();
    if let RevocationStatus::Revoked(revocations) = cert.revocation_status(policy, at) {
        return Err(whole(revoked(&revocations)));
    }
    let subkey = Subkey::try_from(key.clone()).ok();
    if let Some(subkey) = &subkey
        && let RevocationStatus::Revoked(revocations) = subkey.revocation_status(policy, at)
    {
        return Err(own(revoked(&revocations)));
    }

    let bound = |time| of_primary(cert, policy, time);
    let mut seen_from = decide(at, primary_signatures(cert), bound).map_err(whole)?;
    if let Some(subkey) = &subkey {
        let bound = |time| for_signing(of_subkey(subkey, policy, time)?);
        let bound_from = decide(at, subkey.bundle().self_signatures(), bound).map_err(own)?;
        seen_from = seen_from.max(bound_from);
    } else {
        let bound = |time| for_signing(bound(time)?);
        seen_from = decide(at, primary_signatures(cert), bound).map_err(own)?;
    }

    // The library asks the policy about a key only together with its binding.
    if let Err(error) = key.with_policy(policy, seen_from) {
        return Err(own(rejected(&error)));
    }
    if !key.key().pk_algo().is_supported() {
        return Err(own(Rule::Unsupported {
            algorithm: key.key().pk_algo().to_string(),
        }));
    }
    Ok(())
}

type Subkey<'a> = SubordinateKeyAmalgamation<'a, key::PublicParts>;

/// What a self-signature says about the key that it binds.
struct Binding {
    may_sign: bool,
    expires: Option<SystemTime>,
}

/// The time whose binding decides that the key was not expired at `at`, else why none does. `bound`
/// tells what binds the key at a time.
fn decide<'s>(
    at: SystemTime,
    self_signatures: impl Iterator<Item = &'s Signature>,
    bound: impl Fn(SystemTime) -> Result<Binding, Rule>,
) -> Result<SystemTime, Rule> {
    let mut later: Vec<SystemTime> = self_signatures
        .filter_map(|signature| signature.signature_creation_time())
        .filter(|made| *made > at)
        .collect();
    later.sort_unstable();
    later.dedup();
    let look = |time| match bound(time)?.expires {
        Some(on) if on <= at => Err(Rule::Expired { on }),
        _ => Ok(time),
    };
    let mut decision = look(at);
    for time in later {
        if !matches!(decision, Err(Rule::Expired { .. } | Rule::Rejected { .. })) {
            break;
        }
        decision = look(time);
    }
    decision
}

/// What a certificate as a whole depends on: the signatures of its user ids and the direct ones.
fn primary_signatures(cert: &Cert) -> impl Iterator<Item = &Signature> {
    let user_ids = cert.userids();
    user_ids
        .flat_map(|user_id| user_id.bundle().self_signatures())
        .chain(cert.primary_key().bundle().self_signatures())
}

fn of_primary(cert: &Cert, policy: &dyn Policy, time: SystemTime) -> Result<Binding, Rule> {
    let primary = cert.primary_key();
    let valid = primary
        .with_policy(policy, time)
        .map_err(|error| rejected(&error))?;
    Ok(Binding {
        may_sign: valid.for_signing(),
        expires: valid.key_expiration_time(),
    })
}

/// Not by the library's view of a valid subkey, which needs the certificate to be bound at the
/// same time.
fn of_subkey(key: &Subkey<'_>, policy: &dyn Policy, time: SystemTime) -> Result<Binding, Rule> {
    let binding = key
        .binding_signature(policy, time)
        .map_err(|error| rejected(&error))?;
    let primary = key.cert().primary_key();
    let direct = primary.binding_signature(policy, time).ok();
    // What a binding leaves open, the certificate's direct signature says (section 5.2.3.10).
    let flags = binding
        .key_flags()
        .or_else(|| direct.and_then(|s| s.key_flags()));
    let validity = binding
        .key_validity_period()
        .or_else(|| direct.and_then(|s| s.key_validity_period()))
        .filter(|validity| !validity.is_zero());
    Ok(Binding {
        may_sign: flags.is_some_and(|flags| flags.for_signing()),
        expires: validity.map(|validity| key.key().creation_time() + validity),
    })
}

fn for_signing(binding: Binding) -> Result<Binding, Rule> {
    if binding.may_sign {
        Ok(binding)
    } else {
        Err(Rule::OtherPurpose(Purpose::Signing))
    }
}

fn rejected(error: &openpgp::anyhow::Error) -> Rule {
    Rule::Rejected {
        reason: reason(error),
    }
}

/// What the operator can do about a signature by a key that could not make it.
pub(crate) fn remedy(why: &Unusable) -> String {
    let advice = match why.rule {
        Rule::Expired { .. } => {
            return "if it is still in its owner's hands alone, extend its expiry and export it again".into();
        }
        Rule::NotYetValid { .. } => "check the clock of the machine that signed",
        Rule::Revoked { hard: true, .. } => "nothing that it ever signed counts",
        Rule::Revoked { hard: false, .. } => "only what it signed before counts",
        Rule::Rejected { .. } | Rule::Unsupported { .. } => "sign with a current key",
        Rule::OtherPurpose(_) | Rule::Missing(_) => "sign with a key that is meant for it",
    };
    format!("{advice}; {VOUCH}")
}

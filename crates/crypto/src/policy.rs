//! Which algorithms are strong enough, as of when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openpgp::policy::StandardPolicy;
use sequoia_openpgp as openpgp;

/// When this code was written, 2026-11-01: what was known to be weak then stays weak.
const KNOWLEDGE: Duration = Duration::from_hours(24 * 20_758);

/// Sequoia's standard policy as of `at`.
///
/// A clock that is set back must not make SHA-1 or RSA-1024 acceptable again, so that the policy
/// never looks at an earlier time than this code's own.
pub(crate) fn policy(at: SystemTime) -> StandardPolicy<'static> {
    StandardPolicy::at(at.max(UNIX_EPOCH + KNOWLEDGE))
}

//! The clock of this machine, when it can be believed.
//!
//! Backups are named by time, keys expire, and signatures are judged at the time they were made:
//! a machine whose clock is decades off would draw wrong conclusions from all three.

use std::time::SystemTime;

use prose_backup_naming::Timestamp;

use crate::{Coded, ErrorCode};

/// No backup of this format is older than this: `2025-01-01T00:00:00Z`.
const EARLIEST: i64 = 1_735_689_600;
/// `2076-01-01T00:00:00Z`, 50 years into the life of the format and 30 years before the
/// timestamps of OpenPGP end.
const LATEST: i64 = 3_345_062_400;

/// The clock cannot be right.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "the clock of this machine cannot be right: it says {shown}; set it (for example with \
     timedatectl set-ntp true) and try again"
)]
pub struct WrongClock {
    shown: String,
}

impl Coded for WrongClock {
    fn code(&self) -> ErrorCode {
        ErrorCode::WrongClock
    }
}

/// What time it is.
pub fn now() -> Result<Timestamp, WrongClock> {
    plausible(SystemTime::now())
}

fn plausible(time: SystemTime) -> Result<Timestamp, WrongClock> {
    let wrong = |shown| WrongClock { shown };
    let now = Timestamp::try_from(time)
        .map_err(|_| wrong("a year that four digits cannot say".to_owned()))?;
    if (EARLIEST..LATEST).contains(&now.unix_seconds()) {
        Ok(now)
    } else {
        Err(wrong(now.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<Timestamp, WrongClock> {
        plausible(text.parse::<Timestamp>().unwrap().into())
    }

    #[test]
    fn a_clock_is_believed_within_its_bounds_only() {
        for good in [
            "2025-01-01T00:00:00Z",
            "2026-11-21T08:00:00Z",
            "2075-12-31T23:59:59Z",
        ] {
            assert_eq!(at(good).unwrap().to_string(), good);
        }
        for bad in [
            "1970-01-01T00:00:00Z",
            "2024-12-31T23:59:59Z",
            "2076-01-01T00:00:00Z",
            "2100-01-01T00:00:00Z",
        ] {
            at(bad).unwrap_err();
        }
        assert_eq!(
            at("1970-01-01T00:00:07Z").unwrap_err().to_string(),
            "the clock of this machine cannot be right: it says 1970-01-01T00:00:07Z; set it \
             (for example with timedatectl set-ntp true) and try again"
        );
    }
}

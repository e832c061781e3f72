use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::ParseError;

const WHAT: &str = "timestamp";
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment in whole seconds, always UTC, in the years 0000 to 9999.
///
/// Printed and parsed in exactly one form of RFC 3339: `YYYY-MM-DDTHH:MM:SSZ`. Leap seconds
/// (`:60`) do not exist in Unix time and are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// `0000-01-01T00:00:00Z`.
    pub const MIN: Self = Self(-62_167_219_200);
    /// `9999-12-31T23:59:59Z`.
    pub const MAX: Self = Self(253_402_300_799);

    /// From seconds since 1970-01-01T00:00:00Z; refuses years that four digits cannot say.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, ParseError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(ParseError::new(
                WHAT,
                &seconds.to_string(),
                "its year is not within 0000 to 9999",
            ))
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z, negative before.
    pub fn unix_seconds(self) -> i64 {
        self.0
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is a year's last day.
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + day_of_year - 719_468
}

/// The inverse of [`days_from_date`]: year, month, day.
fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_from_days(self.0.div_euclid(SECONDS_PER_DAY));
        let second = self.0.rem_euclid(SECONDS_PER_DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
        )
    }
}

impl FromStr for Timestamp {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        const FORM: &[u8; 20] = b"dddd-dd-ddTdd:dd:ddZ";
        let bytes = text.as_bytes();
        let formed = bytes.len() == FORM.len()
            && bytes.iter().zip(FORM).all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                literal => byte == literal,
            });
        if !formed {
            return Err(ParseError::new(
                WHAT,
                text,
                "it must have the form YYYY-MM-DDTHH:MM:SSZ",
            ));
        }
        let number = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        let days = days_from_date(year, month, day);
        // A date that does not exist (February 30) comes back as another one.
        let exists = (1..=12).contains(&month) && date_from_days(days) == (year, month, day);
        if !exists || hour > 23 || minute > 59 || second > 59 {
            return Err(ParseError::new(WHAT, text, "there is no such date or time"));
        }
        Ok(Self(
            days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second,
        ))
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = ParseError;

    /// Rounds down to the second.
    fn try_from(time: SystemTime) -> Result<Self, ParseError> {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                (-whole).saturating_sub(i64::from(before.subsec_nanos() > 0))
            }
        };
        Self::from_unix_seconds(seconds)
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        let distance = Duration::from_secs(timestamp.0.unsigned_abs());
        if timestamp.0 < 0 {
            UNIX_EPOCH - distance
        } else {
            UNIX_EPOCH + distance
        }
    }
}

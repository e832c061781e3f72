//! How long an Object Lock lasts: an ISO 8601 duration, calendar units included.

use std::fmt;
use std::time::SystemTime;

use jiff::fmt::temporal::{SpanParser, SpanPrinter};
use jiff::tz::TimeZone;
use jiff::{Span, SpanFieldwise, Timestamp};

/// How long an S3 Object Lock retention lasts; more than zero.
///
/// Years and months are counted on the UTC calendar from the moment an object is written:
/// `P1Y` after 2027-11-21 is 2028-11-21, and `P1M` after 31 January is the last day of February.
/// Weeks are seven days, and days 24 hours. Two durations are equal when they are spelled with the
/// same units (`P1W` is not `P7D`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockDuration(SpanFieldwise);

impl LockDuration {
    /// Reads an ISO 8601 duration such as `P30D`, `P1Y` or `PT12H`; `None` for what is none, and
    /// for what is not more than zero.
    pub fn parse(text: &str) -> Option<Self> {
        let span = SpanParser::new().parse_span(text).ok()?;
        span.is_positive().then_some(Self(span.fieldwise()))
    }

    /// The end of a lock that begins at `start`; `None` after the year 9999.
    pub fn end(self, start: SystemTime) -> Option<SystemTime> {
        let start = Timestamp::try_from(start).ok()?.to_zoned(TimeZone::UTC);
        let span: Span = self.0.0;
        Some(start.checked_add(span).ok()?.timestamp().into())
    }
}

/// The ISO 8601 form.
impl fmt::Display for LockDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SpanPrinter::new().span_to_string(&self.0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str, start: &str) -> String {
        let start: Timestamp = start.parse().unwrap();
        let end = LockDuration::parse(text).unwrap().end(start.into());
        Timestamp::try_from(end.unwrap()).unwrap().to_string()
    }

    #[test]
    fn years_and_months_follow_the_calendar() {
        assert_eq!(
            end("P1Y", "2027-11-21T10:00:00Z"),
            "2028-11-21T10:00:00Z",
            "across a leap day"
        );
        assert_eq!(end("P1M", "2027-01-31T10:00:00Z"), "2027-02-28T10:00:00Z");
        assert_eq!(end("P2W", "2027-01-31T10:00:00Z"), "2027-02-14T10:00:00Z");
        assert_eq!(end("PT36H", "2027-01-31T10:00:00Z"), "2027-02-01T22:00:00Z");
    }

    #[test]
    fn a_lock_that_would_end_after_the_calendar_has_no_end() {
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(LockDuration::parse("P9999Y").unwrap().end(now), None);
    }

    #[test]
    fn what_is_no_positive_iso_8601_duration_is_refused() {
        for text in ["", "2w", "30 days", "-P1D", "P0D", "PT-5M", "1Y", "P", "P1"] {
            assert_eq!(LockDuration::parse(text), None, "{text}");
        }
    }
}

//! Durations, in the ISO 8601 form.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::temporal::{SpanParser, SpanPrinter};
use jiff::{Span, SpanRelativeTo};
use schemars::{Schema, json_schema};
use serde_json::Value as Json;

use super::Value;
use crate::LockDuration;
use crate::raw::{Raw, Refusal};

const EXPECTED_TTL: &str = "an ISO 8601 duration such as \"PT5M\" or \"P1D\"";
const EXPECTED_LOCK: &str = "an ISO 8601 duration such as \"P30D\" or \"P1Y\"";

/// The lifetime of a URL: whole seconds, at least one. A day is 24 hours; months and years, whose
/// length varies, are refused.
pub(crate) struct Ttl(pub(crate) Duration);

impl Value for Ttl {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let text = raw.text(EXPECTED_TTL)?;
        let span = SpanParser::new()
            .parse_span(text.trim())
            .map_err(|_| Refusal(format!("expected {EXPECTED_TTL}, found {text:?}")))?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(Refusal(format!(
                "months and years vary in length; give days or less, found {text:?}"
            )));
        }
        let duration = length(span)
            .ok_or_else(|| Refusal(format!("expected {EXPECTED_TTL}, found {text:?}")))?;
        if duration.is_zero() || duration.subsec_nanos() != 0 {
            return Err(Refusal(format!(
                "it must be whole seconds and at least one, found {text:?}"
            )));
        }
        Ok(Self(duration))
    }

    fn show(&self) -> Json {
        SpanPrinter::new()
            .unsigned_duration_to_string(&self.0)
            .into()
    }

    fn schema() -> Schema {
        json_schema!({ "title": "ISO 8601 duration", "type": "string", "pattern": "^[Pp]([0-9]+[WwDd])*([Tt]([0-9]+[HhMmSs])+)?$" })
    }
}

fn length(span: Span) -> Option<Duration> {
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.try_into().ok()
}

impl Value for LockDuration {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let text = raw.text(EXPECTED_LOCK)?;
        Self::parse(text.trim()).ok_or_else(|| {
            Refusal(format!(
                "expected {EXPECTED_LOCK}, more than zero, found {text:?}"
            ))
        })
    }

    fn show(&self) -> Json {
        self.to_string().into()
    }

    fn schema() -> Schema {
        json_schema!({
            "title": "ISO 8601 duration", "type": "string",
            "pattern": "^[Pp]([0-9]+[YyMmWwDd])*([Tt]([0-9]+[HhMmSs])+)?$",
        })
    }
}

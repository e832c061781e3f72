//! Switches, numbers, sizes and permission bits.

use std::num::NonZeroU32;

use schemars::{Schema, json_schema};
use serde_json::Value as Json;

use super::Value;
use crate::raw::{Raw, Refusal};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// TOML has no integer beyond this, so a configuration has no larger number.
const MAXIMUM: u64 = i64::MAX as u64;

impl Value for bool {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        raw.boolean()
    }

    fn show(&self) -> Json {
        (*self).into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// A compression level: any 32-bit number.
pub(crate) struct Level(pub(crate) i32);

impl Value for Level {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let expected = "a whole number from -2147483648 to 2147483647";
        raw.integer(expected, &(i32::MIN..=i32::MAX)).map(Self)
    }

    fn show(&self) -> Json {
        self.0.into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX })
    }
}

/// How many; at least one.
pub(crate) struct Count(pub(crate) u64);

impl Value for Count {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        raw.integer("a whole number of at least 1", &(1..=MAXIMUM))
            .map(Self)
    }

    fn show(&self) -> Json {
        self.0.into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 1 })
    }
}

/// How many requests at once.
pub(crate) struct Concurrency(pub(crate) NonZeroU32);

impl Concurrency {
    const MAXIMUM: u32 = 64;
}

impl Value for Concurrency {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let number: u32 = raw.integer("a whole number from 1 to 64", &(1..=Self::MAXIMUM))?;
        let number = NonZeroU32::try_from(number).map_err(|e| Refusal(e.to_string()))?;
        Ok(Self(number))
    }

    fn show(&self) -> Json {
        self.0.get().into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAXIMUM })
    }
}

/// Bytes: a number, or text with a unit. At least one.
pub(crate) struct Size(pub(crate) u64);

impl Size {
    const EXPECTED: &str = "a number of bytes, or text like \"16 GiB\"";
    /// Binary and decimal units, in the spelling that is suggested; read in any case.
    const UNITS: [(&str, u64); 9] = [
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", MIB),
        ("GiB", GIB),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];

    fn parse(text: &str) -> Option<u64> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start();
        let (_, factor) = Self::UNITS.into_iter().find(|(name, _)| {
            unit.eq_ignore_ascii_case(name) || (unit.is_empty() && *name == "B")
        })?;
        number.parse::<u64>().ok()?.checked_mul(factor)
    }
}

impl Value for Size {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let bytes = match raw {
            Raw::Untyped(text) | Raw::Text(text) => Self::parse(text.trim())
                .ok_or_else(|| Refusal(format!("expected {}, found {text:?}", Self::EXPECTED)))?,
            Raw::Integer { .. } => raw.integer(Self::EXPECTED, &(0..=MAXIMUM))?,
            other => return Err(other.unlike(Self::EXPECTED)),
        };
        match bytes {
            0 => Err(Refusal::new("it must not be zero")),
            1..=MAXIMUM => Ok(Self(bytes)),
            _ => Err(Refusal(format!("it must be at most {MAXIMUM} bytes"))),
        }
    }

    /// In the largest binary unit that fits without a rest.
    fn show(&self) -> Json {
        Self::UNITS
            .into_iter()
            .filter(|(_, factor)| factor.is_power_of_two() && *factor > 1)
            .rfind(|(_, factor)| self.0.is_multiple_of(*factor))
            .map_or(self.0.into(), |(unit, factor)| {
                format!("{} {unit}", self.0 / factor).into()
            })
    }

    fn schema() -> Schema {
        json_schema!({
            "title": "size",
            "type": ["integer", "string"],
            "minimum": 1,
            "pattern": "^[0-9]+ ?([KkMmGgTt][Ii]?[Bb]|[Bb])?$",
        })
    }
}

/// The size of a part of a multipart upload, within what S3 allows.
pub(crate) struct PartSize(pub(crate) u64);

impl PartSize {
    const MINIMUM: u64 = 5 * MIB;
    const MAXIMUM: u64 = 5 * GIB;
}

impl Value for PartSize {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let Size(bytes) = Size::read(raw)?;
        if (Self::MINIMUM..=Self::MAXIMUM).contains(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(Refusal::new("it must be from 5 MiB to 5 GiB"))
        }
    }

    fn show(&self) -> Json {
        Size(self.0).show()
    }

    fn schema() -> Schema {
        let mut schema = Size::schema();
        schema.insert("minimum".into(), Self::MINIMUM.into());
        schema.insert("maximum".into(), Self::MAXIMUM.into());
        schema
    }
}

/// Permission bits of a file.
pub(crate) struct Mode(pub(crate) u32);

impl Mode {
    const EXPECTED: &str = "permission bits in octal, such as \"0600\" or 0o600";

    fn parse(text: &str) -> Option<u32> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        // from_str_radix takes a sign too, which permissions do not have.
        digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
        u32::from_str_radix(digits, 8).ok()
    }
}

impl Value for Mode {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let mode = match raw {
            Raw::Untyped(text) | Raw::Text(text) => Self::parse(text.trim()),
            Raw::Integer { digits, radix: 8 } => Self::parse(digits),
            // 600 means 0o1130 to TOML, and 0o600 to whoever wrote it.
            Raw::Integer { .. } => None,
            other => return Err(other.unlike(Self::EXPECTED)),
        };
        match mode {
            None => Err(Refusal(format!("expected {}", Self::EXPECTED))),
            Some(mode) if mode > 0o777 => Err(Refusal::new("it must be at most 0777")),
            Some(mode) if mode & 0o400 == 0 => Err(Refusal::new(
                "it must let the owner read (0400), or no backup could be restored",
            )),
            Some(mode) => Ok(Self(mode)),
        }
    }

    fn show(&self) -> Json {
        format!("{:04o}", self.0).into()
    }

    fn schema() -> Schema {
        json_schema!({
            "title": "permission bits",
            "type": ["string", "integer"],
            "pattern": "^(0o)?0?[4-7][0-7]{2}$",
            "minimum": 0o400,
            "maximum": 0o777,
        })
    }
}

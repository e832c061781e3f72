//! The records of a pax extended header: `<length> <key>=<value>\n`, the length counting itself.

use std::borrow::Cow;

use crate::entry::{ModificationTime, Xattr};

const XATTR: &[u8] = b"SCHILY.xattr.";

/// Appends one record.
pub(crate) fn put(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + decimal_digits(rest);
    // One more digit may be needed for the digits themselves.
    if decimal_digits(length) > decimal_digits(rest) {
        length += 1;
    }
    out.extend_from_slice(length.to_string().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// Appends the record of an extended attribute.
pub(crate) fn put_xattr(out: &mut Vec<u8>, xattr: &Xattr) {
    let mut key = XATTR.to_vec();
    for &byte in &xattr.name {
        match byte {
            b'%' => key.extend_from_slice(b"%25"),
            b'=' => key.extend_from_slice(b"%3D"),
            _ => key.push(byte),
        }
    }
    put(out, &key, &xattr.value);
}

/// A time as a decimal fraction, without trailing zeros: `-1.5` is one and a half seconds before
/// 1970.
pub(crate) fn format_time(time: ModificationTime) -> String {
    let nanoseconds = i128::from(time.seconds()) * 1_000_000_000 + i128::from(time.nanoseconds());
    let (magnitude, sign) = (
        nanoseconds.unsigned_abs(),
        if nanoseconds < 0 { "-" } else { "" },
    );
    let (whole, fraction) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').to_owned()
}

/// What the records of one extended header say.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link_path: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) uid: Option<u64>,
    pub(crate) gid: Option<u64>,
    pub(crate) modified: Option<ModificationTime>,
    pub(crate) xattrs: Vec<Xattr>,
}

impl Records {
    /// Reads the body of an extended header, without its padding. Order, repetition and superfluous
    /// records are for the caller to see, by encoding what was read.
    pub(crate) fn decode(mut body: &[u8]) -> Result<Self, Cow<'static, str>> {
        let mut records = Self::default();
        while !body.is_empty() {
            let (key, value, rest) = split_record(body).ok_or("a pax record is malformed")?;
            records.take(key, value)?;
            body = rest;
        }
        Ok(records)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Cow<'static, str>> {
        match key {
            b"hdrcharset" => {}
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link_path = Some(value.to_vec()),
            b"size" => self.size = Some(number(value)?),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"mtime" => self.modified = Some(time(value).ok_or("a pax time is malformed")?),
            _ => {
                let name = key.strip_prefix(XATTR).ok_or_else(|| {
                    format!(
                        "the pax record {} is not used in this format",
                        key.escape_ascii()
                    )
                })?;
                self.xattrs.push(Xattr {
                    name: unescape(name),
                    value: value.to_vec(),
                });
            }
        }
        Ok(())
    }
}

/// The first record's key and value, and what follows it.
fn split_record(body: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = body.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(number(&body[..blank]).ok()?).ok()?;
    let (record, rest) = body.split_at_checked(length)?;
    let text = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = text.iter().position(|&byte| byte == b'=')?;
    Some((&text[..equals], &text[equals + 1..], rest))
}

fn number(text: &[u8]) -> Result<u64, &'static str> {
    const WRONG: &str = "a pax number is malformed";
    if !text.iter().all(u8::is_ascii_digit) {
        return Err(WRONG);
    }
    let text = std::str::from_utf8(text).map_err(|_| WRONG)?;
    text.parse().map_err(|_| WRONG)
}

fn time(text: &[u8]) -> Option<ModificationTime> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(2, |&byte| byte == b'.');
    let whole = i128::from(number(parts.next()?).ok()?);
    let fraction = match parts.next() {
        None => 0,
        Some(digits) if digits.len() <= 9 => {
            let value = i128::from(number(digits).ok()?);
            value * 10_i128.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        Some(_) => return None,
    };
    let magnitude = whole * 1_000_000_000 + fraction;
    let nanoseconds = if negative { -magnitude } else { magnitude };
    ModificationTime::new(
        i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?,
        u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?,
    )
}

/// Undoes the escapes of [`put_xattr`], and no others.
fn unescape(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, tail)) = rest.split_first() {
        let (byte, tail) = match (rest.strip_prefix(b"%25"), rest.strip_prefix(b"%3D")) {
            (Some(tail), _) => (b'%', tail),
            (_, Some(tail)) => (b'=', tail),
            _ => (byte, tail),
        };
        out.push(byte);
        rest = tail;
    }
    out
}

fn decimal_digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::{ModificationTime, Records, format_time, put, time};

    #[test]
    fn a_record_counts_its_own_length() {
        // The lengths where one more digit is needed: 9 → 10, 99 → 100, 999 → 1000.
        for size in 0..1100 {
            let mut out = Vec::new();
            put(&mut out, b"path", &vec![b'x'; size]);
            let text = String::from_utf8(out.clone()).unwrap();
            let length: usize = text.split_once(' ').unwrap().0.parse().unwrap();
            assert_eq!(length, out.len());
            assert_eq!(Records::decode(&out).unwrap().path.unwrap().len(), size);
        }
    }

    #[test]
    fn times_are_decimal_fractions_on_both_sides_of_1970() {
        for (seconds, nanoseconds, text) in [
            (0, 1, "0.000000001"),
            (-1, 500_000_000, "-0.5"),
            (-2, 500_000_000, "-1.5"),
            (-1, 0, "-1"),
            (1 << 33, 0, "8589934592"),
            (i64::MIN, 1, "-9223372036854775807.999999999"),
            (i64::MAX, 999_999_999, "9223372036854775807.999999999"),
        ] {
            let value = ModificationTime::new(seconds, nanoseconds).unwrap();
            assert_eq!(format_time(value), text);
            assert_eq!(time(text.as_bytes()), Some(value));
        }
    }

    #[test]
    fn malformed_records_are_errors_and_never_panics() {
        for body in [
            &b"x"[..],
            b"5 a=b",
            b"0 ",
            b"3 a\n",
            b"99999999999999999999 a=b\n",
            b"18446744073709551615 a=b\n",
            b"12 mtime=1.x\n",
            b"21 mtime=1.0000000001\n",
            b"9 size=\n",
            b"10 size=-\n",
            b"22 GNU.sparse.major=1\n",
        ] {
            assert!(Records::decode(body).is_err(), "{}", body.escape_ascii());
        }
    }
}

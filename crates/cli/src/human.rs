//! Values in the words of people.

/// Bytes with a binary unit and at most one decimal: `0 B`, `1023 B`, `1.5 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // In tenths of the unit, rounded; integers, so that no size is printed as another one.
    let mut unit_bytes: u128 = 1024;
    for unit in UNITS {
        let tenths = (u128::from(bytes) * 10 + unit_bytes / 2) / unit_bytes;
        if tenths < 10 * 1024 || unit == "EiB" {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        unit_bytes *= 1024;
    }
    format!("{bytes} B")
}

/// `1.5 KiB (1536 bytes)`: for people and for comparing.
pub(crate) fn exact_size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} ({bytes} bytes)", size(bytes)),
    }
}

/// `yes` or `no`.
pub(crate) fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// `yes`, `no`, or what to say when nobody looked.
pub(crate) fn yes_or(value: Option<bool>, unknown: &'static str) -> &'static str {
    value.map_or(unknown, yes)
}

/// `1 entry`, `2 entries`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{exact_size, size};

    #[test]
    fn sizes_are_rounded_to_a_decimal() {
        let sizes = [
            0,
            1,
            1023,
            1024,
            1536,
            1_048_524,
            1_048_575,
            1 << 30,
            u64::MAX,
        ]
        .map(size);
        assert_eq!(
            sizes,
            [
                "0 B",
                "1 B",
                "1023 B",
                "1.0 KiB",
                "1.5 KiB",
                "1023.9 KiB",
                "1.0 MiB",
                "1.0 GiB",
                "16.0 EiB"
            ]
        );
        assert_eq!(exact_size(1536), "1.5 KiB (1536 bytes)");
        assert_eq!(exact_size(1), "1 byte");
    }
}

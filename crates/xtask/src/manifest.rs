//! The little that is read from a `Cargo.toml`.

/// The features that a manifest declares, without `default`, in the order of the file.
///
/// This reads the plain form that this workspace uses (`[features]`, one `name = [` per line) and
/// nothing else of TOML.
pub(crate) fn features(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().trim_matches('"').to_owned())
        .filter(|name| name != "default" && !name.starts_with('#'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_are_read_and_default_is_not_one() {
        let manifest = r#"
            [package]
            name = "x"
            [features]
            default = ["a"]
            # Says = why.
            a = ["dep:serde"]
            b-2 = [
                "a",
            ]

            [dependencies]
            serde = "1"
        "#;
        assert_eq!(features(manifest), ["a", "b-2"]);
        assert_eq!(features("[package]\nname = \"x\"\n"), [""; 0]);
    }
}

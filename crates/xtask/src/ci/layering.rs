//! Crates import what `docs/architecture.md` allows, and nothing else.

use std::collections::BTreeMap;
use std::fs;

use super::Bench;
use super::table::{self, Rule};
use crate::error::{Error, Result};
use crate::process::{self, cargo};
use crate::terminal::say;
use crate::workspace::{self, Member};

const PAGE: &str = "docs/architecture.md";

/// Each package's own dependencies.
type Arrows = BTreeMap<String, Vec<String>>;

pub(super) fn check(bench: &Bench<'_>) -> Result<()> {
    let page =
        fs::read_to_string(bench.root.join(PAGE)).map_err(Error::io(format!("read {PAGE}")))?;
    let rules = table::parse(&page).map_err(|why| Error::Failed(format!("{PAGE}: {why}")))?;
    let names = Names::of(&workspace::members(bench.root)?);
    let mut complaints = violations(
        &rules,
        &names,
        &parse_arrows(&tree(bench, &["--workspace", "--depth", "1"])?)?,
    );
    for (package, rule) in names.with_rules(&rules).filter(|(_, rule)| !rule.tokio) {
        let tree = parse_tree(&tree(bench, &["--package", package])?);
        if tree.iter().any(|(_, name)| name == "tokio") {
            complaints.push(format!(
                "{} must not depend on tokio, at whatever depth",
                rule.name
            ));
        }
    }
    if complaints.is_empty() {
        say!("{} crates import what {PAGE} allows", rules.len());
        return Ok(());
    }
    Err(Error::Failed(format!(
        "{PAGE} does not allow this:\n  {}",
        complaints.join("\n  ")
    )))
}

/// Dependencies that end up in the program or run while it is built, on every platform and with
/// every feature. What only tests need may point anywhere.
fn tree(bench: &Bench<'_>, choice: &[&str]) -> Result<String> {
    let mut tree = cargo(bench.root);
    tree.args([
        "tree",
        "--locked",
        // Otherwise a package that was shown before is shown without its dependencies.
        "--no-dedupe",
        "--prefix",
        "depth",
        "--edges",
        "normal,build",
        "--all-features",
        "--target",
        "all",
    ]);
    process::output(tree.args(choice))
}

/// Reads what `cargo tree --prefix depth` says, lines of `<depth><name> v1.2.3 …`, as depths and names.
fn parse_tree(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .filter_map(|line| {
            let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (depth, rest) = line.split_at(digits);
            Some((depth.parse().ok()?, rest.split(' ').next()?.to_owned()))
        })
        .collect()
}

/// What each package depends on by itself, from a tree in which none was left out.
fn parse_arrows(text: &str) -> Result<Arrows> {
    if text.contains("(*)") {
        return Err(Error::Failed(
            "`cargo tree` left dependencies out".to_owned(),
        ));
    }
    let mut arrows = Arrows::new();
    let mut from = String::new();
    for (depth, name) in parse_tree(text) {
        if depth == 0 {
            arrows.entry(name.clone()).or_default();
            from = name;
        } else if let Some(to) = arrows.get_mut(&from) {
            to.push(name);
        }
    }
    Ok(arrows)
}

/// The short names of the workspace's packages, by full name.
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(members: &[Member]) -> Self {
        let short = |member: &Member| {
            let directory = member.directory.file_name()?.to_str()?;
            Some((member.name.clone(), directory.to_owned()))
        };
        Self(members.iter().filter_map(short).collect())
    }

    fn with_rules<'a>(&'a self, rules: &'a [Rule]) -> impl Iterator<Item = (&'a str, &'a Rule)> {
        self.0.iter().filter_map(|(package, short)| {
            Some((
                package.as_str(),
                rules.iter().find(|rule| rule.name == *short)?,
            ))
        })
    }
}

fn violations(rules: &[Rule], names: &Names, arrows: &Arrows) -> Vec<String> {
    let known = |short: &String| rules.iter().any(|rule| rule.name == *short);
    let mut complaints: Vec<String> = names
        .0
        .values()
        .filter(|short| !known(short))
        .map(|short| format!("{short} has no row in the table"))
        .collect();
    let gone = rules
        .iter()
        .filter(|rule| names.0.values().all(|short| *short != rule.name));
    complaints.extend(gone.map(|rule| {
        format!(
            "{} has a row in the table and is not in the workspace",
            rule.name
        )
    }));
    for (package, rule) in names.with_rules(rules) {
        for to in arrows.get(package).into_iter().flatten() {
            match names.0.get(to) {
                Some(short) if rule.imports.contains(short) => {}
                Some(short) => complaints.push(format!("{} must not import {short}", rule.name)),
                None if rule.outside => {}
                None => complaints.push(format!(
                    "{} must have no dependency, not even {to}",
                    rule.name
                )),
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0x-low v0.1.0 (/w/crates/low)
1serde v1.0.0

0x-top v0.1.0 (/w/crates/top)
1x-low v0.1.0 (/w/crates/low)
1h2 v0.4.0
";

    fn rule(name: &str, imports: &[&str], outside: bool) -> Rule {
        let imports = imports.iter().map(ToString::to_string).collect();
        Rule {
            name: name.into(),
            imports,
            outside,
            tokio: false,
        }
    }

    fn names() -> Names {
        let member = |name: &str, directory: &str| Member {
            name: name.into(),
            directory: directory.into(),
        };
        Names::of(&[
            member("x-low", "/w/crates/low"),
            member("x-top", "/w/crates/top"),
        ])
    }

    fn arrows() -> Arrows {
        parse_arrows(TREE).expect("a tree")
    }

    #[test]
    fn a_shortened_tree_is_refused() {
        let error = parse_arrows("0a v1.0.0 (/w/a) (*)\n").expect_err("refused");
        assert_eq!(error.to_string(), "`cargo tree` left dependencies out");
    }

    #[test]
    fn the_tree_is_read_as_arrows() {
        let arrows = arrows();
        assert_eq!(arrows["x-low"], ["serde"]);
        assert_eq!(arrows["x-top"], ["x-low", "h2"]);
    }

    #[test]
    fn what_the_table_allows_passes() {
        let rules = [rule("low", &[], true), rule("top", &["low"], true)];
        assert_eq!(violations(&rules, &names(), &arrows()), [""; 0]);
    }

    #[test]
    fn what_the_table_does_not_allow_is_named() {
        let rules = [rule("low", &[], false), rule("top", &[], true)];
        assert_eq!(
            violations(&rules, &names(), &arrows()),
            [
                "low must have no dependency, not even serde",
                "top must not import low"
            ]
        );
    }

    #[test]
    fn table_and_workspace_have_the_same_crates() {
        let rules = [rule("low", &[], true), rule("old", &[], true)];
        assert_eq!(
            violations(&rules, &names(), &arrows()),
            [
                "top has no row in the table",
                "old has a row in the table and is not in the workspace"
            ]
        );
    }
}

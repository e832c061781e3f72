//! The table in `docs/architecture.md` that says which crate may import which.

use std::collections::BTreeSet;

/// What the table says about one crate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The short name: the directory.
    pub(super) name: String,
    /// The short names of the crates that it may import.
    pub(super) imports: BTreeSet<String>,
    /// Whether it may depend on anything from outside the workspace.
    pub(super) outside: bool,
    /// Whether it may depend on tokio, at whatever depth.
    pub(super) tokio: bool,
}

const HEADER: [&str; 5] = [
    "crate",
    "purpose",
    "may import",
    "other dependencies",
    "knows tokio",
];

/// Reads the table out of the page.
pub(super) fn parse(page: &str) -> Result<Vec<Rule>, String> {
    let mut rows = page
        .lines()
        .skip_while(|line| cells(line).is_none_or(|cells| cells != HEADER))
        .skip(2)
        .map_while(cells)
        .peekable();
    if rows.peek().is_none() {
        return Err(format!(
            "there is no table with the columns {}",
            HEADER.join(", ")
        ));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for row in rows {
        let rule = rule(&row)?;
        // Every row imports rows above it only, so that no arrow points up.
        if let Some(unknown) = rule
            .imports
            .iter()
            .find(|name| rules.iter().all(|above| above.name != **name))
        {
            return Err(format!(
                "{} may import {unknown}, which is not a row above it",
                rule.name
            ));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The cells of a row, or nothing when the line is not one.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn rule(row: &[&str]) -> Result<Rule, String> {
    let [name, _purpose, imports, outside, tokio] = row else {
        return Err(format!(
            "a row has {} cells instead of {}: {}",
            row.len(),
            HEADER.len(),
            row.join(" | ")
        ));
    };
    let imports = match *imports {
        "–" => BTreeSet::new(),
        list => list.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    Ok(Rule {
        name: (*name).to_owned(),
        imports,
        outside: choice(name, outside, "any", "none")?,
        tokio: choice(name, tokio, "yes", "no")?,
    })
}

fn choice(name: &str, cell: &str, yes: &str, no: &str) -> Result<bool, String> {
    match cell {
        cell if cell == yes => Ok(true),
        cell if cell == no => Ok(false),
        _ => Err(format!(
            "the row of {name} says {cell:?} instead of {yes:?} or {no:?}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &str) -> String {
        format!(
            "# Page\n\n| a | b |\n|---|---|\n| c | d |\n\n\
             | crate | purpose | may import | other dependencies | knows tokio |\n|---|---|---|---|---|\n{rows}\nText.\n"
        )
    }

    #[test]
    fn the_table_is_found_and_read() {
        let rules = parse(&page(
            "| low | x | – | none | no |\n| mid | x | low | any | no |\n| top | x | low, mid | any | yes |\n",
        ));
        let rules = rules.expect("a table");
        assert_eq!(
            rules
                .iter()
                .map(|rule| rule.name.as_str())
                .collect::<Vec<_>>(),
            ["low", "mid", "top"]
        );
        assert_eq!(
            rules[2].imports,
            BTreeSet::from(["low".to_owned(), "mid".to_owned()])
        );
        assert_eq!(
            rules.iter().map(|rule| rule.outside).collect::<Vec<_>>(),
            [false, true, true]
        );
        assert_eq!(
            rules.iter().map(|rule| rule.tokio).collect::<Vec<_>>(),
            [false, false, true]
        );
    }

    #[test]
    fn an_arrow_that_points_up_is_refused() {
        let error = parse(&page(
            "| low | x | top | any | no |\n| top | x | – | any | no |\n",
        ));
        assert_eq!(
            error,
            Err("low may import top, which is not a row above it".to_owned())
        );
    }

    #[test]
    fn a_table_that_is_missing_or_odd_is_refused() {
        assert_eq!(
            parse("no table"),
            Err("there is no table with the columns crate, purpose, may import, other dependencies, knows tokio".to_owned())
        );
        assert_eq!(
            parse(&page("| low | x | – | any | maybe |\n")),
            Err("the row of low says \"maybe\" instead of \"yes\" or \"no\"".to_owned())
        );
        assert_eq!(
            parse(&page("| low | x | – | any |\n")),
            Err("a row has 4 cells instead of 5: low | x | – | any".to_owned())
        );
    }
}

//! What the program says of itself.

use crate::common::Place;

const SUBCOMMANDS: [&str; 13] = [
    "create",
    "list",
    "show",
    "verify",
    "restore",
    "contents",
    "download",
    "delete",
    "keys",
    "keygen",
    "config",
    "completions",
    "man",
];

fn help(args: &[&str]) -> String {
    let run = Place::new().run(args);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[test]
fn every_subcommand_explains_itself() {
    insta::assert_snapshot!("help", help(&["--help"]));
    for subcommand in SUBCOMMANDS {
        insta::assert_snapshot!(format!("help_{subcommand}"), help(&[subcommand, "--help"]));
    }
    for action in ["check", "show", "schema"] {
        insta::assert_snapshot!(
            format!("help_config_{action}"),
            help(&["config", action, "--help"])
        );
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let expected = format!("prose-backup {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(help(&["--version"]), expected);
}

#[test]
fn what_comes_later_does_not_pretend_to_exist() {
    let place = Place::new();
    for words in [
        &["url", "x"][..],
        &["rekey", "x"],
        &["recover"],
        &["doctor"],
        &["serve"],
        &["help"],
        &["restore", "latest", "--in-place"],
        &["restore", "latest", "--to", "x", "--trust-digest", "x"],
        &["create", "--no-downtime"],
        &["list", "--versions"],
    ] {
        let run = place.run(words);
        assert_eq!(run.status, 2, "{words:?}: {run}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn completions_and_manual_name_every_subcommand() {
    let scripts = ["bash", "zsh", "fish"].map(|shell| help(&["completions", shell]));
    for text in scripts.iter().chain([&help(&["man"])]) {
        for subcommand in SUBCOMMANDS {
            assert!(text.contains(subcommand), "{subcommand}: {text}");
        }
    }
}

#[test]
fn the_manual_is_written_a_page_for_each_subcommand() {
    let place = Place::new();
    let run = place.run(["man", "--dir", "pages/man1"]);
    assert_eq!(run.to_string(), "exit 0");
    let mut expected: Vec<String> = SUBCOMMANDS
        .iter()
        .copied()
        .chain(["config-check", "config-show", "config-schema"])
        .map(|name| format!("prose-backup-{name}.1"))
        .chain(["prose-backup.1".to_owned()])
        .collect();
    expected.sort();
    assert_eq!(place.names("pages/man1"), expected);
    let page = std::fs::read_to_string(place.path("pages/man1/prose-backup-create.1")).unwrap();
    assert!(page.contains("NAME=PATH"), "{page}");
}

#[test]
fn the_manual_page_has_the_sections_that_one_looks_for() {
    let page = help(&["man"]);
    let sections: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".SH "))
        .collect();
    insta::assert_snapshot!(sections.join("\n"), @r#"
        NAME
        SYNOPSIS
        DESCRIPTION
        OPTIONS
        "GLOBAL OPTIONS"
        SUBCOMMANDS
        "EXIT STATUS"
        ENVIRONMENT
        FILES
        EXAMPLES
        "#);
}

#[test]
fn text_by_nature_is_not_json() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(["man", "--json"]), @r#"
        stdout: {
          "error": {
            "code": "usage",
            "message": "a manual page is not JSON; leave out --json"
          }
        }
        exit 2
        "#);
    insta::assert_snapshot!(place.run(["--json", "completions", "bash"]), @r#"
        stdout: {
          "error": {
            "code": "usage",
            "message": "a completion script is not JSON; leave out --json"
          }
        }
        exit 2
        "#);
}

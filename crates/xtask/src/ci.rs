//! `cargo xtask ci`: every check that a change must pass, beside the tests.

mod features;
mod layering;
mod sizes;
mod table;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::process::{self, cargo};
use crate::setup::{self, Group, Tools};
use crate::terminal::{complain, say};
use crate::{shell, wants_help, workspace};

/// Where the checks work, and with what.
pub(crate) struct Bench<'a> {
    root: &'a Path,
    tools: &'a Tools,
}

/// One check.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Bench<'_>) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "the code is formatted",
        run: format,
    },
    Step {
        name: "sizes",
        about: "files and tables of contents are short",
        run: sizes::check,
    },
    Step {
        name: "layering",
        about: "crates import what docs/architecture.md allows",
        run: layering::check,
    },
    Step {
        name: "clippy",
        about: "no lint fires, in tests and benches either",
        run: clippy,
    },
    Step {
        name: "docs",
        about: "the documentation builds without a warning",
        run: docs,
    },
    Step {
        name: "features",
        about: "each crate builds alone, without features, with each, with all",
        run: features::check,
    },
    Step {
        name: "dependencies",
        about: "licences, bans and sources are as deny.toml says",
        run: dependencies,
    },
    Step {
        name: "fuzz",
        about: "the fuzz targets compile",
        run: fuzz,
    },
];

pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
    if wants_help(args) {
        say!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    let steps = chosen(args)?;
    let root = workspace::root()?;
    let tools = setup::ensure(&[Group::Build, Group::Ci])?;
    let bench = Bench {
        root: &root,
        tools: &tools,
    };
    let outcomes: Vec<Outcome> = steps
        .into_iter()
        .map(|step| Outcome::of(step, &bench))
        .collect();
    report(&outcomes)
}

fn help() -> String {
    let steps: Vec<String> = STEPS
        .iter()
        .map(|step| format!("\n  {:14} {}", step.name, step.about))
        .collect();
    format!(
        "Usage: cargo xtask ci [STEP]...\n\n\
         Runs the steps named, or all of them, and goes on after one that fails:{}",
        steps.concat()
    )
}

fn chosen(args: &[OsString]) -> Result<Vec<&'static Step>> {
    if args.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    let find = |word: &OsString| {
        STEPS
            .iter()
            .find(|step| word == step.name)
            .ok_or_else(|| Error::Usage(format!("no step {}\n\n{}", shell::quoted(word), help())))
    };
    args.iter().map(find).collect()
}

/// How a step went.
struct Outcome {
    name: &'static str,
    duration: Duration,
    passed: bool,
}

impl Outcome {
    fn of(step: &'static Step, bench: &Bench<'_>) -> Self {
        say!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let result = (step.run)(bench);
        let duration = start.elapsed();
        if let Err(error) = &result {
            complain(format_args!("error: {error}"));
        }
        say!(
            "== {}: {} after {:.1} s",
            step.name,
            verdict(result.is_ok()),
            duration.as_secs_f64()
        );
        Self {
            name: step.name,
            duration,
            passed: result.is_ok(),
        }
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}

fn report(outcomes: &[Outcome]) -> Result<ExitCode> {
    say!("");
    for outcome in outcomes {
        say!(
            "{:14} {:>8.1} s  {}",
            outcome.name,
            outcome.duration.as_secs_f64(),
            verdict(outcome.passed)
        );
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.duration).sum();
    say!("{:14} {:>8.1} s", "together", total.as_secs_f64());
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| !outcome.passed)
        .map(|outcome| outcome.name)
        .collect();
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::Failed(format!("failed: {}", failed.join(", "))))
}

fn format(bench: &Bench<'_>) -> Result<()> {
    process::run(cargo(bench.root).args(["fmt", "--all", "--check"]))
}

fn clippy(bench: &Bench<'_>) -> Result<()> {
    let mut clippy = cargo(bench.root);
    clippy.args([
        "clippy",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--keep-going",
    ]);
    process::run(clippy.args(DENY_WARNINGS))
}

/// Warnings as errors in this workspace's packages only: set for the compiler as a whole, they
/// would have every dependency built again.
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

fn docs(bench: &Bench<'_>) -> Result<()> {
    let mut doc = cargo(bench.root);
    doc.args([
        "doc",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-features",
        "--no-deps",
    ]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn dependencies(bench: &Bench<'_>) -> Result<()> {
    // The check reads the manifests of the packages for other platforms too, which no build here
    // has fetched.
    process::run(cargo(bench.root).args(["fetch", "--quiet", "--locked"]))?;
    let mut deny: Command = process::program(bench.tools.cargo_deny());
    deny.current_dir(bench.root);
    process::run(deny.args([
        "--offline",
        "--locked",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))
}

fn fuzz(bench: &Bench<'_>) -> Result<()> {
    const MANIFEST: &str = "fuzz/Cargo.toml";
    if !bench.root.join(MANIFEST).is_file() {
        say!("there are no fuzz targets");
        return Ok(());
    }
    let mut check = cargo(bench.root);
    check
        .args(["clippy", "--quiet", "--locked", "--manifest-path", MANIFEST])
        .args(DENY_WARNINGS)
        // Nothing is linked here; this spares building libFuzzer, which takes a C++ compiler.
        .env("CUSTOM_LIBFUZZER_PATH", "/nonexistent/libfuzzer.a");
    process::run(&mut check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_run_unless_some_are_named() {
        assert_eq!(chosen(&[]).expect("all").len(), STEPS.len());
        let two = chosen(&["docs".into(), "format".into()]).expect("known");
        assert_eq!(
            two.iter().map(|step| step.name).collect::<Vec<_>>(),
            ["docs", "format"]
        );
        let error = chosen(&["doc".into()]).err().expect("unknown");
        assert!(error.to_string().starts_with("no step doc"), "{error}");
    }
}

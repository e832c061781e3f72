//! The zstd command line reads our frames, and we read its.

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use prose_backup_codec::Limits;

use crate::common::{PLENTY, decoded, encoded, mixed, refusal, zstd};

fn run(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("zstd")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs the zstd command line");
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut output = Vec::new();
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        stdout.read_to_end(&mut output).unwrap();
    });
    assert!(child.wait().unwrap().success(), "zstd {arguments:?}");
    output
}

fn directory(test: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn zstd_decompresses_and_tests_our_frames() {
    for length in [0, 1, 100_000, 9 << 20] {
        let content = mixed(length);
        for (level, workers) in [(0, 1), (3, 2), (-5, 1), (9, 2)] {
            let stored = encoded(zstd(level, workers), &content);
            assert!(run(&["-d", "-q", "-c"], &stored) == content);
            run(&["-t", "-q"], &stored);
        }
    }
}

#[test]
fn we_decompress_the_frames_of_zstd() {
    let content = mixed(600_000);
    let size = format!("--stream-size={}", content.len());
    for arguments in [
        &["-1"][..],
        &["-3"],
        &["-3", "-T2"],
        &["-3", &size],
        &["-19"],
        &["--ultra", "-22"],
        &["--fast"],
        &["--fast=50"],
        &["--no-check"],
        &["--long=27"],
    ] {
        let stored = run(&[arguments, &["-q", "-c"]].concat(), &content);
        assert!(
            decoded(&stored, &Limits::new(content.len() as u64)).unwrap() == content,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_window_beyond_the_limit_is_refused_whoever_made_it() {
    let stored = run(&["-1", "--long=28", "-q", "-c"], &mixed(1000));
    insta::assert_snapshot!(
        refusal(&stored),
        @"the zstd frame asks for a window of 268435456 bytes of memory, and the limit is 134217728"
    );
    let limits = Limits {
        window_log_max: 28,
        ..Limits::new(PLENTY)
    };
    assert!(decoded(&stored, &limits).unwrap() == mixed(1000));
}

#[test]
fn frames_made_with_a_dictionary_are_refused() {
    let directory = directory("dictionary");
    let samples: Vec<_> = (0..200u32)
        .map(|i| {
            let path = directory.join(format!("sample-{i}"));
            fs::write(&path, &mixed(2000 + i as usize)[1500..]).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let dictionary = directory.join("dictionary");
    let dictionary = dictionary.to_str().unwrap();
    let mut train = vec![
        "--train",
        "-q",
        "--dictID=77",
        "--maxdict=2000",
        "-o",
        dictionary,
    ];
    train.extend(samples.iter().map(String::as_str));
    run(&train, b"");

    let stored = run(&["-q", "-c", "-D", dictionary], &mixed(1000));
    insta::assert_snapshot!(
        refusal(&stored),
        @"the zstd frame asks for dictionary 77, and backups are made without one"
    );
    let concealed = run(&["-q", "-c", "--no-dictID", "-D", dictionary], &mixed(1000));
    refusal(&concealed);
}

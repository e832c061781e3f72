//! Memory does not grow with the stream.

use std::{env, fs, io, process::Command};

use prose_backup_codec::{Limits, decode, encode};
use prose_backup_naming as naming;

use crate::common::{Failure, PLENTY, mixed, zstd};

const LENGTH: &str = "PROSE_BACKUP_CODEC_TEST_LENGTH";
const MIB: u64 = 1 << 20;

/// Runs itself twice in processes of its own, where no other test counts.
#[test]
fn a_long_stream_takes_as_much_memory_as_a_short_one() {
    if let Ok(length) = env::var(LENGTH) {
        pass_through_both(length.parse().unwrap());
        println!("peak: {} KiB", peak_kib());
        return;
    }
    let short = peak_of_a_process(64 * MIB);
    let long = peak_of_a_process(320 * MIB);
    assert!(long < short + 4 * 1024, "{short} KiB, then {long} KiB");
    assert!(long < 64 * 1024, "{long} KiB");
}

fn peak_of_a_process(length: u64) -> u64 {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("memory::a_long_stream_takes_as_much_memory_as_a_short_one")
        .env(LENGTH, length.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let peak = text
        .split("peak: ")
        .nth(1)
        .expect("the child says its peak");
    peak.split(' ').next().unwrap().parse().unwrap()
}

/// Compresses `length` bytes with two workers into a pipe and decompresses them at its other end.
fn pass_through_both(length: u64) {
    let (mut reader, mut writer) = io::pipe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Longer than the window, so that it does not compress to nothing.
            let piece = mixed(5 << 20);
            encode(&zstd(3, 2), &mut writer, |sink| {
                let mut endless = piece.chunks(1 << 20).cycle();
                for _ in 0..length / MIB {
                    sink.write_all(endless.next().unwrap())?;
                }
                Ok::<_, Failure>(())
            })
            .unwrap();
        });
        let layer = naming::Compression::Zstd;
        let read = decode(layer, &Limits::new(PLENTY), &mut reader, |source| {
            Ok::<_, Failure>(io::copy(source, &mut io::sink())?)
        });
        assert_eq!(read.unwrap(), length);
    });
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

//! A small Pod with everything that a backup must bring back: the same content each time.

mod builder;
mod content;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use builder::Builder;
use content::Random;

use super::config::Volume;
use crate::error::Result;
use crate::terminal::say;

const USERS: u64 = 24;
const UPLOADS: u64 = 16;

/// The volumes of a Pod, and where each is under the directory of the sample.
const VOLUMES: [(&str, &str); 5] = [
    ("prosody-data", "var/lib/prosody"),
    ("prosody-config", "etc/prosody"),
    ("prose-config", "etc/prose"),
    ("prose-pod-server-data", "var/lib/prose-pod-server"),
    ("prose-pod-api-data", "var/lib/prose-pod-api"),
];

/// Makes the sample in a directory that does not exist yet.
pub(super) fn make(pod: &Path) -> Result<Vec<Volume>> {
    let mut builder = Builder::new(pod);
    prosody(&mut builder, &mut Random::new(7))?;
    configuration(&mut builder)?;
    oddities(&mut builder)?;
    let files = builder.finish()?;
    say!("{}: {files} entries", pod.display());
    Ok(VOLUMES
        .map(|(name, path)| Volume {
            name: name.to_owned(),
            path: pod.join(path),
        })
        .into())
}

/// Accounts, message archives and uploads as Prosody stores them.
fn prosody(pod: &mut Builder, random: &mut Random) -> Result<()> {
    let host = Path::new("var/lib/prosody/example%2eorg");
    pod.directory("var/lib/prosody", 0o750)?;
    for store in ["accounts", "archive", "offline", "roster"] {
        pod.directory(host.join(store), 0o750)?;
    }
    for user in 0..USERS {
        pod.file(
            host.join(format!("accounts/user{user}.dat")),
            0o640,
            &content::account(user),
        )?;
        pod.file(
            host.join(format!("archive/user{user}.list")),
            0o640,
            &content::archive(random, 200),
        )?;
    }
    let uploads = Path::new("var/lib/prosody/upload%2eexample%2eorg/http_file_share");
    for upload in 0..UPLOADS {
        pod.file(
            uploads.join(format!("{upload:04}.bin")),
            0o640,
            &random.bytes(150_000),
        )?;
    }
    Ok(())
}

fn configuration(pod: &mut Builder) -> Result<()> {
    pod.file(
        "etc/prosody/prosody.cfg.lua",
        0o640,
        b"VirtualHost \"example.org\"\n",
    )?;
    pod.file(
        "etc/prosody/certs/example.org.key",
        0o400,
        b"not a real key\n",
    )?;
    pod.link("etc/prosody/certs/current.key", "example.org.key")?;
    pod.file(
        "etc/prose/prose.toml",
        0o600,
        b"[server]\ndomain = \"example.org\"\n",
    )?;
    pod.file("var/lib/prose-pod-server/state.json", 0o600, b"{}\n")?;
    pod.file("var/lib/prose-pod-api/database.sqlite", 0o600, &[0; 4096])
}

/// What is rare in a Pod, and must come back nevertheless.
fn oddities(pod: &mut Builder) -> Result<()> {
    let odd = Path::new("var/lib/prosody/odd");
    pod.directory(odd.join("empty"), 0o2770)?;
    pod.file(odd.join("no-bytes"), 0o644, b"")?;
    pod.file(odd.join("setuid"), 0o4755, b"#!/bin/sh\n")?;
    pod.file(
        odd.join(OsStr::from_bytes(b"not-utf-8-\xff\xfe")),
        0o644,
        b"bytes\n",
    )?;
    pod.file(
        odd.join("with\na newline, 'quotes' and spaces "),
        0o644,
        b"text\n",
    )?;
    pod.file(odd.join("x".repeat(200)), 0o644, b"a long name\n")?;
    pod.file(
        odd.join("deep/".repeat(80)).join("file"),
        0o644,
        b"a long path\n",
    )?;
    pod.file(odd.join("hard-link-1"), 0o644, b"one file, two names\n")?;
    pod.hard_link(odd.join("hard-link-1"), odd.join("hard-link-2"))?;
    pod.link(odd.join("dangling"), "nowhere")?;
    pod.link(odd.join("to-a-directory"), "empty")?;
    pod.link(odd.join("out"), "/etc")?;
    pod.file(odd.join("of-another"), 0o640, b"owned by somebody else\n")?;
    pod.give_away(odd.join("of-another"), 12_345, 54_321)?;
    pod.file(odd.join("before-1970"), 0o644, b"old\n")?;
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::new(86_400, 500_000_001);
    pod.set_time(odd.join("before-1970"), before_1970)
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;
    use crate::tree;

    #[test]
    fn the_sample_is_the_same_each_time() {
        let place = env::temp_dir().join(format!("xtask-sample-{}", std::process::id()));
        fs::create_dir(&place).expect("made");
        let volumes = make(&place.join("a")).expect("made");
        make(&place.join("b")).expect("made");
        let found = tree::compare(&place.join("a"), &place.join("b"), true).expect("compared");
        let lines = found.differences.iter().map(ToString::to_string);
        // The standard library cannot set the time of a link.
        let lines: Vec<_> = lines
            .filter(|line| !line.contains(": modification time was "))
            .collect();
        assert_eq!(lines, [""; 0]);
        assert!(found.bytes > 3_000_000, "{}", found.bytes);
        assert_eq!(volumes.len(), 5);
        assert!(volumes.iter().all(|volume| volume.path.is_dir()));
        fs::remove_dir_all(&place).expect("removed");
    }
}

//! What somebody who can write to the store might try, and must end in.

use std::{fs, time::Duration};

use crate::support::{Place, Run, Running, SEALED, set_mode, shell};

#[test]
fn flipped_cut_and_appended_bytes_of_a_backup_are_refused() {
    let place = Place::sealed();
    let name = place.backup();
    let good = place.object(&name);
    let flipped = |at: usize| {
        let mut bad = good.clone();
        bad[at] ^= 1;
        bad
    };
    for bad in [
        flipped(0),
        flipped(good.len() / 2),
        flipped(good.len() - 1),
        good[..good.len() - 1].to_vec(),
        good[1..].to_vec(),
        Vec::new(),
        [&good[..], b"\0"].concat(),
    ] {
        place.write(format!("store/{name}"), &bad);
        place.refuses(&name, "tampered");
        // A fresh digest does not help.
        place.digest(&name);
        place.refuses(&name, "tampered");
        place.configure(
            "pgp.tsk = \"[DIR]/key.pgp\"\nsigning.pgp.enabled = true\nsigning.mandatory = false",
        );
        place.refuses(&name, "tampered");
        place.configure(SEALED);
    }
    place.write(format!("store/{name}"), &good);
    place.digest(&name);
    place.run(&format!("verify {name}")).exits(0);
}

#[test]
fn flipped_cut_and_appended_bytes_of_the_checks_are_refused() {
    let place = Place::sealed();
    let name = place.backup();
    for (extension, code) in [("blake3", "corrupt"), ("sig", "tampered")] {
        let check = format!("{name}.{extension}");
        let good = place.object(&check);
        for bad in [
            [b"\x01", &good[1..]].concat(),
            good[..good.len() - 1].to_vec(),
            [&good[..], b"\n"].concat(),
            Vec::new(),
        ] {
            place.write(format!("store/{check}"), bad);
            place.refuses(&name, code);
        }
        place.write(format!("store/{check}"), good);
    }
    place.run(&format!("verify {name}")).exits(0);
}

#[test]
fn an_unsigned_backup_with_its_own_digest_is_not_authentic_where_signing_is_mandatory() {
    let place = Place::sealed();
    let name = place.backup();
    // Somebody packs other data with this very program, and knows the public key.
    place.write("evil/data/hello.txt", "Owned!\n");
    let config = "encryption.mode = \"pgp\"\nencryption.pgp.tsk = \"[DIR]/key.pgp.pub\"\n\
                  storage.provider = \"fs\"\nstorage.fs.directory = \"[DIR]/theirs\"";
    place.configure_as("evil.toml", config);
    let evil = place.created("create evil/data --config evil.toml");
    place.write(
        format!("store/{name}"),
        place.read(format!("theirs/{evil}")),
    );
    place.digest(&name);
    place.refuses(&name, "tampered");
    place.remove(&format!("{name}.sig"));
    let refused = place.refuses(&name, "not_authentic");
    assert!(
        refused.to_string().contains("signing is mandatory"),
        "{refused}"
    );
}

#[test]
fn a_backup_whose_signature_was_deleted_is_not_authentic_with_a_fresh_digest() {
    let place = Place::sealed();
    let name = place.backup();
    place.remove(&format!("{name}.sig"));
    place.digest(&name);
    place.refuses(&name, "not_authentic");
    let listed = place.run("list --json").exits(0).json();
    assert_eq!(listed[0]["is_signed"], false);
    assert_eq!(listed[0]["can_be_restored"], false);
}

#[test]
fn an_old_pair_renamed_newer_is_refused() {
    let place = Place::sealed();
    let old = place.created("create data --label a");
    let new = old.replace("a_", "b_");
    for check in ["", ".sig"] {
        place.copy(&format!("{old}{check}"), &format!("{new}{check}"));
    }
    place.digest(&new);
    let refused = place.refuses(&new, "replayed");
    assert!(refused.to_string().contains(&old), "{refused}");
    place.refuses("latest", "replayed");
}

#[test]
fn latest_fails_while_the_newest_is_refused_and_never_takes_the_future() {
    let place = Place::sealed();
    let good = place.created("create data --label a");
    // In the future, however good the checks.
    let future = "prose_2049-01-01T00:00:00Z.tar.zst.gpg";
    for check in ["", ".sig", ".blake3"] {
        place.copy(&format!("{good}{check}"), &format!("{future}{check}"));
    }
    let verified = place.run("verify latest --json").exits(0);
    assert_eq!(verified.json()["name"], good);
    // Newer than the good one, and broken.
    let newer = good.replace("a_", "b_");
    place.plant(&newer, "x");
    place.refuses("latest", "not_authentic");
    for command in ["contents latest", "download latest -o stolen"] {
        place.run(command).exits(4);
    }
    assert!(!place.path("stolen").exists());
    place.run(&format!("verify {good}")).exits(0);
}

#[test]
fn another_extension_is_another_backup() {
    let place = Place::sealed();
    let name = place.backup();
    let plain = name.strip_suffix(".gpg").unwrap();
    place.run(&format!("verify {plain}")).exits(3).says(&name);
    place
        .run(&format!("restore {plain} --to out"))
        .exits(3)
        .says(&name);

    place.plant(plain, "not what was asked for");
    let verified = place.run(&format!("verify {name} --json")).exits(0);
    assert_eq!(verified.json()["name"], name);
    place.refuses(plain, "not_authentic");
    // The same bytes under the other name have a signature for the first one.
    place.copy(&name, plain);
    place.copy(&format!("{name}.sig"), &format!("{plain}.sig"));
    place.digest(plain);
    place.refuses(plain, "replayed");

    place.remove(&name);
    place.run(&format!("verify {name}")).exits(3).says(plain);
    // What the name promises must be there, where nothing but a digest is asked for.
    place.configure("encryption.pgp.tsk = \"[DIR]/key.pgp\"");
    place.remove(&format!("{plain}.sig"));
    place.refuses_to_restore(plain, "unsafe_content");
}

/// What the program read of a file, in bytes, while it ran.
fn bytes_read(trace: &str) -> u64 {
    let returned = trace.lines().filter_map(|line| line.rsplit_once(" = "));
    returned
        .filter_map(|(_, count)| count.parse::<u64>().ok())
        .sum()
}

#[test]
fn of_checks_of_ten_gigabytes_no_more_is_read_than_a_check_can_have() {
    let place = Place::sealed();
    let name = place.backup();
    for (extension, code, cap) in [
        ("sig", "tampered", 64 << 10),
        ("blake3", "corrupt", 1 << 10),
    ] {
        let path = place.path(format!("store/{name}.{extension}"));
        let good = fs::read(&path).unwrap();
        let huge = fs::OpenOptions::new().write(true).open(&path).unwrap();
        huge.set_len(10 << 30).unwrap();
        let trace = place.path("trace");
        let strace = [
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=read,pread64,readv,preadv",
            "-o",
        ];
        let wrapper: Vec<&str> = strace
            .into_iter()
            .chain([trace.to_str().unwrap(), "-P", path.to_str().unwrap()])
            .collect();
        let verified =
            Running::start(&mut place.wrapped(&wrapper, &format!("verify {name} --json")))
                .wait_for(Duration::from_secs(20))
                .exits(4);
        assert_eq!(verified.json()["verdict"], code, "{verified}");
        let trace = fs::read_to_string(trace).unwrap();
        assert!(bytes_read(&trace) <= cap + 1, "{trace}");
        fs::remove_file(&path).unwrap();
        fs::write(&path, good).unwrap();
    }
    place.run(&format!("verify {name}")).exits(0);
}

/// Runs what could wait for a writer or a device that never comes.
#[track_caller]
fn soon(place: &Place, line: &str) -> Run {
    place.start(line).wait_for(Duration::from_secs(20))
}

/// What is no regular file, by the shell that puts it in place of `OBJECT`.
const NO_OBJECTS: [&str; 6] = [
    "mkfifo OBJECT",
    "ln -s ../elsewhere OBJECT",
    "ln -s /nowhere OBJECT",
    // Even where a link leads to the right bytes: whoever has it can turn it at any moment.
    "ln -s ../good OBJECT",
    "mkdir OBJECT",
    "mknod OBJECT p && exec 7<>OBJECT",
];

#[test]
fn a_pipe_a_link_or_a_directory_in_place_of_an_object_is_no_object_and_never_opened() {
    let place = Place::sealed();
    place.write("elsewhere", "secret of the host");
    let name = place.backup();
    let signed = SEALED;
    let unsigned = "encryption.mode = \"pgp\"\nencryption.pgp.tsk = \"[DIR]/key.pgp\"";
    let objects = [
        name.clone(),
        format!("{name}.sig"),
        format!("{name}.blake3"),
    ];
    for (object, settings) in objects
        .iter()
        .flat_map(|object| [(object, signed), (object, unsigned)])
    {
        place.configure(settings);
        let good = place.object(object);
        place.write("good", &good);
        for plant in NO_OBJECTS {
            let store = place.path("store");
            shell(
                &store,
                &format!("rm {object}; {}", plant.replace("OBJECT", object)),
            );
            let before = place.names("store");
            for (line, status) in [
                (format!("verify {name}"), 4),
                (format!("restore {name} --to out"), 4),
                (format!("contents {name}"), 4),
                (format!("download {name} -o file"), 4),
                (format!("show {name}"), 4),
                ("list".to_owned(), 0),
            ] {
                let run = soon(&place, &line);
                let run = run.exits(status);
                assert!(!run.to_string().contains("secret of the host"), "{run}");
                assert_eq!(
                    place.path("out").exists(),
                    run.status() == 0 && line.starts_with("restore")
                );
                shell(&place.path(""), "rm -rf out file");
            }
            assert_eq!(place.names("store"), before);
            shell(&store, &format!("rm -r {object}"));
            fs::write(store.join(object), &good).unwrap();
        }
    }
}

#[test]
fn access_denied_on_a_check_or_a_listing_is_an_error_and_never_an_absent_check() {
    let place = Place::sealed();
    let name = place.backup();
    shell(
        &place.path(""),
        "chmod 644 key.pgp store/*; chmod 755 store data; chmod 777 .",
    );
    place.run_as_nobody(&format!("verify {name}")).exits(0);
    // Even where a digest would be enough.
    let lenient = format!("{SEALED}signing.mandatory = false\n");
    for settings in [SEALED, &lenient, "pgp.tsk = \"[DIR]/key.pgp\""] {
        place.configure(settings);
        for object in [
            name.clone(),
            format!("{name}.sig"),
            format!("{name}.blake3"),
        ] {
            let path = place.path("store").join(&object);
            set_mode(&path, 0o000);
            for line in [
                "verify NAME",
                "restore NAME --to out --accept-unauthenticated",
            ] {
                let line = line.replace("NAME", &name);
                let run = place.run_as_nobody(&line).exits(6).says(&object);
                assert!(run.to_string().contains("access denied"), "{run}");
            }
            let run = place
                .run_as_nobody(&format!("verify {name} --json"))
                .exits(6);
            assert_eq!(run.json()["error"]["code"], "access_denied");
            set_mode(&path, 0o644);
        }
        // Objects can be opened, but not listed.
        set_mode(&place.path("store"), 0o311);
        for line in [
            "verify NAME",
            "restore NAME --to out",
            "list",
            "verify latest",
        ] {
            place
                .run_as_nobody(&line.replace("NAME", &name))
                .exits(6)
                .says("permission");
        }
        set_mode(&place.path("store"), 0o755);
    }
    assert!(!place.path("out").exists());
    place.configure(SEALED);
    set_mode(&place.path("store"), 0o555);
    place
        .run_as_nobody("create data --label other")
        .exits(6)
        .says("write");
    set_mode(&place.path("store"), 0o755);
}

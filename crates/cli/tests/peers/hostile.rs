//! Archives that an attacker would write, in all the wrapping that it takes to be let in.

use std::time::Duration;

use crate::{
    craft::{Craft, Item, extended, padded, seal},
    support::{
        Place, SEALED,
        forge::{BOUND, LONG_AGO},
        keys::sq_shell,
    },
};

/// Stores an archive as somebody who has no key can, and as somebody who has ours can.
///
/// Both must be refused, and change nothing anywhere.
#[track_caller]
fn refuses(archive: &[u8], why: &str) {
    let place = Place::sealed();
    place.write("outside/file", "untouched");
    refuses_in(&place, "", archive, why);
}

#[track_caller]
fn refuses_in(place: &Place, settings: &str, archive: &[u8], why: &str) {
    let plain = format!("prose_{LONG_AGO}.tar.zst");
    place.configure(settings);
    place.plant(&plain, place.through(archive, "zstd -c --quiet in"));
    refuses_object(place, &plain, why);

    let sealed = format!("{plain}.gpg");
    place.configure(&format!("{SEALED}{settings}"));
    place.write("inner", place.object(&plain));
    sq_shell(
        place,
        &format!(
            "$sq --overwrite encrypt --binary --without-signature --compression none --for-file key.pgp --output store/{sealed} inner"
        ),
    );
    place.digest(&sealed);
    place.sign("key.pgp", &sealed, BOUND);
    refuses_object(place, &sealed, why);
}

#[track_caller]
fn refuses_object(place: &Place, name: &str, why: &str) {
    place.run(&format!("verify {name}")).exits(0);
    let refused = place.refuses_to_restore(name, "unsafe_content");
    assert!(refused.stdout.contains(why), "no {why:?} in: {refused}");
    place.run(&format!("contents {name} -q")).exits(4).says(why);
}

#[test]
fn the_same_archive_without_malice_is_restored() {
    let place = Place::new();
    let archive = Craft::directory()
        .with(&Item::file("v/file", "content"))
        .with(&Item::symlink("v/link", "/etc/passwd"))
        .with(&Item::hard_link("v/second", "v/file"))
        .end();
    let name = format!("prose_{LONG_AGO}.tar.zst");
    place.plant(&name, place.through(&archive, "zstd -c --quiet in"));
    place.run(&format!("restore {name} --to out")).exits(0);
    assert_eq!(place.names("out/v"), ["file", "link", "second"]);
}

#[test]
fn paths_that_lead_out_are_refused() {
    for path in [
        "../outside/file",
        "v/../../outside/file",
        "v/..",
        "v/sub/../../x",
    ] {
        refuses(
            &Craft::directory().with(&Item::file(path, "owned")).end(),
            "contains '..'",
        );
    }
    refuses(
        &Craft::directory()
            .with(&Item::file("/tmp/owned", "owned"))
            .end(),
        "absolute",
    );
    refuses(
        &Craft::directory()
            .with(&Item::file("outside/file", "owned"))
            .end(),
        "declares no such volume",
    );
    // The same by an extended header, behind a harmless name.
    for path in ["../outside/file", "/tmp/owned"] {
        let hidden = Item::file("v/harmless", "owned");
        let blocks = [extended(&[(b"path", path.as_bytes())]), hidden.blocks()].concat();
        let counted = Item::file(path, "owned");
        refuses(
            &Craft::directory().with_blocks(&counted, &blocks).end(),
            "malformed",
        );
    }
}

#[test]
fn writing_through_a_link_is_refused() {
    let link = Craft::directory().with(&Item::symlink("v/link", "../../outside"));
    refuses(
        &link.clone().with(&Item::file("v/link/file", "owned")).end(),
        "not a directory",
    );
    refuses(
        &link.clone().with(&Item::directory("v/link")).end(),
        "appears twice",
    );
    refuses(
        &link.with(&Item::file("v/link", "owned")).end(),
        "appears twice",
    );
    let volume = Craft::new(&[("v", "directory")])
        .with(&Item::symlink("v", "../outside"))
        .with(&Item::file("v/file", "owned"));
    refuses(&volume.end(), "not of the kind");
}

#[test]
fn hard_links_out_are_refused() {
    for target in [
        "/etc/passwd",
        "../outside/file",
        "v/../../outside/file",
        "outside/file",
        "v/link",
    ] {
        let archive = Craft::directory()
            .with(&Item::symlink("v/link", "../../outside/file"))
            .with(&Item::hard_link("v/x", target));
        refuses(&archive.end(), "hard link's target");
    }
}

#[test]
fn devices_and_pipes_are_refused() {
    for kind in [b'3', b'4', b'6'] {
        refuses(
            &Craft::directory().with(&Item::new(kind, "v/null")).end(),
            "a device or a named pipe",
        );
    }
}

#[test]
fn hostile_names_of_volumes_are_refused() {
    for name in [
        "..",
        ".",
        "",
        "/etc",
        "a/b",
        "v\\u0000",
        ".hidden",
        "prose-backup.json",
    ] {
        let archive = Craft::new(&[(name, "directory")]);
        refuses(&archive.with(&Item::directory("v")).end(), "malformed");
    }
}

#[test]
fn sizes_that_disagree_are_refused() {
    // The extended header says more than the header: another reader would see other entries.
    let inner = Item::file("v/smuggled", "owned");
    let outer = Item::file("v/file", "");
    let blocks = [
        extended(&[(b"size", b"1024")]),
        outer.header().to_vec(),
        inner.header().to_vec(),
        padded(&inner.content),
    ]
    .concat();
    refuses(
        &Craft::directory().with_blocks(&outer, &blocks).end(),
        "malformed",
    );
    // The end record counts something else.
    let craft = Craft::directory().with(&Item::file("v/file", "content"));
    let text = craft.end_text().replace("\"entries\":2", "\"entries\":3");
    refuses(&craft.clone().end_with(&text), "end record does not match");
    // There is no end record, or the archive is cut.
    let whole = craft.end();
    refuses(&whole[..whole.len() - 2560], "cut short");
}

#[test]
fn more_than_the_limits_allow_is_refused() {
    let place = Place::sealed();
    let settings = "restore.max_entries = 1000\nrestore.max_bytes = \"1 MiB\"\n";
    let mut many = Craft::directory();
    for number in 0..1000 {
        many = many.with(&Item::file(format!("v/{number}"), ""));
    }
    refuses_in(&place, settings, &many.end(), "limit of 1000 entries");
    let large = Craft::directory().with(&Item::file("v/large", &"x".repeat(2 << 20)));
    refuses_in(&place, settings, &large.end(), "limit of 1048576 bytes");
}

/// A zstd frame of 3 MB in which a tar has a file of 100 GB: as long as a block may be, each block
/// says "a zero, 131,072 times".
fn bomb() -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let size = u64::from(BLOCK) * 800_000;
    let mut header = Item::file("v/zeros", "").header();
    header[124..136].fill(0);
    header[124] = 0x80;
    header[128..136].copy_from_slice(&size.to_be_bytes());
    seal(&mut header);
    let head = [
        Craft::directory().bytes(),
        extended(&[(b"size", size.to_string().as_bytes())]),
        header.to_vec(),
    ]
    .concat();
    let block = |kind: u32, length: u32, content: &[u8]| {
        let header = (length << 3 | kind << 1).to_le_bytes();
        [&header[..3], content].concat()
    };
    // The magic number; no size and no checksum; a window of 128 KiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    frame.extend(block(0, u32::try_from(head.len()).unwrap(), &head));
    for _ in 0..800_000 {
        frame.extend(block(1, BLOCK, b"\0"));
    }
    frame
}

#[test]
fn a_small_frame_that_unpacks_to_a_hundred_gigabytes_is_refused_soon() {
    let place = Place::new();
    let name = format!("prose_{LONG_AGO}.tar.zst");
    place.plant(&name, bomb());
    place.run(&format!("verify {name}")).exits(0);
    for (settings, why) in [
        ("", "the limit of 17179869184 bytes"),
        (
            "restore.max_bytes = \"1 GiB\"\n",
            "the limit of 1073741824 bytes",
        ),
    ] {
        place.configure(settings);
        let before = place.names(".");
        for command in ["contents -q", "restore --to out"] {
            let run = place
                .start(&format!("{command} {name}"))
                .wait_for(Duration::from_mins(1))
                .exits(4);
            assert!(run.stderr.contains(why), "{run}");
            assert_eq!(place.names("."), before);
        }
    }
}

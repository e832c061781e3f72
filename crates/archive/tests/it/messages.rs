//! Every message that an operator can meet.

use std::io;

use prose_backup_archive::{EntryPath, Error, Hazard, Limit, Mismatch, Omission, Warning};

fn path() -> EntryPath {
    EntryPath::from("data/a\nb")
}

#[test]
fn errors_before_anything_is_written() {
    let volume = |name: &str| name.parse().unwrap();
    insta::assert_snapshot!(Error::NoVolumes, @"nothing to back up: no volume is configured");
    insta::assert_snapshot!(Error::TooManyVolumes(5000), @"a backup cannot hold that many volumes: 5000");
    insta::assert_snapshot!(Error::DuplicateVolume(volume("data")), @"the volume data is declared twice");
    insta::assert_snapshot!(Error::VolumeMissing { volume: volume("data"), path: "/srv/data".into() }, @"the volume data does not exist: there is no /srv/data");
    insta::assert_snapshot!(Error::VolumeKind { volume: volume("data"), path: "/dev/sda".into() }, @"the volume data must be a directory or a regular file, and /dev/sda is neither");
    insta::assert_snapshot!(
        Error::VolumesOverlap {
            inner: volume("cache"),
            inner_path: "/srv/data/cache".into(),
            outer: volume("data"),
            outer_path: "/srv/data".into(),
        },
        @"the volume cache (/srv/data/cache) lies inside the volume data (/srv/data): a file can belong to one volume only"
    );
}

#[test]
fn errors_of_places() {
    insta::assert_snapshot!(
        Error::StoreInsideVolume {
            volume: "data".parse().unwrap(),
            directory: "/mnt/backups".into(),
            place: "/srv/data/backups".into(),
        },
        @"the volume data would hold /mnt/backups (as /srv/data/backups), where its backups go; keep one of the two elsewhere"
    );
    insta::assert_snapshot!(
        Error::NoRoom {
            directory: "/restored".into(),
            free: 1_000_000,
            reserve: 1 << 30,
        },
        @"no room to restore in /restored: 1000000 bytes are free there, and 1073741824 bytes must stay free; make room, or restore to another file system"
    );
    insta::assert_snapshot!(
        Error::StagingExchanged {
            path: "/restored/.prose-backup-0123".into(),
            why: "others can enter it".into(),
        },
        @"cannot trust the staging directory /restored/.prose-backup-0123: others can enter it; restore to a directory that nobody else can write to, as the user who owns it"
    );
}

#[test]
fn errors_while_packing() {
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    insta::assert_snapshot!(Error::Io { action: "open", path: "/srv/a\nb".into(), source: denied() }, @r"cannot open /srv/a\nb");
    insta::assert_snapshot!(Error::Changed { path: "/srv/data/x".into() }, @"/srv/data/x changed while it was being read; stop what writes to it, or try again");
    insta::assert_snapshot!(Error::Vanished { path: "/srv/data/x".into() }, @"/srv/data/x vanished while its directory was being read; stop what writes to it, or try again");
    insta::assert_snapshot!(Error::Write(denied()), @"cannot write the archive");
    insta::assert_snapshot!(Error::Cancelled, @"cancelled");
}

#[test]
fn errors_of_limits() {
    let exceeded = |limit, maximum| Error::LimitExceeded {
        limit,
        maximum,
        path: path(),
    };
    insta::assert_snapshot!(exceeded(Limit::Entries, 10_000_000), @r"at data/a\nb the limit of 10000000 entries is exceeded; raise this limit, or keep less in the volumes");
    insta::assert_snapshot!(exceeded(Limit::Bytes, 1 << 44), @r"at data/a\nb the limit of 17592186044416 bytes in files is exceeded; raise this limit, or keep less in the volumes");
    insta::assert_snapshot!(exceeded(Limit::PathBytes, 16_384), @r"at data/a\nb the limit of 16384 bytes in a path is exceeded; rename or move what lies there; if this is a restore, do not trust the backup");
    insta::assert_snapshot!(exceeded(Limit::Depth, 2048), @r"at data/a\nb the limit of 2048 levels of directories is exceeded; rename or move what lies there; if this is a restore, do not trust the backup");
    insta::assert_snapshot!(exceeded(Limit::NameBytes, 255), @r"at data/a\nb the limit of 255 bytes in a name is exceeded; rename or move what lies there; if this is a restore, do not trust the backup");
    insta::assert_snapshot!(exceeded(Limit::XattrBytes, 262_144), @r"at data/a\nb the limit of 262144 bytes in extended attributes is exceeded; remove extended attributes there; if this is a restore, do not trust the backup");
    insta::assert_snapshot!(exceeded(Limit::NestedXattrBytes, 4 << 20), @r"at data/a\nb the limit of 4194304 bytes in extended attributes of nested directories is exceeded; remove extended attributes there; if this is a restore, do not trust the backup");
    insta::assert_snapshot!(exceeded(Limit::ExtendedHeaderBytes, 1 << 20), @r"at data/a\nb the limit of 1048576 bytes in an extended header is exceeded; remove extended attributes there; if this is a restore, do not trust the backup");
}

#[test]
fn errors_while_reading() {
    insta::assert_snapshot!(Error::Read(io::ErrorKind::UnexpectedEof.into()), @"cannot read the archive");
    insta::assert_snapshot!(Error::NotATar, @"this is not a tar archive");
    insta::assert_snapshot!(Error::NotOurs, @"this tar archive was not made by prose-backup, which cannot tell whether it is complete; extract it with `tar -xf -` into an empty directory instead");
    insta::assert_snapshot!(Error::NewerFormat { format: 2 }, @"this archive has format 2, and this version of prose-backup reads format 1: use a newer version, or extract it with `tar -xf` into an empty directory");
    insta::assert_snapshot!(Error::Malformed { offset: 512, why: "a header is not in its canonical form".into() }, @"the archive is malformed at byte 512: a header is not in its canonical form");
    insta::assert_snapshot!(Error::Truncated { offset: 1234 }, @"the archive is cut short: it ends after 1234 bytes, without its end record");
    insta::assert_snapshot!(Error::TrailingData { offset: 1234 }, @"the archive is followed by other data, from byte 1234 on");
    insta::assert_snapshot!(Error::EndRecordMismatch(Mismatch::Entries { recorded: 4, found: 3 }), @"the archive's end record does not match its contents: it counts 4 entries, and 3 were there");
    insta::assert_snapshot!(Error::EndRecordMismatch(Mismatch::Bytes { recorded: 4, found: 3 }), @"the archive's end record does not match its contents: it counts 4 bytes in files, and 3 were there");
    insta::assert_snapshot!(Error::EndRecordMismatch(Mismatch::Content), @"the archive's end record does not match its contents: names, attributes or contents are not those packed");
    insta::assert_snapshot!(Error::Conflict { path: "/restored/data".into() }, @"/restored/data exists already; remove it, or restore to another directory");
}

#[test]
fn errors_of_unsafe_entries() {
    let messages: Vec<String> = [
        Hazard::Absolute,
        Hazard::ParentComponent,
        Hazard::CurrentComponent,
        Hazard::EmptyComponent,
        Hazard::ZeroByte,
        Hazard::EmptyTarget,
        Hazard::UndeclaredVolume,
        Hazard::VolumeOrder,
        Hazard::VolumeKind,
        Hazard::Duplicate,
        Hazard::NoParent,
        Hazard::ParentNotADirectory,
        Hazard::HardLinkTarget,
        Hazard::SpecialFile,
    ]
    .into_iter()
    .map(|why| Error::Unsafe { path: path(), why }.to_string())
    .collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
the archive is unsafe: data/a\nb: the path is absolute
the archive is unsafe: data/a\nb: the path contains '..'
the archive is unsafe: data/a\nb: the path contains '.'
the archive is unsafe: data/a\nb: the path has an empty component
the archive is unsafe: data/a\nb: the path or the link's target contains a zero byte
the archive is unsafe: data/a\nb: the link has no target
the archive is unsafe: data/a\nb: the manifest declares no such volume
the archive is unsafe: data/a\nb: the volumes are not in the order of the manifest
the archive is unsafe: data/a\nb: the volume is not of the kind that the manifest declares
the archive is unsafe: data/a\nb: the path appears twice
the archive is unsafe: data/a\nb: its directory did not come before it
the archive is unsafe: data/a\nb: it lies in something that is not a directory
the archive is unsafe: data/a\nb: the hard link's target is not a file that came earlier in its volume
the archive is unsafe: data/a\nb: it is a device or a named pipe
");
}

#[test]
fn warnings() {
    let reason = "Operation not permitted (os error 1)".to_owned();
    let more = |omission| Warning::MoreLeftOut {
        omission,
        count: 23,
    };
    let warnings = [
        Warning::SkippedSocket {
            path: "/srv/data/socket".into(),
        },
        Warning::SkippedFifo {
            path: "/srv/data/fifo".into(),
        },
        Warning::SkippedDevice {
            path: "/srv/data/null".into(),
        },
        Warning::XattrNotRead {
            path: "/srv/data/x".into(),
            name: "user.x".into(),
            reason: reason.clone(),
        },
        Warning::XattrNotRestored {
            name: "security.selinux".into(),
            entries: 1,
            first: path(),
            reason: reason.clone(),
        },
        Warning::XattrNotRestored {
            name: "security.selinux".into(),
            entries: 2,
            first: path(),
            reason,
        },
        Warning::OtherXattrsNotRestored { count: 36 },
        Warning::OwnersNotRestored {
            entries: 10,
            first: path(),
        },
        Warning::SetIdDropped {
            entries: 1,
            first: path(),
        },
        more(Omission::Socket),
        more(Omission::Fifo),
        more(Omission::Device),
        more(Omission::Xattr),
        Warning::NotRemoved {
            path: "/restored/.prose-backup-0123".into(),
            reason: "Permission denied (os error 13)".to_owned(),
        },
    ];
    let messages: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
skipped the socket /srv/data/socket
skipped the named pipe /srv/data/fifo
skipped the device /srv/data/null
left out the extended attribute user.x of /srv/data/x, which cannot be read: Operation not permitted (os error 1)
cannot restore the extended attribute security.selinux of data/a\nb: Operation not permitted (os error 1)
cannot restore the extended attribute security.selinux of data/a\nb and of 1 other entry: Operation not permitted (os error 1)
cannot restore 36 further extended attributes
cannot restore the owner of data/a\nb and of 9 other entries: only root can
dropped the set-id bits of data/a\nb: the owner cannot be restored
skipped more sockets: 23
skipped more named pipes: 23
skipped more devices: 23
left out more extended attributes that cannot be read: 23
cannot remove /restored/.prose-backup-0123, which holds what was extracted: Permission denied (os error 13); remove it by hand
");
}

//! Who fails, and with whose error: the body, the layer, the stream beyond.

use std::io::{self, ErrorKind, Write};

use prose_backup_codec::{Error, Limits, decode, encode};
use prose_backup_naming as naming;

use crate::common::{BrokenSource, Failure, PLENTY, encoded, mixed, refusal, source_of, zstd};

/// Takes `left` bytes, then fails.
struct FullSink {
    left: usize,
    written: Vec<u8>,
}

impl FullSink {
    fn new(left: usize) -> Self {
        let written = Vec::new();
        Self { left, written }
    }
}

impl Write for FullSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.left);
        self.left -= count;
        self.written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_body_that_fails_leaves_no_frame_that_decodes() {
    for length in [0, 10, 1 << 20] {
        let mut stored = Vec::new();
        let outcome = encode(&zstd(1, 2), &mut stored, |sink| {
            sink.write_all(&mixed(length))?;
            sink.flush()?;
            Err::<(), _>(Failure::Body("vanished"))
        });
        assert!(matches!(outcome, Err(Failure::Body("vanished"))));
        assert!(matches!(
            refusal(&stored),
            Error::Empty | Error::Truncated { .. }
        ));
    }
}

#[test]
fn what_the_body_returns_comes_back() {
    let mut stored = Vec::new();
    let value = encode(&zstd(3, 1), &mut stored, |_| Ok::<_, Failure>(7)).unwrap();
    assert_eq!(value, 7);
    let layer = naming::Compression::Zstd;
    let limits = Limits::new(PLENTY);
    let value = decode(layer, &limits, &mut stored.as_slice(), |_| {
        Ok::<_, Failure>(8)
    })
    .unwrap();
    assert_eq!(value, 8);
}

#[test]
fn a_full_sink_reaches_the_body() {
    let mut sink = FullSink::new(100_000);
    let outcome = encode(&zstd(1, 1), &mut sink, |sink| {
        sink.write_all(&mixed(4 << 20))?;
        sink.flush()?;
        Ok::<_, Failure>(())
    });
    let Err(Failure::Io(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull);
}

#[test]
fn a_body_that_conceals_a_full_sink_is_found_out() {
    let mut sink = FullSink::new(100_000);
    let outcome = encode(&zstd(1, 1), &mut sink, |sink| {
        // The workers take what is written without delay; flushing waits for what they made of it.
        let written = sink.write_all(&mixed(4 << 20)).and_then(|()| sink.flush());
        assert_eq!(written.unwrap_err().kind(), ErrorKind::StorageFull);
        insta::assert_snapshot!(sink.write(b"more").unwrap_err(), @"an earlier write failed");
        insta::assert_snapshot!(sink.flush().unwrap_err(), @"an earlier write failed");
        Ok::<_, Failure>(())
    });
    let error = outcome.unwrap_err().codec();
    insta::assert_snapshot!(error, @"cannot finish the compressed data");
    insta::assert_snapshot!(source_of(&error), @"an earlier write failed");
    assert_eq!(sink.written.len(), 100_000);
    assert!(matches!(refusal(&sink.written), Error::Truncated { .. }));
}

#[test]
fn a_sink_that_is_full_at_the_very_end_is_an_error() {
    let content = mixed(10_000);
    let whole = encoded(zstd(3, 1), &content).len();
    for left in [0, 1, whole - 1] {
        let mut sink = FullSink::new(left);
        let outcome = encode(&zstd(3, 1), &mut sink, |sink| {
            sink.write_all(&content)?;
            Ok::<_, Failure>(())
        });
        let error = outcome.unwrap_err().codec();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"cannot finish the compressed data");
            insta::assert_snapshot!(source_of(&error), @"no storage space");
        }
    }
    encode(&zstd(3, 1), &mut FullSink::new(whole), |sink| {
        sink.write_all(&content)?;
        Ok::<_, Failure>(())
    })
    .unwrap();
}

#[test]
fn what_the_body_leaves_unread_is_checked() {
    let layer = naming::Compression::Zstd;
    let limits = Limits::new(PLENTY);
    let mut stored = encoded(zstd(3, 1), &mixed(1 << 20));
    for take in [0, 1, 100_000] {
        decode(layer, &limits, &mut stored.as_slice(), |source| {
            source.read_exact(&mut vec![0; take])?;
            Ok::<_, Failure>(())
        })
        .unwrap();
    }
    *stored.last_mut().unwrap() ^= 1;
    for take in [0, 1, 100_000] {
        let outcome = decode(layer, &limits, &mut stored.as_slice(), |source| {
            source.read_exact(&mut vec![0; take])?;
            Ok::<_, Failure>(())
        });
        assert!(matches!(
            outcome,
            Err(Failure::Codec(Error::Damaged { .. }))
        ));
    }
}

#[test]
fn a_body_may_read_a_byte_at_a_time() {
    let content = mixed(200_000);
    let stored = encoded(zstd(3, 1), &content);
    let read = decode(
        naming::Compression::Zstd,
        &Limits::new(content.len() as u64),
        &mut stored.as_slice(),
        |source| {
            let mut read = Vec::new();
            let mut byte = [0];
            while source.read(&mut byte)? == 1 {
                assert_eq!(source.read(&mut [])?, 0);
                read.push(byte[0]);
            }
            assert_eq!(source.read(&mut byte)?, 0, "the end stays the end");
            Ok::<_, Failure>(read)
        },
    )
    .unwrap();
    assert!(read == content);
}

#[test]
fn a_body_that_fails_wins_over_what_it_left_unread() {
    let mut stored = encoded(zstd(3, 1), &mixed(1 << 20));
    stored.push(0);
    let outcome = decode(
        naming::Compression::Zstd,
        &Limits::new(PLENTY),
        &mut stored.as_slice(),
        |_| Err::<(), _>(Failure::Body("a path with ..")),
    );
    assert!(matches!(outcome, Err(Failure::Body("a path with .."))));
}

#[test]
fn a_refusal_wins_over_what_the_body_made_of_it() {
    let stored = encoded(zstd(3, 1), &mixed(1 << 20));
    let layer = naming::Compression::Zstd;
    let limits = Limits::new(100_000);
    let outcome = decode(layer, &limits, &mut stored.as_slice(), |source| {
        let error = io::copy(source, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        insta::assert_snapshot!(error, @"the decoded data exceeds the limit of 100000 bytes");
        Err::<(), _>(Failure::Body("unexpected end of archive"))
    });
    assert!(matches!(
        outcome,
        Err(Failure::Codec(Error::TooLarge { .. }))
    ));

    let outcome = decode(layer, &limits, &mut stored.as_slice(), |source| {
        io::copy(source, &mut io::sink()).unwrap_err();
        io::copy(source, &mut io::sink()).unwrap_err();
        Ok::<_, Failure>("all is well")
    });
    assert!(matches!(
        outcome,
        Err(Failure::Codec(Error::TooLarge { .. }))
    ));
}

#[test]
fn a_frame_with_a_refused_header_never_reaches_the_body() {
    let outcome = decode(
        naming::Compression::Zstd,
        &Limits::new(PLENTY),
        &mut &b"not compressed"[..],
        |_| -> Result<(), Failure> { panic!("called") },
    );
    assert!(matches!(
        outcome,
        Err(Failure::Codec(Error::NotZstd { .. }))
    ));
}

#[test]
fn a_broken_source_is_the_bodys_error_when_the_body_meets_it() {
    let stored = encoded(zstd(3, 1), &mixed(30_000));
    let mut source = BrokenSource::new(&stored[..5000]);
    let layer = naming::Compression::Zstd;
    let outcome = decode(layer, &Limits::new(PLENTY), &mut source, |source| {
        io::copy(source, &mut io::sink())?;
        Ok::<_, Failure>(())
    });
    let Err(Failure::Io(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    insta::assert_snapshot!(error, @"the store is gone");
}

#[test]
fn a_broken_source_is_the_layers_error_when_the_layer_meets_it() {
    let stored = encoded(zstd(3, 1), &mixed(30_000));
    // In the header; within the frame; after a frame that is complete.
    for length in [3, 5000, stored.len()] {
        let mut source = BrokenSource::new(&stored[..length]);
        let layer = naming::Compression::Zstd;
        let outcome = decode(layer, &Limits::new(PLENTY), &mut source, |_| {
            Ok::<_, Failure>(())
        });
        let error = outcome.unwrap_err().codec();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"cannot read the data to decode");
            insta::assert_snapshot!(source_of(&error), @"the store is gone");
        }
    }
}

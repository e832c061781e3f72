//! No compression goes through the same doors.

use std::io::{self, ErrorKind, Read};

use prose_backup_codec::{Compression, Error, Limits, decode, encode, is_supported};
use prose_backup_naming as naming;

use crate::common::{BrokenSource, Failure, mixed, source_of};

fn decoded(stored: &[u8], max_bytes: u64) -> Result<Vec<u8>, Failure> {
    let layer = naming::Compression::Off;
    decode(layer, &Limits::new(max_bytes), &mut { stored }, |source| {
        let mut content = Vec::new();
        source.read_to_end(&mut content)?;
        Ok(content)
    })
}

#[test]
fn off_changes_nothing() {
    let content = mixed(500_000);
    let mut stored = Vec::new();
    let length = encode(&Compression::Off, &mut stored, |sink| {
        sink.write_all(&content)?;
        Ok::<_, Failure>(content.len())
    })
    .unwrap();
    assert_eq!(length, content.len());
    assert!(stored == content);
    assert!(decoded(&stored, length as u64).unwrap() == content);
    assert_eq!(Compression::Off.layer(), naming::Compression::Off);
}

#[test]
fn off_is_limited_too() {
    assert_eq!(decoded(b"", 0).unwrap(), b"");
    for length in [1, 2, 131_072, 500_000] {
        let outcome = decoded(&mixed(length), length as u64 - 1);
        assert!(matches!(
            outcome,
            Err(Failure::Codec(Error::TooLarge { .. }))
        ));
    }
    insta::assert_snapshot!(
        decoded(b"some content", 11).unwrap_err().codec(),
        @"the decoded data exceeds the limit of 11 bytes"
    );
}

#[test]
fn off_is_limited_in_what_the_body_leaves() {
    let layer = naming::Compression::Off;
    let content = mixed(500_000);
    let exact = Limits::new(500_000);
    decode(layer, &exact, &mut content.as_slice(), |_| {
        Ok::<_, Failure>(())
    })
    .unwrap();
    let less = Limits::new(499_999);
    let outcome = decode(layer, &less, &mut content.as_slice(), |_| {
        Ok::<_, Failure>(())
    });
    assert!(matches!(
        outcome,
        Err(Failure::Codec(Error::TooLarge { .. }))
    ));
}

#[test]
fn a_body_that_fails_to_pack_wins() {
    let mut stored = Vec::new();
    let outcome = encode(&Compression::Off, &mut stored, |_| {
        Err::<(), _>(Failure::Body("vanished"))
    });
    assert!(matches!(outcome, Err(Failure::Body("vanished"))));
}

#[test]
fn a_broken_source_is_the_bodys_error_when_the_body_meets_it() {
    let layer = naming::Compression::Off;
    let mut source = BrokenSource::new(b"some content");
    let outcome = decode(layer, &Limits::new(100), &mut source, |source| {
        io::copy(source, &mut io::sink())?;
        Ok::<_, Failure>(())
    });
    let Err(Failure::Io(error)) = outcome else {
        panic!("{outcome:?}");
    };
    insta::assert_snapshot!(error, @"the store is gone");
}

#[test]
fn a_body_that_conceals_a_broken_source_is_found_out() {
    /// Fails once, and then looks as if it had ended.
    struct Hiccup(bool);
    impl Read for Hiccup {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            if std::mem::take(&mut self.0) {
                return Err(io::Error::new(ErrorKind::TimedOut, "the store is gone"));
            }
            Ok(0)
        }
    }
    let layer = naming::Compression::Off;
    let outcome = decode(layer, &Limits::new(100), &mut Hiccup(true), |source| {
        source.read(&mut [0]).unwrap_err();
        Ok::<_, Failure>(())
    });
    let error = outcome.unwrap_err().codec();
    insta::assert_snapshot!(error, @"cannot read the data to decode");
    insta::assert_snapshot!(source_of(&error), @"the store is gone");
}

#[test]
fn an_interrupted_source_is_read_on() {
    let content = b"some content";
    let mut source = BrokenSource::new(content);
    let layer = naming::Compression::Off;
    let outcome = decode(layer, &Limits::new(100), &mut source, |source| {
        let mut read = vec![0; content.len()];
        source.read_exact(&mut read)?;
        assert_eq!(read, content);
        assert_eq!(
            source.read(&mut [0]).unwrap_err().kind(),
            ErrorKind::Interrupted
        );
        Ok::<_, Failure>(())
    });
    insta::assert_snapshot!(outcome.unwrap_err().codec(), @"cannot read the data to decode");
}

#[test]
fn what_is_supported_is_what_was_compiled_in() {
    assert!(is_supported(naming::Compression::Off));
    assert_eq!(
        is_supported(naming::Compression::Zstd),
        cfg!(feature = "compression-zstd")
    );
}

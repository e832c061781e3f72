use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proptest::prelude::*;
use prose_backup_storage::faulty::{Call, Fault, Faulty, Rule};
use prose_backup_storage::pipe::{PipeReader, READ_AHEAD, download_pipe};
use prose_backup_storage::{Error, MemoryStore, ObjectStore, Result};

use crate::support::{key, open, options, pattern};

/// Reads all in a thread while the driver runs; what was read, the reader's error and the driver's
/// result.
async fn pump(
    body: BoxStream<'static, Result<Bytes>>,
) -> (Vec<u8>, Option<std::io::Error>, Result<()>) {
    let (reader, drive) = download_pipe(body);
    let read = tokio::task::spawn_blocking(move || read_all(reader));
    let result = drive.await;
    let (bytes, error) = read.await.unwrap();
    (bytes, error, result)
}

fn read_all(mut reader: PipeReader) -> (Vec<u8>, Option<std::io::Error>) {
    let mut bytes = Vec::new();
    let error = reader.read_to_end(&mut bytes).err();
    // An error and an end are both final.
    assert_eq!(reader.read(&mut [0]).is_err(), error.is_some());
    (bytes, error)
}

fn typed(error: Option<&std::io::Error>) -> &Error {
    let inner = error.unwrap().get_ref().unwrap();
    inner.downcast_ref().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_goes_in_comes_out(lengths in prop::collection::vec(0_usize..100_000, 0..20)) {
        let whole = pattern(lengths.iter().sum());
        let mut rest = whole.clone();
        let chunks: Vec<Result<Bytes>> = lengths.iter().map(|&length| Ok(rest.split_to(length))).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (bytes, error, result) = runtime.block_on(pump(stream::iter(chunks).boxed()));
        prop_assert!(bytes == whole);
        prop_assert!(error.is_none());
        prop_assert!(result.is_ok());
    }
}

#[tokio::test]
async fn a_file_is_read_through_the_pipe() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    let whole = pattern(9_000_001);
    store
        .put(&key("object"), whole.clone(), &options())
        .await
        .unwrap();
    let download = store.get(&key("object"), None, None).await.unwrap();
    let (bytes, error, result) = pump(download.body).await;
    assert!(bytes == whole && error.is_none() && result.is_ok());
}

#[tokio::test]
async fn a_cut_body_is_an_error_and_not_an_end_of_file() {
    for (fault, came) in [
        (Fault::Cut(1000), 1000),
        (Fault::Cut(0), 0),
        (Fault::Break(1000), 1000),
    ] {
        let store = Faulty::new(Arc::new(MemoryStore::new()), [Rule::new(Call::Get, fault)]);
        store
            .put(&key("object"), pattern(5000), &options())
            .await
            .unwrap();
        let download = store.get(&key("object"), None, None).await.unwrap();
        let (bytes, error, result) = pump(download.body).await;
        assert_eq!(bytes.len(), came);
        assert_eq!(error.as_ref().unwrap().kind(), std::io::ErrorKind::Other);
        let (at_reader, at_driver) = (typed(error.as_ref()), result.unwrap_err());
        assert_eq!(at_reader.to_string(), at_driver.to_string());
        match fault {
            Fault::Cut(_) => assert!(matches!(
                at_driver,
                Error::WrongLength { expected: 5000, .. }
            )),
            _ => assert!(matches!(at_driver, Error::Unavailable { .. })),
        }
    }
}

#[tokio::test]
async fn a_driver_that_is_dropped_makes_the_reader_fail() {
    let (reader, drive) = download_pipe(stream::iter([Ok("some".into())]).boxed());
    drop(drive);
    let (bytes, error) = tokio::task::spawn_blocking(move || read_all(reader))
        .await
        .unwrap();
    assert!(bytes.is_empty());
    assert!(matches!(typed(error.as_ref()), Error::Aborted));
}

#[tokio::test]
async fn a_reader_that_is_dropped_ends_the_driver_even_while_nothing_comes() {
    let (reader, drive) = download_pipe(stream::pending().boxed());
    let drive = tokio::spawn(drive);
    tokio::task::yield_now().await;
    drop(reader);
    let result = tokio::time::timeout(Duration::from_secs(10), drive).await;
    result.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn reading_ahead_is_bounded() {
    const CHUNK: usize = 64 << 10;
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let chunk = Bytes::from(vec![0; CHUNK]);
    let endless = stream::repeat_with(move || {
        count.fetch_add(CHUNK, Ordering::SeqCst);
        Ok(chunk.clone())
    });
    let (reader, drive) = download_pipe(endless.boxed());
    let result = tokio::time::timeout(Duration::from_millis(200), drive).await;
    assert!(result.is_err());
    assert_eq!(fetched.load(Ordering::SeqCst), READ_AHEAD + CHUNK);
    drop(reader);
}

#[tokio::test]
async fn a_chunk_larger_than_the_read_ahead_comes_through() {
    let chunks = [
        pattern(READ_AHEAD + 1),
        pattern(10),
        pattern(2 * READ_AHEAD),
    ];
    let whole = chunks.concat();
    let (bytes, error, result) = pump(stream::iter(chunks.map(Ok)).boxed()).await;
    assert!(bytes == whole && error.is_none() && result.is_ok());
}

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use proptest::prelude::*;
use prose_backup_storage::faulty::{Call, Fault, Faulty, Rule};
use prose_backup_storage::pipe::{PipeWriter, upload_pipe};
use prose_backup_storage::{
    Error, MemoryStore, ObjectMeta, ObjectStore, Publish, Result, Upload, get_capped,
};

use crate::support::{key, names, open, options, pattern};

/// Keeps what it gets, and how many parts were in flight at most.
#[derive(Clone, Default)]
struct Recorder {
    parts: Arc<Mutex<Vec<Bytes>>>,
    in_flight: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    stuck: bool,
}

#[async_trait]
impl Upload for Recorder {
    fn put_part(&mut self, part: Bytes) -> BoxFuture<'static, Result<()>> {
        self.parts.lock().unwrap().push(part);
        let this = self.clone();
        async move {
            let now = this.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            this.most.fetch_max(now, Ordering::SeqCst);
            if this.stuck {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
            this.in_flight.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<ObjectMeta, Publish> {
        Err(Publish::Rejected(Error::Aborted))
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Runs a producer in a thread against a recorder.
async fn record(
    part_size: usize,
    max_in_flight: usize,
    produce: impl FnOnce(PipeWriter) + Send + 'static,
) -> (Result<u64>, Recorder) {
    let mut recorder = Recorder::default();
    let (writer, upload) = upload_pipe(part_size);
    let producer = tokio::task::spawn_blocking(move || produce(writer));
    let driven = upload.drive(&mut recorder, max_in_flight).await;
    producer.await.unwrap();
    (driven, recorder)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn all_parts_but_the_last_are_equal(
        part_size in 1_usize..600,
        max_in_flight in 0_usize..5,
        writes in prop::collection::vec(0_usize..2000, 0..20),
    ) {
        let whole = pattern(writes.iter().sum());
        let mut rest = whole.clone();
        let produce = move |mut writer: PipeWriter| {
            for length in writes {
                writer.write_all(&rest.split_to(length)).unwrap();
                writer.flush().unwrap();
            }
            writer.finish().unwrap();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (bytes, recorder) = runtime.block_on(record(part_size, max_in_flight, produce));
        let parts = recorder.parts.lock().unwrap();
        prop_assert_eq!(bytes.unwrap(), whole.len() as u64);
        prop_assert_eq!(parts.concat(), whole.to_vec());
        prop_assert_eq!(parts.len(), whole.len().div_ceil(part_size));
        if let Some((_, equal)) = parts.split_last() {
            prop_assert!(equal.iter().all(|part| part.len() == part_size));
        }
        prop_assert!(recorder.most.load(Ordering::SeqCst) <= max_in_flight.max(1));
    }
}

#[tokio::test]
async fn an_empty_stream_has_no_parts_and_becomes_an_empty_object() {
    let (bytes, recorder) = record(8, 2, |writer| assert_eq!(writer.finish().unwrap(), 0)).await;
    assert_eq!(bytes.unwrap(), 0);
    assert!(recorder.parts.lock().unwrap().is_empty());
}

/// Lets parts through three at a time, when all three are there.
struct InThrees(Arc<tokio::sync::Barrier>);

#[async_trait]
impl Upload for InThrees {
    fn put_part(&mut self, _: Bytes) -> BoxFuture<'static, Result<()>> {
        let barrier = Arc::clone(&self.0);
        async move {
            barrier.wait().await;
            Ok(())
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<ObjectMeta, Publish> {
        Err(Publish::Rejected(Error::Aborted))
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn parts_are_put_concurrently() {
    let mut in_threes = InThrees(Arc::new(tokio::sync::Barrier::new(3)));
    let (mut writer, upload) = upload_pipe(1);
    let producer = tokio::task::spawn_blocking(move || {
        writer.write_all(&[0; 99]).unwrap();
        writer.finish().unwrap();
    });
    let driven = upload.drive(&mut in_threes, 3);
    let driven = tokio::time::timeout(Duration::from_secs(30), driven).await;
    assert_eq!(driven.unwrap().unwrap(), 99);
    producer.await.unwrap();
}

#[tokio::test]
async fn a_writer_dropped_without_its_end_is_no_upload() {
    for written in [0, 7, 8, 20] {
        let (driven, _) = record(8, 2, move |mut writer| {
            writer.write_all(&vec![0; written]).unwrap();
        })
        .await;
        assert!(matches!(driven, Err(Error::Aborted)), "{driven:?}");
    }
}

#[tokio::test]
async fn the_next_write_after_the_other_end_is_gone_fails() {
    let (mut writer, upload) = upload_pipe(1 << 20);
    tokio::task::spawn_blocking(move || {
        writer.write_all(b"fits").unwrap();
        drop(upload);
        assert_eq!(
            writer.write(b"x").unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::BrokenPipe);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_write_that_waits_fails_when_the_other_end_goes() {
    let (mut writer, upload) = upload_pipe(1);
    let blocked =
        tokio::task::spawn_blocking(move || writer.write_all(&[0; 100]).unwrap_err().kind());
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(upload);
    assert_eq!(blocked.await.unwrap(), ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn the_first_part_that_fails_ends_both_sides() {
    let rule = Rule::new(Call::PutPart, Fault::Full).nth(3);
    let store = Faulty::new(Arc::new(MemoryStore::new()), [rule]);
    let mut target = store.upload(&key("object"), &options()).await.unwrap();
    let (mut writer, upload) = upload_pipe(10);
    let producer = tokio::task::spawn_blocking(move || {
        // More than fits anywhere, so that it only ends by an error.
        std::io::copy(&mut std::io::repeat(0), &mut writer)
            .unwrap_err()
            .kind()
    });
    let driven = upload.drive(target.as_mut(), 2).await;
    assert!(matches!(driven, Err(Error::Full { .. })), "{driven:?}");
    assert_eq!(producer.await.unwrap(), ErrorKind::BrokenPipe);
    assert!(target.complete().await.is_err());
}

#[tokio::test]
async fn memory_is_bounded_by_the_queue_and_the_parts_in_flight() {
    const PART: usize = 1000;
    let mut recorder = Recorder {
        stuck: true,
        ..Recorder::default()
    };
    let (mut writer, upload) = upload_pipe(PART);
    let written = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&written);
    let producer = tokio::task::spawn_blocking(move || {
        while let Ok(bytes) = writer.write(&[0; PART]) {
            count.fetch_add(bytes as u64, Ordering::SeqCst);
        }
    });
    let driven =
        tokio::time::timeout(Duration::from_millis(300), upload.drive(&mut recorder, 4)).await;
    assert!(driven.is_err(), "{driven:?}");
    producer.await.unwrap();
    // 4 in flight and 2 in the queue; the seventh waits for a place and so was not accepted.
    assert_eq!(written.load(Ordering::SeqCst), 6 * PART as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_becomes_a_file_through_the_pipe() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    let whole = pattern(5_000_001);
    let mut source = whole.clone();
    let (mut writer, upload) = upload_pipe(1 << 20);
    let producer = tokio::task::spawn_blocking(move || {
        while !source.is_empty() {
            writer
                .write_all(&source.split_to(source.len().min(12_345)))
                .unwrap();
        }
        writer.finish().unwrap()
    });
    let mut target = store.upload(&key("object"), &options()).await.unwrap();
    assert_eq!(upload.drive(target.as_mut(), 3).await.unwrap(), 5_000_001);
    assert_eq!(producer.await.unwrap(), 5_000_001);
    assert_eq!(target.complete().await.unwrap().size, 5_000_001);
    assert!(get_capped(&store, &key("object"), 6_000_000).await.unwrap() == whole);
    assert_eq!(names(top.path()), ["object"]);
}

//! Reading: whole or a range, one object's bytes or an error.

use bytes::Bytes;
use futures::TryStreamExt;

use super::{Suite, pattern};
use crate::capped::get_capped;
use crate::error::Error;
use crate::meta::Version;
use crate::store::Deletion;

pub(super) async fn run(suite: &Suite<'_>) {
    an_absent_object_is_not_found(suite).await;
    a_range_is_half_open(suite).await;
    a_range_beyond_the_end_is_an_error(suite).await;
    an_object_deleted_while_it_is_read_is_read_to_its_end(suite).await;
    a_version_is_never_another_one(suite).await;
    a_capped_read_refuses_what_is_larger(suite).await;
    a_deleted_object_is_gone_and_its_name_is_free(suite).await;
    deleting_an_absent_object_is_no_error(suite).await;
}

async fn an_absent_object_is_not_found(suite: &Suite<'_>) {
    let key = suite.key("absent");
    assert!(suite.is_absent(&key).await);
    let range = suite.store.get(&key, Some(0..1), None).await;
    assert!(matches!(range, Err(Error::NotFound { .. })), "{range:?}");
}

async fn a_range_is_half_open(suite: &Suite<'_>) {
    let key = suite.key("ranges");
    let whole = pattern(3_000_000);
    suite
        .store
        .put(&key, whole.clone(), &suite.options)
        .await
        .unwrap();
    for range in [
        0..0,
        0..1,
        5..6,
        0..3_000_000,
        1_000_000..2_500_001,
        2_999_999..3_000_000,
        7..7,
        3_000_000..3_000_000,
    ] {
        let download = suite
            .store
            .get(&key, Some(range.clone()), None)
            .await
            .unwrap();
        assert_eq!(
            download.meta.size, 3_000_000,
            "the size is the whole object's"
        );
        assert_eq!(download.range, range);
        let body = collect(download.body).await.unwrap();
        let (start, end) = (
            usize::try_from(range.start).unwrap(),
            usize::try_from(range.end).unwrap(),
        );
        assert!(body == whole.slice(start..end), "{range:?}");
    }
}

async fn a_range_beyond_the_end_is_an_error(suite: &Suite<'_>) {
    let (key, empty) = (suite.key("short"), suite.key("empty"));
    suite.put(&key, b"12345").await.unwrap();
    suite.put(&empty, b"").await.unwrap();
    #[allow(clippy::reversed_empty_ranges, reason = "a caller can make one")]
    for (key, range) in [
        (&key, 0..6),
        (&key, 5..6),
        (&key, 6..6),
        (&key, 3..2),
        (&empty, 0..1),
        (&key, 0..u64::MAX),
    ] {
        let got = suite.store.get(key, Some(range.clone()), None).await;
        assert!(
            matches!(got, Err(Error::OutOfRange { .. })),
            "{range:?}: {got:?}"
        );
    }
    let nothing = suite.store.get(&empty, Some(0..0), None).await.unwrap();
    assert_eq!(collect(nothing.body).await.unwrap(), "");
}

async fn an_object_deleted_while_it_is_read_is_read_to_its_end(suite: &Suite<'_>) {
    let key = suite.key("pinned");
    let whole = pattern(3 << 20);
    suite
        .store
        .put(&key, whole.clone(), &suite.options)
        .await
        .unwrap();
    let download = suite.store.get(&key, None, None).await.unwrap();
    suite.store.delete(&key).await.unwrap();
    suite
        .put(&key, b"another object of that name")
        .await
        .unwrap();
    assert!(collect(download.body).await.unwrap() == whole);
}

async fn a_version_is_never_another_one(suite: &Suite<'_>) {
    let key = suite.key("versions");
    let first = suite.put(&key, b"first").await.unwrap();
    let Some(version) = first.version else {
        let asked = suite.store.get(&key, None, Some(&Version::new("1"))).await;
        assert!(matches!(asked, Err(Error::Unsupported { .. })), "{asked:?}");
        return;
    };
    let got = suite.store.get(&key, None, Some(&version)).await.unwrap();
    assert_eq!(collect(got.body).await.unwrap(), "first");

    suite.store.delete(&key).await.unwrap();
    suite.put(&key, b"second").await.unwrap();
    match suite.store.get(&key, None, Some(&version)).await {
        Ok(kept) => assert_eq!(collect(kept.body).await.unwrap(), "first"),
        Err(error) => assert!(matches!(error, Error::NotFound { .. }), "{error:?}"),
    }
}

async fn a_capped_read_refuses_what_is_larger(suite: &Suite<'_>) {
    let key = suite.key("capped");
    suite.put(&key, b"12345").await.unwrap();
    assert_eq!(get_capped(suite.store, &key, 5).await.unwrap(), "12345");
    let refused = get_capped(suite.store, &key, 4).await;
    assert!(
        matches!(
            refused,
            Err(Error::TooLarge {
                size: 5,
                max: 4,
                ..
            })
        ),
        "{refused:?}"
    );
}

async fn a_deleted_object_is_gone_and_its_name_is_free(suite: &Suite<'_>) {
    let (key, other) = (suite.key("deleted"), suite.key("deleted-not"));
    suite.put(&key, b"1").await.unwrap();
    suite.put(&other, b"2").await.unwrap();
    assert_eq!(suite.store.delete(&key).await.unwrap(), Deletion::Deleted);
    assert!(suite.is_absent(&key).await);
    assert_eq!(suite.read(&other).await.unwrap(), "2");
    suite.put(&key, b"3").await.unwrap();
    assert_eq!(suite.read(&key).await.unwrap(), "3");
}

async fn deleting_an_absent_object_is_no_error(suite: &Suite<'_>) {
    // A store that cannot tell may say that it was deleted.
    suite.store.delete(&suite.key("never-there")).await.unwrap();
}

async fn collect(
    body: futures::stream::BoxStream<'static, crate::Result<Bytes>>,
) -> crate::Result<Bytes> {
    let chunks: Vec<Bytes> = body.try_collect().await?;
    Ok(chunks.concat().into())
}

//! Publishing: whole, once, or not at all.

use bytes::{Bytes, BytesMut};
use futures::future::{join, join_all};

use super::{Suite, pattern};
use crate::error::Publish;

pub(super) async fn run(suite: &Suite<'_>) {
    a_put_object_comes_back(suite).await;
    an_object_appears_only_when_it_is_completed(suite).await;
    a_large_object_in_parts_comes_back(suite).await;
    an_upload_without_parts_is_an_empty_object(suite).await;
    a_taken_name_is_never_overwritten(suite).await;
    of_many_concurrent_puts_one_wins(suite).await;
    of_two_concurrent_uploads_one_wins_and_the_loser_removes_nothing(suite).await;
    an_aborted_upload_leaves_nothing(suite).await;
    a_dropped_upload_leaves_nothing(suite).await;
    an_upload_that_lacks_a_part_is_rejected(suite).await;
    an_upload_that_has_ended_takes_no_more(suite).await;
    odd_names_are_kept_apart(suite).await;
}

async fn a_put_object_comes_back(suite: &Suite<'_>) {
    let key = suite.key("put");
    let put = suite.put(&key, b"hello").await.unwrap();
    let head = suite.store.head(&key).await.unwrap();
    assert_eq!((&put.key, put.size), (&key, 5));
    assert_eq!((&head.key, head.size), (&key, 5));
    assert_eq!(head.version, put.version);
    assert!(head.nonce.is_none_or(|nonce| nonce == suite.options.nonce));
    assert_eq!(suite.read(&key).await.unwrap(), "hello");

    let key = suite.key("put-empty");
    assert_eq!(suite.put(&key, b"").await.unwrap().size, 0);
    assert_eq!(suite.read(&key).await.unwrap(), "");
}

async fn an_object_appears_only_when_it_is_completed(suite: &Suite<'_>) {
    let key = suite.key("appears");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    assert!(suite.is_absent(&key).await);
    upload.put_part("whole".into()).await.unwrap();
    assert!(suite.is_absent(&key).await);
    let published = upload.complete().await.unwrap();
    assert_eq!((&published.key, published.size), (&key, 5));
    assert!(!suite.is_absent(&key).await);
    upload.abort().await.unwrap();
    drop(upload);
    assert_eq!(suite.read(&key).await.unwrap(), "whole");
}

async fn a_large_object_in_parts_comes_back(suite: &Suite<'_>) {
    let key = suite.key("large");
    let whole = pattern(12 << 20);
    let mut options = suite.options.clone();
    options.size_hint = Some(whole.len() as u64);
    let mut upload = suite.store.upload(&key, &options).await.unwrap();
    // The order of the calls is the order of the parts; in which order they arrive is another
    // matter.
    let mut rest = whole.clone();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        parts.push(upload.put_part(rest.split_to(rest.len().min(5 << 20))));
    }
    parts.reverse();
    for part in join_all(parts).await {
        part.unwrap();
    }
    assert_eq!(upload.complete().await.unwrap().size, whole.len() as u64);
    assert!(suite.read(&key).await.unwrap() == whole);
}

async fn an_upload_without_parts_is_an_empty_object(suite: &Suite<'_>) {
    let key = suite.key("no-parts");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    assert_eq!(upload.complete().await.unwrap().size, 0);
    assert_eq!(suite.store.head(&key).await.unwrap().size, 0);
    assert_eq!(suite.read(&key).await.unwrap(), "");
}

async fn a_taken_name_is_never_overwritten(suite: &Suite<'_>) {
    let key = suite.key("taken");
    suite.put(&key, b"first").await.unwrap();
    let again = suite.put(&key, b"second").await;
    assert!(matches!(again, Err(Publish::Conflict(_))), "{again:?}");

    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    upload.put_part("third".into()).await.unwrap();
    let again = upload.complete().await;
    assert!(matches!(again, Err(Publish::Conflict(_))), "{again:?}");
    upload.abort().await.unwrap();
    assert_eq!(suite.read(&key).await.unwrap(), "first");
}

async fn of_many_concurrent_puts_one_wins(suite: &Suite<'_>) {
    let key = suite.key("race-put");
    let bodies: Vec<Bytes> = (0..8).map(|n| format!("racer {n}").into()).collect();
    let puts = bodies
        .iter()
        .map(|body| suite.store.put(&key, body.clone(), &suite.options));
    let results = join_all(puts).await;
    let won: Vec<usize> = (0..results.len()).filter(|&n| results[n].is_ok()).collect();
    assert_eq!(won.len(), 1, "{results:?}");
    let conflicts = results
        .iter()
        .filter(|result| matches!(result, Err(Publish::Conflict(_))));
    assert_eq!(conflicts.count(), 7, "{results:?}");
    assert_eq!(suite.read(&key).await.unwrap(), bodies[won[0]]);
}

async fn of_two_concurrent_uploads_one_wins_and_the_loser_removes_nothing(suite: &Suite<'_>) {
    let key = suite.key("race-upload");
    let mut a = suite.store.upload(&key, &suite.options).await.unwrap();
    let mut b = suite.store.upload(&key, &suite.options).await.unwrap();
    let (put_a, put_b) = join(a.put_part("from a".into()), b.put_part("from b".into())).await;
    put_a.and(put_b).unwrap();
    let (done_a, done_b) = join(a.complete(), b.complete()).await;
    let (winner, lost) = match (done_a, done_b) {
        (Ok(_), lost) => ("from a", lost),
        (lost, Ok(_)) => ("from b", lost),
        neither => unreachable!("neither won: {neither:?}"),
    };
    assert!(matches!(lost, Err(Publish::Conflict(_))), "{lost:?}");
    let (aborted_a, aborted_b) = join(a.abort(), b.abort()).await;
    aborted_a.and(aborted_b).unwrap();
    drop((a, b));
    assert_eq!(suite.read(&key).await.unwrap(), winner);
}

async fn an_aborted_upload_leaves_nothing(suite: &Suite<'_>) {
    let key = suite.key("aborted");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    upload.abort().await.unwrap();
    upload.abort().await.unwrap();
    assert!(suite.is_absent(&key).await);
    suite.put(&key, b"the name is free").await.unwrap();
}

async fn a_dropped_upload_leaves_nothing(suite: &Suite<'_>) {
    let key = suite.key("dropped");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    drop(upload);
    assert!(suite.is_absent(&key).await);
    suite.put(&key, b"the name is free").await.unwrap();
}

async fn an_upload_that_lacks_a_part_is_rejected(suite: &Suite<'_>) {
    let key = suite.key("lacking");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    drop(upload.put_part("never sent".into()));
    upload.put_part("sent".into()).await.unwrap();
    let completed = upload.complete().await;
    assert!(
        matches!(completed, Err(Publish::Rejected(_))),
        "{completed:?}"
    );
    upload.abort().await.unwrap();
    assert!(suite.is_absent(&key).await);
}

async fn an_upload_that_has_ended_takes_no_more(suite: &Suite<'_>) {
    let key = suite.key("ended");
    let mut upload = suite.store.upload(&key, &suite.options).await.unwrap();
    upload.abort().await.unwrap();
    assert!(upload.put_part("late".into()).await.is_err());
    let completed = upload.complete().await;
    assert!(
        matches!(completed, Err(Publish::Rejected(_))),
        "{completed:?}"
    );
    assert!(suite.is_absent(&key).await);
}

async fn odd_names_are_kept_apart(suite: &Suite<'_>) {
    let long = "l".repeat(150);
    let names = [
        "a", "A", "a.", "a..", "a b", " a", "a ", "a+b", "a%20b", "a%2Fb", "a?b=c&d", "a#b",
        "a\\b", "a:b", "a;b", "a*", "a'b\"c", "a<b>", "~a", "@a", "a|b", "[a]", "{a}", "ä",
        "a\u{308}", "日本", "🦀", "-rf", "--", &long,
    ];
    for name in names {
        let body = BytesMut::from(name.as_bytes()).freeze();
        let put = suite
            .store
            .put(&suite.key(name), body, &suite.options)
            .await;
        assert!(put.is_ok(), "{name:?}: {put:?}");
    }
    let listed = suite.listed(&suite.prefix).await;
    for name in names {
        let key = suite.key(name);
        assert_eq!(suite.read(&key).await.unwrap(), name);
        assert!(listed.contains_key(&key), "{name:?} is not listed");
    }
}

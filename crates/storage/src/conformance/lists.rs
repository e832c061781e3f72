//! Listing: every object, each once, and no other.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::Suite;
use crate::key::Key;

pub(super) async fn run(suite: &Suite<'_>) {
    a_prefix_is_matched_exactly(suite).await;
    a_listing_knows_sizes(suite).await;
    more_than_a_thousand_objects_are_listed_once_each(suite).await;
    a_listing_can_be_left_early(suite).await;
}

async fn a_prefix_is_matched_exactly(suite: &Suite<'_>) {
    for name in ["p", "p-a", "p-b", "p_a", "pq", "P-a", "p-%", "p-a.sig"] {
        suite.put(&suite.key(name), b"x").await.unwrap();
    }
    let cases: [(&str, &[&str]); 6] = [
        ("p-", &["p-a", "p-b", "p-%", "p-a.sig"]),
        ("p-a", &["p-a", "p-a.sig"]),
        ("p_", &["p_a"]),
        ("P", &["P-a"]),
        ("p-a.sig", &["p-a.sig"]),
        ("p-a.sig.", &[]),
    ];
    for (prefix, expected) in cases {
        let listed = suite.listed(suite.key(prefix).as_str()).await;
        let listed: BTreeSet<Key> = listed.into_keys().collect();
        assert_eq!(
            listed,
            expected.iter().map(|name| suite.key(name)).collect(),
            "{prefix:?}"
        );
    }
}

async fn a_listing_knows_sizes(suite: &Suite<'_>) {
    let key = suite.key("size");
    suite.put(&key, b"12345").await.unwrap();
    let listed = suite.listed(key.as_str()).await;
    let head = suite.store.head(&key).await.unwrap();
    assert_eq!(listed[&key].size, 5);
    assert_eq!(listed[&key].version, head.version);
    assert!(
        suite.listed("").await.contains_key(&key),
        "the empty prefix lists all"
    );
}

async fn more_than_a_thousand_objects_are_listed_once_each(suite: &Suite<'_>) {
    let keys: BTreeSet<Key> = (0..1100)
        .map(|n| suite.key(&format!("many-{n:04}")))
        .collect();
    let puts = keys
        .iter()
        .map(|key| suite.store.put(key, Bytes::new(), &suite.options));
    let put: Vec<_> = stream::iter(puts)
        .buffer_unordered(16)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(put.len(), 1100);
    let listed: BTreeSet<Key> = suite
        .listed(suite.key("many-").as_str())
        .await
        .into_keys()
        .collect();
    assert!(listed == keys);

    let deletions = keys.iter().map(|key| suite.store.delete(key));
    let deleted: Vec<_> = stream::iter(deletions)
        .buffer_unordered(16)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(deleted.len(), 1100);
    assert!(suite.listed(suite.key("many-").as_str()).await.is_empty());
}

async fn a_listing_can_be_left_early(suite: &Suite<'_>) {
    let first = suite.store.list(&suite.prefix).next().await;
    assert!(matches!(first, Some(Ok(_))));
}

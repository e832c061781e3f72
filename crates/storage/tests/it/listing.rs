use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use prose_backup_storage::ObjectStore;

use crate::support::{open, options};

#[tokio::test]
async fn fifteen_thousand_files_are_listed_in_well_under_a_second() {
    let top = tempfile::tempdir().unwrap();
    for n in 0..15_000 {
        let name = format!("prose_2026-11-20T00:00:00Z.tar.zst.gpg-{n}");
        std::fs::File::create(top.path().join(name)).unwrap();
    }
    let store = open(top.path());
    let started = Instant::now();
    let count = store
        .list("")
        .try_fold(0, async |count, _| Ok(count + 1))
        .await
        .unwrap();
    let took = started.elapsed();
    assert_eq!(count, 15_000);
    println!("listed 15,000 files in {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn objects_that_come_and_go_do_not_disturb_a_listing() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    for n in 0..3000 {
        std::fs::write(top.path().join(format!("stays-{n:04}")), "").unwrap();
        std::fs::write(top.path().join(format!("goes-{n:04}")), "").unwrap();
    }
    let mut listing = store.list("");
    let mut seen = vec![listing.next().await.unwrap().unwrap()];
    for n in 0..3000 {
        std::fs::remove_file(top.path().join(format!("goes-{n:04}"))).unwrap();
    }
    store
        .put(&"comes".parse().unwrap(), "x".into(), &options())
        .await
        .unwrap();
    seen.extend(listing.try_collect::<Vec<_>>().await.unwrap());
    let mut stayed: Vec<_> = seen
        .iter()
        .filter(|meta| meta.key.as_str().starts_with("stays-"))
        .map(|meta| &meta.key)
        .collect();
    stayed.sort();
    stayed.dedup();
    assert_eq!(stayed.len(), 3000);
}

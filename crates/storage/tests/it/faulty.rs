use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use prose_backup_storage::faulty::{Call, Fault, Faulty, Rule};
use prose_backup_storage::{Error, MemoryStore, ObjectStore, Publish};

use crate::support::{key, listed, options, put};

fn faulty(rules: impl IntoIterator<Item = Rule>) -> (MemoryStore, Faulty) {
    let inner = MemoryStore::new();
    (inner.clone(), Faulty::new(Arc::new(inner), rules))
}

#[tokio::test]
async fn the_chosen_call_fails_and_the_others_do_not() {
    let (_, store) = faulty([
        Rule::new(Call::Head, Fault::AccessDenied).nth(2),
        Rule::new(Call::Head, Fault::Unavailable).from_nth(4),
        Rule::new(Call::Delete, Fault::Full).first(1),
    ]);
    put(&store, "object", "x").await;
    let object = key("object");
    assert!(store.head(&object).await.is_ok());
    assert!(matches!(
        store.head(&object).await,
        Err(Error::AccessDenied { .. })
    ));
    assert!(store.head(&object).await.is_ok());
    for _ in 0..3 {
        assert!(matches!(
            store.head(&object).await,
            Err(Error::Unavailable { .. })
        ));
    }
    assert!(matches!(
        store.delete(&object).await,
        Err(Error::Full { .. })
    ));
    assert!(store.delete(&object).await.is_ok());
    assert_eq!((store.calls(Call::Head), store.calls(Call::Get)), (6, 0));
}

#[tokio::test]
async fn a_rule_for_an_ending_counts_only_those_keys() {
    let (_, store) = faulty([Rule::new(Call::Get, Fault::AccessDenied)
        .nth(1)
        .keys_ending_in(".sig")]);
    put(&store, "a", "x").await;
    put(&store, "a.sig", "x").await;
    assert!(store.get(&key("a"), None, None).await.is_ok());
    assert!(store.get(&key("a.sig"), None, None).await.is_err());
    assert!(store.get(&key("a.sig"), None, None).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_was_lost_leaves_the_object_and_its_nonce() {
    let (inner, store) = faulty([
        Rule::new(Call::Put, Fault::AnswerLost).nth(1),
        Rule::new(Call::Put, Fault::RequestLost).nth(2),
        Rule::new(Call::Complete, Fault::AnswerLost),
    ]);
    let options = options();
    let put = store.put(&key("answer"), "x".into(), &options).await;
    assert!(matches!(put, Err(Publish::Unknown(_))), "{put:?}");
    assert_eq!(
        store.head(&key("answer")).await.unwrap().nonce,
        Some(options.nonce)
    );

    let put = store.put(&key("request"), "x".into(), &options).await;
    assert!(matches!(put, Err(Publish::Unknown(_))), "{put:?}");
    assert!(matches!(
        store.head(&key("request")).await,
        Err(Error::NotFound { .. })
    ));

    let mut upload = store.upload(&key("upload"), &options).await.unwrap();
    let completed = upload.complete().await;
    assert!(
        matches!(completed, Err(Publish::Unknown(_))),
        "{completed:?}"
    );
    assert_eq!(listed(&inner).await, ["answer", "upload"]);
}

#[tokio::test]
async fn a_refused_completion_publishes_nothing() {
    let (inner, store) = faulty([Rule::new(Call::Complete, Fault::AccessDenied)]);
    let mut upload = store.upload(&key("object"), &options()).await.unwrap();
    let completed = upload.complete().await;
    assert!(
        matches!(
            completed,
            Err(Publish::Rejected(Error::AccessDenied { .. }))
        ),
        "{completed:?}"
    );
    assert!(listed(&inner).await.is_empty());
}

#[tokio::test]
async fn a_listing_breaks_after_some_objects() {
    let (inner, store) = faulty([Rule::new(Call::List, Fault::Break(2)).nth(1)]);
    for name in ["a", "b", "c"] {
        put(&inner, name, "x").await;
    }
    let mut seen = 0;
    let broken = store.list("").try_for_each(|_| {
        seen += 1;
        std::future::ready(Ok(()))
    });
    assert!(matches!(broken.await, Err(Error::Unavailable { .. })));
    assert_eq!(seen, 2);
    assert_eq!(listed(&store).await.len(), 3);
}

#[tokio::test]
async fn a_late_call_is_done_late() {
    let delay = Duration::from_millis(50);
    let (_, store) =
        faulty([Call::Put, Call::List].map(|call| Rule::new(call, Fault::Late(delay))));
    let started = Instant::now();
    put(&store, "object", "x").await;
    assert_eq!(listed(&store).await, ["object"]);
    assert!(started.elapsed() >= 2 * delay);
}

use std::sync::Arc;

use prose_backup_storage::faulty::Faulty;
use prose_backup_storage::{MemoryStore, conformance};

use crate::support::{names, open};

#[tokio::test]
async fn memory_conforms() {
    conformance::run(&MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_conforms_and_is_left_empty() {
    let directory = tempfile::tempdir().unwrap();
    conformance::run(&open(directory.path())).await;
    assert!(names(directory.path()).is_empty());
}

#[tokio::test]
async fn a_faulty_store_without_faults_conforms() {
    conformance::run(&Faulty::new(Arc::new(MemoryStore::new()), [])).await;
}

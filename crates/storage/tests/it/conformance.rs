use prose_backup_storage::{FsOptions, FsStore, MemoryStore, conformance};

#[tokio::test]
async fn memory_conforms() {
    conformance::run(&MemoryStore::new()).await;
}

#[tokio::test]
async fn a_directory_conforms_and_is_left_empty() {
    let directory = tempfile::tempdir().unwrap();
    let store = FsStore::open(directory.path(), FsOptions::default()).unwrap();
    conformance::run(&store).await;
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

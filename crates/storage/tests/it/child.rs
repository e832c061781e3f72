//! What runs in child processes: this same program, started again with a task in its environment.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use prose_backup_storage::pipe::upload_pipe;
use prose_backup_storage::{Error, FsStore, ObjectStore, Publish};

use crate::support::{key, listed, names, open, options, pattern};

const TASK: &str = "STORAGE_TEST_TASK";
const DIRECTORY: &str = "STORAGE_TEST_DIRECTORY";
const ENTRY: &str = "child::entry";

/// Starts a task in a directory. With `prepare`, a shell in a mount namespace of its own runs that
/// first, with the directory as `$1`.
pub(crate) fn command(task: &str, directory: &Path, prepare: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match prepare {
        None => Command::new(program),
        Some(script) => {
            let mut unshare = Command::new("unshare");
            // Only root may have a mount namespace without a user namespace.
            unshare.arg(if is_root() { "-m" } else { "-rm" });
            unshare
                .args(["sh", "-ec", &format!("{script}; shift; exec \"$@\""), "sh"])
                .arg(directory)
                .arg(program);
            unshare
        }
    };
    command
        .args(["--exact", ENTRY, "--nocapture"])
        .env(TASK, task)
        .env(DIRECTORY, directory);
    command
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&Path::new("/proc/self").metadata().unwrap()) == 0
}

/// A task that is running, and speaks in lines.
pub(crate) struct Running {
    pub(crate) child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

pub(crate) fn start(mut command: Command) -> Running {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    Running {
        child,
        input,
        output,
    }
}

impl Running {
    /// Waits until the task says that it is ready.
    pub(crate) fn ready(&mut self) {
        let said = self.lines().any(|line| line == "ready");
        assert!(said, "the child ended before it was ready");
    }

    pub(crate) fn go(&mut self) {
        self.input.write_all(b"go\n").unwrap();
    }

    pub(crate) fn lines(&mut self) -> impl Iterator<Item = String> {
        (&mut self.output).lines().map(Result::unwrap)
    }
}

/// Runs a task to its end, which must be a good one.
pub(crate) fn run(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{said}\n{complained}",
        output.status
    );
    assert!(said.contains("did it"), "the task did not run: {said}");
}

/// Where a child process begins; without a task there is nothing to do.
#[test]
fn entry() {
    let Some(task) = std::env::var_os(TASK) else {
        return;
    };
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let store = open(&directory);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match task.to_str().unwrap() {
        "fill" => runtime.block_on(fill(&store, &directory)),
        "hang" => runtime.block_on(hang(&store)),
        "publish" => runtime.block_on(publish(&store)),
        "race" => runtime.block_on(race(&store)),
        "read-only" => runtime.block_on(read_only(&store)),
        "denied" => runtime.block_on(denied(&store)),
        other => panic!("no such task: {other}"),
    }
    println!("did it");
}

/// On a file system of 4 MiB: neither way to fail leaves anything, and the space comes back.
async fn fill(store: &FsStore, directory: &Path) {
    for is_dropped in [false, true] {
        let (mut writer, upload) = upload_pipe(1 << 20);
        let producer = tokio::task::spawn_blocking(move || {
            std::io::copy(&mut std::io::repeat(7), &mut writer)
        });
        let mut target = store.upload(&key("object"), &options()).await.unwrap();
        let driven = upload.drive(target.as_mut(), 2).await;
        assert!(matches!(driven, Err(Error::Full { .. })), "{driven:?}");
        assert_eq!(
            producer.await.unwrap().unwrap_err().kind(),
            std::io::ErrorKind::BrokenPipe
        );
        if is_dropped {
            drop(target);
        } else {
            target.abort().await.unwrap();
        }
        assert!(names(directory).is_empty(), "{:?}", names(directory));
    }
    let put = store
        .put(&key("object"), pattern(8 << 20), &options())
        .await;
    assert!(
        matches!(put, Err(Publish::Rejected(Error::Full { .. }))),
        "{put:?}"
    );
    assert!(names(directory).is_empty(), "{:?}", names(directory));

    store
        .put(&key("object"), pattern(2 << 20), &options())
        .await
        .unwrap();
    assert_eq!(listed(store).await, ["object"]);
}

/// Has an upload open until it is killed.
async fn hang(store: &FsStore) {
    let mut upload = store.upload(&key("object"), &options()).await.unwrap();
    for _ in 0..4 {
        upload.put_part(pattern(1 << 20)).await.unwrap();
    }
    println!("ready");
    std::future::pending::<()>().await;
}

/// Publishes objects until it is killed.
async fn publish(store: &FsStore) {
    println!("ready");
    for n in 0.. {
        let mut upload = store
            .upload(&key(&format!("object-{n}")), &options())
            .await
            .unwrap();
        for _ in 0..3 {
            upload.put_part(pattern(100_000)).await.unwrap();
        }
        upload.complete().await.unwrap();
    }
}

/// Tries to be the first to publish each of a hundred objects, and says which ones it was.
async fn race(store: &FsStore) {
    println!("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let body = std::process::id().to_string();
    for n in 0..100 {
        match store
            .put(&key(&n.to_string()), body.clone().into(), &options())
            .await
        {
            Ok(_) => println!("won {n}"),
            Err(Publish::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn read_only(store: &FsStore) {
    let upload = store.upload(&key("object"), &options()).await;
    assert!(matches!(upload, Err(Error::AccessDenied { .. })));
    let deleted = store.delete(&key("there")).await;
    assert!(
        matches!(deleted, Err(Error::AccessDenied { .. })),
        "{deleted:?}"
    );
    assert_eq!(listed(store).await, ["there"]);
}

/// In a directory that may be listed and not written to, with an object that may not be read.
async fn denied(store: &FsStore) {
    let object = key("object");
    let got = store.get(&object, None, None).await;
    assert!(matches!(got, Err(Error::AccessDenied { .. })), "{got:?}");
    assert!(store.head(&object).await.is_ok());
    assert!(matches!(
        store.upload(&key("new"), &options()).await,
        Err(Error::AccessDenied { .. })
    ));
    let deleted = store.delete(&object).await;
    assert!(
        matches!(deleted, Err(Error::AccessDenied { .. })),
        "{deleted:?}"
    );
    assert_eq!(listed(store).await, ["object"]);
}

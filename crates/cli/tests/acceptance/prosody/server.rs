//! A Prosody of our own, on loopback and in a directory of its own.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{is_root, scratch::Scratch, succeed};

/// How the server keeps its data; uploaded files are files in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// In files of its own format.
    Internal,
    /// In an `SQLite` database.
    Sql,
}

/// Where the server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    clients: u16,
    uploads: u16,
}

impl Ports {
    /// Two that nobody uses now, and that the system gives to no connection as its own end.
    pub(crate) fn free() -> Self {
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        // Others who look for ports at the same time begin elsewhere.
        let begin = 20_000 + u16::try_from(process::id() % 5_000).unwrap() * 2;
        let mut pairs = (begin..32_000).step_by(2).map(|port| (port, port + 1));
        let pair = pairs.find(|&(clients, uploads)| is_free(clients) && is_free(uploads));
        let (clients, uploads) = pair.expect("a free port");
        Self { clients, uploads }
    }
}

/// Writes the configuration and certificate of a Pod's server into `prosody-config`, and makes
/// `prosody-data` with accounts, whose passwords are their names. Nothing depends on where it lies.
pub(crate) fn install(pod: &Path, storage: Storage, ports: Ports, users: &[&str]) {
    let config = pod.join("prosody-config");
    fs::create_dir_all(config.join("certs")).unwrap();
    fs::create_dir(pod.join("prosody-data")).unwrap();
    let storage = match storage {
        Storage::Internal => "internal",
        Storage::Sql => "sql",
    };
    let text = include_str!("prosody.cfg.lua")
        .replace("@STORAGE@", storage)
        .replace("@CLIENTS@", &ports.clients.to_string())
        .replace("@UPLOADS@", &ports.uploads.to_string());
    fs::write(config.join("prosody.cfg.lua"), text).unwrap();
    fs::write(pod.join("prosody-config/port"), ports.clients.to_string()).unwrap();
    let names = "subjectAltName=DNS:localhost,DNS:upload.localhost,DNS:rooms.localhost";
    succeed(
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-subj", "/CN=localhost", "-addext", names])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(config.join("certs")),
    );
    give_to_prosody(pod);
    // While no server runs, which would share a database with this.
    let run = Scratch::shared();
    for user in users {
        let mut register = command("prosodyctl", pod, &run.path("."));
        succeed(register.args(["register", user, "localhost", user]));
    }
}

/// A running server. It is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pod: PathBuf,
    /// Its socket, its log and the like.
    run: Scratch,
    process: Child,
    port: u16,
}

impl Server {
    /// Starts a server on the configuration and the data in `pod`, and waits until it listens.
    pub(crate) fn start(pod: &Path) -> Self {
        let run = Scratch::shared();
        let directory = run.path("run");
        fs::create_dir(&directory).unwrap();
        give_to_prosody(&directory);
        let port = fs::read_to_string(pod.join("prosody-config/port")).unwrap();
        let output = File::create(run.path("output")).unwrap();
        let process = command("prosody", pod, &directory)
            .arg("-F")
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("prosody runs");
        let mut server = Self {
            pod: pod.to_owned(),
            run,
            process,
            port: port.parse().unwrap(),
        };
        server.wait_until_it_listens();
        server
    }

    /// Where clients connect.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that clients trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.pod.join("prosody-config/certs/cert.pem")
    }

    /// Stops the server as a service manager does, so that all is on disk.
    pub(crate) fn stop(mut self) {
        let process = Pid::from_child(&self.process);
        kill_process(process, Signal::TERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.process.try_wait().unwrap().is_none() {
            assert!(
                Instant::now() < deadline,
                "prosody does not stop: {}",
                self.output()
            );
            sleep(Duration::from_millis(20));
        }
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let is_running = self.process.try_wait().unwrap().is_none();
            assert!(is_running, "prosody ended: {}", self.output());
            assert!(
                Instant::now() < deadline,
                "prosody does not listen: {}",
                self.output()
            );
            sleep(Duration::from_millis(20));
        }
    }

    fn output(&self) -> String {
        ["output", "run/prosody.log"]
            .map(|file| fs::read_to_string(self.run.path(file)).unwrap_or_default())
            .concat()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program of Prosody's, with our configuration. It refuses to run as root.
fn command(program: &str, pod: &Path, run: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=prosody",
            "--regid=prosody",
            "--clear-groups",
            program,
        ]);
        command
    } else {
        Command::new(program)
    };
    command
        .arg("--config")
        .arg(pod.join("prosody-config/prosody.cfg.lua"))
        // The configuration takes its paths from these.
        .env("POD", pod)
        .env("RUN", run)
        .current_dir(run);
    command
}

fn give_to_prosody(tree: &Path) {
    if is_root() {
        succeed(
            Command::new("chown")
                .args(["-R", "prosody:prosody"])
                .arg(tree),
        );
    }
}

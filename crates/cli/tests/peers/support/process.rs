//! Processes with a time limit, and what became of them.

use std::{
    fmt,
    fs::{self, File},
    io::{Read, Seek},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Nothing here takes nearly as long, however busy the machine: whoever does has hung.
const LIMIT: Duration = Duration::from_mins(3);

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdout: File,
    stderr: File,
    line: String,
    started: Instant,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let stdout = tempfile::tempfile().unwrap();
        let stderr = tempfile::tempfile().unwrap();
        let line = format!("{command:?}");
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {line}: {error}"));
        Self {
            child,
            stdout,
            stderr,
            line,
            started: Instant::now(),
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // A process that has ended is not reaped before `wait`, so the id is still its own.
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for something that the process will bring about.
    pub(crate) fn await_moment(&mut self, moment: impl Fn() -> bool) {
        while !moment() {
            assert!(self.ended().is_none(), "ended too early: {}", self.line);
            assert!(self.started.elapsed() < LIMIT, "hangs: {}", self.line);
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Whether each of its threads stands still.
    fn is_stopped(&self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks.flatten().all(|task| {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            status.is_empty()
                || ["\nState:\tT", "\nState:\tZ"]
                    .iter()
                    .any(|state| status.contains(state))
        })
    }

    /// Stops the process once `moment` has come, for as long as `act` takes.
    pub(crate) fn pause_at(&mut self, moment: impl Fn() -> bool, act: impl FnOnce()) {
        self.await_moment(moment);
        self.signal(Signal::STOP);
        while !self.is_stopped() {
            assert!(self.started.elapsed() < LIMIT, "hangs: {}", self.line);
            thread::sleep(Duration::from_micros(200));
        }
        act();
        self.signal(Signal::CONT);
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub(crate) fn wait(self) -> Run {
        self.wait_for(LIMIT)
    }

    /// Waits for the end, which must come within the limit.
    pub(crate) fn wait_for(mut self, limit: Duration) -> Run {
        loop {
            if let Some(status) = self.ended() {
                let took = self.started.elapsed();
                return Run {
                    line: std::mem::take(&mut self.line),
                    status,
                    stdout: text(&mut self.stdout),
                    stderr: text(&mut self.stderr),
                    took,
                };
            }
            assert!(self.started.elapsed() < limit, "hangs: {}", self.line);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What became of a process.
#[derive(Debug)]
pub(crate) struct Run {
    line: String,
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Running::start(command).wait()
    }

    /// The exit status as a shell says it: 128 and the signal's number, if a signal ended it.
    pub(crate) fn status(&self) -> i32 {
        match self.status.signal() {
            Some(signal) => 128 + signal,
            None => self.status.code().unwrap(),
        }
    }

    /// Whether a signal ended it, rather than itself.
    pub(crate) fn was_killed(&self) -> bool {
        self.status.signal().is_some()
    }

    /// It must have ended like this.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status(), status, "{self}");
        self
    }

    /// Its messages must say this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in: {self}");
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            status,
            stdout,
            stderr,
            ..
        } = self;
        write!(f, "{line}\n{stdout}{stderr}{status}")
    }
}

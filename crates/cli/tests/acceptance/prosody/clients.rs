//! Real XMPP clients that talk to a server and look at what it kept.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::server::Server;
use crate::support::succeed;

/// Who has an account. The last one is not online before the very end.
pub(crate) const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The clients of one server.
#[derive(Debug)]
pub(crate) struct Clients {
    python: OsString,
    port: u16,
    certificate: PathBuf,
}

impl Clients {
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            python: env::var_os("PROSE_BACKUP_PYTHON").expect(
                "PROSE_BACKUP_PYTHON names a Python that has slixmpp and aiohttp; \
                 `cargo xtask test` installs it and sets the variable",
            ),
            port: server.port(),
            certificate: server.certificate(),
        }
    }

    /// Has them write to each other, and answers what was said.
    pub(crate) fn talk(&self, messages: u64) -> Value {
        self.run(&["talk", &messages.to_string()])
    }

    /// What the server has for them: archives, rosters, profiles, the room, and those files that
    /// were uploaded.
    pub(crate) fn look(&self, said: &Value) -> Value {
        let urls = said["uploads"].as_object().unwrap().keys();
        let args: Vec<&str> = ["look"]
            .into_iter()
            .chain(urls.map(String::as_str))
            .collect();
        self.run(&args)
    }

    /// What was said to `dave` while he was away. The server gives it away and keeps none of it.
    pub(crate) fn collect_offline_messages(&self) -> Value {
        self.run(&["offline"])
    }

    fn run(&self, args: &[&str]) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/prosody/talk.py");
        let answer = succeed(
            Command::new("timeout")
                .args(["--signal=KILL", "120s"])
                .arg(&self.python)
                .arg(script)
                .arg(self.port.to_string())
                .arg(&self.certificate)
                .args(args),
        );
        serde_json::from_slice(&answer).unwrap()
    }
}

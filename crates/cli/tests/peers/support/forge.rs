//! What somebody who can write to the store can make there, with and without a key.

use std::fs;

use super::{Place, keys::sq_shell, shell};

/// Signed as this program signs it; `NAME` is the backup's name.
pub(crate) const BOUND: &str = "--signature-notation backup-name@prose.org NAME";

/// A time long ago, in names that the tests choose.
pub(crate) const LONG_AGO: &str = "2026-01-02T03:04:05Z";

impl Place {
    /// Puts bytes into the store, with a fresh digest beside them.
    pub(crate) fn plant(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.write(format!("store/{name}"), bytes);
        self.digest(name);
    }

    /// Writes the digest that fits whatever bytes are stored.
    pub(crate) fn digest(&self, name: &str) {
        shell(
            &self.path("store"),
            &format!("b3sum {name} > {name}.blake3"),
        );
    }

    /// Signs whatever bytes are stored, with a key in this directory and options of `sq sign`.
    pub(crate) fn sign(&self, key: &str, name: &str, options: &str) {
        self.remove(&format!("{name}.sig"));
        let options = options.replace("NAME", name);
        sq_shell(
            self,
            &format!(
                "$sq sign --signer-file {key} {options} \
                 --signature-file store/{name}.sig store/{name}"
            ),
        );
    }

    /// Removes an object, if it is there.
    pub(crate) fn remove(&self, object: &str) {
        let path = self.path("store").join(object);
        if let Err(error) = fs::remove_file(&path) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
    }

    /// Gives an object another name.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let store = self.path("store");
        fs::copy(store.join(from), store.join(to)).unwrap();
    }

    /// The bytes of an object.
    pub(crate) fn object(&self, name: &str) -> Vec<u8> {
        self.read(format!("store/{name}"))
    }

    /// What the tool of others makes of bytes: their path in this directory is `in`.
    pub(crate) fn through(&self, bytes: impl AsRef<[u8]>, filter: &str) -> Vec<u8> {
        self.write("in", bytes);
        sq_shell(self, &format!("{filter} > out-of-filter"));
        let bytes = self.read("out-of-filter");
        fs::remove_file(self.path("in")).unwrap();
        fs::remove_file(self.path("out-of-filter")).unwrap();
        bytes
    }
}

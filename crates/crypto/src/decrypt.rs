//! Decrypting a stream.

use std::io::{self, Chain, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use openpgp::crypto::SessionKey;
use openpgp::packet::{PKESK, SKESK};
use openpgp::parse::stream::{
    DecryptionHelper, Decryptor, DecryptorBuilder, MessageLayer, MessageStructure,
    VerificationHelper,
};
use openpgp::parse::{PacketParser, Parse};
use openpgp::policy::StandardPolicy;
use openpgp::types::SymmetricAlgorithm;
use openpgp::{Cert, KeyHandle};
use sequoia_openpgp as openpgp;

use crate::error::reason;
use crate::head::{self, HEAD_BYTES, Head};
use crate::structure::Structure;
use crate::{Error, Keyring, Result};

/// How much plaintext the library holds back. Its default of 25 MiB costs ~170 MiB of memory, and
/// reads above this size would make its buffer grow without bound.
const BUFFER: usize = 1024 * 1024;

/// Runs `body` on the plaintext of the one encrypted message in `src`.
///
/// Plaintext is handed out **before** the message is known to be genuine, since it need not fit
/// into memory: what `body` makes of it **must** not take effect before this function returned
/// `Ok`. By then what `body` left unread has been read too, the message was complete and authentic
/// to its end, and nothing followed it.
///
/// The message must be binary, and have the one structure that [`encrypt`](crate::encrypt) writes;
/// anything else is refused before its content is processed. Any key at hand decrypts, whatever its
/// expiry or revocation.
///
/// # Errors
///
/// What is wrong with the message, its keys or `src`, even if `body` failed as well (it saw that
/// failure as a read error); else the error of `body`.
pub fn decrypt<T, E: From<Error>>(
    keys: &Keyring,
    src: impl Read + Send + Sync,
    body: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, E>,
) -> Result<T, E> {
    let policy = StandardPolicy::new();
    let mut plaintext = Plaintext::open(keys, src, &policy)?;
    let result = body(&mut plaintext);
    if result.is_ok() {
        // A failure is kept in `plaintext`, and the text of the error that comes out here is not.
        let _ = io::copy(&mut plaintext, &mut io::sink());
    }
    plaintext.conclude()?;
    result
}

/// The first failure, wherever in the stack it came up: the library would wrap or replace it on
/// the way.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    fn set(&self, error: Error) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(error);
        }
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps `error` and gives the library something in its place.
    fn refuse<T>(&self, error: Error) -> openpgp::Result<T> {
        let stand_in = openpgp::Error::InvalidOperation(error.to_string());
        self.set(error);
        Err(stand_in.into())
    }
}

/// The source, which keeps its own errors out of the library.
struct Source<R> {
    inner: R,
    failure: Failure,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let stand_in = io::Error::new(error.kind(), error.to_string());
                    self.failure.set(Error::Read(error));
                    return Err(stand_in);
                }
                Ok(n) => return Ok(n),
            }
        }
    }
}

/// The plaintext; after a failure or the end, the library is not touched again, since it would
/// panic.
struct Plaintext<'a> {
    state: State<'a>,
    failure: Failure,
}

enum State<'a> {
    Open(Box<Decryptor<'a, Helper<'a>>>),
    Complete,
    Failed(Error),
}

impl<'a> Plaintext<'a> {
    fn open(
        keys: &'a Keyring,
        src: impl Read + Send + Sync + 'a,
        policy: &'a StandardPolicy<'a>,
    ) -> Result<Self> {
        let failure = Failure::default();
        let mut source = Source {
            inner: src,
            failure: failure.clone(),
        };
        let bytes = read_head(&mut source).map_err(|error| explain(&failure, &error.into()))?;
        let head = head::parse(&bytes)?;
        if !head.is_long_enough() {
            return Err(Error::Truncated);
        }
        let whole: Chain<Cursor<Vec<u8>>, Source<_>> = Cursor::new(bytes).chain(source);
        let helper = Helper {
            keys,
            head,
            structure: Structure::default(),
            failure: failure.clone(),
        };
        let decryptor = DecryptorBuilder::from_reader(whole)
            .and_then(|builder| {
                builder
                    .buffer_size(BUFFER)
                    .with_policy(policy, None, helper)
            })
            .map_err(|error| explain(&failure, &error))?;
        Ok(Self {
            state: State::Open(Box::new(decryptor)),
            failure,
        })
    }

    /// Says whether the message was read to its end and is genuine.
    fn conclude(self) -> Result<()> {
        match self.state {
            State::Failed(error) => Err(error),
            // The body failed by itself before the end.
            State::Open(_) | State::Complete => Ok(()),
        }
    }

    fn fail(&mut self, error: Error) -> io::Error {
        let seen = io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        self.state = State::Failed(error);
        seen
    }
}

impl Read for Plaintext<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let decryptor = match &mut self.state {
            State::Open(decryptor) => decryptor,
            State::Complete => return Ok(0),
            State::Failed(error) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    error.to_string(),
                ));
            }
        };
        let at_most = buf.len().min(BUFFER);
        match decryptor.read(&mut buf[..at_most]) {
            Ok(0) if at_most > 0 => {
                if !decryptor.message_processed() {
                    return Err(self.fail(Error::Truncated));
                }
                self.state = State::Complete;
                Ok(0)
            }
            Ok(n) => Ok(n),
            Err(error) => {
                let error = explain(&self.failure, &error.into());
                Err(self.fail(error))
            }
        }
    }
}

/// Reads up to [`HEAD_BYTES`].
fn read_head(source: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// What we know about a failure: our own error if one is at the bottom of it, else the library's.
fn explain(failure: &Failure, error: &openpgp::anyhow::Error) -> Error {
    if let Some(own) = failure.take() {
        return own;
    }
    let io_kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    if io_kind == Some(io::ErrorKind::UnexpectedEof) {
        return Error::Truncated;
    }
    let reason = reason(error);
    match error.downcast_ref::<openpgp::Error>() {
        Some(
            openpgp::Error::PolicyViolation(..)
            | openpgp::Error::UnsupportedSymmetricAlgorithm(_)
            | openpgp::Error::UnsupportedAEADAlgorithm(_),
        ) => Error::Unsupported { reason },
        _ if is_integrity(&reason) => Error::Damaged {
            reason: "its integrity check fails".into(),
        },
        _ => Error::Damaged { reason },
    }
}

/// The failed checks of both formats; by text, since the library's reader passes its errors on
/// without their type, and since authenticated decryption fails with an error of OpenSSL.
fn is_integrity(reason: &str) -> bool {
    reason == openpgp::Error::ManipulatedMessage.to_string() || reason.starts_with("OpenSSL ")
}

/// Our answers to the library's questions.
struct Helper<'a> {
    keys: &'a Keyring,
    head: Head,
    structure: Structure,
    failure: Failure,
}

impl VerificationHelper for Helper<'_> {
    fn inspect(&mut self, parser: &PacketParser<'_>) -> openpgp::Result<()> {
        self.structure
            .admit(&parser.packet, parser.recursion_depth())
            .or_else(|error| self.failure.refuse(error))
    }

    fn get_certs(&mut self, _: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
        Ok(Vec::new())
    }

    /// The last word on the structure, by the library's own account of it.
    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        let layers: Vec<_> = structure.into_iter().collect();
        match layers.as_slice() {
            [MessageLayer::Encryption { .. }] => Ok(()),
            _ => self.failure.refuse(Error::Structure {
                found: "other layers".into(),
                is_common: false,
            }),
        }
    }
}

impl DecryptionHelper for Helper<'_> {
    fn decrypt(
        &mut self,
        _: &[PKESK],
        _: &[SKESK],
        cipher: Option<SymmetricAlgorithm>,
        admit: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> openpgp::Result<Option<Cert>> {
        match self.keys.open_session(&self.head, cipher, admit) {
            Ok(()) => Ok(None),
            Err(error) => self.failure.refuse(error),
        }
    }
}

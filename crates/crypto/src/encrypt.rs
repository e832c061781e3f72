//! Encrypting a stream.

use std::io::{self, Write};

use openpgp::serialize::stream::{Encryptor, LiteralWriter, Message};
use openpgp::types::{AEADAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp as openpgp;

use crate::error::reason;
use crate::{Error, Recipients};

/// What a layer writes to.
pub type Sink<'a> = &'a mut (dyn Write + Send + Sync);

/// Runs `body` and writes what it writes, encrypted, to `sink`: one encrypted-data packet with one
/// literal-data packet in it, binary, without file name and date, neither compressed nor armored.
///
/// The packet is of version 2 (AES-256 in OCB mode) if all recipients advertise it, else of
/// version 1 (AES-256 with MDC), which GnuPG 2.2 reads. The message becomes complete only when
/// `body` returned `Ok`; otherwise what reached the sink never decrypts.
///
/// # Errors
///
/// The error of `body`, whatever else failed; else [`Error::Write`] if the sink failed, or
/// [`Error::Encrypt`].
pub fn encrypt<T, E: From<Error>>(
    to: &Recipients,
    sink: Sink<'_>,
    body: impl FnOnce(Sink<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut literal = open(to, sink).map_err(failed)?;
    let result = body(&mut literal)?;
    literal.finalize().map_err(failed)?;
    Ok(result)
}

fn open<'a>(to: &'a Recipients, sink: Sink<'a>) -> openpgp::Result<Message<'a>> {
    let encryptor = Encryptor::for_recipients(Message::from(sink), to.for_writer())
        .symmetric_algo(SymmetricAlgorithm::AES256);
    let encryptor = if to.is_aead() {
        encryptor.aead_algo(AEADAlgorithm::OCB)
    } else {
        encryptor
    };
    LiteralWriter::new(encryptor.build()?).build()
}

fn failed(error: openpgp::anyhow::Error) -> Error {
    match error.downcast::<io::Error>() {
        Ok(error) => Error::Write(error),
        Err(error) => Error::Encrypt {
            reason: reason(&error),
        },
    }
}

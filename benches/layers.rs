//! The throughput of each layer alone, in bytes of what it hashes, compresses or restores.

// A bench that fails has to stop, and its helpers are no `#[test]`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    hint::black_box,
    io::{self, Write},
    num::NonZeroU32,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prose_backup_benches::sample;
use prose_backup_checksum::Hasher;
use prose_backup_codec::{Compression, Error, Limits, decode, encode};
use prose_backup_naming::{self as naming, DigestAlgorithm};

/// Enough for several zstd jobs per worker.
const LENGTH: usize = 64 << 20;
/// What the layers hand to each other.
const PIECE: usize = 128 << 10;

criterion_group!(layers, checksum, codec);
criterion_main!(layers);

fn checksum(c: &mut Criterion) {
    let content = sample(LENGTH);
    let mut group = c.benchmark_group("checksum");
    group.throughput(Throughput::Bytes(LENGTH as u64));
    group.sample_size(20);
    for algorithm in [DigestAlgorithm::Blake3, DigestAlgorithm::Sha256] {
        group.bench_function(algorithm.to_string(), |b| {
            b.iter(|| {
                let mut hasher = Hasher::new(algorithm).unwrap();
                for piece in content.chunks(PIECE) {
                    hasher.update(piece);
                }
                hasher.finalize()
            });
        });
    }
}

fn codec(c: &mut Criterion) {
    let content = sample(LENGTH);
    let mut group = c.benchmark_group("codec");
    group.throughput(Throughput::Bytes(LENGTH as u64));
    group.sample_size(10);
    for workers in [1, 2] {
        let compression = Compression::Zstd {
            level: 3,
            workers: NonZeroU32::new(workers).unwrap(),
        };
        // Headers of an archive come as they are, 512 bytes at a time.
        for piece in [512, PIECE] {
            group.bench_function(
                format!("encode, level 3, {workers} workers, writes of {piece} bytes"),
                |b| {
                    b.iter(|| compress(compression, &content, piece, &mut io::sink()));
                },
            );
        }
    }

    let mut stored = Vec::new();
    let level_3 = Compression::Zstd {
        level: 3,
        workers: NonZeroU32::MIN,
    };
    compress(level_3, &content, PIECE, &mut stored);
    group.bench_function("decode", |b| {
        let mut buffer = vec![0; PIECE];
        b.iter(|| decompress(&stored, &mut buffer));
    });
}

fn compress(
    compression: Compression,
    content: &[u8],
    piece: usize,
    sink: &mut (dyn Write + Send + Sync),
) {
    encode(&compression, sink, |sink| {
        for piece in content.chunks(piece) {
            sink.write_all(piece).unwrap();
        }
        Ok::<_, Error>(())
    })
    .unwrap();
}

fn decompress(stored: &[u8], buffer: &mut [u8]) {
    let limits = Limits::new(LENGTH as u64);
    decode(
        naming::Compression::Zstd,
        &limits,
        &mut { stored },
        |source| {
            while source.read(buffer).unwrap() > 0 {
                black_box(&mut *buffer);
            }
            Ok::<_, Error>(())
        },
    )
    .unwrap();
}

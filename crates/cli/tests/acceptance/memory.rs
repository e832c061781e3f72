//! Memory is bounded, whatever there is to back up.
//!
//! What counts is the largest amount that the process ever had, as the kernel kept account of it,
//! the program's own code included.

use std::{
    fs::{self, File},
    io::BufWriter,
    os::unix::fs::FileExt,
    path::Path,
};

use crate::support::{
    GIB, MIB, SCALE,
    content::{Content, Random},
    program::{Peak, Program, Settings},
    scratch::{Scratch, remove},
    turn,
};

const LIMIT: Peak = Peak(128 * 1024);

#[test]
fn a_hundred_mebibytes_take_less_than_128_mebibytes_of_memory() {
    let files = Files {
        count: 10,
        length: 10 * MIB,
        dense: 1,
    };
    measure("100 MiB", &Scratch::large(), |source| files.write(source));
}

/// Ten files of a gibibyte: one of them dense and incompressible, so that no layer ever waits for
/// the one before it, and every buffer on the way is full; of the others all but the beginning is
/// holes, so that the disk need not be so large. What memory depends on is what is on its way, and
/// a gibibyte is many times that.
#[test]
fn ten_gibibytes_take_less_than_128_mebibytes_of_memory() {
    let files = Files {
        count: 10,
        length: 1024 * MIB / u64::from(SCALE),
        dense: 1,
    };
    measure("10 GiB", &Scratch::large(), |source| files.write(source));
}

/// All in one directory, whose names all have to be in memory at once in order to be sorted.
#[test]
fn a_million_files_take_less_than_128_mebibytes_of_memory() {
    let count = 1_000_000 / SCALE;
    let scratch = Scratch::quick(2 * GIB, 2 * u64::from(count));
    let entries = measure("a million files", &scratch, |source| {
        for number in 0..count {
            let name = format!("correspondent%2e{number:07}%40conference%2eexample%2eorg.dat");
            File::create_new(source.join(name)).unwrap();
        }
    });
    assert_eq!(entries, u64::from(count) + 1);
}

/// Files of data.
struct Files {
    count: u64,
    /// Of each.
    length: u64,
    /// How many are full of bytes that do not compress. The others begin with text.
    dense: u64,
}

impl Files {
    fn write(&self, directory: &Path) {
        let mut random = Random::new(11);
        for number in 0..self.count {
            let mut file = File::create_new(directory.join(format!("file {number}"))).unwrap();
            let (content, length) = if number < self.dense {
                (Content::Incompressible, self.length)
            } else {
                (Content::Text, self.length.min(32 * MIB))
            };
            content
                .write(
                    length,
                    &mut random,
                    &mut BufWriter::with_capacity(1 << 20, &mut file),
                )
                .unwrap();
            file.set_len(self.length).unwrap();
            file.write_all_at(b"end", self.length - 3).unwrap();
        }
    }
}

/// Makes a tree, backs it up and restores it; answers how many entries it had.
fn measure(what: &str, scratch: &Scratch, make: impl FnOnce(&Path)) -> u64 {
    let _turn = turn();
    let source = scratch.path("source");
    fs::create_dir(&source).unwrap();
    make(&source);

    let program = Program::new(scratch.path("place"));
    program.configure(Settings::FULL);
    let created = program.create("memory", &[("source", &source)]);
    remove(&source);
    let name = created.name();
    let restored = program.restore(&name, &scratch.path("restored"));
    println!(
        "{what}: create {:.1?} {}, restore {:.1?} {}",
        created.elapsed, created.peak, restored.elapsed, restored.peak
    );
    assert!(
        created.peak < LIMIT,
        "create had {} of memory",
        created.peak
    );
    assert!(
        restored.peak < LIMIT,
        "restore had {} of memory",
        restored.peak
    );
    restored.answer()["entries"].as_u64().unwrap()
}

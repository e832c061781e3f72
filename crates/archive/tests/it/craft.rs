//! Archives made by hand, good ones and hostile ones.
//!
//! This is a second implementation of `docs/format.md`, made from that description alone.

/// An entry to be written. Fields are what the header will say, however wrong.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The path without a directory's slash at the end.
    pub(crate) path: Vec<u8>,
    pub(crate) typeflag: u8,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) mtime: (i64, u32),
    pub(crate) target: Vec<u8>,
    /// Names without characters that need an escape, and values.
    pub(crate) xattrs: Vec<(&'static str, Vec<u8>)>,
    pub(crate) content: Vec<u8>,
}

impl Item {
    pub(crate) fn new(typeflag: u8, path: impl AsRef<[u8]>) -> Self {
        Self {
            path: path.as_ref().to_vec(),
            typeflag,
            mode: 0o755,
            owner: (0, 0),
            mtime: (1_700_000_000, 0),
            target: Vec::new(),
            xattrs: Vec::new(),
            content: Vec::new(),
        }
    }

    pub(crate) fn directory(path: impl AsRef<[u8]>) -> Self {
        Self::new(b'5', path)
    }

    pub(crate) fn file(path: impl AsRef<[u8]>, content: &str) -> Self {
        Self {
            content: content.into(),
            ..Self::new(b'0', path)
        }
    }

    pub(crate) fn symlink(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self {
            mode: 0o777,
            target: target.as_ref().to_vec(),
            ..Self::new(b'2', path)
        }
    }

    pub(crate) fn hard_link(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self {
            target: target.as_ref().to_vec(),
            ..Self::new(b'1', path)
        }
    }

    /// The header block. Names must fit; of a time only the seconds are said.
    pub(crate) fn header(&self) -> [u8; 512] {
        let mut name = self.path.clone();
        if self.typeflag == b'5' {
            name.push(b'/');
        }
        header(&Fields {
            name: &name,
            typeflag: self.typeflag,
            mode: self.mode,
            owner: self.owner,
            size: self.content.len(),
            mtime: self.mtime.0,
            target: &self.target,
        })
    }

    /// All blocks, with an extended header for a time with a fraction and for attributes.
    pub(crate) fn blocks(&self) -> Vec<u8> {
        let time = format!("{}.{:09}", self.mtime.0, self.mtime.1);
        let mut records: Vec<(Vec<u8>, &[u8])> = Vec::new();
        if self.mtime.1 != 0 {
            let time = time.trim_end_matches('0');
            records.push((b"mtime".to_vec(), time.as_bytes()));
        }
        for (name, value) in &self.xattrs {
            records.push((format!("SCHILY.xattr.{name}").into_bytes(), value));
        }
        let records: Vec<(&[u8], &[u8])> = records.iter().map(|(k, v)| (&k[..], *v)).collect();
        let mut bytes = Vec::new();
        if !records.is_empty() {
            bytes = extended(&records);
        }
        bytes.extend_from_slice(&self.header());
        bytes.extend_from_slice(&padded(&self.content));
        bytes
    }

    /// The canonical record.
    pub(crate) fn record(&self) -> Vec<u8> {
        let mut record = vec![self.typeflag];
        let put_text = |record: &mut Vec<u8>, text: &[u8]| {
            record.extend_from_slice(&(text.len() as u64).to_le_bytes());
            record.extend_from_slice(text);
        };
        put_text(&mut record, &self.path);
        record.extend_from_slice(&self.mode.to_le_bytes());
        record.extend_from_slice(&self.owner.0.to_le_bytes());
        record.extend_from_slice(&self.owner.1.to_le_bytes());
        record.extend_from_slice(&self.mtime.0.to_le_bytes());
        record.extend_from_slice(&self.mtime.1.to_le_bytes());
        record.extend_from_slice(&(self.content.len() as u64).to_le_bytes());
        put_text(&mut record, &self.target);
        record.extend_from_slice(&(self.xattrs.len() as u64).to_le_bytes());
        for (name, value) in &self.xattrs {
            put_text(&mut record, name.as_bytes());
            put_text(&mut record, value);
        }
        if self.typeflag == b'0' {
            record.extend_from_slice(blake3::hash(&self.content).as_bytes());
        }
        record
    }
}

struct Fields<'a> {
    name: &'a [u8],
    typeflag: u8,
    mode: u32,
    owner: (u32, u32),
    size: usize,
    mtime: i64,
    target: &'a [u8],
}

fn header(fields: &Fields<'_>) -> [u8; 512] {
    let mut block = [0; 512];
    let mut put = |offset: usize, bytes: &[u8]| {
        block[offset..offset + bytes.len()].copy_from_slice(bytes);
    };
    put(0, fields.name);
    put(100, format!("{:07o}\0", fields.mode).as_bytes());
    put(108, format!("{:07o}\0", fields.owner.0).as_bytes());
    put(116, format!("{:07o}\0", fields.owner.1).as_bytes());
    put(124, format!("{:011o}\0", fields.size).as_bytes());
    put(136, format!("{:011o}\0", fields.mtime).as_bytes());
    put(156, &[fields.typeflag]);
    put(157, fields.target);
    put(257, b"ustar\x0000");
    put(329, b"0000000\x000000000\0");
    seal(&mut block);
    block
}

/// Writes the checksum of a header, after something in it was changed.
pub(crate) fn seal(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// An extended header of these records.
pub(crate) fn extended(records: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest;
        while length.to_string().len() + rest != length {
            length += 1;
        }
        body.extend_from_slice(format!("{length} ").as_bytes());
        body.extend_from_slice(key);
        body.push(b'=');
        body.extend_from_slice(value);
        body.push(b'\n');
    }
    let mut bytes = header(&Fields {
        name: b"PaxHeader",
        typeflag: b'x',
        mode: 0o600,
        owner: (0, 0),
        size: body.len(),
        mtime: 0,
        target: b"",
    })
    .to_vec();
    bytes.extend_from_slice(&padded(&body));
    bytes
}

/// Content in whole blocks.
pub(crate) fn padded(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.resize(content.len().next_multiple_of(512), 0);
    bytes
}

/// An archive in the making.
#[derive(Clone)]
pub(crate) struct Craft {
    bytes: Vec<u8>,
    entries: u64,
    size: u64,
    records: Vec<u8>,
}

impl Craft {
    /// Begins with a manifest of this text.
    pub(crate) fn with_manifest(text: &str) -> Self {
        let mut craft = Self {
            bytes: Vec::new(),
            entries: 0,
            size: 0,
            records: blake3::hash(text.as_bytes()).as_bytes().to_vec(),
        };
        craft.put_record("prose-backup.json", text);
        craft
    }

    /// Begins with a manifest of these volumes and kinds.
    pub(crate) fn new(volumes: &[(&str, &str)]) -> Self {
        let volumes: Vec<String> = volumes
            .iter()
            .map(|(name, kind)| format!(r#"{{"name":"{name}","kind":"{kind}"}}"#))
            .collect();
        let volumes = volumes.join(",");
        Self::with_manifest(&format!(
            "{{\"format\":1,\"blueprint\":1,\"volumes\":[{volumes}]}}\n"
        ))
    }

    /// One directory `v`, whose root is there.
    pub(crate) fn directory() -> Self {
        Self::new(&[("v", "directory")]).with(&Item::directory("v"))
    }

    /// Appends an entry, and counts it.
    pub(crate) fn with(self, item: &Item) -> Self {
        let blocks = item.blocks();
        self.with_blocks(item, &blocks)
    }

    /// Appends blocks, and counts them as an entry.
    pub(crate) fn with_blocks(self, counted: &Item, blocks: &[u8]) -> Self {
        let mut craft = self.with_raw(blocks);
        craft.entries += 1;
        craft.size += counted.content.len() as u64;
        craft.records.extend_from_slice(&counted.record());
        craft
    }

    /// Appends blocks that the end record will not count.
    pub(crate) fn with_raw(mut self, blocks: &[u8]) -> Self {
        self.bytes.extend_from_slice(blocks);
        self
    }

    /// The text of the end record.
    pub(crate) fn end_text(&self) -> String {
        let (entries, size) = (self.entries, self.size);
        let content = blake3::hash(&self.records).to_hex();
        format!("{{\"entries\":{entries},\"bytes\":{size},\"content\":\"{content}\"}}\n")
    }

    /// Appends an end record of this text, and the two zero blocks.
    pub(crate) fn end_with(mut self, text: &str) -> Vec<u8> {
        self.put_record("prose-backup-end.json", text);
        self.bytes.extend_from_slice(&[0; 1024]);
        self.bytes
    }

    /// Appends the right end record, and the two zero blocks.
    pub(crate) fn end(self) -> Vec<u8> {
        let text = self.end_text();
        self.end_with(&text)
    }

    /// What there is so far.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn put_record(&mut self, name: &str, text: &str) {
        let record = Item {
            mode: 0o600,
            mtime: (0, 0),
            ..Item::file(name, text)
        };
        self.bytes.extend_from_slice(&record.blocks());
    }
}

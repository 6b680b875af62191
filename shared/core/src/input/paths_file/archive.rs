//! One file of a zip archive of which only some parts are in memory.
//!
//! An artifact may have gigabytes. The end of the archive, its central directory and one entry are sufficient to read one file.
//! [`Archive::file`] names the next part that it needs, or returns the file.

use std::cell::Cell;
use std::io::Read as _;
use std::ops::Range;

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rawzip::{
    CompressionMethod, ErrorKind, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive,
    ZipArchiveEntryWayfinder, ZipFileHeaderRecord,
};

/// The first part that is needed: this many bytes at the end. A zip comment has at most 65,535 bytes, and the directory of
/// about a thousand files fits into the rest.
pub const TAIL_BYTES: u64 = 128 * 1_024;

/// The maximum length of the central directory in bytes: about 80,000 files.
pub const DIRECTORY_BYTES_AT_MOST: u64 = 8 * 1_024 * 1_024;

/// The maximum length of the file in bytes, compressed or not.
pub const FILE_BYTES_AT_MOST: usize = 4 * 1_024 * 1_024;

/// The maximum number of parts of one archive. Four are sufficient: the end, the directory, the entry, and the rest of an
/// entry with a long extra field.
pub const PARTS_AT_MOST: usize = 8;

/// The bytes before the data of an entry: its header has 30, its name is known, and an extra field is rarely longer.
const HEADER_BYTES: u64 = 30 + 1_024;

/// The end record (22 bytes), the longest comment, and the zip64 locator (20 bytes) before them.
const END_BYTES_AT_MOST: u64 = 22 + 65_535 + 20;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The known parts of an archive.
pub struct Archive {
    size: u64,
    parts: Vec<Part>,
}

struct Part {
    from: u64,
    bytes: Vec<u8>,
}

/// The file, or what is needed to find it.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The bytes of the file; their length and checksum are those of the directory.
    File(Vec<u8>),
    /// This part of the archive must be [added](Archive::add) first.
    Missing(Range<u64>),
}

/// Why a file cannot be read. The text completes "PathsFile …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// CodePipeline's other artifact format.
    #[error(
        "cannot be read: the artifact is a tar.gz archive; use an action whose output artifact is a zip archive, such as CodeBuild"
    )]
    TarGz,
    /// There is no end record.
    #[error("cannot be read: the artifact is not a zip archive")]
    NotZip,
    /// A record of the archive is invalid, or the data does not match its checksum.
    #[error(
        "cannot be read: the zip archive of the artifact is damaged; run the action that writes it again"
    )]
    Damaged,
    /// See [`DIRECTORY_BYTES_AT_MOST`].
    #[error(
        "cannot be read: the artifact has too many files (its directory exceeds 8 MiB); write the file to an artifact of its own"
    )]
    DirectoryTooLarge,
    /// No file has this name.
    #[error(
        "names a file that is not among the {0} files of the artifact; check its folder, and the files and base-directory of the build's artifacts section"
    )]
    NoFile(usize),
    /// Readers of zip archives disagree about which one is meant.
    #[error("names a file that the artifact contains more than once; write it once")]
    Repeated,
    /// The entry is a symbolic link.
    #[error("names a symbolic link; write a regular file")]
    Link,
    /// The entry is encrypted.
    #[error("names an encrypted file; write it without a password")]
    Encrypted,
    /// The entry is neither stored nor deflated.
    #[error(
        "names a file with an unsupported compression method; write it with deflate, as zip does by default"
    )]
    Method,
    /// See [`FILE_BYTES_AT_MOST`].
    #[error("names a file of more than 4 MiB; write wildcards, such as \"/images/*\"")]
    TooLarge,
}

/// What interrupts the reading.
enum Stop {
    Missing(Range<u64>),
    Fault(ArchiveFault),
}

impl From<ArchiveFault> for Stop {
    fn from(fault: ArchiveFault) -> Self {
        Self::Fault(fault)
    }
}

impl Archive {
    /// An archive of this length in bytes.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Self {
            size,
            parts: Vec::new(),
        }
    }

    /// Adds the bytes from this offset.
    pub fn add(&mut self, from: u64, bytes: Vec<u8>) {
        self.parts.push(Part { from, bytes });
    }

    /// The file of this name, or the part that is needed to find it.
    ///
    /// # Errors
    /// See [`ArchiveFault`].
    pub fn file(&self, name: &str) -> Result<Found, ArchiveFault> {
        match self.read(name) {
            Ok(bytes) => Ok(Found::File(bytes)),
            Err(Stop::Missing(range)) => Ok(Found::Missing(range)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Stop> {
        let known = Known {
            archive: self,
            missing: Cell::new(None),
        };
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = self.located(&known, &mut buffer)?;
        let entry = entry(&archive, name, &known, &mut buffer)?;
        let is_fit = |bytes: u64| bytes <= FILE_BYTES_AT_MOST as u64;
        if !is_fit(entry.place.compressed_size_hint())
            || !is_fit(entry.place.uncompressed_size_hint())
        {
            return Err(ArchiveFault::TooLarge.into());
        }
        content(&archive, &entry, &known)
    }

    /// The archive behind its end record. The comment of an archive may contain what looks like an end record; the search then
    /// continues before it.
    fn located<'k>(
        &self,
        known: &'k Known<'k>,
        buffer: &mut [u8],
    ) -> Result<ZipArchive<&'k Known<'k>>, Stop> {
        let mut end = self.size;
        loop {
            let locator = ZipArchive::with_max_search_space(END_BYTES_AT_MOST);
            let error = match locator.locate_in_reader(known, buffer, end) {
                Ok(archive) => return Ok(archive),
                Err((_, error)) => error,
            };
            match (error.kind(), error.eocd_offset()) {
                (ErrorKind::MissingEndOfCentralDirectory, _) if end == self.size => {
                    return Err(self.other_format());
                }
                (_, Some(before)) if known.missing.get().is_none() && before < end => end = before,
                _ => return Err(known.stop(self.size)),
            }
        }
    }

    /// The archive has no end record: what it is instead.
    fn other_format(&self) -> Stop {
        match self.part_at(0) {
            None if self.size > 0 => Stop::Missing(0..self.size.min(GZIP.len() as u64)),
            Some(part) if part.bytes.starts_with(&GZIP) => ArchiveFault::TarGz.into(),
            None | Some(_) => ArchiveFault::NotZip.into(),
        }
    }

    fn part_at(&self, offset: u64) -> Option<&Part> {
        self.parts
            .iter()
            .find(|part| (part.from..part.from + part.bytes.len() as u64).contains(&offset))
    }

    /// The range from `from`, at most to `to`, that no part contains.
    fn gap(&self, from: u64, to: u64) -> Range<u64> {
        let next = self.parts.iter().map(|part| part.from);
        let end = next.filter(|next| *next > from).min().unwrap_or(self.size);
        from..end.min(to).max(from)
    }
}

/// The known parts as a reader. An offset that is not known is an error, and is noted.
struct Known<'a> {
    archive: &'a Archive,
    missing: Cell<Option<u64>>,
}

impl ReaderAt for &Known<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        if offset >= self.archive.size || buffer.is_empty() {
            return Ok(0);
        }
        let Some(part) = self.archive.part_at(offset) else {
            self.missing.set(Some(offset));
            return Err(std::io::Error::other("not fetched yet"));
        };
        let skipped = usize::try_from(offset - part.from).unwrap_or(usize::MAX);
        let known = part.bytes.get(skipped..).unwrap_or_default();
        let count = known.len().min(buffer.len());
        buffer[..count].copy_from_slice(&known[..count]);
        Ok(count)
    }
}

impl Known<'_> {
    /// Why the reading stopped: at a gap, which is then needed up to `to`, or at invalid data.
    fn stop(&self, to: u64) -> Stop {
        let Some(from) = self.missing.get() else {
            return ArchiveFault::Damaged.into();
        };
        let gap = self.archive.gap(from, to);
        if gap.end - gap.start > DIRECTORY_BYTES_AT_MOST {
            return ArchiveFault::DirectoryTooLarge.into();
        }
        Stop::Missing(gap)
    }
}

/// The entry of the file.
struct Entry {
    place: ZipArchiveEntryWayfinder,
    offset: u64,
    method: CompressionMethod,
    crc32: u32,
}

/// The one entry of this name. Names are compared as bytes: some zippers write UTF-8 without its flag.
fn entry<R: ReaderAt>(
    archive: &ZipArchive<R>,
    name: &str,
    known: &Known<'_>,
    buffer: &mut [u8],
) -> Result<Entry, Stop> {
    let (mut found, mut files) = (None, 0_usize);
    let mut entries = archive.entries(buffer);
    loop {
        let next = entries.next_entry();
        let next = next.map_err(|_| known.stop(known.archive.size))?;
        let Some(header) = next else { break };
        let path = header.file_path();
        // bsdtar writes `./` before each name.
        let path = path.as_bytes();
        let path = path.strip_prefix(b"./").unwrap_or(path);
        if !path.ends_with(b"/") {
            files += 1;
        }
        if path == name.as_bytes() {
            if found.is_some() {
                return Err(ArchiveFault::Repeated.into());
            }
            found = Some(readable(&header)?);
        }
    }
    Ok(found.ok_or(ArchiveFault::NoFile(files))?)
}

fn readable(header: &ZipFileHeaderRecord<'_>) -> Result<Entry, ArchiveFault> {
    let method = header.compression_method();
    if header.mode().is_symlink() {
        return Err(ArchiveFault::Link);
    }
    if header.flags().is_encrypted() {
        return Err(ArchiveFault::Encrypted);
    }
    if method != CompressionMethod::STORE && method != CompressionMethod::DEFLATE {
        return Err(ArchiveFault::Method);
    }
    Ok(Entry {
        place: header.wayfinder(),
        offset: header.local_header_offset(),
        method,
        crc32: header.crc32(),
    })
}

/// The data of the entry, decompressed and verified.
fn content<R: ReaderAt>(
    archive: &ZipArchive<R>,
    entry: &Entry,
    known: &Known<'_>,
) -> Result<Vec<u8>, Stop> {
    let compressed = entry.place.compressed_size_hint();
    let stop = || {
        let from = known.missing.get().unwrap_or(entry.offset);
        known.stop(from.saturating_add(HEADER_BYTES).saturating_add(compressed))
    };
    let data = archive.get_entry(entry.place).map_err(|_| stop())?;
    let mut bytes = Vec::new();
    let read = data.reader().take(compressed).read_to_end(&mut bytes);
    read.map_err(|_| stop())?;
    let size = entry.place.uncompressed_size_hint();
    if entry.method == CompressionMethod::DEFLATE {
        bytes = decompress_to_vec_with_limit(&bytes, FILE_BYTES_AT_MOST)
            .map_err(|_| ArchiveFault::Damaged)?;
    }
    if bytes.len() as u64 != size || rawzip::crc32(&bytes) != entry.crc32 {
        return Err(ArchiveFault::Damaged.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use miniz_oxide::deflate::compress_to_vec;
    use rawzip::ZipArchiveWriter;
    use rawzip::path::EntryPath;

    use super::*;

    /// An archive of these files, stored or deflated.
    fn zip(files: &[(&str, &[u8])], method: CompressionMethod, comment: &[u8]) -> Vec<u8> {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        for (name, bytes) in files {
            let file = archive.new_file(EntryPath::verbatim(name.as_bytes().to_vec()));
            let (mut entry, _) = file.compression_method(method).start().unwrap();
            let data = match method {
                CompressionMethod::DEFLATE => compress_to_vec(bytes, 6),
                _ => bytes.to_vec(),
            };
            entry.write_all(&data).unwrap();
            let output =
                rawzip::DataDescriptorOutput::new(rawzip::crc32(bytes), bytes.len() as u64);
            entry.finish(output).unwrap();
        }
        archive.set_comment(comment);
        archive.finish().unwrap()
    }

    /// Reads a file of the archive as a caller does, and the parts that were needed.
    fn read(bytes: &[u8], name: &str) -> (Result<Vec<u8>, ArchiveFault>, Vec<Range<u64>>) {
        let size = bytes.len() as u64;
        let mut archive = Archive::new(size);
        let (mut parts, mut part) = (Vec::new(), size.saturating_sub(TAIL_BYTES)..size);
        loop {
            parts.push(part.clone());
            assert!(parts.len() <= PARTS_AT_MOST, "{parts:?}");
            let range = usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap();
            archive.add(part.start, bytes[range].to_vec());
            match archive.file(name) {
                Ok(Found::File(file)) => return (Ok(file), parts),
                Ok(Found::Missing(range)) => part = range,
                Err(fault) => return (Err(fault), parts),
            }
        }
    }

    const FILE: (&str, &[u8]) = ("dist/paths.txt", b"/a\n/b\n");

    #[test]
    fn a_file_is_read_from_a_part_of_the_archive() {
        let noise: Vec<u8> = (0..1_000_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let names: Vec<String> = (0..3_000)
            .map(|n| format!("dist/assets/{n:04}-a-name-of-a-file.html"))
            .collect();
        let mut files: Vec<(&str, &[u8])> = vec![("first.bin", &noise), FILE, ("last.bin", &noise)];
        files.extend(names.iter().map(|name| (name.as_str(), &b"x"[..])));
        for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
            let archive = zip(&files, method, b"");
            let (file, parts) = read(&archive, FILE.0);
            assert_eq!(file.unwrap(), FILE.1);
            let bytes: u64 = parts.iter().map(|part| part.end - part.start).sum();
            assert!(
                parts.len() == 3 && bytes < 500_000,
                "{parts:?} of {}",
                archive.len()
            );
        }
    }

    #[test]
    fn other_zippers_are_read() {
        let dot = [
            ("./", &b""[..]),
            ("./dist/", b""),
            ("./dist/paths.txt", FILE.1),
        ];
        let comment = [b"PK\x05\x06".as_slice(), &[7; 60_000]].concat();
        let plain = zip(&[FILE], CompressionMethod::DEFLATE, b"");
        for archive in [
            zip(&dot, CompressionMethod::STORE, b""),
            zip(&[FILE], CompressionMethod::DEFLATE, &comment),
            [b"#!/bin/sh\n".as_slice(), &plain].concat(),
        ] {
            assert_eq!(read(&archive, FILE.0).0.unwrap(), FILE.1);
        }
    }

    #[test]
    fn what_cannot_be_read_has_a_reason() {
        let stored = CompressionMethod::STORE;
        let good = zip(&[FILE], stored, b"");
        let mut flipped = good.clone();
        let data = flipped
            .windows(6)
            .position(|bytes| bytes == FILE.1)
            .unwrap();
        flipped[data] = b'#';
        let large = vec![b'/'; FILE_BYTES_AT_MOST + 1];
        let bomb = zip(
            &[("dist/paths.txt", &large)],
            CompressionMethod::DEFLATE,
            b"",
        );
        let tar_gz = [&GZIP[..], &[8; 500_000]].concat();
        for (archive, fault) in [
            (zip(&[("a", b"")], stored, b""), ArchiveFault::NoFile(1)),
            (zip(&[], stored, b""), ArchiveFault::NoFile(0)),
            (zip(&[FILE, FILE], stored, b""), ArchiveFault::Repeated),
            (
                zip(&[FILE], CompressionMethod::BZIP2, b""),
                ArchiveFault::Method,
            ),
            (flipped, ArchiveFault::Damaged),
            (good[..good.len() - 1].to_vec(), ArchiveFault::Damaged),
            (bomb, ArchiveFault::TooLarge),
            (tar_gz, ArchiveFault::TarGz),
            (Vec::new(), ArchiveFault::NotZip),
            (vec![b'x'; 500_000], ArchiveFault::NotZip),
        ] {
            assert_eq!(read(&archive, FILE.0).0, Err(fault));
        }
    }

    proptest::proptest! {
        /// Any change of an archive leaves the file, or gives a reason; nothing panics, and few parts are read.
        #[test]
        fn a_changed_archive_is_read_or_refused(
            changes in proptest::collection::vec((0_usize..400, proptest::num::u8::ANY), 1..6)
        ) {
            let mut archive = zip(&[("a", b"x"), FILE], CompressionMethod::DEFLATE, b"");
            for (place, byte) in changes {
                let place = place % archive.len();
                archive[place] = byte;
            }
            if let (Ok(file), _) = read(&archive, FILE.0) {
                proptest::prop_assert_eq!(file, FILE.1);
            }
        }
    }
}

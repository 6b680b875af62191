//! Zip archives, as CodePipeline stores artifacts.

use std::io::{self, Write as _};
use std::path::Path;

use super::Body;
use miniz_oxide::deflate::compress_to_vec;
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};

/// An archive of these files.
///
/// # Panics
/// When a name is longer than 65,535 bytes.
#[must_use]
pub fn zip<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Vec<u8> {
    written(ZipArchiveWriter::new(Vec::new()), files)
}

/// An archive that begins with a stored file of so many zeros, which take no memory.
///
/// # Panics
/// When a name is longer than 65,535 bytes.
#[must_use]
pub fn zip_after_zeros<'f>(
    zeros: u64,
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> Body {
    let mut archive = ZipArchiveWriter::new(Sparse::default());
    let file = archive.new_file(EntryPath::verbatim(&b"zeros.bin"[..]));
    let (mut entry, _) = file.start().expect("a short name");
    let chunk = vec![0; ZEROS];
    for _ in 0..zeros / ZEROS as u64 {
        entry.write_all(&chunk).expect("memory is written");
    }
    // Nothing reads this file, so its checksum does not matter.
    let data = DataDescriptorOutput::new(0, zeros);
    entry.finish(data).expect("memory is written");
    let Sparse { bytes, at, zeros } = written(archive, files);
    Body::sparse(bytes, at, zeros)
}

/// The length of a write that is a part of the zeros.
const ZEROS: usize = 1 << 20;

/// What was written, without the zeros.
#[derive(Debug, Default)]
struct Sparse {
    bytes: Vec<u8>,
    /// Where the zeros are.
    at: usize,
    zeros: u64,
}

impl io::Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() == ZEROS {
            self.at = self.bytes.len();
            self.zeros += bytes.len() as u64;
        } else {
            self.bytes.extend(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written<'f, W: io::Write>(
    mut archive: ZipArchiveWriter<W>,
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> W {
    for (name, bytes) in files {
        let file = archive
            .new_file(EntryPath::verbatim(name.as_bytes()))
            .compression_method(CompressionMethod::DEFLATE);
        let (mut entry, _) = file.start().expect("a short name");
        entry
            .write_all(&compress_to_vec(bytes, 6))
            .expect("memory is written");
        let data = DataDescriptorOutput::new(rawzip::crc32(bytes), bytes.len() as u64);
        entry.finish(data).expect("memory is written");
    }
    archive.finish().expect("memory is written")
}

/// An archive of the files in this folder and its folders.
///
/// # Errors
/// When a file cannot be read.
pub fn folder(root: &Path) -> io::Result<Vec<u8>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    files.sort();
    Ok(zip(files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, std::fs::read(entry.path())?));
        }
    }
    Ok(())
}

//! The files and arguments of the commands.

use std::io::{self, Read};
use std::path::Path;

/// The text of a file, or of standard input for `-`. Bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When it cannot be read; the error names it.
pub(super) fn text_of(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// UserParameters: the JSON itself, or a file. A final line break is removed.
///
/// # Errors
/// When the file cannot be read; the error names it.
pub(super) fn parameters(json_or_file: &str) -> io::Result<String> {
    if json_or_file.trim_start().starts_with('{') {
        Ok(json_or_file.to_owned())
    } else {
        text_of(Path::new(json_or_file)).map(|text| text.trim_end().to_owned())
    }
}

//! Long lists of paths, compressed, because an item of the table holds 400 KB: 3,000 paths of 59 characters, 16 of which are a
//! hash, have 177 KB, and 41 KB compressed.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::input::paths::InvalidationPath;

/// The maximum length of all lists of a record in bytes, compressed. "The maximum item size in DynamoDB is 400 KB"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>), and the rest of a record with 100
/// targets has less than 100 KB.
pub const PACKED_BYTES_AT_MOST: usize = 300_000;

/// From this length in characters on, lists are compressed. Shorter ones stay readable in the table.
const PACKED_FROM: usize = 16_384;

/// The maximum length of all lists, not compressed. A list has at most the characters of its file, each encoded as three.
const BYTES_AT_MOST: usize = 16 * 1_024 * 1_024;

/// The fastest level: the record is written after each step.
const LEVEL: u8 = 1;

/// Whether these lists are stored compressed.
#[must_use]
pub fn is_packed(lists: &[&[InvalidationPath]]) -> bool {
    characters(lists) > PACKED_FROM
}

/// Whether a record can hold these lists.
#[must_use]
pub fn fits(lists: &[&[InvalidationPath]]) -> bool {
    characters(lists) <= PACKED_BYTES_AT_MOST || pack(lists).len() <= PACKED_BYTES_AT_MOST
}

/// The compressed form of the lists.
#[must_use]
pub fn pack(lists: &[&[InvalidationPath]]) -> Vec<u8> {
    let mut text = String::with_capacity(characters(lists) + lists.len());
    for list in lists {
        for path in *list {
            text.push_str(path.as_str());
            text.push('\n');
        }
        text.push('\n');
    }
    compress_to_vec(text.as_bytes(), LEVEL)
}

/// The lists in their compressed form; `None` if it is invalid.
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<Vec<String>>> {
    let text = decompress_to_vec_with_limit(packed, BYTES_AT_MOST).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (mut lists, mut list) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line {
            "" => lists.push(std::mem::take(&mut list)),
            path => list.push(path.to_owned()),
        }
    }
    list.is_empty().then_some(lists)
}

/// The characters of the lists. A path has no line break.
fn characters(lists: &[&[InvalidationPath]]) -> usize {
    let paths = lists.iter().copied().flatten();
    paths.map(|path| path.as_str().len() + 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(count: usize) -> Vec<InvalidationPath> {
        let path = |n: usize| {
            let hash = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            InvalidationPath::parse(&format!(
                "/assets/images/products/{n:05}/picture-{hash:016x}.webp"
            ))
            .unwrap()
        };
        (0..count).map(path).collect()
    }

    #[test]
    fn lists_are_unpacked_as_they_were_packed() {
        let (long, short) = (paths(3_000), paths(1));
        for lists in [vec![], vec![&long[..]], vec![&short, &[], &long]] {
            let expected: Vec<Vec<String>> = lists
                .iter()
                .map(|list| list.iter().map(|path| path.as_str().to_owned()).collect())
                .collect();
            assert_eq!(unpack(&pack(&lists)), Some(expected));
        }
        assert!(is_packed(&[&long]) && !is_packed(&[&short]));
        for invalid in [&b""[..], b"no deflate stream", &pack(&[&long])[..1_000]] {
            assert_eq!(unpack(invalid), None);
        }
    }

    /// The figures of the documentation of this module.
    #[test]
    fn three_thousand_paths_fit() {
        let list = paths(3_000);
        let characters: usize = list.iter().map(|path| path.as_str().len()).sum();
        let packed = pack(&[&list]).len();
        assert_eq!((characters, packed), (177_000, 40_587));
        assert!(fits(&[&list]));
        let mut noise = 1_u64;
        let mut random = || {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            format!("{:08x}", noise >> 32)
        };
        let text = |_| format!("/{}", (0..30).map(|_| random()).collect::<String>());
        let random: Vec<_> = (0..3_000)
            .map(text)
            .map(|text| InvalidationPath::parse(&text).unwrap())
            .collect();
        assert!(!fits(&[&random]), "{}", pack(&[&random]).len());
    }
}

//! The content of an object. One of gigabytes takes little memory.

use std::ops::Range;

/// The bytes of an object. Between its parts, each byte is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    size: u64,
    parts: Vec<(u64, Vec<u8>)>,
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            size: bytes.len() as u64,
            parts: vec![(0, bytes)],
        }
    }
}

impl Body {
    /// These bytes, and so many zeros after the first `at` of them.
    #[must_use]
    pub fn sparse(mut bytes: Vec<u8>, at: usize, zeros: u64) -> Self {
        let rest = bytes.split_off(at.min(bytes.len()));
        let from = bytes.len() as u64 + zeros;
        Self {
            size: from + rest.len() as u64,
            parts: vec![(0, bytes), (from, rest)],
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let length =
            usize::try_from(range.end - range.start).expect("a part that fits into memory");
        let mut bytes = vec![0; length];
        for (from, part) in &self.parts {
            let first = range.start.max(*from);
            let last = range.end.min(from + part.len() as u64);
            if first < last {
                let [source, target, end] = [first - from, first - range.start, last - range.start]
                    .map(|offset| usize::try_from(offset).expect("an offset within the part"));
                bytes[target..end].copy_from_slice(&part[source..source + end - target]);
            }
        }
        bytes
    }
}

//! The names that AWS assigns: they appear random, and depend only on the seed, the kind and a number, so that no name
//! changes when two calls change places.

#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    seed: u64,
}

impl Names {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A lower-case UUID.
    pub(super) fn uuid(self, kind: &str, number: u64) -> String {
        let mut dice = self.dice(kind, number);
        let (high, low) = (dice.u64(..), dice.u64(..));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// `length` upper-case letters and digits, as in CloudFront's ids.
    pub(super) fn letters(self, kind: &str, number: u64, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut dice = self.dice(kind, number);
        (0..length)
            .map(|_| char::from(ALPHABET[dice.usize(..ALPHABET.len())]))
            .collect()
    }

    fn dice(self, kind: &str, number: u64) -> fastrand::Rng {
        // FNV-1a: any hash serves that is the same on every machine.
        let words = kind
            .bytes()
            .chain(number.to_le_bytes())
            .chain(self.seed.to_le_bytes());
        let hash = words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash)
    }
}

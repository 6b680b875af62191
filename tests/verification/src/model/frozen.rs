//! An immutable value and its fingerprint.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A value that many states share. It is hashed once, when it is frozen.
pub struct Frozen<T>(Arc<(u64, T)>);

impl<T: Hash> Frozen<T> {
    /// Freezes a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new((fingerprint(&value), value)))
    }
}

impl<T> Frozen<T> {
    /// The value.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.0.1
    }

    /// The fingerprint: equal values have equal ones.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.0.0
    }
}

impl<T> Clone for Frozen<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: PartialEq> PartialEq for Frozen<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: Eq> Eq for Frozen<T> {}

impl<T> Hash for Frozen<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fingerprint());
    }
}

impl<T: fmt::Debug> fmt::Debug for Frozen<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}

/// The fingerprint of a value. Collisions are as rare as 64 bits allow.
pub fn fingerprint(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

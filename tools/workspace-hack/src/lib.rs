//! Empty: this crate exists for its dependencies.

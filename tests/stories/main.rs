//! Whole stories, each over the real SDK in virtual time. What they look at is what the services saw.

mod happy_path;

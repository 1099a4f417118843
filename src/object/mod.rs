//! See `docs/ARCHITECTURE.md`.

pub mod algo;

//! The only list of passes.

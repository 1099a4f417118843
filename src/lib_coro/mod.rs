//! What is written in Coro itself: the parts of built-ins that call back (the prelude), and whole modules.

pub mod standard;

/// Files of the prelude: name and source.
pub const PRELUDE: &[(&str, &str)] = &[
    ("attributes", include_str!("prelude/attributes.co")),
    ("functions", include_str!("prelude/functions.co")),
    ("iteration", include_str!("prelude/iteration.co")),
    ("mappings", include_str!("prelude/mappings.co")),
    ("operators", include_str!("prelude/operators.co")),
    ("protocols", include_str!("prelude/protocols.co")),
    ("sorting", include_str!("prelude/sorting.co")),
];

/// The source of a module that is written in Coro.
pub fn source(module: &str) -> Option<&'static str> {
    standard::STANDARD.iter().find(|(name, _)| *name == module).map(|(_, text)| *text)
}

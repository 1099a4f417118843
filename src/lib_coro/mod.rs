//! What is written in Coro itself: the prelude (the parts of built-ins that call back into programs) and modules.

/// The prelude's files with their sources; all share one set of globals.
pub const PRELUDE: &[(&str, &str)] = &[
    ("attributes", include_str!("prelude/attributes.co")),
    ("iteration", include_str!("prelude/iteration.co")),
    ("operators", include_str!("prelude/operators.co")),
    ("protocols", include_str!("prelude/protocols.co")),
];

/// The source of a module written in Coro.
pub fn source(_module: &str) -> Option<&'static str> {
    None
}

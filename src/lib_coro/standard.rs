//! The standard modules that are written in Coro, by name.

/// Names and sources; the names are unique.
pub const STANDARD: &[(&str, &str)] = &[
    ("abc", include_str!("modules/abc.co")),
    ("bisect", include_str!("modules/bisect.co")),
    ("collections", include_str!("modules/collections/init.co")),
    ("collections.abc", include_str!("modules/collections/abc.co")),
    ("collections.named", include_str!("modules/collections/named.co")),
    ("collections.users", include_str!("modules/collections/users.co")),
    ("contextlib", include_str!("modules/contextlib.co")),
    ("copy", include_str!("modules/copy.co")),
    ("dataclasses", include_str!("modules/dataclasses.co")),
    ("enum", include_str!("modules/enum.co")),
    ("functools", include_str!("modules/functools.co")),
    ("heapq", include_str!("modules/heapq.co")),
    ("inspect", include_str!("modules/inspect.co")),
    ("itertools", include_str!("modules/itertools.co")),
    ("keyword", include_str!("modules/keyword.co")),
    ("operator", include_str!("modules/operator.co")),
    ("random", include_str!("modules/random.co")),
    ("string", include_str!("modules/string.co")),
    ("traceback", include_str!("modules/traceback.co")),
    ("types", include_str!("modules/types.co")),
    ("typing", include_str!("modules/typing.co")),
    ("warnings", include_str!("modules/warnings.co")),
];

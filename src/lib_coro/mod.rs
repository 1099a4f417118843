//! What is written in Coro itself: the parts of built-ins that call back (the prelude), and whole modules.

pub mod standard;

/// Files of the prelude: name and source.
pub const PRELUDE: &[(&str, &str)] = &[
    ("attributes", include_str!("prelude/attributes.co")),
    ("functions", include_str!("prelude/functions.co")),
    ("iteration", include_str!("prelude/iteration.co")),
    ("mappings", include_str!("prelude/mappings.co")),
    ("operators", include_str!("prelude/operators.co")),
    ("patterns", include_str!("prelude/patterns.co")),
    ("protocols", include_str!("prelude/protocols.co")),
    ("sorting", include_str!("prelude/sorting.co")),
    ("streams", include_str!("prelude/streams.co")),
];

/// The package `asyncio` and what it needs.
const ASYNCIO: &[(&str, &str)] = &[
    ("asyncio", include_str!("asyncio/init.co")),
    ("asyncio.connections", include_str!("asyncio/connections.co")),
    ("asyncio.coroutines", include_str!("asyncio/coroutines.co")),
    ("asyncio.datagrams", include_str!("asyncio/datagrams.co")),
    ("asyncio.events", include_str!("asyncio/events.co")),
    ("asyncio.exceptions", include_str!("asyncio/exceptions.co")),
    ("asyncio.locks", include_str!("asyncio/locks.co")),
    ("asyncio.processes", include_str!("asyncio/processes.co")),
    ("asyncio.protocols", include_str!("asyncio/protocols.co")),
    ("asyncio.queues", include_str!("asyncio/queues.co")),
    ("asyncio.runners", include_str!("asyncio/runners.co")),
    ("asyncio.sslproto", include_str!("asyncio/sslproto.co")),
    ("asyncio.streams", include_str!("asyncio/streams.co")),
    ("asyncio.subprocess", include_str!("asyncio/subprocess.co")),
    ("asyncio.taskgroups", include_str!("asyncio/taskgroups.co")),
    ("asyncio.tasks", include_str!("asyncio/tasks.co")),
    ("asyncio.threads", include_str!("asyncio/threads.co")),
    ("asyncio.timeouts", include_str!("asyncio/timeouts.co")),
    ("asyncio.transports", include_str!("asyncio/transports.co")),
    ("asyncio.watchers", include_str!("asyncio/watchers.co")),
    ("contextvars", include_str!("modules/contextvars.co")),
    ("signal", include_str!("modules/signal.co")),
    ("socket", include_str!("modules/socket.co")),
    ("threading", include_str!("modules/threading.co")),
];

/// The source of a module that is written in Coro.
pub fn source(module: &str) -> Option<&'static str> {
    standard::STANDARD.iter().chain(ASYNCIO).find(|(name, _)| *name == module).map(|(_, text)| *text)
}

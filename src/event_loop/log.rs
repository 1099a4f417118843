//! The event log: what happened to which task, and because of whom. A small ring; reports read it.

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Happened {
    /// The subject was created by the cause.
    Spawned,
    /// The subject began to wait for what the cause numbers.
    Suspended,
    /// The subject was made ready by the cause.
    Woken,
    /// The subject was cancelled by the cause.
    Cancelled,
    /// The subject's timer ran out.
    TimerFired,
    /// The subject ended.
    Ended,
    /// The subject ended with an exception.
    Failed,
}

/// One entry. Tasks are numbered from 1 in order of creation; 0 is code outside any task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    pub subject: u32,
    pub cause: u32,
    /// Number of the pass of the loop.
    pub pass: u32,
    pub what: Happened,
}

/// The ring. It keeps the newest entries.
pub struct EventLog {
    ring: Vec<Event>,
    next: usize,
    capacity: usize,
}

/// Entries kept when nobody asked for more.
const USUAL: usize = 256;

impl EventLog {
    pub const fn new() -> EventLog {
        EventLog { ring: Vec::new(), next: 0, capacity: USUAL }
    }

    /// Keeps the newest `capacity` entries from now on; 0 switches the log off.
    pub fn resize(&mut self, capacity: usize) {
        *self = EventLog { ring: Vec::new(), next: 0, capacity };
    }

    #[inline]
    pub fn record(&mut self, what: Happened, subject: u32, cause: u32, pass: u32) {
        let event = Event { subject, cause, pass, what };
        if self.ring.len() < self.capacity {
            self.ring.push(event);
        } else if self.capacity > 0 {
            self.ring[self.next] = event;
            self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
        }
    }

    /// The entries kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        let (newer, older) = self.ring.split_at(self.next.min(self.ring.len()));
        older.iter().chain(newer)
    }

    /// The newest entry about `subject` of that sort.
    pub fn last(&self, what: Happened, subject: u32) -> Option<&Event> {
        self.iter().filter(|e| e.what == what && e.subject == subject).last()
    }
}

impl Default for EventLog {
    fn default() -> EventLog {
        EventLog::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest() {
        let mut log = EventLog::new();
        log.resize(3);
        for i in 1..=5 {
            log.record(Happened::Woken, i, i - 1, i);
        }
        assert_eq!(log.iter().map(|e| e.subject).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(log.last(Happened::Woken, 4).map(|e| e.cause), Some(3));
        assert_eq!(log.last(Happened::Woken, 1), None);
    }
}

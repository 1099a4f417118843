//! The clock: the one door through which time comes into a program, real or virtual.

use rustix::thread::Timespec;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds.
pub type Nanos = u64;

/// A source of time. `time.time`, `time.monotonic`, `time.sleep`, sleeping tasks and timeouts all read the same one.
pub trait Clock {
    /// Monotonic time.
    fn now(&self) -> Nanos;
    /// Time since 1970.
    fn wall(&self) -> Nanos;
    /// Processor time used so far.
    fn busy(&self) -> Nanos;
    /// Lets `duration` pass, or less if a signal comes: nothing else happens meanwhile.
    fn pass(&mut self, duration: Nanos);
    /// It jumps instead of waiting.
    fn is_virtual(&self) -> bool;
}

/// Monotonic time begins here, so that deadlines shortly before the start of the program stay positive.
const BASE: Nanos = 86_400_000_000_000;

/// The time of the machine.
pub struct RealClock {
    start: Instant,
}

impl RealClock {
    pub fn new() -> RealClock {
        RealClock { start: Instant::now() }
    }
}

impl Default for RealClock {
    fn default() -> RealClock {
        RealClock::new()
    }
}

impl Clock for RealClock {
    fn now(&self) -> Nanos {
        BASE + self.start.elapsed().as_nanos() as Nanos
    }

    fn wall(&self) -> Nanos {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as Nanos)
    }

    fn busy(&self) -> Nanos {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as Nanos * 1_000_000_000 + time.tv_nsec as Nanos
    }

    fn pass(&mut self, duration: Nanos) {
        // A signal ends it early: whoever waits asks what came.
        let request = Timespec { tv_sec: (duration / 1_000_000_000) as i64, tv_nsec: (duration % 1_000_000_000) as _ };
        let _ = rustix::thread::nanosleep(&request);
    }

    fn is_virtual(&self) -> bool {
        false
    }
}

/// Time that passes only when somebody waits for it: the same in every run.
pub struct VirtualClock {
    now: Nanos,
    epoch: Nanos,
}

impl VirtualClock {
    /// `epoch`: what `wall` shows at the start.
    pub fn new(epoch: Nanos) -> VirtualClock {
        VirtualClock { now: BASE, epoch }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Nanos {
        self.now
    }

    fn wall(&self) -> Nanos {
        self.epoch + (self.now - BASE)
    }

    fn busy(&self) -> Nanos {
        self.now - BASE
    }

    fn pass(&mut self, duration: Nanos) {
        self.now = self.now.saturating_add(duration);
    }

    fn is_virtual(&self) -> bool {
        true
    }
}

/// Seconds as the program sees them.
pub fn seconds(nanos: Nanos) -> f64 {
    // Two parts, so that the fraction keeps its precision as CPython's conversion does.
    (nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 * 1e-9
}

/// A point in time or a duration given in seconds; what is negative counts as 0, what is too far away as never.
pub fn nanos(seconds: f64) -> Nanos {
    // `as` saturates.
    (seconds * 1e9).round() as Nanos
}

/// A deadline that never comes.
pub const NEVER: Nanos = Nanos::MAX;

//! The event loop: ready queue, timers, clock, event log. It knows callbacks, waits and time, not asyncio or gevent, which
//! are both its clients.

pub mod clock;
pub mod entropy;
pub mod log;
pub mod reactor;
pub mod ready;
pub mod state;
pub mod wheel;

use crate::object::call::{Outcome, Signal};
use crate::object::function::{Machine, NativeFn};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use clock::{Clock, RealClock};
use entropy::Entropy;
use log::EventLog;
use reactor::{Reactor, SystemReactor};

/// Types that the loop's clients made, for all to use.
#[derive(Clone, Copy)]
pub struct Kit {
    pub future: TypeRef,
    pub task: TypeRef,
    pub wait: TypeRef,
    pub future_iter: TypeRef,
    pub handle: TypeRef,
    pub timer_handle: TypeRef,
    pub event_loop: TypeRef,
    pub cancelled_error: TypeRef,
    pub invalid_state: TypeRef,
}

/// What a step of a native wait gives.
pub enum WaitStep {
    /// It goes to whoever drives the chain.
    Suspend(Ref),
    Return(Ref),
    /// An exception is set.
    Raised,
}

/// Makes a step of a native wait. `thrown`: an exception thrown into it. `direct`: the current task is who waits.
pub type StepWait = fn(&mut Machine, Value, thrown: Option<Ref>, direct: bool) -> WaitStep;

/// What a job of an executor waits for.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    Time(clock::Nanos),
    /// The descriptor can be read from or written to, or the time is there.
    Ready {
        fd: std::os::fd::RawFd,
        write: bool,
        limit: Option<clock::Nanos>,
    },
    /// The future is done, or the time is there.
    Settled {
        future: Value,
        limit: Option<clock::Nanos>,
    },
}

/// What the machine knows of the loop that runs.
pub struct Scheduler {
    /// The loop that runs in this thread, or None.
    pub running: Ref,
    /// The task being stepped, or None.
    pub task: Ref,
    /// The loop that `set_event_loop` set, or None.
    pub current: Ref,
    /// None until somebody asked for tasks.
    pub kit: Option<Kit>,
    /// How native waits go on.
    pub wait_step: Option<StepWait>,
    /// Called with an async generator that was begun under a loop and dropped unfinished: true if the loop will close it.
    pub generator_dropped: Option<NativeFn>,
    /// Called with a future or task that is about to die.
    pub report_dying: Option<NativeFn>,
    /// The job being run in a fiber, or None.
    pub job: Ref,
    /// Suspends it; the native that asked for that returns the signal.
    pub suspend_job: Option<fn(&mut Machine, Until) -> Outcome<Signal>>,
    /// Lets other greenlets run instead of blocking; the native that asked for that returns the signal. None: it has to
    /// block.
    pub suspend_greenlet: Option<fn(&mut Machine, Until) -> Option<Signal>>,
    /// The function that runs a loop in a greenlet without holding up others, or None.
    pub run_beside: Ref,
    /// Answers SIGINT while a loop runs.
    pub interrupted: Option<NativeFn>,
    /// Shows what the tasks do.
    pub show_tasks: Option<NativeFn>,
    /// Told of code that held up the loop: a call that blocked for so long, or (None) a computation.
    pub held_up: Option<fn(&mut Machine, Option<clock::Nanos>)>,
    /// What makes a call or a computation a long one; None: they are not looked for.
    pub slow: Option<clock::Nanos>,
    /// Gives a descriptor that is readable when a signal came.
    pub wake_source: Option<fn() -> std::io::Result<std::os::fd::RawFd>>,
    /// The context of the running code; None is an empty one.
    pub context: Ref,
    pub clock: Box<dyn Clock>,
    pub entropy: Entropy,
    pub log: EventLog,
    /// Made when first needed.
    pub reactor: Option<Box<dyn Reactor>>,
    /// Jobs of executors made so far.
    pub jobs_made: u32,
    /// A task died whose exception nobody saw.
    pub task_failed_unseen: bool,
    /// Tasks made so far.
    pub tasks_made: u32,
    /// Number of the next unnamed task.
    pub next_name: i64,
    /// Number of the pass under way.
    pub pass: u32,
}

/// A tenth of a second: what people begin to notice.
const USUALLY_SLOW: clock::Nanos = 100_000_000;

impl Scheduler {
    pub fn new(clock: Box<dyn Clock>) -> Scheduler {
        Scheduler {
            running: Ref::NONE,
            task: Ref::NONE,
            current: Ref::NONE,
            kit: None,
            wait_step: None,
            generator_dropped: None,
            report_dying: None,
            job: Ref::NONE,
            suspend_job: None,
            suspend_greenlet: None,
            run_beside: Ref::NONE,
            interrupted: None,
            show_tasks: None,
            held_up: None,
            slow: Some(USUALLY_SLOW),
            wake_source: None,
            context: Ref::NONE,
            clock,
            entropy: Entropy::System,
            log: EventLog::new(),
            reactor: None,
            jobs_made: 0,
            task_failed_unseen: false,
            tasks_made: 0,
            next_name: 1,
            pass: 0,
        }
    }

    /// The reactor.
    ///
    /// # Errors
    /// The system's, when there are no more descriptors.
    pub fn reactor(&mut self) -> std::io::Result<&mut Box<dyn Reactor>> {
        if self.reactor.is_none() {
            let mut reactor = SystemReactor::new()?;
            if let Some(source) = self.wake_source {
                reactor.wake_by(source()?)?;
            }
            self.reactor = Some(Box::new(reactor));
        }
        match &mut self.reactor {
            Some(reactor) => Ok(reactor),
            None => Err(std::io::ErrorKind::Other.into()),
        }
    }

    /// Descriptors are watched, or helper threads at work.
    pub fn is_outside_busy(&self) -> bool {
        self.reactor.as_ref().is_some_and(|r| !r.is_idle())
    }

    /// An async generator begins: the running loop will have to see that it is closed. False if no loop runs.
    pub fn generator_begins(&mut self) -> bool {
        match self.running.opaque::<state::EventLoop>() {
            Some(running) => {
                running.has_generators = true;
                true
            }
            None => false,
        }
    }

    /// The number of the task being stepped; 0 outside any.
    pub fn current_serial(&self) -> u32 {
        self.task.get::<crate::object::future::Task>().map_or(0, |t| t.serial)
    }
}

impl Default for Scheduler {
    fn default() -> Scheduler {
        Scheduler::new(Box::new(RealClock::new()))
    }
}

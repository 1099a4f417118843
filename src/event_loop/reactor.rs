//! Waiting for descriptors and for work done by helper threads: the one place where the program waits for the outside.
//!
//! A watcher is told whenever its descriptor is ready, as with `select`: `mio` reports edges, so a descriptor that was
//! reported is armed again before the next wait.

use super::clock::Nanos;
use crate::object::call::Outcome;
use crate::object::function::Machine;
use crate::object::{Ref, Value};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use rustc_hash::FxHashMap;
use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

/// What to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Read,
    Write,
}

/// Who is told: a handle and its loop.
pub struct Watcher {
    pub handle: Ref,
    pub event_loop: Ref,
}

#[derive(Default)]
struct Watch {
    reader: Option<Watcher>,
    writer: Option<Watcher>,
    /// Reported in that direction since it was last armed, and not used up.
    stale_read: bool,
    stale_write: bool,
    /// The other end is gone: what is left to read, and the end, come without a further edge.
    hung_up: bool,
    /// In the list of those to be armed.
    listed: bool,
}

impl Watch {
    fn side(&mut self, direction: Direction) -> &mut Option<Watcher> {
        match direction {
            Direction::Read => &mut self.reader,
            Direction::Write => &mut self.writer,
        }
    }

    /// Somebody waits in a direction that was reported and may still be ready: no further edge would tell.
    fn needs_arming(&self) -> bool {
        ((self.stale_read || self.hung_up) && self.reader.is_some())
            || ((self.stale_write || self.hung_up) && self.writer.is_some())
    }

    fn interest(&self) -> Option<Interest> {
        match (&self.reader, &self.writer) {
            (Some(_), Some(_)) => Some(Interest::READABLE | Interest::WRITABLE),
            (Some(_), None) => Some(Interest::READABLE),
            (None, Some(_)) => Some(Interest::WRITABLE),
            (None, None) => None,
        }
    }
}

/// What a helper thread found out.
pub type Finding = Box<dyn Any + Send>;

/// Turns a finding into a value, or an exception raised.
pub type Convert = fn(&mut Machine, Finding) -> Outcome;

/// Work that is done: the future to settle.
pub struct Done {
    pub future: Ref,
    pub finding: Finding,
    pub convert: Convert,
}

type Work = Box<dyn FnOnce() -> Finding + Send>;

/// Waits for the outside.
pub trait Reactor {
    /// Has `watcher` told when the descriptor is ready; gives the one it replaces.
    ///
    /// # Errors
    /// What the system says of the descriptor.
    fn watch(&mut self, fd: RawFd, direction: Direction, watcher: Watcher) -> io::Result<Option<Watcher>>;
    /// Ends that; gives the watcher.
    fn unwatch(&mut self, fd: RawFd, direction: Direction) -> Option<Watcher>;
    /// Ends all of one loop; gives the watchers.
    fn unwatch_all(&mut self, event_loop: Value) -> Vec<Watcher>;
    /// The descriptor is used up in that direction (a read came short, or would have blocked): the system will report the
    /// next change by itself.
    fn used_up(&mut self, fd: RawFd, direction: Direction);
    /// The watcher in force.
    fn watcher(&self, fd: RawFd, direction: Direction) -> Option<&Watcher>;
    /// Nothing is watched and no work is under way.
    fn is_idle(&self) -> bool;
    /// Waits at most so long (None: for ever) for something to happen. Ready watchers come in order of their descriptors'
    /// reports; finished work after them.
    ///
    /// # Errors
    /// What the system says.
    fn wait(&mut self, timeout: Option<Nanos>) -> io::Result<(Vec<(Ref, Ref)>, Vec<Done>)>;
    /// Has a helper thread do `work` and settles `future` with what `convert` makes of the finding.
    fn submit(&mut self, future: Ref, work: Work, convert: Convert);
    /// As `submit`, on a thread of its own: for work that may take for ever.
    fn submit_alone(&mut self, future: Ref, work: Work, convert: Convert);
    /// Calls back with the values that it holds.
    fn visit(&self, visit: &mut dyn FnMut(Value));
}

const WAKE: Token = Token(usize::MAX);
/// Helper threads at most.
const HELPERS: usize = 4;

/// Work that waits for a helper thread.
#[derive(Default)]
struct Pool {
    queue: Mutex<PoolState>,
    more: Condvar,
}

#[derive(Default)]
struct PoolState {
    work: VecDeque<(u64, Work)>,
    idle: usize,
    threads: usize,
}

/// Where helper threads put what they found.
#[derive(Clone)]
struct Outbox {
    findings: mpsc::Sender<(u64, Finding)>,
    waker: Arc<Waker>,
}

impl Outbox {
    fn put(&self, number: u64, finding: Finding) {
        // If the machine is gone nobody asks any more.
        let _ = self.findings.send((number, finding));
        let _ = self.waker.wake();
    }
}

/// The reactor of the system.
pub struct SystemReactor {
    poll: Poll,
    events: Events,
    watches: FxHashMap<RawFd, Watch>,
    stale: Vec<RawFd>,
    pool: Arc<Pool>,
    outbox: Outbox,
    findings: mpsc::Receiver<(u64, Finding)>,
    pending: FxHashMap<u64, (Ref, Convert)>,
    next_number: u64,
}

impl SystemReactor {
    /// # Errors
    /// The system's, when there are no more descriptors.
    pub fn new() -> io::Result<SystemReactor> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (sender, findings) = mpsc::channel();
        Ok(SystemReactor {
            poll,
            events: Events::with_capacity(1024),
            watches: FxHashMap::default(),
            stale: Vec::new(),
            pool: Arc::default(),
            outbox: Outbox { findings: sender, waker },
            findings,
            pending: FxHashMap::default(),
            next_number: 0,
        })
    }

    /// A descriptor that ends a wait, and tells nobody: somebody else looks why.
    ///
    /// # Errors
    /// What the system says of the descriptor.
    pub fn wake_by(&mut self, fd: RawFd) -> io::Result<()> {
        self.poll.registry().register(&mut SourceFd(&fd), WAKE, Interest::READABLE)
    }

    /// Arms descriptors that were reported, so that they are reported again if they are still ready.
    fn rearm(&mut self) {
        for fd in std::mem::take(&mut self.stale) {
            let Some(watch) = self.watches.get_mut(&fd) else { continue };
            watch.listed = false;
            if watch.needs_arming()
                && let Some(interest) = watch.interest()
            {
                (watch.stale_read, watch.stale_write) = (false, false);
                let _ = self.poll.registry().reregister(&mut SourceFd(&fd), Token(fd as usize), interest);
            }
        }
    }

    fn collect(&mut self) -> Vec<(Ref, Ref)> {
        let mut ready = Vec::new();
        for event in &self.events {
            if event.token() == WAKE {
                continue;
            }
            let fd = event.token().0 as RawFd;
            let Some(watch) = self.watches.get_mut(&fd) else { continue };
            let failed = event.is_error() || event.is_read_closed() || event.is_write_closed();
            for (direction, is_ready) in
                [(Direction::Read, event.is_readable()), (Direction::Write, event.is_writable())]
            {
                if let Some(watcher) = watch.side(direction)
                    && (is_ready || failed)
                {
                    ready.push((watcher.handle.clone(), watcher.event_loop.clone()));
                }
            }
            watch.stale_read |= event.is_readable();
            watch.stale_write |= event.is_writable();
            watch.hung_up |= failed;
            if watch.needs_arming() && !watch.listed {
                watch.listed = true;
                self.stale.push(fd);
            }
        }
        ready
    }

    fn finished(&mut self) -> Vec<Done> {
        let mut done = Vec::new();
        while let Ok((number, finding)) = self.findings.try_recv() {
            if let Some((future, convert)) = self.pending.remove(&number) {
                done.push(Done { future, finding, convert });
            }
        }
        done
    }

    fn register(&mut self, future: Ref, convert: Convert) -> u64 {
        self.next_number += 1;
        self.pending.insert(self.next_number, (future, convert));
        self.next_number
    }
}

impl Reactor for SystemReactor {
    fn watch(&mut self, fd: RawFd, direction: Direction, watcher: Watcher) -> io::Result<Option<Watcher>> {
        let known = self.watches.contains_key(&fd);
        let watch = self.watches.entry(fd).or_default();
        let old = watch.side(direction).replace(watcher);
        let Some(interest) = watch.interest() else { return Ok(old) };
        let registry = self.poll.registry();
        let result = match known {
            true => registry.reregister(&mut SourceFd(&fd), Token(fd as usize), interest),
            false => registry.register(&mut SourceFd(&fd), Token(fd as usize), interest),
        };
        if let Err(error) = result {
            if !known {
                self.watches.remove(&fd);
            }
            return Err(error);
        }
        Ok(old)
    }

    fn unwatch(&mut self, fd: RawFd, direction: Direction) -> Option<Watcher> {
        let watch = self.watches.get_mut(&fd)?;
        let old = watch.side(direction).take();
        match watch.interest() {
            Some(interest) if old.is_some() => {
                let _ = self.poll.registry().reregister(&mut SourceFd(&fd), Token(fd as usize), interest);
            }
            Some(_) => {}
            None => {
                self.watches.remove(&fd);
                let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
            }
        }
        old
    }

    fn unwatch_all(&mut self, event_loop: Value) -> Vec<Watcher> {
        let is_its = |side: &Option<Watcher>| side.as_ref().is_some_and(|w| *w.event_loop == event_loop);
        let mut found = Vec::new();
        for (&fd, watch) in &self.watches {
            found.extend(is_its(&watch.reader).then_some((fd, Direction::Read)));
            found.extend(is_its(&watch.writer).then_some((fd, Direction::Write)));
        }
        found.into_iter().filter_map(|(fd, direction)| self.unwatch(fd, direction)).collect()
    }

    fn used_up(&mut self, fd: RawFd, direction: Direction) {
        if let Some(watch) = self.watches.get_mut(&fd) {
            match direction {
                Direction::Read => watch.stale_read = false,
                Direction::Write => watch.stale_write = false,
            }
        }
    }

    fn watcher(&self, fd: RawFd, direction: Direction) -> Option<&Watcher> {
        let watch = self.watches.get(&fd)?;
        match direction {
            Direction::Read => watch.reader.as_ref(),
            Direction::Write => watch.writer.as_ref(),
        }
    }

    fn is_idle(&self) -> bool {
        self.watches.is_empty() && self.pending.is_empty()
    }

    fn wait(&mut self, timeout: Option<Nanos>) -> io::Result<(Vec<(Ref, Ref)>, Vec<Done>)> {
        self.rearm();
        match self.poll.poll(&mut self.events, timeout.map(Duration::from_nanos)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Default::default()),
            Err(error) => return Err(error),
        }
        Ok((self.collect(), self.finished()))
    }

    fn submit(&mut self, future: Ref, work: Work, convert: Convert) {
        let number = self.register(future, convert);
        let Ok(mut state) = self.pool.queue.lock() else { return };
        state.work.push_back((number, work));
        if state.idle == 0 && state.threads < HELPERS {
            state.threads += 1;
            let (pool, outbox) = (self.pool.clone(), self.outbox.clone());
            std::thread::spawn(move || help(&pool, &outbox));
        }
        drop(state);
        self.pool.more.notify_one();
    }

    fn submit_alone(&mut self, future: Ref, work: Work, convert: Convert) {
        let number = self.register(future, convert);
        let outbox = self.outbox.clone();
        std::thread::spawn(move || {
            let finding = work();
            outbox.put(number, finding);
        });
    }

    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        for watcher in self.watches.values().flat_map(|w| w.reader.iter().chain(&w.writer)) {
            visit(*watcher.handle);
            visit(*watcher.event_loop);
        }
        self.pending.values().for_each(|(future, _)| visit(**future));
    }
}

/// A helper thread: does work until there is no more for a while.
fn help(pool: &Pool, outbox: &Outbox) {
    const PATIENCE: Duration = Duration::from_secs(5);
    loop {
        let Ok(mut state) = pool.queue.lock() else { return };
        while state.work.is_empty() {
            state.idle += 1;
            let Ok((back, wait)) = pool.more.wait_timeout(state, PATIENCE) else { return };
            state = back;
            state.idle -= 1;
            if wait.timed_out() && state.work.is_empty() {
                state.threads -= 1;
                return;
            }
        }
        let next = state.work.pop_front();
        drop(state);
        if let Some((number, work)) = next {
            let finding = work();
            outbox.put(number, finding);
        }
    }
}

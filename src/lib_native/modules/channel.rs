//! `_channel`: descriptors that never block: sockets and pipes of child processes. `try_*` methods give None where a
//! blocking call would wait; the loop (or whoever waits) tries again when the descriptor is ready.

use super::Building;
use crate::event_loop::Until;
use crate::event_loop::reactor::{Direction, Watcher};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use mio::unix::pipe;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

natives! {
    /// Methods of channels.
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__repr__", repr, 1, 1;
    "fileno", fileno, 1, 1;
    "close", close, 1, 1;
    "bind", bind, 2, 2;
    "listen", listen, 1, 2;
    "try_accept", try_accept, 1, 1;
    "try_connect", try_connect, 2, 2;
    "connect_error", connect_error, 1, 1;
    "try_recv", try_recv, 2, 2;
    "try_send", try_send, 2, 3;
    "shutdown", shutdown, 2, 2;
    "getsockname", getsockname, 1, 1;
    "getpeername", getpeername, 1, 1;
    "setsockopt", setsockopt, 4, 4;
    "getsockopt", getsockopt, 3, 4;
    "wait", wait, 2, 3;
}

natives! {
    GETTERS;
    "family", family, 1, 1;
    "type", socket_type, 1, 1;
    "proto", proto, 1, 1;
}

natives! {
    FUNCTIONS;
    "pair", pair, 0, 0;
    "resolve", resolve, 2, 2;
}

/// Linux's bits beside the type of a socket; the numbers are the same everywhere.
const NONBLOCK: i32 = 0o4000;
const CLOEXEC: i32 = 0o2000000;

/// The most that is read at once.
pub(super) const LARGEST_READ: usize = 256 * 1024;

thread_local! {
    /// What is read comes here first, so that reading does not take a fresh buffer of the largest size each time.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A descriptor.
pub enum Channel {
    Socket { socket: Socket, family: i32, kind: i32 },
    Input(pipe::Receiver),
    Output(pipe::Sender),
    Closed,
}

impl OpaqueData for Channel {}

impl Channel {
    fn fd(&self) -> Option<RawFd> {
        match self {
            Channel::Socket { socket, .. } => Some(socket.as_raw_fd()),
            Channel::Input(pipe) => Some(pipe.as_raw_fd()),
            Channel::Output(pipe) => Some(pipe.as_raw_fd()),
            Channel::Closed => None,
        }
    }

    /// A channel for a socket, set not to block.
    fn socket(socket: Socket, family: i32, kind: i32) -> io::Result<Channel> {
        socket.set_nonblocking(true)?;
        Ok(Channel::Socket { socket, family, kind })
    }
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let channel = vm.define_type("_channel.Channel", &[], crate::object::Kind::Opaque, METHODS);
    vm.add_methods(channel, super::datagrams::METHODS);
    vm.add_getters(channel, GETTERS);
    let building = Building::new(vm, "_channel");
    building.types(&[channel]);
    building.functions(vm, "_channel", FUNCTIONS);
    for (name, value) in [
        ("AF_INET", libc::AF_INET),
        ("AF_INET6", libc::AF_INET6),
        ("AF_UNIX", libc::AF_UNIX),
        ("AF_UNSPEC", libc::AF_UNSPEC),
        ("SOCK_STREAM", libc::SOCK_STREAM),
        ("SOCK_DGRAM", libc::SOCK_DGRAM),
        ("SOCK_NONBLOCK", NONBLOCK),
        ("SOCK_CLOEXEC", CLOEXEC),
        ("SOL_SOCKET", libc::SOL_SOCKET),
        ("SO_REUSEADDR", libc::SO_REUSEADDR),
        ("SO_REUSEPORT", libc::SO_REUSEPORT),
        ("SO_KEEPALIVE", libc::SO_KEEPALIVE),
        ("SO_ERROR", libc::SO_ERROR),
        ("SO_RCVBUF", libc::SO_RCVBUF),
        ("SO_SNDBUF", libc::SO_SNDBUF),
        ("SO_BROADCAST", libc::SO_BROADCAST),
        ("SO_LINGER", libc::SO_LINGER),
        ("IPPROTO_TCP", libc::IPPROTO_TCP),
        ("IPPROTO_UDP", libc::IPPROTO_UDP),
        ("IPPROTO_IPV6", libc::IPPROTO_IPV6),
        ("IPV6_V6ONLY", libc::IPV6_V6ONLY),
        ("TCP_NODELAY", libc::TCP_NODELAY),
        ("SHUT_RD", libc::SHUT_RD),
        ("SHUT_WR", libc::SHUT_WR),
        ("SHUT_RDWR", libc::SHUT_RDWR),
        ("SOMAXCONN", libc::SOMAXCONN),
    ] {
        building.set(name, Ref::int(i64::from(value)));
    }
    Ok(building.module)
}

/// A channel object of the type that `_channel` brings.
pub fn wrap(vm: &mut Vm, channel: Channel) -> Outcome {
    let module = vm.import_module("_channel")?;
    let name = vm.atom("Channel");
    let class = vm.get_attr(*module, name)?;
    match class.as_type() {
        Some(class) => Ok(Ref::opaque(class, channel)),
        None => Err(vm.runtime_error("_channel.Channel was replaced")),
    }
}

/// The channel behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].opaque::<Channel>() {
            Some(channel) => channel,
            None => return Err($vm.type_error("a channel is needed")),
        }
    };
}

/// The socket behind `self`; a closed one is EBADF, a pipe is ENOTSOCK.
pub(super) fn socket<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a mut Socket> {
    let error = match value.opaque::<Channel>() {
        Some(Channel::Socket { socket, .. }) => return Ok(socket),
        Some(Channel::Closed) => libc::EBADF,
        _ => libc::ENOTSOCK,
    };
    Err(vm.os_error(&io::Error::from_raw_os_error(error), None))
}

pub(super) fn failed(vm: &mut Vm, error: io::Error) -> Signal {
    vm.os_error(&error, None)
}

/// The operation would have to wait.
pub(super) fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<3> =
        Parameters { function: "Channel", names: ["family", "type", "proto"], required: 0, positional: 3 };
    let [family, kind, proto] = PARAMETERS.bind(vm, args, 1)?;
    let number = |vm: &mut Vm, value: Option<Value>, default: i32| -> Outcome<i32> {
        Ok(value.map_or(Ok(i64::from(default)), |v| vm.index(v))? as i32)
    };
    let family = number(vm, family, libc::AF_INET)?;
    let kind = number(vm, kind, libc::SOCK_STREAM)?;
    let proto = number(vm, proto, 0)?;
    // Sockets never block here, and no child inherits them.
    let kind = kind & !(NONBLOCK | CLOEXEC);
    let protocol = (proto != 0).then(|| Protocol::from(proto));
    let made =
        Socket::new(Domain::from(family), Type::from(kind), protocol).and_then(|s| Channel::socket(s, family, kind));
    match (made, args.values[0].as_type()) {
        (Ok(channel), Some(class)) => Ok(Ref::opaque(class, channel)),
        (Err(error), _) => Err(failed(vm, error)),
        (Ok(_), None) => Err(vm.type_error("a type is needed")),
    }
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let fd = this!(vm, args).fd().unwrap_or(-1);
    Ok(Ref::str(&format!("<channel fd={fd}>")))
}

fn fileno(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(i64::from(this!(vm, args).fd().unwrap_or(-1))))
}

/// Closes the descriptor; who watched it is not told any more.
fn close(vm: &mut Vm, args: Args) -> Outcome {
    let old = std::mem::replace(this!(vm, args), Channel::Closed);
    if let (Some(fd), Some(reactor)) = (old.fd(), &mut vm.sched.reactor) {
        let watchers = [Direction::Read, Direction::Write].map(|d| reactor.unwatch(fd, d));
        drop(watchers);
    }
    drop(old);
    Ok(Ref::NONE)
}

fn family(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(match this!(vm, args) {
        Channel::Socket { family, .. } => i64::from(*family),
        _ => 0,
    }))
}

fn socket_type(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(match this!(vm, args) {
        Channel::Socket { kind, .. } => i64::from(*kind),
        _ => 0,
    }))
}

fn proto(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(0))
}

/// An address as the program gives it: `(host, port)` with a numeric host, or a path.
pub(super) fn address(vm: &mut Vm, value: Value) -> Outcome<SockAddr> {
    if let Some(path) = value.as_str() {
        return SockAddr::unix(path).map_err(|error| failed(vm, error));
    }
    let parts: Option<(String, Value)> = match value.as_sequence() {
        Some([host, port, ..]) => host.as_str().map(|host| (host.to_owned(), **port)),
        _ => None,
    };
    let Some((host, port)) = parts else {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("AF_INET address must be tuple, not {name}")));
    };
    let port = vm.index(port)?;
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("bind(): port must be 0-65535."));
    };
    let host = match host.as_str() {
        "" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        host => host,
    };
    match host.parse() {
        Ok(ip) => Ok(SockAddr::from(SocketAddr::new(ip, port))),
        Err(_) => Err(vm.value_error(format!("'{host}' is no numeric address: resolve it first"))),
    }
}

/// An address as the program sees it.
pub(super) fn address_value(address: &SockAddr) -> Ref {
    match address.as_socket() {
        Some(SocketAddr::V4(v4)) => Ref::tuple(vec![Ref::str(&v4.ip().to_string()), Ref::int(i64::from(v4.port()))]),
        Some(SocketAddr::V6(v6)) => Ref::tuple(vec![
            Ref::str(&v6.ip().to_string()),
            Ref::int(i64::from(v6.port())),
            Ref::int(i64::from(v6.flowinfo())),
            Ref::int(i64::from(v6.scope_id())),
        ]),
        None => Ref::str(&address.as_pathname().map_or_else(String::new, |p| p.display().to_string())),
    }
}

fn bind(vm: &mut Vm, args: Args) -> Outcome {
    let address = address(vm, args.values[1])?;
    let result = socket(vm, &args.values[0])?.bind(&address);
    result.map(|()| Ref::NONE).map_err(|error| failed(vm, error))
}

fn listen(vm: &mut Vm, args: Args) -> Outcome {
    let backlog = args.values.get(1).map_or(Ok(128), |v| vm.index(*v))?;
    let result = socket(vm, &args.values[0])?.listen(backlog.clamp(0, i64::from(i32::MAX)) as i32);
    result.map(|()| Ref::NONE).map_err(|error| failed(vm, error))
}

/// `(channel, address)` of a new connection, or None.
fn try_accept(vm: &mut Vm, args: Args) -> Outcome {
    let (family, kind) = match this!(vm, args) {
        Channel::Socket { family, kind, .. } => (*family, *kind),
        _ => (0, 0),
    };
    match socket(vm, &args.values[0])?.accept() {
        Ok((accepted, address)) => {
            let channel = Channel::socket(accepted, family, kind).map_err(|error| failed(vm, error))?;
            let channel = wrap(vm, channel)?;
            Ok(Ref::tuple(vec![channel, address_value(&address)]))
        }
        Err(error) if would_block(&error) => Ok(Ref::NONE),
        Err(error) => Err(failed(vm, error)),
    }
}

/// Begins to connect: True if that is done, None if it will be when the channel can be written to.
fn try_connect(vm: &mut Vm, args: Args) -> Outcome {
    let address = address(vm, args.values[1])?;
    match socket(vm, &args.values[0])?.connect(&address) {
        Ok(()) => Ok(Ref::bool(true)),
        Err(error) if would_block(&error) || error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(Ref::NONE),
        Err(error) => Err(failed(vm, error)),
    }
}

/// Raises what became of a connection that was begun, if it failed.
fn connect_error(vm: &mut Vm, args: Args) -> Outcome {
    match socket(vm, &args.values[0])?.take_error() {
        Ok(None) => Ok(Ref::NONE),
        Ok(Some(error)) | Err(error) => Err(failed(vm, error)),
    }
}

/// Up to so many bytes (b"" at the end), or None.
fn try_recv(vm: &mut Vm, args: Args) -> Outcome {
    let most = vm.index(args.values[1])?.clamp(0, 1 << 30) as usize;
    let channel = this!(vm, args);
    let fd = channel.fd().unwrap_or(-1);
    let (result, short) = BUFFER.with_borrow_mut(|buffer| {
        if buffer.len() < most.min(LARGEST_READ) {
            buffer.resize(most.min(LARGEST_READ), 0);
        }
        let room = most.min(LARGEST_READ);
        let result = match channel {
            Channel::Socket { socket, .. } => (&*socket).read(&mut buffer[..room]),
            Channel::Input(pipe) => pipe.read(&mut buffer[..room]),
            Channel::Output(_) | Channel::Closed => Err(io::Error::from_raw_os_error(libc::EBADF)),
        };
        let short = result.as_ref().is_ok_and(|&count| count < room);
        (result.map(|count| Ref::bytes(buffer[..count].to_vec())), short)
    });
    let blocked = result.as_ref().is_err_and(would_block);
    if (short || blocked)
        && let Some(reactor) = &mut vm.sched.reactor
    {
        reactor.used_up(fd, Direction::Read);
    }
    match result {
        Ok(bytes) => Ok(bytes),
        Err(error) if would_block(&error) => Ok(Ref::NONE),
        Err(error) => Err(failed(vm, error)),
    }
}

/// How many of the bytes, from `start` on, were taken, or None.
fn try_send(vm: &mut Vm, args: Args) -> Outcome {
    let start = args.values.get(2).map_or(Ok(0), |v| vm.index(*v))?.max(0) as usize;
    let Some(bytes) = args.values[1].as_bytes() else {
        let name = vm.type_name(args.values[1]);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let bytes = bytes.get(start..).unwrap_or(&[]);
    let result = match this!(vm, args) {
        Channel::Socket { socket, .. } => (&*socket).write(bytes),
        Channel::Output(pipe) => pipe.write(bytes),
        Channel::Input(_) | Channel::Closed => Err(io::Error::from_raw_os_error(libc::EBADF)),
    };
    match result {
        Ok(count) => Ok(Ref::int(count as i64)),
        Err(error) if would_block(&error) => {
            if let (Some(fd), Some(reactor)) = (this!(vm, args).fd(), &mut vm.sched.reactor) {
                reactor.used_up(fd, Direction::Write);
            }
            Ok(Ref::NONE)
        }
        Err(error) => Err(failed(vm, error)),
    }
}

fn shutdown(vm: &mut Vm, args: Args) -> Outcome {
    let how = match vm.index(args.values[1])? as i32 {
        libc::SHUT_RD => Shutdown::Read,
        libc::SHUT_WR => Shutdown::Write,
        _ => Shutdown::Both,
    };
    let result = socket(vm, &args.values[0])?.shutdown(how);
    result.map(|()| Ref::NONE).map_err(|error| failed(vm, error))
}

fn getsockname(vm: &mut Vm, args: Args) -> Outcome {
    let result = socket(vm, &args.values[0])?.local_addr();
    result.map(|address| address_value(&address)).map_err(|error| failed(vm, error))
}

fn getpeername(vm: &mut Vm, args: Args) -> Outcome {
    let result = socket(vm, &args.values[0])?.peer_addr();
    result.map(|address| address_value(&address)).map_err(|error| failed(vm, error))
}

fn setsockopt(vm: &mut Vm, args: Args) -> Outcome {
    let (level, option) = (vm.index(args.values[1])? as i32, vm.index(args.values[2])? as i32);
    let value = vm.index(args.values[3])?;
    let (on, size) = (value != 0, value.clamp(0, i64::from(i32::MAX)) as usize);
    let socket = socket(vm, &args.values[0])?;
    let result = match (level, option) {
        (libc::SOL_SOCKET, libc::SO_REUSEADDR) => socket.set_reuse_address(on),
        (libc::SOL_SOCKET, libc::SO_REUSEPORT) => socket.set_reuse_port(on),
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE) => socket.set_keepalive(on),
        (libc::SOL_SOCKET, libc::SO_BROADCAST) => socket.set_broadcast(on),
        (libc::SOL_SOCKET, libc::SO_RCVBUF) => socket.set_recv_buffer_size(size),
        (libc::SOL_SOCKET, libc::SO_SNDBUF) => socket.set_send_buffer_size(size),
        (libc::IPPROTO_TCP, libc::TCP_NODELAY) => socket.set_tcp_nodelay(on),
        (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY) => socket.set_only_v6(on),
        _ => Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT)),
    };
    result.map(|()| Ref::NONE).map_err(|error| failed(vm, error))
}

fn getsockopt(vm: &mut Vm, args: Args) -> Outcome {
    let (level, option) = (vm.index(args.values[1])? as i32, vm.index(args.values[2])? as i32);
    let socket = socket(vm, &args.values[0])?;
    let result = match (level, option) {
        (libc::SOL_SOCKET, libc::SO_REUSEADDR) => socket.reuse_address().map(i64::from),
        (libc::SOL_SOCKET, libc::SO_REUSEPORT) => socket.reuse_port().map(i64::from),
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE) => socket.keepalive().map(i64::from),
        (libc::SOL_SOCKET, libc::SO_BROADCAST) => socket.broadcast().map(i64::from),
        (libc::SOL_SOCKET, libc::SO_RCVBUF) => socket.recv_buffer_size().map(|n| n as i64),
        (libc::SOL_SOCKET, libc::SO_SNDBUF) => socket.send_buffer_size().map(|n| n as i64),
        (libc::SOL_SOCKET, libc::SO_ERROR) => {
            socket.take_error().map(|e| e.and_then(|e| e.raw_os_error()).map_or(0, i64::from))
        }
        (libc::IPPROTO_TCP, libc::TCP_NODELAY) => socket.tcp_nodelay().map(i64::from),
        _ => Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT)),
    };
    result.map(Ref::int).map_err(|error| failed(vm, error))
}

/// Blocks until the channel can be read from (or, with a true argument, written to); False after the given seconds.
fn wait(vm: &mut Vm, args: Args) -> Outcome {
    let write = vm.truth(args.values[1])?;
    let timeout = match args.values.get(2).filter(|v| !v.is_none()) {
        Some(seconds) => Some(std::time::Duration::from_secs_f64(vm.real(*seconds)?.clamp(0.0, 1e9))),
        None => None,
    };
    let Some(fd) = this!(vm, args).fd() else {
        return Err(failed(vm, io::Error::from_raw_os_error(libc::EBADF)));
    };
    vm.flush_output();
    let interest = if write { mio::Interest::WRITABLE } else { mio::Interest::READABLE };
    let limit = timeout.map(|t| vm.sched.clock.now().saturating_add(t.as_nanos() as u64));
    vm.block(Until::Ready { fd, write, limit })?;
    let began = std::time::Instant::now();
    loop {
        let left = timeout.map(|timeout| timeout.saturating_sub(began.elapsed()));
        let ready = (|| {
            let mut poll = mio::Poll::new()?;
            let mut events = mio::Events::with_capacity(1);
            poll.registry().register(&mut mio::unix::SourceFd(&fd), mio::Token(0), interest)?;
            poll.poll(&mut events, left)?;
            Ok(!events.is_empty())
        })();
        match ready {
            Err(error) if io::Error::kind(&error) == io::ErrorKind::Interrupted => vm.answer_signals()?,
            Err(error) => return Err(failed(vm, error)),
            Ok(ready) => {
                vm.held_up(Some(began.elapsed().as_nanos() as u64));
                return Ok(Ref::bool(ready));
            }
        }
    }
}

fn pair(vm: &mut Vm, _: Args) -> Outcome {
    let made = Socket::pair(Domain::UNIX, Type::STREAM, None).and_then(|(a, b)| {
        let kind = (libc::AF_UNIX, libc::SOCK_STREAM);
        Ok((Channel::socket(a, kind.0, kind.1)?, Channel::socket(b, kind.0, kind.1)?))
    });
    match made {
        Ok((a, b)) => Ok(Ref::tuple(vec![wrap(vm, a)?, wrap(vm, b)?])),
        Err(error) => Err(failed(vm, error)),
    }
}

/// The channel would have blocked: the system will report by itself when that changes.
pub(super) fn used_up(vm: &mut Vm, channel: &Value, direction: Direction) {
    if let (Some(fd), Some(reactor)) = (channel.opaque::<Channel>().and_then(|c| c.fd()), &mut vm.sched.reactor) {
        reactor.used_up(fd, direction);
    }
}

/// Numeric addresses of a host, found out by a helper thread: a future for a list of `(family, (host, port, …))`, or the
/// list itself where no loop runs.
fn resolve(vm: &mut Vm, args: Args) -> Outcome {
    let Some(host) = args.values[0].as_str().map(str::to_owned) else {
        let name = vm.type_name(args.values[0]);
        return Err(vm.type_error(format!("getaddrinfo() argument 1 must be string or None, not {name}")));
    };
    let port = vm.index(args.values[1])?;
    let Ok(port) = u16::try_from(port) else { return Err(vm.overflow_error("port must be 0-65535.")) };
    let work = move || -> crate::event_loop::reactor::Finding {
        use std::net::ToSocketAddrs;
        let found: io::Result<Vec<SocketAddr>> = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        Box::new(found)
    };
    if vm.sched.running.is_none() {
        return resolved(vm.machine(), work());
    }
    let future = crate::object::future::Future::alloc(vm.sched.running.clone());
    match vm.sched.reactor() {
        Ok(reactor) => reactor.submit(future.clone(), Box::new(work), resolved),
        Err(error) => return Err(failed(vm, error)),
    }
    Ok(future)
}

fn resolved(machine: &mut crate::object::function::Machine, finding: crate::event_loop::reactor::Finding) -> Outcome {
    let vm = Vm::of(machine);
    match finding.downcast::<io::Result<Vec<SocketAddr>>>().map(|found| *found) {
        Ok(Ok(addresses)) => {
            let entry = |address: &SocketAddr| {
                let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
                Ref::tuple(vec![Ref::int(i64::from(family)), address_value(&SockAddr::from(*address))])
            };
            Ok(Ref::list(addresses.iter().map(entry).collect()))
        }
        Ok(Err(error)) => {
            let message = error.to_string();
            let message = message.rsplit(": ").next().unwrap_or("").to_owned();
            let class = vm.types.exc.os_error;
            let text = Ref::str(&message);
            let exc = vm.make_exception(class, &[Value::small_int(-2), *text]);
            Err(vm.raise_value(exc))
        }
        Err(_) => Err(vm.runtime_error("a helper thread gave something else")),
    }
}

/// The descriptor of an int, or of an object with `fileno()`.
pub fn descriptor(vm: &mut Vm, value: Value) -> Outcome<RawFd> {
    if let Some(channel) = value.opaque::<Channel>() {
        return match channel.fd() {
            Some(fd) => Ok(fd),
            None => Err(vm.value_error("Invalid file descriptor: -1")),
        };
    }
    if let Some(fd) = value.as_i64() {
        return Ok(fd as RawFd);
    }
    let name = vm.atom("fileno");
    let method = vm.get_attr(value, name)?;
    let fd = vm.call_values(*method, &[])?;
    Ok(vm.index(*fd)? as RawFd)
}

/// Has a handle run by its loop whenever the descriptor is ready; gives the handle that it replaces.
pub fn watch(vm: &mut Vm, fd: RawFd, direction: Direction, handle: Ref, event_loop: Ref) -> Outcome<Option<Ref>> {
    let watcher = Watcher { handle, event_loop };
    let old = vm.sched.reactor().and_then(|reactor| reactor.watch(fd, direction, watcher));
    match old {
        Ok(old) => Ok(old.map(|w| w.handle)),
        Err(error) => Err(failed(vm, error)),
    }
}

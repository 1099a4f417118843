//! Methods of channels for datagrams.

use super::channel::{LARGEST_READ, address, address_value, failed, socket, used_up, would_block};
use crate::event_loop::reactor::Direction;
use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use rustix::net::RecvFlags;
use socket2::SockAddr;
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;

natives! {
    METHODS;
    "try_recvfrom", try_recvfrom, 2, 2;
    "try_sendto", try_sendto, 3, 3;
}

thread_local! {
    /// What is read comes here first: how long a datagram is shows only afterwards.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// `(bytes, address)` of a datagram, or None. The address is None if the sender has none.
fn try_recvfrom(vm: &mut Vm, args: Args) -> Outcome {
    let most = vm.index(args.values[1])?.clamp(0, LARGEST_READ as i64) as usize;
    let socket = socket(vm, &args.values[0])?;
    let received = BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(buffer.len().max(most), 0);
        let (count, _, address) = rustix::net::recvfrom(&*socket, &mut buffer[..most], RecvFlags::empty())?;
        Ok::<_, io::Error>((Ref::bytes(buffer[..count].to_vec()), address))
    });
    match received {
        Ok((bytes, address)) => {
            let address = address.and_then(|address| SocketAddr::try_from(address).ok());
            let address = address.map_or(Ref::NONE, |address| address_value(&SockAddr::from(address)));
            Ok(Ref::tuple(vec![bytes, address]))
        }
        Err(error) if would_block(&error) => {
            used_up(vm, &args.values[0], Direction::Read);
            Ok(Ref::NONE)
        }
        Err(error) => Err(failed(vm, error)),
    }
}

/// How many of the bytes were sent to an address (None: the one that the channel is connected to), or None.
fn try_sendto(vm: &mut Vm, args: Args) -> Outcome {
    let Some(bytes) = args.values[1].as_bytes() else {
        let name = vm.type_name(args.values[1]);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let result = if args.values[2].is_none() {
        socket(vm, &args.values[0])?.send(bytes)
    } else {
        let address = address(vm, args.values[2])?;
        socket(vm, &args.values[0])?.send_to(bytes, &address)
    };
    match result {
        Ok(count) => Ok(Ref::int(count as i64)),
        Err(error) if would_block(&error) => {
            used_up(vm, &args.values[0], Direction::Write);
            Ok(Ref::NONE)
        }
        Err(error) => Err(failed(vm, error)),
    }
}

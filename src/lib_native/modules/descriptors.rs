//! The part of `_os` about file descriptors: reading, writing, copies, flags.

use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use crate::vm::descriptors as system;
use std::io;

natives! {
    /// Into the module `_os`.
    FUNCTIONS;
    "open", open, 3, 3;
    "close", close, 1, 1;
    "read", read, 2, 2;
    "write", write, 2, 2;
    "lseek", lseek, 3, 3;
    "pipe", pipe, 0, 0;
    "dup", dup, 1, 1;
    "dup2", dup2, 3, 3;
    "isatty", isatty, 1, 1;
    "fsync", fsync, 1, 1;
    "ftruncate", ftruncate, 2, 2;
    "fstat", fstat, 1, 1;
    "get_inheritable", get_inheritable, 1, 1;
    "set_inheritable", set_inheritable, 2, 2;
    "get_blocking", get_blocking, 1, 1;
    "set_blocking", set_blocking, 2, 2;
    "umask", umask, 1, 1;
}

/// Names and values of `os.O_…`.
pub const FLAGS: &[(&str, i32)] = &[
    ("O_RDONLY", libc::O_RDONLY),
    ("O_WRONLY", libc::O_WRONLY),
    ("O_RDWR", libc::O_RDWR),
    ("O_CREAT", libc::O_CREAT),
    ("O_EXCL", libc::O_EXCL),
    ("O_TRUNC", libc::O_TRUNC),
    ("O_APPEND", libc::O_APPEND),
    ("O_NONBLOCK", libc::O_NONBLOCK),
    ("O_CLOEXEC", libc::O_CLOEXEC),
    ("O_DIRECTORY", libc::O_DIRECTORY),
    ("O_NOFOLLOW", libc::O_NOFOLLOW),
    ("O_SYNC", libc::O_SYNC),
];

/// The argument at a place as a descriptor.
fn descriptor(vm: &mut Vm, args: &Args, at: usize) -> Outcome<i32> {
    vm.c_int(args.values[at]).map(|fd| fd as i32)
}

/// Calls the system until no signal interrupts it.
fn patiently<T>(vm: &mut Vm, call: impl Fn() -> io::Result<T>) -> Outcome<T> {
    loop {
        match call() {
            Ok(value) => return Ok(value),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => vm.answer_signals()?,
            Err(error) => return Err(vm.os_error(&error, None)),
        }
    }
}

fn done(vm: &mut Vm, result: io::Result<()>) -> Outcome {
    result.map(|()| Ref::NONE).map_err(|error| vm.os_error(&error, None))
}

fn open(vm: &mut Vm, args: Args) -> Outcome {
    let path = args.values[0].as_str().unwrap_or_default().to_owned();
    if path.contains('\0') {
        return Err(vm.value_error("embedded null byte"));
    }
    let (how, mode) = (vm.c_int(args.values[1])? as i32, vm.c_int(args.values[2])? as u32);
    match system::open(&path, how, mode) {
        Ok(fd) => Ok(Ref::int(fd.into())),
        Err(error) => Err(vm.os_error(&error, Some(&path))),
    }
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    done(vm, system::close(fd))
}

fn read(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let Ok(count) = usize::try_from(vm.index(args.values[1])?) else {
        return Err(vm.os_error(&io::Error::from_raw_os_error(libc::EINVAL), None));
    };
    let count = count.min(crate::object::algo::fault::MAX_RESULT);
    patiently(vm, || system::read(fd, count)).map(Ref::bytes)
}

fn write(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let Some(bytes) = args.values[1].as_bytes() else {
        let given = vm.type_name(args.values[1]);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")));
    };
    if fd == 1 {
        vm.flush_output();
    }
    let count = patiently(vm, || system::write(fd, bytes))?;
    Ok(Ref::int(count as i64))
}

fn lseek(vm: &mut Vm, args: Args) -> Outcome {
    let (fd, offset) = (descriptor(vm, &args, 0)?, vm.index(args.values[1])?);
    let whence = vm.c_int(args.values[2])? as i32;
    let at = patiently(vm, || system::seek(fd, offset, whence))?;
    Ok(Ref::int(at))
}

fn pair(a: i32, b: i32) -> Ref {
    Ref::tuple(vec![Ref::int(a.into()), Ref::int(b.into())])
}

fn pipe(vm: &mut Vm, _: Args) -> Outcome {
    let (from, to) = patiently(vm, system::pipe)?;
    Ok(pair(from, to))
}

fn dup(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let copy = patiently(vm, || system::duplicate(fd))?;
    Ok(Ref::int(copy.into()))
}

fn dup2(vm: &mut Vm, args: Args) -> Outcome {
    let (fd, to) = (descriptor(vm, &args, 0)?, descriptor(vm, &args, 1)?);
    let inherited = vm.truth(args.values[2])?;
    let copy = patiently(vm, || system::duplicate_to(fd, to, inherited))?;
    Ok(Ref::int(copy.into()))
}

fn isatty(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    Ok(Ref::bool(system::is_terminal(fd)))
}

fn fsync(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    patiently(vm, || system::sync(fd)).map(|()| Ref::NONE)
}

fn ftruncate(vm: &mut Vm, args: Args) -> Outcome {
    let (fd, length) = (descriptor(vm, &args, 0)?, vm.index(args.values[1])?);
    patiently(vm, || system::truncate(fd, length)).map(|()| Ref::NONE)
}

fn fstat(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let found = system::into_file(fd).and_then(|file| {
        let file = std::mem::ManuallyDrop::new(file);
        file.metadata()
    });
    match found {
        Ok(found) => Ok(super::os::fields(&found)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn get_inheritable(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let flags = patiently(vm, || system::flags(fd, libc::F_GETFD))?;
    Ok(Ref::bool(flags & libc::FD_CLOEXEC == 0))
}

fn set_inheritable(vm: &mut Vm, args: Args) -> Outcome {
    set_flag(vm, args, [libc::F_GETFD, libc::F_SETFD], libc::FD_CLOEXEC)
}

fn get_blocking(vm: &mut Vm, args: Args) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let flags = patiently(vm, || system::flags(fd, libc::F_GETFL))?;
    Ok(Ref::bool(flags & libc::O_NONBLOCK == 0))
}

fn set_blocking(vm: &mut Vm, args: Args) -> Outcome {
    set_flag(vm, args, [libc::F_GETFL, libc::F_SETFL], libc::O_NONBLOCK)
}

/// Sets a flag where the argument says no, and clears it where it says yes.
fn set_flag(vm: &mut Vm, args: Args, [get, set]: [i32; 2], flag: i32) -> Outcome {
    let fd = descriptor(vm, &args, 0)?;
    let clear = vm.truth(args.values[1])?;
    let changed = |flags: i32| if clear { flags & !flag } else { flags | flag };
    patiently(vm, || system::flags(fd, get).and_then(|flags| system::set_flags(fd, set, changed(flags))))?;
    Ok(Ref::NONE)
}

fn umask(vm: &mut Vm, args: Args) -> Outcome {
    let mask = vm.c_int(args.values[0])? as u32;
    Ok(Ref::int(system::set_mask(mask).into()))
}

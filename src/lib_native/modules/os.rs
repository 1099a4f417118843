//! `_os`: what the system knows of files, the environment and processes. Paths are str; the module `os` (in Coro) takes
//! other kinds and adds the rest.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};

natives! { FUNCTIONS;
    "listdir", listdir, 1, 1;
    "scandir", scandir, 1, 1;
    "mkdir", mkdir, 2, 2;
    "rmdir", rmdir, 1, 1;
    "remove", remove, 1, 1;
    "rename", rename, 2, 2;
    "link", link, 2, 2;
    "symlink", symlink, 2, 2;
    "readlink", readlink, 1, 1;
    "realpath", realpath, 1, 1;
    "chmod", chmod, 2, 2;
    "stat", stat, 2, 2;
    "truncate", truncate, 2, 2;
    "getcwd", getcwd, 0, 0;
    "chdir", chdir, 1, 1;
    "environ", environ, 0, 0;
    "getpid", getpid, 0, 0;
    "getppid", getppid, 0, 0;
    "user", user, 0, 0;
    "cpu_count", cpu_count, 0, 0;
    "urandom", urandom, 1, 1;
    "strerror", strerror, 1, 1;
    "kill", kill, 2, 2;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_os");
    building.functions(vm, "posix", FUNCTIONS);
    building.functions(vm, "posix", super::descriptors::FUNCTIONS);
    for (name, value) in super::descriptors::FLAGS {
        building.set(name, Ref::int((*value).into()));
    }
    Ok(building.module)
}

/// A path argument; the module has made sure that it is a str.
fn path<'a>(vm: &mut Vm, args: &'a Args, at: usize) -> Outcome<&'a str> {
    match args.values[at].as_str() {
        Some(path) if path.contains('\0') => Err(vm.value_error("embedded null byte")),
        Some(path) => Ok(path),
        None => Err(vm.type_error("a path must be a str here")),
    }
}

/// The value of a call to the system, or its error about a path.
fn checked<T>(vm: &mut Vm, result: io::Result<T>, path: Option<&str>) -> Outcome<T> {
    result.map_err(|error| vm.os_error(&error, path))
}

/// Text from the system; what is not UTF-8 in it is replaced.
fn text(bytes: &std::ffi::OsStr) -> Ref {
    Ref::str(&String::from_utf8_lossy(bytes.as_bytes()))
}

fn listdir(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    let names = fs::read_dir(path).and_then(|entries| entries.map(|e| e.map(|e| text(&e.file_name()))).collect());
    checked(vm, names, Some(path)).map(Ref::list)
}

/// A list of `(name, kind, inode)`; the kind is one of `d`, `f`, `l`, `?`.
fn scandir(vm: &mut Vm, args: Args) -> Outcome {
    use std::os::unix::fs::DirEntryExt;
    let path = path(vm, &args, 0)?;
    let described = |entry: fs::DirEntry| {
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_dir() => 'd',
            Ok(kind) if kind.is_symlink() => 'l',
            Ok(kind) if kind.is_file() => 'f',
            Ok(kind) if kind.is_fifo() || kind.is_socket() => 's',
            _ => '?',
        };
        Ref::tuple(vec![text(&entry.file_name()), Ref::char(kind), Ref::int(entry.ino() as i64)])
    };
    let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(described)).collect());
    checked(vm, entries, Some(path)).map(Ref::list)
}

fn mkdir(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    let mode = vm.index(args.values[1])? as u32;
    let made = DirBuilder::new().mode(mode).create(path);
    checked(vm, made, Some(path)).map(|()| Ref::NONE)
}

fn rmdir(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    checked(vm, fs::remove_dir(path), Some(path)).map(|()| Ref::NONE)
}

fn remove(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    checked(vm, fs::remove_file(path), Some(path)).map(|()| Ref::NONE)
}

/// Two paths and what is done with them; the module names both in the error.
fn with_two(vm: &mut Vm, args: Args, act: fn(&str, &str) -> io::Result<()>) -> Outcome {
    let (from, to) = (path(vm, &args, 0)?, path(vm, &args, 1)?);
    checked(vm, act(from, to), Some(from)).map(|()| Ref::NONE)
}

fn rename(vm: &mut Vm, args: Args) -> Outcome {
    with_two(vm, args, |from, to| fs::rename(from, to))
}

fn link(vm: &mut Vm, args: Args) -> Outcome {
    with_two(vm, args, |from, to| fs::hard_link(from, to))
}

fn symlink(vm: &mut Vm, args: Args) -> Outcome {
    with_two(vm, args, |from, to| std::os::unix::fs::symlink(from, to))
}

fn readlink(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    checked(vm, fs::read_link(path), Some(path)).map(|target| text(target.as_os_str()))
}

fn realpath(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    checked(vm, fs::canonicalize(path), Some(path)).map(|target| text(target.as_os_str()))
}

fn chmod(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    let mode = vm.index(args.values[1])? as u32;
    checked(vm, fs::set_permissions(path, Permissions::from_mode(mode)), Some(path)).map(|()| Ref::NONE)
}

/// The fields of `os.stat_result`: ten ints, then the three times in nanoseconds, blocks and their size, device.
pub(super) fn fields(data: &Metadata) -> Ref {
    let nanoseconds = |seconds: i64, rest: i64| seconds * 1_000_000_000 + rest;
    let ints = [
        i64::from(data.mode()),
        data.ino() as i64,
        data.dev() as i64,
        data.nlink() as i64,
        i64::from(data.uid()),
        i64::from(data.gid()),
        data.size() as i64,
        data.atime(),
        data.mtime(),
        data.ctime(),
        nanoseconds(data.atime(), data.atime_nsec()),
        nanoseconds(data.mtime(), data.mtime_nsec()),
        nanoseconds(data.ctime(), data.ctime_nsec()),
        data.blocks() as i64,
        data.blksize() as i64,
        data.rdev() as i64,
    ];
    Ref::tuple(ints.into_iter().map(Ref::int).collect())
}

/// `stat(path, follow_symlinks)`
fn stat(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    let data = if args.values[1] == Value::TRUE { fs::metadata(path) } else { fs::symlink_metadata(path) };
    checked(vm, data, Some(path)).map(|data| fields(&data))
}

fn truncate(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    let Ok(length) = u64::try_from(vm.index(args.values[1])?) else {
        return Err(vm.os_error(&io::Error::from_raw_os_error(libc::EINVAL), Some(path)));
    };
    let done = fs::OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(length));
    checked(vm, done, Some(path)).map(|()| Ref::NONE)
}

fn getcwd(vm: &mut Vm, _: Args) -> Outcome {
    checked(vm, std::env::current_dir(), None).map(|directory| text(directory.as_os_str()))
}

fn chdir(vm: &mut Vm, args: Args) -> Outcome {
    let path = path(vm, &args, 0)?;
    checked(vm, std::env::set_current_dir(path), Some(path)).map(|()| Ref::NONE)
}

/// The environment that the process was started with: a list of names and values.
fn environ(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::list(std::env::vars_os().map(|(name, value)| Ref::tuple(vec![text(&name), text(&value)])).collect()))
}

fn getpid(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(i64::from(std::process::id())))
}

fn getppid(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(i64::from(std::os::unix::process::parent_id())))
}

/// Real and effective user, real and effective group.
fn user(_: &mut Vm, _: Args) -> Outcome {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    let ids = [getuid().as_raw(), geteuid().as_raw(), getgid().as_raw(), getegid().as_raw()];
    Ok(Ref::tuple(ids.into_iter().map(|id| Ref::int(i64::from(id))).collect()))
}

fn cpu_count(_: &mut Vm, _: Args) -> Outcome {
    Ok(std::thread::available_parallelism().map_or(Ref::NONE, |count| Ref::int(count.get() as i64)))
}

fn urandom(vm: &mut Vm, args: Args) -> Outcome {
    let Ok(count) = usize::try_from(vm.index(args.values[0])?) else {
        return Err(vm.value_error("negative argument not allowed"));
    };
    if count > crate::object::algo::fault::MAX_RESULT {
        let class = vm.types.exc.memory_error;
        return Err(vm.raise_bare(class));
    }
    let mut bytes = vec![0; count];
    let read = fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    checked(vm, read, None).map(|()| Ref::bytes(bytes))
}

fn strerror(vm: &mut Vm, args: Args) -> Outcome {
    let code = vm.c_int(args.values[0])? as i32;
    let shown = io::Error::from_raw_os_error(code).to_string();
    Ok(Ref::str(shown.split(" (os error").next().unwrap_or(&shown)))
}

fn kill(vm: &mut Vm, args: Args) -> Outcome {
    use rustix::process::{Pid, Signal, kill_process, test_kill_process};
    let (pid, signal) = (vm.c_int(args.values[0])? as i32, vm.c_int(args.values[1])? as i32);
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    let done = match (Pid::from_raw(pid).filter(|_| pid > 0), signal) {
        (Some(pid), 0) => test_kill_process(pid).map_err(io::Error::from),
        (Some(pid), _) => match Signal::from_named_raw(signal) {
            Some(signal) => kill_process(pid, signal).map_err(io::Error::from),
            None => Err(invalid()),
        },
        (None, _) => Err(invalid()),
    };
    checked(vm, done, None).map(|()| Ref::NONE)
}

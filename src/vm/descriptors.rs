//! File descriptors by number, as programs name them: one call to the system each.
//!
//! A program may name any number: a wrong one is an error of the system (`EBADF`). Closing a descriptor that something
//! else of the machine uses makes that fail, and nothing worse.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};

/// A result of the system: negative is an error.
fn checked<T: PartialOrd + Default>(result: T) -> io::Result<T> {
    if result < T::default() { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The file of a descriptor, which it owns from now on.
///
/// # Errors
/// `EBADF` if the descriptor is not open.
pub fn into_file(fd: RawFd) -> io::Result<File> {
    flags(fd, libc::F_GETFD)?;
    // Safety: the descriptor is open.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Closes a file, which the program may have closed by its number.
///
/// # Errors
/// Those of `close`.
pub fn close_file(file: File) -> io::Result<()> {
    close(file.into_raw_fd())
}

pub fn close(fd: RawFd) -> io::Result<()> {
    // Safety: no memory is involved; see the head of this file.
    checked(unsafe { libc::close(fd) }).map(drop)
}

/// `open`; the descriptor is not inherited.
pub fn open(path: &str, how: i32, mode: u32) -> io::Result<RawFd> {
    let path = CString::new(path)?;
    // Safety: the path ends with a zero.
    checked(unsafe { libc::open(path.as_ptr(), how | libc::O_CLOEXEC, mode) })
}

/// Up to `count` bytes.
pub fn read(fd: RawFd, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    // Safety: the buffer has that length.
    let length = checked(unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), count) })?;
    bytes.truncate(length as usize);
    Ok(bytes)
}

/// The number of bytes written.
pub fn write(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    // Safety: the buffer has that length.
    checked(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) }).map(|count| count as usize)
}

pub fn seek(fd: RawFd, offset: i64, whence: i32) -> io::Result<i64> {
    // Safety: no memory is involved.
    checked(unsafe { libc::lseek(fd, offset, whence) })
}

/// Both ends, not inherited.
pub fn pipe() -> io::Result<(RawFd, RawFd)> {
    let mut ends = [0; 2];
    // Safety: room for two descriptors.
    checked(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok((ends[0], ends[1]))
}

/// A copy that is not inherited.
pub fn duplicate(fd: RawFd) -> io::Result<RawFd> {
    // Safety: no memory is involved.
    checked(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// A copy under a number of the program's choice.
pub fn duplicate_to(fd: RawFd, to: RawFd, inherited: bool) -> io::Result<RawFd> {
    // Safety: no memory is involved.
    checked(unsafe {
        match inherited || fd == to {
            true => libc::dup2(fd, to),
            false => libc::dup3(fd, to, libc::O_CLOEXEC),
        }
    })
}

pub fn is_terminal(fd: RawFd) -> bool {
    // Safety: no memory is involved.
    unsafe { libc::isatty(fd) == 1 }
}

pub fn sync(fd: RawFd) -> io::Result<()> {
    // Safety: no memory is involved.
    checked(unsafe { libc::fsync(fd) }).map(drop)
}

pub fn truncate(fd: RawFd, length: i64) -> io::Result<()> {
    // Safety: no memory is involved.
    checked(unsafe { libc::ftruncate(fd, length) }).map(drop)
}

/// Flags: `which` is `F_GETFD` or `F_GETFL`.
pub fn flags(fd: RawFd, which: i32) -> io::Result<i32> {
    // Safety: no memory is involved.
    checked(unsafe { libc::fcntl(fd, which) })
}

/// Sets flags: `which` is `F_SETFD` or `F_SETFL`.
pub fn set_flags(fd: RawFd, which: i32, flags: i32) -> io::Result<()> {
    // Safety: no memory is involved.
    checked(unsafe { libc::fcntl(fd, which, flags) }).map(drop)
}

/// Sets the mask of the permissions of new files; gives the old one.
pub fn set_mask(mask: u32) -> u32 {
    // Safety: no memory is involved.
    unsafe { libc::umask(mask) }
}

//! Where the text of a program comes from: a file, standard input, the command line.

use super::{REFUSED, USAGE, report};
use crate::diag::SourceFile;
use crate::pipeline;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

/// The program in a file, or on standard input for `-`. The error, an exit status, has been reported.
pub(super) fn read(path: &Path) -> Result<Rc<SourceFile>, i32> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        ("<stdin>".to_string(), std::io::stdin().read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path.to_string_lossy().into_owned(), read_file(path))
    };
    match bytes {
        Ok(bytes) if u32::try_from(bytes.len()).is_err() => {
            report::problem(&format!("'{name}' is too large: a program can have 4 GiB"));
            Err(USAGE)
        }
        Ok(bytes) => decode(&name, bytes),
        Err(error) => {
            report::problem(&format!("can't open file '{name}': {}", plain(&error)));
            Err(USAGE)
        }
    }
}

/// The program given on the command line.
pub(super) fn inline(code: &str) -> Result<Rc<SourceFile>, i32> {
    decode("<string>", code.as_bytes().to_vec())
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    std::fs::read(path)
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Rc<SourceFile>, i32> {
    pipeline::decode(name, bytes).map_err(|error| {
        let (source, diagnostic) = *error;
        report::diagnostics(&[diagnostic], &source);
        REFUSED
    })
}

/// The system's words without the number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

//! Regular expressions as CPython's `re` has them: pattern → tree → program → backtracking matcher.
//!
//! ```text
//! chars ── parse ──→ tree::Node ── compile ──→ program::Op ── matcher ──→ positions of the groups
//!          source, escape, group, set        class, case, width, first
//! ```
//! The order in which alternatives are tried, and so what a group holds, is that of CPython 3.13, which no automaton gives.
//! Backtrack points lie on a stack of the matcher's own: no pattern and no text can exhaust the native one.

mod case;
mod class;
mod compile;
mod error;
mod escape;
mod first;
pub mod flags;
mod group;
mod matcher;
mod parse;
mod program;
mod repeat;
mod set;
mod source;
mod stack;
pub mod template;
mod text;
mod tree;
mod width;

#[cfg(test)]
mod tests;

pub use error::{RegexError, Stop, Warning};
pub use flags::Flags;
pub use matcher::{Found, Mode, Request};

/// A compiled pattern.
pub struct Regex {
    pub flags: Flags,
    /// Number of groups, the whole match not counted.
    pub groups: usize,
    /// Named groups in the order of the pattern.
    pub names: Vec<(String, usize)>,
    program: program::Program,
    scratch: std::cell::RefCell<Option<stack::Scratch>>,
}

/// A pattern and what the compiler had to say about it.
pub struct Compiled {
    pub regex: Regex,
    pub warnings: Vec<Warning>,
}

impl Regex {
    /// Compiles a pattern: the characters of a `str`, or (`text` false) the bytes of a bytes-like object as characters.
    ///
    /// # Errors
    /// What is wrong with the pattern or the flags, in CPython's words.
    pub fn compile(pattern: &[char], text: bool, flags: Flags) -> Result<Compiled, RegexError> {
        let parsed = parse::parse(pattern, text, flags)?;
        let program = compile::compile(&parsed, text)?;
        let regex = Regex {
            flags: parsed.flags,
            groups: parsed.groups,
            names: parsed.names,
            program,
            scratch: std::cell::RefCell::new(None),
        };
        Ok(Compiled { regex, warnings: parsed.warnings })
    }

    /// Looks for a match in `subject`: UTF-8 if the pattern is a text, else any bytes. `poll` is asked every few
    /// thousand steps whether to give up.
    ///
    /// # Errors
    /// [`Stop`]: given up, or out of memory for backtrack points.
    pub fn find(
        &self,
        subject: &[u8],
        request: Request,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Found>, Stop> {
        matcher::find(self, subject, request, poll)
    }
}

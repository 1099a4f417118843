//! The list of passes, from text to code, and the only place that knows their order.
//!
//! Every pass has a row in [`STAGES`] and with it a printed form: `coro dump --stage NAME` picks a row, the snapshot tests
//! loop over them. [`compile`] runs them all.

use crate::code::{self, CodeUnit};
use crate::diag::{Diagnostic, Severity, SourceFile, Span};
pub use crate::run::Options;
use crate::sema::ScopeTable;
use crate::syntax::ast;
use crate::{hir, mir, sema, syntax};
use std::fmt;
use std::rc::Rc;

/// A form that a program has on its way to code.
pub struct Stage {
    /// As in `coro dump --stage NAME`.
    pub name: &'static str,
    /// One line on what is shown.
    pub about: &'static str,
    show: fn(&Request) -> Result<Vec<Part>, Vec<Diagnostic>>,
}

/// All forms in the order in which a program goes through them.
pub const STAGES: &[Stage] = &[
    Stage { name: "tokens", about: "what the parser reads", show: tokens },
    Stage { name: "ast", about: "the syntax tree", show: tree },
    Stage { name: "scopes", about: "which name means what", show: scopes },
    Stage { name: "hir", about: "functions with the sugar removed", show: high },
    Stage { name: "mir", about: "basic blocks and three-address instructions", show: |r| middle(r, None) },
    Stage {
        name: "mir.simplify",
        about: "the same without what is unreachable",
        show: |r| middle(r, Some("simplify")),
    },
    Stage { name: "mir.bound", about: "without checks that cannot fail", show: |r| middle(r, Some("bound")) },
    Stage {
        name: "mir.methods",
        about: "with method calls in one instruction where nobody can tell",
        show: |r| middle(r, Some("methods")),
    },
    Stage { name: "mir.release", about: "with hidden variables cleared early", show: |r| middle(r, Some("release")) },
    Stage { name: "mir.coroutine", about: "coroutines as state machines", show: |r| middle(r, Some("coroutine")) },
    Stage { name: "mir.slots", about: "with a register for each value", show: |r| middle(r, Some("slots")) },
    Stage { name: "code", about: "the instructions that run", show: instructions },
];

/// The stage that `coro dump` shows unless it is told otherwise.
pub const DEFAULT_STAGE: &str = "mir.coroutine";

/// Why there is no dump.
#[derive(Debug)]
pub enum DumpError {
    /// No stage of that name.
    UnknownStage,
    /// No function of that name; the names there are.
    UnknownFunction(Vec<String>),
    /// The stage shows whole files only.
    NotByFunction,
    /// The program does not compile.
    Program(Vec<Diagnostic>),
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DumpError::UnknownStage => write!(f, "there is no such stage"),
            DumpError::UnknownFunction(_) => write!(f, "there is no such function"),
            DumpError::NotByFunction => write!(f, "this stage does not know functions yet"),
            DumpError::Program(diagnostics) => write!(f, "{} errors", diagnostics.len()),
        }
    }
}

/// What is to be dumped.
struct Request<'a> {
    source: &'a Rc<SourceFile>,
}

/// The printed form of a function, or of the whole file if there is no name.
struct Part {
    qualname: Option<Rc<str>>,
    text: String,
}

/// The code of a program. Else everything that is wrong with it, in source order. Expressions may nest by the thousand:
/// call this within [`on_deep_stack`].
pub fn compile(source: &Rc<SourceFile>) -> Result<CodeUnit, Vec<Diagnostic>> {
    code::emit::emit(&passes(source)?, source.clone())
}

/// Compiles and runs a program with `argv` as its `sys.argv`; the exit status. See [`compile`] on depth.
pub fn run(source: &Rc<SourceFile>, argv: Vec<String>, options: Options) -> Result<i32, Vec<Diagnostic>> {
    Ok(execute(compile(source)?, argv, options))
}

/// Hands the code to the virtual machine.
fn execute(unit: CodeUnit, argv: Vec<String>, options: Options) -> i32 {
    crate::run::main(unit, argv, options, compile_module)
}

/// Compiles an imported file; errors as text.
fn compile_module(source: &Rc<SourceFile>) -> Result<CodeUnit, String> {
    compile(source).map_err(|found| crate::diag::render_all(&found, source, crate::diag::ColorChoice::Never))
}

/// Everything that there is to say about a program, errors and warnings, in source order. See [`compile`] on depth.
pub fn check(source: &Rc<SourceFile>) -> Vec<Diagnostic> {
    let (_, _, mut found) = front(source);
    if !has_error(&found)
        && let Err(more) = compile(source)
    {
        found.extend(more);
    }
    found.sort_by_key(|d| d.span);
    found
}

/// The printed form of a program at a stage, or of its functions with the plain or qualified name `function`. See [`compile`]
/// on depth.
pub fn dump(source: &Rc<SourceFile>, stage: &str, function: Option<&str>) -> Result<String, DumpError> {
    let stage = STAGES.iter().find(|s| s.name == stage).ok_or(DumpError::UnknownStage)?;
    let parts = (stage.show)(&Request { source }).map_err(DumpError::Program)?;
    let mut texts: Vec<&str> = Vec::new();
    for part in &parts {
        let wanted = match (function, &part.qualname) {
            (None, _) => true,
            (Some(_), None) => return Err(DumpError::NotByFunction),
            (Some(wanted), Some(name)) => **name == *wanted || name.rsplit('.').next() == Some(wanted),
        };
        if wanted {
            texts.push(part.text.trim_end_matches('\n'));
        }
    }
    if texts.is_empty() && function.is_some() {
        let names = parts.iter().filter_map(|part| part.qualname.as_ref()).map(|name| name.to_string());
        return Err(DumpError::UnknownFunction(names.collect()));
    }
    Ok(texts.join("\n\n") + "\n")
}

/// Reads a program's bytes: UTF-8, perhaps with a byte order mark. The error comes with the text as far as it can be shown.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Rc<SourceFile>, Box<(SourceFile, Diagnostic)>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Rc::new(SourceFile::new(name, text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            let shown = SourceFile::new(name, String::from_utf8_lossy(error.as_bytes()));
            let line = shown.line(at as u32);
            let title =
                format!("Non-UTF-8 code starting with '\\x{byte:02x}' on line {line}, but no encoding declared");
            let span = Span::new(at as u32, at as u32 + char::REPLACEMENT_CHARACTER.len_utf8() as u32);
            Err(Box::new((shown, Diagnostic::syntax("not-utf-8", title, span))))
        }
    }
}

/// Runs `work` on a thread whose stack is deep enough for every nesting that the parser lets through. None if `work`
/// panicked.
pub fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let slot = std::sync::Mutex::new(Some(work));
    let take_and_run = || {
        let work = slot.lock().ok().and_then(|mut slot| slot.take());
        work.map(|work| work())
    };
    // Where address space is scarce, less has to do.
    std::thread::scope(|scope| {
        for size in [1 << 30, 1 << 28, 1 << 26] {
            let thread = std::thread::Builder::new().name("coro".to_string()).stack_size(size);
            if let Ok(handle) = thread.spawn_scoped(scope, take_and_run) {
                return handle.join().ok().flatten();
            }
        }
        take_and_run()
    })
}

fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// Text to tree and names, with all that was found; the tree is of use to later passes if there is no error.
fn front(source: &SourceFile) -> (ast::Module, ScopeTable, Vec<Diagnostic>) {
    let (module, mut found) = syntax::parse(source);
    found.extend(syntax::check(&module, source));
    let (scopes, more) = sema::resolve(&module);
    found.extend(more);
    found.sort_by_key(|d| d.span);
    (module, scopes, found)
}

fn lower(source: &SourceFile) -> Result<hir::Module, Vec<Diagnostic>> {
    let (module, scopes, found) = front(source);
    if has_error(&found) { Err(found) } else { Ok(hir::lower(&module, &scopes, source)) }
}

/// MIR after all passes.
fn passes(source: &SourceFile) -> Result<mir::Module, Vec<Diagnostic>> {
    let mut module = mir::build(&lower(source)?);
    mir::run_passes(&mut module);
    let too_large = mir::verify::too_large(&module);
    if too_large.is_empty() { Ok(module) } else { Err(too_large) }
}

/// MIR as built, then after the passes up to `last`.
fn passes_until(source: &SourceFile, last: Option<&str>) -> Result<mir::Module, Vec<Diagnostic>> {
    let mut module = mir::build(&lower(source)?);
    let count = mir::PASSES.iter().position(|pass| Some(pass.name) == last).map_or(0, |at| at + 1);
    for pass in &mir::PASSES[..count] {
        module.bodies.iter_mut().for_each(pass.run);
    }
    Ok(module)
}

fn whole(text: String) -> Vec<Part> {
    vec![Part { qualname: None, text }]
}

fn tokens(request: &Request) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let (tokens, found) = syntax::tokenize(request.source);
    if has_error(&found) { Err(found) } else { Ok(whole(syntax::print_tokens(&tokens))) }
}

fn tree(request: &Request) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let (module, _, found) = front(request.source);
    if has_error(&found) { Err(found) } else { Ok(whole(syntax::print_module(&module))) }
}

fn scopes(request: &Request) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let (_, scopes, found) = front(request.source);
    if has_error(&found) { Err(found) } else { Ok(whole(sema::print_scopes(&scopes))) }
}

fn high(request: &Request) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let module = lower(request.source)?;
    let part = |(i, function): (usize, &hir::Function)| Part {
        qualname: Some(function.qualname.clone()),
        text: hir::print_function(&module, hir::FnId(i as u32)),
    };
    Ok(module.functions.iter().enumerate().map(part).collect())
}

fn middle(request: &Request, after: Option<&str>) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let module = passes_until(request.source, after)?;
    let part =
        |body: &mir::Body| Part { qualname: Some(body.qualname.clone()), text: mir::print::body(body, request.source) };
    Ok(module.bodies.iter().map(part).collect())
}

fn instructions(request: &Request) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let unit = compile(request.source)?;
    let part = |(i, function): (usize, &code::FunctionCode)| Part {
        qualname: Some(function.qualname.clone()),
        text: code::print::function(&unit, i),
    };
    Ok(unit.functions.iter().enumerate().map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_has_a_stage() {
        for pass in mir::PASSES {
            assert!(STAGES.iter().any(|stage| stage.name == format!("mir.{}", pass.name)), "{}", pass.name);
        }
        assert!(STAGES.iter().any(|stage| stage.name == DEFAULT_STAGE));
    }
}

//! Snapshots of the instructions: each `tests/cases/code/*.co` with the listing below it. To accept what changed:
//! `INSTA_UPDATE=always cargo test --test code`.

use coro::code::{FunctionCode, Instr, Op, fl};
use coro::diag::{ColorChoice, SourceFile, render_all};
use coro::pipeline::{self, DumpError, STAGES};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The listing at a stage, or what is wrong with the program.
fn dump(name: &str, text: &str, stage: &str) -> Result<String, String> {
    let dump = || {
        let source = Rc::new(SourceFile::new(name, text));
        pipeline::dump(&source, stage, None).map_err(|error| match error {
            DumpError::Program(found) => render_all(&found, &source, ColorChoice::Never),
            error => error.to_string(),
        })
    };
    pipeline::on_deep_stack(dump).expect("no panic")
}

fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/code");
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        (name, std::fs::read_to_string(&path).expect("a case is text"))
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn instructions() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/code");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, text) in cases() {
            let listing = dump(&name, &text, "code").unwrap_or_else(|error| error);
            insta::assert_snapshot!(name, format!("{}\n----\n{listing}", text.trim_end()));
        }
    });
}

/// Every row of the table prints something for every case.
#[test]
fn stages() {
    for (name, text) in cases() {
        for stage in STAGES {
            match dump(&name, &text, stage.name) {
                Ok(listing) => assert_ne!(listing.trim(), "", "{name} at {}", stage.name),
                Err(error) => panic!("{name} at {}: {error}", stage.name),
            }
        }
    }
}

/// Compiles `text` and says whether that worked, else the last line of the message.
fn compile(text: &str) -> Result<(), String> {
    let compile = || {
        let source = Rc::new(SourceFile::new("t.co", text));
        let found = match pipeline::compile(&source) {
            Ok(_) => return Ok(()),
            Err(found) => found,
        };
        Err(found.first().map(|d| format!("{}: {}", d.class, d.title)).unwrap_or_default())
    };
    pipeline::on_deep_stack(compile).expect("no panic")
}

#[test]
fn long_and_deep_programs_compile() {
    let repeat = |start: &str, part: &str, count: usize, end: &str| format!("{start}{}{end}\n", part.repeat(count));
    for text in [
        repeat("if a: pass\n", "elif b: f()\n", 5_000, ""),
        repeat("x = ", "-", 2_900, "1"),
        repeat("x = a", ".a", 2_900, ""),
        repeat("x = f", "()", 2_900, ""),
        repeat("x = a", " and a", 2_900, ""),
        repeat("x = a", " < a", 2_900, ""),
        repeat("x = [", "1, ", 100_000, "]"),
        repeat("f(", "a, ", 70_000, ")"),
        repeat("def f(a):\n while a:\n", "  a = a + 1\n", 40_000, ""),
    ] {
        assert_eq!(compile(&text), Ok(()), "{}…", &text[..20]);
    }
}

#[test]
fn what_the_instruction_format_cannot_hold_is_refused() {
    let many = format!("{}*b = x\n", "a, ".repeat(300));
    let expected = "SyntaxError: too many expressions in star-unpacking assignment";
    assert_eq!(compile(&many), Err(expected.to_string()));
    let accesses = format!("def f(a):\n{}", " a.b\n".repeat(70_000));
    let expected = "SyntaxError: function 'f' is too large: more than 65536 attribute accesses";
    assert_eq!(compile(&accesses), Err(expected.to_string()));
}

/// What the runtime relies on without looking: jumps stay inside, tables are sorted, depths agree.
fn rules(code: &FunctionCode) -> Result<(), String> {
    let (locals, size) = (code.locals.len(), code.instrs.len() as i64);
    let check = |ok: bool, what: &str, at: usize| if ok { Ok(()) } else { Err(format!("{what} at {at}")) };
    check(code.spans.len() == code.instrs.len() && code.depths.len() == code.instrs.len(), "side tables", 0)?;
    check(code.registers as usize >= locals, "registers", 0)?;
    for (at, &instr) in code.instrs.iter().enumerate() {
        let op = Op::from_u8(instr.op()).ok_or("unknown instruction")?;
        for offset in offsets(code, op, instr) {
            let target = at as i64 + offset;
            check((0..size).contains(&target), "jump out of the code", at)?;
            if op != Op::For {
                check(code.depths[target as usize] <= code.depths[at] + 1, "depth after a jump", at)?;
            }
        }
        check(locals + code.depths[at] as usize <= code.registers as usize, "depth", at)?;
        check(instr.has(fl::COMPLEX) == op.is_complex(), "COMPLEX flag", at)?;
    }
    for (i, entry) in code.handlers.iter().enumerate() {
        check(entry.start < entry.end && i64::from(entry.end) <= size, "handler range", i)?;
        check(i == 0 || code.handlers[i - 1].end <= entry.start, "order of handlers", i)?;
        let mut first = code.instrs[entry.handler as usize..].iter().map(|instr| instr.op());
        let first = first.find(|&op| op != Op::Clear as u8);
        check(first == Some(Op::Catch as u8), "handler begins with Catch", i)?;
        let covered = &code.depths[entry.start as usize..entry.end as usize];
        check(covered.iter().all(|&depth| depth >= entry.depth), "depth of a handler", i)?;
    }
    for (i, state) in code.states.iter().enumerate().skip(1) {
        let instr = code.instrs[state.instr as usize];
        check(instr.c() == i && code.depths[state.instr as usize] == state.depth, "state", i)?;
        check(state.delegate.is_none_or(|register| instr.b() == register as usize), "delegate", i)?;
    }
    let ends =
        [Op::Jump, Op::Return, Op::ReturnNone, Op::ReturnGen, Op::Raise, Op::Reraise, Op::RaiseAgain, Op::Switch];
    let last = code.instrs.last().and_then(|last| Op::from_u8(last.op()));
    check(last.is_some_and(|op| ends.contains(&op)), "the end", code.instrs.len())
}

fn offsets(code: &FunctionCode, op: Op, instr: Instr) -> Vec<i64> {
    let name = op.name();
    match op {
        Op::Jump | Op::JNone | Op::JNotNone | Op::JTrue | Op::JFalse => vec![i64::from(instr.imm())],
        Op::For => vec![instr.ic()],
        Op::Switch => code.switches[instr.b()].iter().map(|&offset| i64::from(offset)).collect(),
        _ if name.starts_with('J') && name != "Join" => vec![instr.ia() as i64],
        _ => Vec::new(),
    }
}

#[test]
fn code_keeps_the_rules_of_the_runtime() {
    for (name, text) in cases() {
        let broken = || {
            let unit = pipeline::compile(&Rc::new(SourceFile::new(&*name, &*text))).ok()?;
            let broken = |f: &FunctionCode| rules(f).err().map(|why| format!("{name}, {}: {why}", f.qualname));
            unit.functions.iter().find_map(broken)
        };
        assert_eq!(pipeline::on_deep_stack(broken).expect("no panic"), None);
    }
}

//! Snapshots of the mid-level IR: for each pass, the programs in `tests/cases/mir/<pass>/` with the IR before and after
//! it, so that the difference is the pass (`build` has no before). To accept changes:
//! `INSTA_UPDATE=always cargo test --test mir`.

use coro::diag::SourceFile;
use coro::mir::{self, Body, Op, Operand, PASSES, StateId, Term};
use coro::{hir, sema, syntax};
use std::fs;
use std::path::{Path, PathBuf};

fn build(name: &str, text: &str) -> (mir::Module, SourceFile) {
    let source = SourceFile::new(name, text);
    let (module, mut diagnostics) = syntax::parse(&source);
    diagnostics.extend(syntax::check(&module, &source));
    let (scopes, found) = sema::resolve(&module);
    diagnostics.extend(found);
    assert!(diagnostics.is_empty(), "{name}: {diagnostics:#?}");
    (mir::build(&hir::lower(&module, &scopes, &source)), source)
}

/// Runs the passes before `pass`, or all of them.
fn run_until(module: &mut mir::Module, pass: Option<&str>) {
    for step in PASSES.iter().take_while(|p| Some(p.name) != pass) {
        run(module, step);
    }
}

fn run(module: &mut mir::Module, pass: &mir::Pass) {
    for body in &mut module.bodies {
        (pass.run)(body);
        if let Err(message) = mir::verify::verify(body) {
            panic!("{} after {}: {message}", body.qualname, pass.name);
        }
    }
}

/// The functions; the module body that only defines them is left out.
fn print(module: &mir::Module, source: &SourceFile) -> String {
    let texts: Vec<String> = module.bodies[1..].iter().map(|b| mir::print::body(b, source)).collect();
    texts.join("\n")
}

fn programs(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "co"))
        .collect();
    paths.sort();
    paths
}

fn snapshots(stage: &str, render: impl Fn(&str, &str) -> String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/mir/{stage}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/mir").join(stage);
        let paths = programs(&dir);
        assert!(!paths.is_empty(), "no cases for {stage}");
        for path in paths {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read_to_string(&path).unwrap_or_default();
            insta::assert_snapshot!(name.as_str(), format!("{}\n{}", text.trim_end(), render(&name, &text)));
        }
    });
}

#[test]
fn built() {
    snapshots("build", |name, text| {
        let (module, source) = build(name, text);
        module.bodies.iter().for_each(|b| mir::verify::verify(b).unwrap());
        format!("---- built\n{}", print(&module, &source))
    });
}

#[test]
fn each_pass() {
    for pass in PASSES {
        snapshots(pass.name, |name, text| {
            let (mut module, source) = build(name, text);
            run_until(&mut module, Some(pass.name));
            let before = print(&module, &source);
            run(&mut module, pass);
            let after = print(&module, &source);
            format!("---- before {0}\n{before}---- after {0}\n{after}", pass.name)
        });
    }
}

/// A finished body to break.
fn finished(text: &str) -> Body {
    let (mut module, _) = build("case", text);
    run_until(&mut module, None);
    module.bodies.swap_remove(1)
}

fn complaint(body: &Body) -> String {
    mir::verify::verify(body).expect_err("the body is broken")
}

const GENERATOR: &str = "def f(a):\n    try:\n        yield a(1)\n    except ValueError:\n        yield 2\n";

#[test]
fn verifier_sees_lost_temporaries() {
    let mut body = finished(GENERATOR);
    for block in &mut body.blocks {
        block.instrs.retain(|i| !matches!(i.op, Op::Drop));
    }
    assert_eq!(complaint(&body), "bb2: returns with 1 live temporaries");
}

#[test]
fn verifier_sees_double_consumption() {
    let mut body = finished(GENERATOR);
    for block in &mut body.blocks {
        if let Some(i) = block.instrs.iter().position(|i| matches!(i.op, Op::Drop)) {
            block.instrs.insert(i, block.instrs[i].clone());
        }
    }
    assert_eq!(complaint(&body), "bb1: more temporaries consumed than live");
}

#[test]
fn verifier_sees_handlers_without_catch() {
    let mut body = finished(GENERATOR);
    body.regions[0].handler = mir::BlockId(0);
    assert_eq!(complaint(&body), "region 0: its handler bb0 does not begin with a catch");
}

#[test]
fn verifier_sees_shared_states() {
    let mut body = finished(GENERATOR);
    for block in &mut body.blocks {
        if let Term::Suspend(suspend) = &mut block.term {
            suspend.state = StateId(1);
        }
    }
    assert!(complaint(&body).ends_with("suspends in a state that is not its own"));
}

#[test]
fn verifier_sees_unknown_blocks() {
    let mut body = finished(GENERATOR);
    body.blocks[0].term = Term::Jump(mir::BlockId(99));
    assert_eq!(complaint(&body), "bb0: goes to bb99, which does not exist");
}

/// The fast forms that the rest of the speed rests on.
#[test]
fn arithmetic_is_one_instruction() {
    let body = finished("def f(i, n):\n    while i < n:\n        i = i + 1\n");
    let adds: Vec<&mir::Instr> =
        body.blocks.iter().flat_map(|b| &b.instrs).filter(|i| matches!(i.op, Op::Binary(_))).collect();
    let i = mir::LocalId(0);
    assert_eq!(adds.len(), 1);
    assert_eq!(adds[0].dst, Some(mir::Place::Local(i)));
    assert_eq!(adds[0].args, [Operand::Local(i), Operand::Const(mir::Const::Int(1))]);
    let instructions: usize = body.blocks.iter().map(|b| b.instrs.len()).sum();
    assert_eq!(instructions, 2, "a comparison and an addition");
}

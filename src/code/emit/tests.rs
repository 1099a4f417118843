//! Hand-made MIR through the emitter.

use super::emit;
use crate::code::isa::Op as Code;
use crate::code::{CodeUnit, print};
use crate::diag::{SourceFile, Span};
use crate::mir::*;
use std::rc::Rc;

const AT: Span = Span::new(0, 1);

fn l(n: u32) -> Operand {
    Operand::Local(LocalId(n))
}

fn t(n: u32) -> Operand {
    Operand::Temp(TempId(n))
}

fn int(n: i64) -> Operand {
    Operand::Const(Const::Int(n))
}

fn to_local(n: u32, op: Op, args: Vec<Operand>) -> Instr {
    Instr { dst: Some(Place::Local(LocalId(n))), op, args, span: AT }
}

fn to_temp(n: u32, op: Op, args: Vec<Operand>) -> Instr {
    Instr { dst: Some(Place::Temp(TempId(n))), op, args, span: AT }
}

fn effect(op: Op, args: Vec<Operand>) -> Instr {
    Instr { dst: None, op, args, span: AT }
}

fn block(instrs: Vec<Instr>, term: Term) -> Block {
    Block { instrs, term, term_span: AT, region: None }
}

fn branch(cond: Operand, then: u32, orelse: u32) -> Term {
    Term::Branch { cond, then: BlockId(then), orelse: BlockId(orelse) }
}

fn jump(to: u32) -> Term {
    Term::Jump(BlockId(to))
}

fn none() -> Term {
    Term::Return(Operand::Const(Const::None))
}

fn local(name: &str) -> Local {
    Local { name: name.into(), kind: LocalKind::Named, cell: false }
}

/// A plain function with locals `a b c .iter` and as many temporaries as `temps` says, temporary n at depth n.
fn body(temps: u16, blocks: Vec<Block>) -> Body {
    let locals: Vec<Local> = ["a", "b", "c", ".iter"].map(local).into();
    let count = locals.len() as u16;
    Body {
        id: FnId(0),
        kind: FnKind::Function,
        flavor: Flavor::Plain,
        name: "f".into(),
        qualname: "f".into(),
        params: Params::default(),
        locals,
        doc: None,
        span: AT,
        header: AT,
        blocks,
        temps: u32::from(temps),
        regions: Vec::new(),
        states: Vec::new(),
        frame: Some(FrameLayout {
            locals: (0..count).collect(),
            temps: (count..count + temps).collect(),
            size: count + temps,
        }),
    }
}

fn unit(body: Body) -> CodeUnit {
    let source = Rc::new(SourceFile::new("t.co", "x"));
    emit(&Module { bodies: vec![body] }, source).expect("small enough")
}

fn listing(body: Body) -> String {
    print::unit(&unit(body))
}

#[test]
fn a_loop_test_goes_to_the_bottom() {
    let blocks = vec![
        block(vec![to_local(0, Op::Copy, vec![int(0)])], jump(1)),
        block(vec![to_temp(0, Op::Compare(CmpOp::Lt), vec![l(0), int(10)])], branch(t(0), 2, 3)),
        block(vec![to_local(0, Op::InPlace(BinOp::Add), vec![l(0), int(1)])], jump(1)),
        block(vec![], Term::Return(l(0))),
    ];
    insta::assert_snapshot!(listing(body(1, blocks)), @r#"
    function f()  ; a b c .iter | 1 temporary
        1 | x
          0  LoadWL       a = 0
          1  Jump         -> 3
      >   2  AddIL        a = a + 1  (in place)
      >   3  JLtI         if a < 10 -> 2
          4  Return       a
    "#);
}

#[test]
fn a_test_of_two_parts_goes_to_the_bottom_whole() {
    let blocks = vec![
        block(vec![], jump(1)),
        block(vec![to_temp(0, Op::Unary(UnaryOp::Not), vec![l(0)])], branch(t(0), 4, 2)),
        block(vec![to_temp(0, Op::Compare(CmpOp::IsNot), vec![l(1), Operand::Const(Const::None)])], branch(t(0), 3, 4)),
        block(vec![to_local(0, Op::Binary(BinOp::Sub), vec![l(0), l(1)])], jump(1)),
        block(vec![], none()),
    ];
    insta::assert_snapshot!(listing(body(1, blocks)), @r#"
    function f()  ; a b c .iter | 1 temporary
        1 | x
          0  Jump         -> 2
      >   1  SubL         a = a - b
      >   2  JFalse       unless a -> 4
          3  JNotNone     if b is not None -> 1
      >   4  ReturnNone
    "#);
}

#[test]
fn for_jumps_back_and_calls_copy_what_they_are_given() {
    let blocks = vec![
        block(vec![to_local(3, Op::GetIter, vec![l(0)])], jump(1)),
        block(
            vec![],
            Term::ForIter { iterator: LocalId(3), dst: Place::Local(LocalId(1)), body: BlockId(2), exit: BlockId(3) },
        ),
        block(
            vec![
                to_temp(0, Op::LoadGlobal("print".into()), vec![]),
                to_temp(1, Op::Binary(BinOp::Mul), vec![l(1), l(1)]),
                to_temp(0, Op::Call, vec![t(0), t(1), l(2), Operand::Const(Const::Str("x".into()))]),
                effect(Op::Drop, vec![t(0)]),
            ],
            jump(1),
        ),
        block(vec![effect(Op::Clear(LocalId(3)), vec![])], none()),
    ];
    insta::assert_snapshot!(listing(body(2, blocks)), @r#"
    function f()  ; a b c .iter | 4 temporaries
        1 | x
          0  Iter         .iter = iter a
          1  Jump         -> 8
      >   2  GetGlobal    t0 = print
          3  Mul          t1 = b * b
          4  Copy         t2 = c
          5  LoadK        t3 = "x"
          6  Call         t0 = t0(t1 .. t3)
          7  Drop         t0
      >   8  For          b = next .iter -> 2
          9  Clear        .iter
         10  ReturnNone
    "#);
}

#[test]
fn a_generator_with_a_handler() {
    let mut blocks = vec![
        block(vec![], jump(1)),
        Block {
            region: Some(RegionId(0)),
            ..block(
                vec![to_temp(0, Op::Binary(BinOp::Add), vec![l(0), int(1)])],
                Term::Suspend(Suspend {
                    kind: SuspendKind::Yield,
                    value: t(0),
                    delegate: None,
                    sent: Place::Temp(TempId(0)),
                    resume: BlockId(2),
                    state: StateId(1),
                }),
            )
        },
        block(vec![to_local(1, Op::Copy, vec![t(0)])], jump(1)),
        block(vec![to_local(2, Op::Catch { saved: LocalId(3) }, vec![])], jump(4)),
        block(vec![effect(Op::EndCatch { saved: LocalId(3) }, vec![])], none()),
    ];
    blocks[2].region = Some(RegionId(0));
    let mut body = body(1, blocks);
    body.flavor = Flavor::Generator;
    body.regions =
        vec![Region { handler: BlockId(3), parent: None, live_temps: vec![], kind: RegionKind::Except, span: AT }];
    let state = |id: u32, kind, block: u32, resume: u32| State {
        id: StateId(id),
        kind,
        block: BlockId(block),
        resume: BlockId(resume),
        region: Some(RegionId(0)),
        saved_temps: vec![],
        saved: vec![LocalId(0)],
        live: vec![LocalId(0)],
        bare: false,
        handling: Vec::new(),
        span: AT,
    };
    body.states = vec![state(0, None, 0, 0), state(1, Some(SuspendKind::Yield), 1, 2)];
    insta::assert_snapshot!(listing(body), @r#"
    generator f()  ; a b c .iter | 1 temporary
      state 0 start
      state 1 yield at 1 -> 2, live a  ; 1:1
      handler of 0..3 -> 4
        1 | x
      >   0  AddI         t0 = a + 1
          1  Yield        t0 = yield t0, state 1
          2  MoveL        b = move t0
          3  Jump         -> 0
      >   4  Catch        c, before .iter
          5  EndCatch     before .iter
          6  LoadW        t0 = None
          7  ReturnGen    t0
    "#);
}

/// A loop whose body is longer than 16 bits can jump over.
fn long_loop(term: Term) -> CodeUnit {
    let step = || to_local(1, Op::Binary(BinOp::Add), vec![l(1), l(2)]);
    let blocks = vec![
        block(vec![], jump(1)),
        block(vec![to_temp(0, Op::Compare(CmpOp::Lt), vec![l(0), int(10)])], term),
        block((0..40_000).map(|_| step()).collect(), jump(1)),
        block(vec![], none()),
    ];
    unit(body(2, blocks))
}

#[test]
fn far_compares_take_the_long_form() {
    let unit = long_loop(branch(t(0), 2, 3));
    let code = &unit.functions[0];
    let ops: Vec<u8> = code.instrs[40_001..].iter().map(|i| i.op()).collect();
    assert_eq!(ops, [Code::LoadW, Code::Lt, Code::JTrue, Code::ReturnNone].map(|op| op as u8));
    assert_eq!(code.instrs[40_003].imm(), 1 - 40_003);
}

#[test]
fn far_for_takes_the_long_form() {
    let step = || to_local(1, Op::Binary(BinOp::Add), vec![l(1), l(2)]);
    let for_iter =
        Term::ForIter { iterator: LocalId(3), dst: Place::Local(LocalId(0)), body: BlockId(2), exit: BlockId(3) };
    let blocks = vec![
        block(vec![], jump(1)),
        block(vec![], for_iter),
        block((0..40_000).map(|_| step()).collect(), jump(1)),
        block(vec![], none()),
    ];
    let unit = unit(body(0, blocks));
    let code = &unit.functions[0];
    let ops: Vec<u8> = code.instrs[40_001..].iter().map(|i| i.op()).collect();
    assert_eq!(ops, [Code::For, Code::Jump, Code::Jump, Code::ReturnNone].map(|op| op as u8));
    assert_eq!((code.instrs[40_001].ic(), code.instrs[40_002].imm(), code.instrs[40_003].imm()), (2, 2, 1 - 40_003));
}

#[test]
fn too_many_attribute_accesses_are_refused() {
    let access = || to_local(1, Op::GetAttr("x".into()), vec![l(0)]);
    let body = body(0, vec![block((0..70_000).map(|_| access()).collect(), none())]);
    let error = emit(&Module { bodies: vec![body] }, Rc::new(SourceFile::new("t.co", "x"))).expect_err("too large");
    assert_eq!(error[0].title, "function 'f' is too large: more than 65536 attribute accesses");
}

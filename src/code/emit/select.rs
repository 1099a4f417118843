//! Instructions for the operations of the MIR.

use super::Emitter;
use super::assemble::complex;
use super::peephole::has_no_result;
use super::sequence::{Destination, small};
use crate::code::isa::{Instr, Op, fl};
use crate::code::{CallSite, FunctionSite, IntrinsicOp, IntrinsicSite};
use crate::diag::Diagnostic;
use crate::mir::{
    self, AwaitContext, BinOp, CmpOp, Const, Conversion, Intrinsic, LocalId, Name, Operand, Place, TempId, UnaryOp,
};

impl Emitter<'_> {
    /// One MIR instruction.
    pub(super) fn instr(&mut self, instr: &mir::Instr) {
        self.span = instr.span;
        self.scratch = 0;
        let before = self.depth;
        match &instr.op {
            mir::Op::Copy => {
                if let (Some(place), [value]) = (instr.dst, instr.args.as_slice()) {
                    self.copy(place, value);
                }
            }
            op if stores(op) || has_no_result(op) => {
                self.effect(op, &instr.args);
                if let Some(place) = instr.dst {
                    let dst = self.place(place);
                    self.load(dst, &Const::None);
                }
            }
            op => self.value(op, &instr.args, instr.dst),
        }
        self.depth = super::depth::after(before, instr);
    }

    pub(super) fn copy(&mut self, place: Place, value: &Operand) {
        let dst = self.place(place);
        match value {
            Operand::Const(value) => self.load(dst, value),
            Operand::Local(local) => {
                let op = if dst.local { Op::CopyL } else { Op::Copy };
                self.word(Instr::abc(op, dst.flag(), dst.register, self.local(*local), 0));
            }
            Operand::Temp(temp) => {
                let register = self.temp(*temp);
                self.consume(std::slice::from_ref(value));
                if dst.local || dst.register != register {
                    let op = if dst.local { Op::MoveL } else { Op::Move };
                    self.word(Instr::abc(op, dst.flag(), dst.register, register, 0));
                }
            }
        }
    }

    /// Operations without a result.
    fn effect(&mut self, op: &mir::Op, args: &[Operand]) {
        use mir::Op as M;
        match (op, args) {
            (M::Drop, _) => self.drop_operand(args),
            (M::CheckBound(local), _) => self.on_local(Op::Check, *local),
            (M::Clear(local), _) => self.on_local(Op::Clear, *local),
            (M::DeleteLocal(local), _) => self.on_local(Op::DeleteLocal, *local),
            (M::DeleteCell(local), _) => self.on_local(Op::DeleteCell, *local),
            (M::MakeCell { slot, fresh }, _) => self.on_local(if *fresh { Op::NewCell } else { Op::MakeCell }, *slot),
            (M::EndCatch { saved }, _) => self.word(Instr::abc(Op::EndCatch, 0, 0, self.local(*saved), 0)),
            (M::StoreCell(local), [value]) => {
                let source = self.source(value);
                self.consume(args);
                self.word(Instr::abc(Op::StoreCell, source.flag(fl::B_TEMP), self.local(*local), source.register, 0));
            }
            (M::StoreGlobal(name), [value]) => {
                let (source, number) = (self.source(value), self.globals.number(name));
                self.consume(args);
                self.word(Instr::ai(Op::SetGlobal, source.flag(fl::A_TEMP), source.register, number));
            }
            (M::DeleteGlobal(name), _) => {
                let number = self.globals.number(name);
                self.word(Instr::ai(Op::DelGlobal, 0, 0, number));
            }
            (M::StoreName(name), [value]) => {
                let (source, name) = (self.source(value), self.pool.name(name));
                self.consume(args);
                let flags = source.flag(fl::A_TEMP) | complex(Op::StoreName);
                self.word(Instr::abc(Op::StoreName, flags, source.register, name, 0));
            }
            (M::DeleteName(name), _) => {
                let name = self.pool.name(name);
                self.word(Instr::abc(Op::DelName, complex(Op::DelName), 0, name, 0));
            }
            (M::SetAttr(name), [object, value]) => self.set_attr(name, object, value, args),
            (M::DelAttr(name), _) => {
                let cache = self.pool.cache(name);
                self.three(Op::DelAttr, [None, args.first(), None], args, [0, 0, cache]);
            }
            (M::SetItem, [object, item, value]) => {
                self.three(Op::SetItem, [Some(object), Some(item), Some(value)], args, [0; 3]);
            }
            (M::DelItem, [object, item]) => self.three(Op::DelItem, [None, Some(object), Some(item)], args, [0; 3]),
            (M::Intrinsic(op), _) => self.append(op, args),
            _ => debug_assert!(false, "operands of {op:?}"),
        }
    }

    fn on_local(&mut self, op: Op, local: LocalId) {
        self.word(Instr::abc(op, 0, self.local(local), 0, 0));
    }

    fn drop_operand(&mut self, args: &[Operand]) {
        if let [Operand::Temp(temp)] = args {
            let register = self.temp(*temp);
            self.consume(args);
            self.word(Instr::abc(Op::Drop, 0, register, 0, 0));
        }
    }

    fn set_attr(&mut self, name: &Name, object: &Operand, value: &Operand, args: &[Operand]) {
        let cache = self.pool.cache(name);
        self.three(Op::SetAttr, [Some(value), Some(object), None], args, [0, 0, cache]);
    }

    /// An instruction without a destination that reads up to three registers; `rest` fills the other fields. Constants
    /// are loaded in the order of `args`, that of evaluation.
    fn three(&mut self, op: Op, fields: [Option<&Operand>; 3], args: &[Operand], rest: [u16; 3]) {
        let (mut words, mut flags) = (rest, complex(op));
        for arg in args {
            let Some(field) = fields.iter().position(|f| f.is_some_and(|f| std::ptr::eq(f, arg))) else { continue };
            let source = self.source(arg);
            words[field] = source.register;
            flags |= source.flag([fl::A_TEMP, fl::B_TEMP, fl::C_TEMP][field]);
        }
        self.consume(args);
        self.word(Instr::abc(op, flags, words[0], words[1], words[2]));
    }

    /// Adds to a comprehension's container, which is borrowed from its local.
    fn append(&mut self, op: &Intrinsic, args: &[Operand]) {
        match (op, args) {
            (Intrinsic::ListAppend | Intrinsic::SetAdd, [Operand::Local(container), value]) => {
                let source = self.source(value);
                let a = self.local(*container);
                self.consume(args);
                let op = if *op == Intrinsic::ListAppend { Op::ListAppend } else { Op::SetAdd };
                self.word(Instr::abc(op, source.flag(fl::B_TEMP), a, source.register, 0));
            }
            (Intrinsic::DictSet, [Operand::Local(container), rest @ ..]) if rest.len() == 2 => {
                let a = self.local(*container);
                let b = self.sequence(rest);
                self.word(Instr::abc(Op::DictSet, fl::B_TEMP | fl::C_TEMP, a, b, b.wrapping_add(1)));
            }
            _ => {
                let (base, a) = (self.sequence(args), self.scratch());
                self.intrinsic(op, args.len(), Destination { register: a, local: false }, base);
                self.scratch = 0;
            }
        }
    }

    /// Operations with a result. One that nobody wants goes to a temporary that is dropped.
    fn value(&mut self, op: &mir::Op, args: &[Operand], dst: Option<Place>) {
        let unwanted = dst.is_none() && !defines_otherwise(op);
        let dst = match dst {
            Some(place) => self.place(place),
            None => {
                let depth = self.depth.saturating_sub(super::depth::consumed(args));
                Destination { register: self.temp_register(depth), local: false }
            }
        };
        self.select(op, args, dst);
        if unwanted {
            self.word(Instr::abc(Op::Drop, 0, dst.register, 0, 0));
        }
    }

    fn select(&mut self, op: &mir::Op, args: &[Operand], dst: Destination) {
        use mir::Op as M;
        match op {
            M::LoadCell(local) => self.to(Op::LoadCell, dst, self.local(*local), 0),
            M::LoadGlobal(name) => {
                let number = self.globals.number(name);
                self.word(Instr::ai(Op::GetGlobal, dst.flag(), dst.register, number));
            }
            M::LoadName { name, fallback } => {
                let name = self.pool.name(name);
                self.to(Op::LoadName, dst, name, fallback.map_or(0, |cell| self.local(cell) + 1));
            }
            M::Unary(op) => self.unary(unary(*op), args, dst, 0),
            M::Truth => self.unary(Op::Truth, args, dst, 0),
            M::Binary(op) => self.binary(*op, args, dst, 0),
            M::InPlace(op) => self.binary(*op, args, dst, fl::IN_PLACE),
            M::Compare(op) => self.pair(compare(*op), args, dst, 0),
            M::GetItem => self.pair(Op::GetItem, args, dst, 0),
            M::GetAttr(name) => {
                let cache = self.pool.cache(name);
                self.unary(Op::GetAttr, args, dst, cache);
            }
            M::BuildSlice => self.build(Op::BuildSlice, args, 0, dst),
            M::BuildTuple => self.build(Op::BuildTuple, args, args.len(), dst),
            M::BuildList => self.build(Op::BuildList, args, args.len(), dst),
            M::BuildSet => self.build(Op::BuildSet, args, args.len(), dst),
            M::BuildDict => self.build(Op::BuildDict, args, args.len() / 2, dst),
            M::Join => self.build(Op::Join, args, args.len(), dst),
            M::ListToTuple => self.build(Op::ListToTuple, args, 0, dst),
            M::ListExtend => self.update(Op::ListExtend, args, dst),
            M::SetUpdate => self.update(Op::SetUpdate, args, dst),
            M::DictUpdate => self.update(Op::DictUpdate, args, dst),
            M::DictMerge => self.update(Op::DictMerge, &args[..args.len().min(2)], dst),
            M::Call | M::CallKw(_) | M::CallMethod { .. } | M::CallLoaded { .. } | M::CallEx => {
                self.call(op, args, dst)
            }
            M::Format { conversion, has_spec } => self.format(*conversion, *has_spec, args, dst),
            M::MakeFunction { .. } | M::MakeClass { .. } => self.make(op, args, dst),
            M::GetIter => self.unary(Op::Iter, args, dst, 0),
            M::GetAwaitable { context } => self.unary(Op::GetAwaitable, args, dst, await_context(*context)),
            M::GetANext => self.unary(Op::GetANext, args, dst, 0),
            M::GetYieldFromIter => self.unary(Op::GetYieldFrom, args, dst, 0),
            M::IsStopAsyncIteration => self.unary(Op::IsStopAsync, args, dst, 0),
            M::CallExit => self.pair(Op::CallExit, args, dst, 0),
            M::LoadMethod { name, callee, .. } => self.load_method(name, args, *callee),
            M::Unpack { targets } => self.unpack(Op::Unpack, args, targets.clone(), targets.len()),
            M::UnpackStar { before, star, after } => self.unpack_star(args, before, *star, after),
            M::Catch { saved } => self.to(Op::Catch, dst, self.local(*saved), 0),
            M::Intrinsic(Intrinsic::Iter) => self.unary(Op::Iter, args, dst, 0),
            M::Intrinsic(op) => {
                let base = self.sequence(args);
                self.intrinsic(op, args.len(), dst, base);
            }
            _ => debug_assert!(false, "{op:?} has no result"),
        }
    }

    /// `op` with a destination and two fields.
    fn to(&mut self, op: Op, dst: Destination, b: u16, c: u16) {
        self.word(Instr::abc(op, dst.flag() | complex(op), dst.register, b, c));
    }

    fn unary(&mut self, op: Op, args: &[Operand], dst: Destination, c: u16) {
        let Some(arg) = args.first() else { return };
        let source = self.source(arg);
        self.consume(args);
        let flags = dst.flag() | source.flag(fl::B_TEMP) | complex(op);
        self.word(Instr::abc(op, flags, dst.register, source.register, c));
    }

    fn pair(&mut self, op: Op, args: &[Operand], dst: Destination, flags: u8) {
        let [left, right] = args else { return };
        let (b, c) = (self.source(left), self.source(right));
        self.consume(args);
        let flags = flags | dst.flag() | b.flag(fl::B_TEMP) | c.flag(fl::C_TEMP) | complex(op);
        self.word(Instr::abc(op, flags, dst.register, b.register, c.register));
    }

    fn binary(&mut self, op: BinOp, args: &[Operand], dst: Destination, flags: u8) {
        let [left, right] = args else { return };
        let which = usize::from(dst.local);
        let Some((value, immediate)) = immediate(op, right) else {
            return self.pair(arithmetic(op)[which], args, dst, flags);
        };
        let b = self.source(left);
        self.consume(args);
        let flags = flags | dst.flag() | b.flag(fl::B_TEMP);
        self.word(Instr::abc(immediate[which], flags, dst.register, b.register, value as u16));
    }

    fn build(&mut self, op: Op, args: &[Operand], count: usize, dst: Destination) {
        let base = self.sequence(args);
        let count = self.pool.narrow(count, "items in one display");
        self.to(op, dst, base, count);
    }

    /// A container extended in place, then moved to `dst`.
    fn update(&mut self, op: Op, args: &[Operand], dst: Destination) {
        let base = self.sequence(args);
        self.to(op, dst, base, base.wrapping_add(1));
    }

    fn call(&mut self, op: &mir::Op, args: &[Operand], dst: Destination) {
        let base = self.sequence(args);
        let argc = self.pool.narrow(args.len().saturating_sub(1), "arguments");
        match op {
            mir::Op::Call => self.to(Op::Call, dst, base.wrapping_add(1), argc),
            mir::Op::CallKw(keywords) => {
                let site = self.pool.call_site(CallSite { name: None, argc, keywords: keywords.clone() });
                self.to(Op::CallKw, dst, base.wrapping_add(1), site);
            }
            mir::Op::CallMethod { name, keywords } => {
                let site = CallSite { name: Some(name.clone()), argc, keywords: keywords.clone() };
                let site = self.pool.call_site(site);
                self.to(Op::CallMethod, dst, base, site);
            }
            mir::Op::CallLoaded { keywords } => {
                let site = CallSite { name: None, argc: argc.saturating_sub(1), keywords: keywords.clone() };
                let site = self.pool.call_site(site);
                self.to(Op::CallLoaded, dst, base.wrapping_add(1), site);
            }
            _ => self.to(Op::CallEx, dst, base, 0),
        }
    }

    /// The object's register becomes that of what is called, the next one that of the receiver.
    fn load_method(&mut self, name: &Name, args: &[Operand], callee: TempId) {
        let base = self.sequence(args);
        debug_assert_eq!(base, self.temp(callee), "the object's register is the callee's");
        self.temp_register(self.depth + 1);
        let cache = self.pool.cache(name);
        self.word(Instr::abc(Op::LoadMethod, 0, base, base, cache));
    }

    fn format(&mut self, conversion: Option<Conversion>, has_spec: bool, args: &[Operand], dst: Destination) {
        let Some(value) = args.first() else { return };
        let source = self.source(value);
        let spec = if has_spec { args.get(1).map(|spec| self.owned(spec)) } else { None };
        self.consume(args);
        let conversion = match conversion {
            None => 0,
            Some(Conversion::Str) => 1,
            Some(Conversion::Repr) => 2,
            Some(Conversion::Ascii) => 3,
        };
        // The spec is a temporary of this instruction.
        let extra = if spec.is_some() { fl::EXTRA | fl::C_TEMP } else { 0 };
        let flags = dst.flag() | source.flag(fl::B_TEMP) | conversion << fl::CONV_SHIFT | extra;
        self.word(Instr::abc(Op::Format, flags, dst.register, source.register, spec.unwrap_or(0)));
    }

    fn make(&mut self, op: &mir::Op, args: &[Operand], dst: Destination) {
        let base = self.sequence(args);
        match op {
            mir::Op::MakeFunction { function, captures } => {
                let captures = captures.iter().map(|&slot| self.local(slot)).collect();
                let site = self.pool.function_site(FunctionSite { function: function.0, captures });
                self.to(Op::MakeFunction, dst, base, site);
            }
            mir::Op::MakeClass { name } => {
                let name = self.pool.name(name);
                self.to(Op::MakeClass, dst, base, name);
            }
            _ => {}
        }
    }

    /// Targets get the items in order: the first is the topmost, so that it is consumed first.
    fn unpack(&mut self, op: Op, args: &[Operand], targets: Vec<TempId>, c: usize) {
        let Some(arg) = args.first() else { return };
        let source = self.source(arg);
        self.consume(args);
        let base = self.temp_register(self.depth);
        let count = targets.len() as u16;
        for (i, &target) in targets.iter().enumerate() {
            let register = self.temp(target);
            debug_assert_eq!(
                register,
                base + count - 1 - i as u16,
                "the targets of an unpacking are in reversed order"
            );
        }
        let c = self.pool.narrow(c, "targets in one unpacking");
        self.word(Instr::abc(op, source.flag(fl::B_TEMP) | complex(op), base, source.register, c));
    }

    fn unpack_star(&mut self, args: &[Operand], before: &[TempId], star: TempId, after: &[TempId]) {
        if before.len() > 255 || after.len() > 255 {
            self.refuse_unpacking();
            return;
        }
        let targets = before.iter().chain([&star]).chain(after).copied().collect();
        self.unpack(Op::UnpackStar, args, targets, before.len() | after.len() << 8);
    }

    #[cold]
    fn refuse_unpacking(&mut self) {
        let title = "too many expressions in star-unpacking assignment";
        let error = Diagnostic::syntax("too-many-targets", title, self.span)
            .with_note("up to 255 can stand on each side of the starred one");
        self.refused.get_or_insert(Box::new(error));
    }

    fn intrinsic(&mut self, op: &Intrinsic, argc: usize, dst: Destination, base: u16) {
        let op = self.intrinsic_op(op);
        let argc = self.pool.narrow(argc, "arguments");
        let site = self.pool.intrinsic_site(IntrinsicSite { op, argc });
        self.to(Op::Intrinsic, dst, base, site);
    }

    fn intrinsic_op(&self, op: &Intrinsic) -> IntrinsicOp {
        match op.clone() {
            Intrinsic::ExcMatch => IntrinsicOp::ExcMatch,
            Intrinsic::ExcStarSplit => IntrinsicOp::ExcStarSplit,
            Intrinsic::ExcStarFinish => IntrinsicOp::ExcStarFinish,
            Intrinsic::WithEnter { exit } => IntrinsicOp::WithEnter { exit: self.local(exit) },
            Intrinsic::AsyncWithEnter { exit } => IntrinsicOp::AsyncWithEnter { exit: self.local(exit) },
            Intrinsic::ListAppend => IntrinsicOp::ListAppend,
            Intrinsic::SetAdd => IntrinsicOp::SetAdd,
            Intrinsic::DictSet => IntrinsicOp::DictSet,
            Intrinsic::IsSequence => IntrinsicOp::IsSequence,
            Intrinsic::IsMapping => IntrinsicOp::IsMapping,
            Intrinsic::Len => IntrinsicOp::Len,
            Intrinsic::MatchKeys => IntrinsicOp::MatchKeys,
            Intrinsic::MatchRest => IntrinsicOp::MatchRest,
            Intrinsic::MatchClass { positional, names } => IntrinsicOp::MatchClass { positional, names },
            Intrinsic::ItemAt { index } => IntrinsicOp::ItemAt { index },
            Intrinsic::SliceBetween { before, after } => IntrinsicOp::SliceBetween { before, after },
            Intrinsic::Import { module, level, names, leaf } => IntrinsicOp::Import { module, level, names, leaf },
            Intrinsic::ImportFrom { name } => IntrinsicOp::ImportFrom { name },
            Intrinsic::ImportStar => IntrinsicOp::ImportStar,
            Intrinsic::Locals => IntrinsicOp::Locals,
            Intrinsic::AIter => IntrinsicOp::AIter,
            Intrinsic::ToStr => IntrinsicOp::ToStr,
            Intrinsic::LoadCell { slot } => IntrinsicOp::LoadCell { slot: self.local(slot) },
            Intrinsic::AssertionError => IntrinsicOp::AssertionError,
            Intrinsic::Iter => IntrinsicOp::Iter,
            Intrinsic::Annotate { name } => IntrinsicOp::Annotate { name },
        }
    }
}

/// Operations that only have an effect.
fn stores(op: &mir::Op) -> bool {
    use mir::Op as M;
    matches!(op, M::Drop | M::CheckBound(_) | M::Clear(_) | M::DeleteLocal(_) | M::DeleteCell(_) | M::MakeCell { .. })
        || matches!(op, M::EndCatch { .. } | M::StoreCell(_) | M::StoreGlobal(_) | M::DeleteGlobal(_))
        || matches!(op, M::StoreName(_) | M::DeleteName(_) | M::SetAttr(_) | M::DelAttr(_) | M::SetItem | M::DelItem)
}

/// The results go elsewhere than to `dst`.
fn defines_otherwise(op: &mir::Op) -> bool {
    matches!(op, mir::Op::Unpack { .. } | mir::Op::UnpackStar { .. } | mir::Op::LoadMethod { .. })
}

fn unary(op: UnaryOp) -> Op {
    match op {
        UnaryOp::Pos => Op::Pos,
        UnaryOp::Neg => Op::Neg,
        UnaryOp::Invert => Op::Invert,
        UnaryOp::Not => Op::Not,
    }
}

fn compare(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::Ne => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::Le => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::Ge => Op::Ge,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
    }
}

/// The instruction with a temporary and that with a local as destination.
fn arithmetic(op: BinOp) -> [Op; 2] {
    match op {
        BinOp::Add => [Op::Add, Op::AddL],
        BinOp::Sub => [Op::Sub, Op::SubL],
        BinOp::Mul => [Op::Mul, Op::MulL],
        BinOp::Div => [Op::Div, Op::DivL],
        BinOp::FloorDiv => [Op::FloorDiv, Op::FloorDivL],
        BinOp::Mod => [Op::Mod, Op::ModL],
        BinOp::Pow => [Op::Pow, Op::Pow],
        BinOp::MatMul => [Op::MatMul, Op::MatMul],
        BinOp::BitAnd => [Op::And, Op::AndL],
        BinOp::BitOr => [Op::Or, Op::OrL],
        BinOp::BitXor => [Op::Xor, Op::XorL],
        BinOp::Shl => [Op::Shl, Op::ShlL],
        BinOp::Shr => [Op::Shr, Op::ShrL],
    }
}

/// The immediate and the two instructions that take it. Divisors of zero and odd shift counts, which raise, do not.
fn immediate(op: BinOp, right: &Operand) -> Option<(i16, [Op; 2])> {
    let value = small(right)?;
    let ops = match op {
        BinOp::Add => [Op::AddI, Op::AddIL],
        BinOp::Sub => [Op::SubI, Op::SubIL],
        BinOp::Mul => [Op::MulI, Op::MulIL],
        BinOp::FloorDiv if value != 0 => [Op::FloorDivI, Op::FloorDivIL],
        BinOp::Mod if value != 0 => [Op::ModI, Op::ModIL],
        BinOp::BitAnd => [Op::AndI, Op::AndIL],
        BinOp::Shl if (0..64).contains(&value) => [Op::ShlI, Op::ShlIL],
        BinOp::Shr if (0..64).contains(&value) => [Op::ShrI, Op::ShrIL],
        _ => return None,
    };
    Some((value, ops))
}

fn await_context(context: AwaitContext) -> u16 {
    match context {
        AwaitContext::Await => 0,
        AwaitContext::AEnter => 1,
        AwaitContext::AExit => 2,
        AwaitContext::ANext => 3,
    }
}

//! Operators on user-defined classes: which special methods are asked, in which order.
//!
//! `a op b` asks the methods of the operands' classes one after the other until one does not answer NotImplemented. The
//! order is found here; calling them is left to the machine (see `asked`), or to the prelude (`operators.co`), so that no
//! operator nests the machine.

use super::{BinOp, CmpOp};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::function::{Machine, Native, NativeDef};
use crate::object::heap::Kind;
use crate::object::types::{Instance, TypeRef, type_flag};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::asked::{Asked, Question, is_askable};
use crate::vm::native::hidden_native;
use crate::vm::pending::Pending;
use std::cell::OnceCell;

/// A method to ask: `method(receiver, other)`.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    pub method: Value,
    pub receiver: Value,
    pub other: Value,
    /// `__eq__` standing in for `__ne__`: the answer is to be negated.
    pub negate: bool,
}

/// The few methods that are asked for one operation, in order.
#[derive(Default)]
pub(super) struct Asks {
    asks: [Option<Ask>; 3],
    count: usize,
}

impl Asks {
    fn extend(&mut self, ask: Option<Ask>) {
        if ask.is_some() {
            self.asks[self.count] = ask;
            self.count += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn iter(&self) -> impl Iterator<Item = Ask> {
        self.asks.into_iter().flatten()
    }
}

/// The interned names of the operators' special methods, and the natives that come last.
struct Table {
    method: Vec<Value>,
    reflected: Vec<Value>,
    in_place: Vec<Value>,
    compare: [Value; 6],
    /// Of each operator as messages show it, and of `op=`.
    shown: Vec<Value>,
    shown_in_place: Vec<Value>,
    shown_compare: Vec<Value>,
    shown_divmod: Value,
    binary_last: Value,
    compare_last: Value,
}

thread_local! {
    static TABLE: OnceCell<Table> = const { OnceCell::new() };
}

fn table<R>(f: impl FnOnce(&Table) -> R) -> R {
    TABLE.with(|cell| {
        f(cell.get_or_init(|| {
            let all = |name: fn(BinOp) -> &'static str| BinOp::ALL.iter().map(|op| atom::intern(name(*op))).collect();
            Table {
                method: all(BinOp::method),
                reflected: all(BinOp::reflected),
                in_place: all(BinOp::in_place),
                compare: ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"].map(atom::intern),
                shown: all(BinOp::symbol),
                shown_in_place: BinOp::ALL.iter().map(|op| atom::intern(&format!("{}=", op.symbol()))).collect(),
                shown_compare: CmpOp::ALL.iter().map(|op| atom::intern(op.symbol())).collect(),
                shown_divmod: atom::intern(DIVMOD),
                binary_last: hidden_native(&BINARY_LAST),
                compare_last: hidden_native(&COMPARE_LAST),
            }
        }))
    })
}

static BINARY_LAST: NativeDef = NativeDef {
    name: "binary_last",
    func: |machine: &mut Machine, args: Args| binary_last(Vm::of(machine), args),
    min: 3,
    max: 3,
    keywords: false,
    doc: "",
};

static COMPARE_LAST: NativeDef = NativeDef {
    name: "compare_last",
    func: |machine: &mut Machine, args: Args| compare_last(Vm::of(machine), args),
    min: 3,
    max: 3,
    keywords: false,
    doc: "",
};

/// How error texts name the built-in function.
const DIVMOD: &str = "divmod()";

/// Whether this is one of the built-in data types whose operators the native path knows.
fn is_core(ty: TypeRef) -> bool {
    use Kind::*;
    ty.builtin
        && matches!(
            ty.layout.get(),
            BigInt | Float | Str | Bytes | ByteArray | List | Tuple | Dict | Set | FrozenSet | Range | Slice | DictView
        )
}

impl Vm {
    /// The special method that the value's class defines itself, or inherits from neither `object` nor one of the
    /// built-in data types (whose meaning the native paths have). Borrowed from the class.
    pub fn overriding(&mut self, v: Value, name: Value) -> Option<Value> {
        let ty = self.type_of(v);
        let found = ty.lookup(name)?;
        // Neither `object` nor a built-in data type has methods written in Coro.
        if found.is_kind(Kind::Function) {
            return Some(found);
        }
        let (owner, value) = ty.lookup_where(name)?;
        if std::ptr::eq(owner, self.types.object) || is_core(owner) { None } else { Some(value) }
    }

    /// Finds the methods to ask for `a op b`; then asks.
    pub(super) fn dispatch_binary(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome {
        let question = if in_place { Question::InPlace(op) } else { Question::Binary(op) };
        if let Some(method) = self.binary_method(op, a, b, in_place) {
            return Err(self.ask_left(question, method, a, b));
        }
        match self.binary_asks(op, a, b, in_place)? {
            Ok(result) => Ok(result),
            Err(asks) => self.ask_from(0, question, a, b, &asks),
        }
    }

    /// A method in the class of an ordinary object.
    #[inline]
    pub fn instance_method(&self, v: Value, name: Value) -> Option<Value> {
        v.get::<Instance>()?.class().lookup(name)
    }

    /// A method of an instance that can be asked at sight.
    fn plain_method(&mut self, v: Value, name: Value) -> Option<Value> {
        let method = self.instance_method(v, name)?;
        is_askable(method, 2).then_some(method)
    }

    /// The same of the left operand, if it comes before all of the right operand's.
    fn left_method(&mut self, a: Value, b: Value, name: Value) -> Option<Value> {
        let method = self.plain_method(a, name)?;
        let (left, right) = (self.type_of(a), self.type_of(b));
        // A built-in type is not below a class of the program.
        (std::ptr::eq(left, right) || right.builtin || !right.is_subclass(left)).then_some(method)
    }

    /// Asks the left operand's method, which comes first. The others are found if it does not know.
    pub(super) fn ask_left(&mut self, question: Question, method: Value, a: Value, b: Value) -> Signal {
        self.pending = Some(Pending::Ask { method: method.to_ref(), asked: Asked::first(question, a, b) });
        Signal::Call
    }

    /// The method of the left operand that comes first in `a op b` and can be asked at sight.
    #[inline]
    pub fn binary_method(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Option<Value> {
        if !a.is_kind(Kind::Instance) {
            return None;
        }
        let (method, augmented) = table(|t| (t.method[op as usize], t.in_place[op as usize]));
        if in_place && let Some(method) = self.plain_method(a, augmented) {
            return Some(method);
        }
        self.left_method(a, b, method)
    }

    /// The same of a comparison.
    #[inline]
    pub fn comparison_method(&mut self, op: CmpOp, a: Value, b: Value) -> Option<Value> {
        if !a.is_kind(Kind::Instance) {
            return None;
        }
        self.left_method(a, b, table(|t| t.compare[op as usize]))
    }

    /// The methods to ask for `a op b`, in order; or the result, if the left operand's built-in type has it and comes first.
    fn binary_asks(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome<Result<Ref, Asks>> {
        let at = op as usize;
        let (method, reflected, augmented) = table(|t| (t.method[at], t.reflected[at], t.in_place[at]));
        let (left_type, right_type) = (self.type_of(a), self.type_of(b));
        let same = std::ptr::eq(left_type, right_type);
        let ask = |method, receiver, other| Ask { method, receiver, other, negate: false };
        let mut asks = Asks::default();
        if in_place {
            asks.extend(self.overriding(a, augmented).map(|m| ask(m, a, b)));
        }
        let left = self.overriding(a, method).map(|m| ask(m, a, b));
        let right = if same { None } else { self.overriding(b, reflected).map(|m| ask(m, b, a)) };
        let right_first =
            right.is_some_and(|r| right_type.is_subclass(left_type) && left_type.lookup(reflected) != Some(r.method));
        if right_first {
            asks.extend(right);
        }
        asks.extend(left);
        // What the left operand's type natively knows comes before the right operand's method: but an int knows no floats,
        // and a sequence's `+` and `*` come after everybody.
        let sequence =
            (matches!(op, BinOp::Add | BinOp::Mul) && is_sequence(a)) || (op == BinOp::Mul && is_sequence(b));
        let int_with_float = a.as_int().is_some() && b.as_float().is_some();
        let knows = !sequence && !int_with_float;
        if asks.is_empty() && knows {
            if let Some(result) = self.native_binary(op, a, b, in_place)? {
                return Ok(Ok(result));
            }
        }
        // A subclass of a sequence that defines one of the two methods inherits the other as a method: it comes first then.
        let inherits = sequence && left.is_none() && is_sequence(a) && self.overriding(a, reflected).is_some();
        if !right_first && !inherits {
            asks.extend(right);
        }
        Ok(Err(asks))
    }

    /// Finds the methods to ask for `divmod(a, b)`; then asks.
    pub(super) fn dispatch_divmod(&mut self, a: Value, b: Value) -> Outcome {
        let asks = self.divmod_asks(a, b);
        self.ask_from(0, Question::Divmod, a, b, &asks)
    }

    fn divmod_asks(&mut self, a: Value, b: Value) -> Asks {
        let (method, reflected) = (self.names.divmod, self.names.rdivmod);
        let mut asks = Asks::default();
        let ask = |method, receiver, other| Ask { method, receiver, other, negate: false };
        asks.extend(self.overriding(a, method).map(|m| ask(m, a, b)));
        if !std::ptr::eq(self.type_of(a), self.type_of(b)) {
            asks.extend(self.overriding(b, reflected).map(|m| ask(m, b, a)));
        }
        asks
    }

    fn divmod_without_methods(&mut self, a: Value, b: Value) -> Outcome {
        if let Some((quotient, rest)) = self.number_divmod(a, b)? {
            return Ok(Ref::tuple(vec![quotient, rest]));
        }
        let (left, right) = (self.type_name(a), self.type_name(b));
        Err(self.type_error(format!("unsupported operand type(s) for {DIVMOD}: '{left}' and '{right}'")))
    }

    /// Asks the method with this number, and those behind it if it does not know.
    ///
    /// # Errors
    /// TypeError if there is none; else the call is pending.
    pub(super) fn ask_from(&mut self, step: usize, question: Question, a: Value, b: Value, asks: &Asks) -> Outcome {
        let Some(ask) = asks.asks.get(step).copied().flatten() else {
            return self.without_methods(question, a, b);
        };
        if !is_askable(ask.method, 2) {
            return Err(self.tail_asks(step, question, a, b, asks));
        }
        let (a, b) = (a.to_ref(), b.to_ref());
        let reflected = ask.receiver != *a;
        let asked = Asked { question, step: step as u8, negate: ask.negate, reflected, a, b };
        self.pending = Some(Pending::Ask { method: ask.method.to_ref(), asked });
        Err(Signal::Call)
    }

    /// A method has answered NotImplemented: asks the next one.
    ///
    /// # Errors
    /// As [`Vm::ask_from`].
    pub(in crate::vm) fn ask_next(&mut self, asked: &Asked) -> Outcome {
        let (a, b) = (*asked.a, *asked.b);
        let asks = match asked.question {
            Question::Compare(op) => match self.comparison_asks(op, a, b)? {
                Ok(answer) => return Ok(Ref::bool(answer)),
                Err(asks) => asks,
            },
            Question::Binary(op) | Question::InPlace(op) => {
                match self.binary_asks(op, a, b, matches!(asked.question, Question::InPlace(_)))? {
                    Ok(result) => return Ok(result),
                    Err(asks) => asks,
                }
            }
            _ => self.divmod_asks(a, b),
        };
        self.ask_from(usize::from(asked.step) + 1, asked.question, a, b, &asks)
    }

    fn without_methods(&mut self, question: Question, a: Value, b: Value) -> Outcome {
        match question {
            Question::Compare(op) => self.compare_without_methods(op, a, b).map(Ref::bool),
            Question::Binary(op) => self.binary_without_methods(op, a, b, false),
            Question::InPlace(op) => self.binary_without_methods(op, a, b, true),
            _ => self.divmod_without_methods(a, b),
        }
    }

    /// Hands the methods from that number on to the prelude, which asks them in turn and calls `last(shown, a, b)` if none
    /// answers.
    fn tail_asks(&mut self, from: usize, question: Question, a: Value, b: Value, asks: &Asks) -> Signal {
        let (last, shown) = table(|t| match question {
            Question::Compare(op) => (t.compare_last, t.shown_compare[op as usize]),
            Question::Binary(op) => (t.binary_last, t.shown[op as usize]),
            Question::InPlace(op) => (t.binary_last, t.shown_in_place[op as usize]),
            _ => (t.binary_last, t.shown_divmod),
        });
        let mut args = [last, shown, a, b, a, a, a, a, a, a, a, a, a, a, a, a];
        let mut given = 4;
        let negate = asks.iter().skip(from).any(|ask| ask.negate);
        for ask in asks.iter().skip(from) {
            args[given..given + 4].copy_from_slice(&[ask.method, ask.receiver, ask.other, Value::bool(ask.negate)]);
            given += if negate { 4 } else { 3 };
        }
        let name = match (negate, asks.count - from) {
            (false, 1) => "ask_one",
            (false, 2) => "ask_two",
            (false, _) => "ask_three",
            (true, 1) => "ask_one_negated",
            (true, _) => "ask_two_negated",
        };
        self.tail_prelude(name, &args[..given])
    }

    /// What is left when no method answered: the built-in types' own operator, else a TypeError.
    fn binary_without_methods(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome {
        if let Some(result) = self.native_binary(op, a, b, in_place)? {
            return Ok(result);
        }
        Err(self.unsupported_operands(op, a, b, in_place))
    }

    #[cold]
    fn unsupported_operands(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Signal {
        if let Some(signal) = self.sequence_error(op, a, b, in_place) {
            return signal;
        }
        let (left, right) = (self.type_name(a), self.type_name(b));
        let printing = op == BinOp::Shr && a.get::<Native>().is_some_and(|native| native.def.name == "print");
        let hint = if printing { ". Did you mean \"print(<message>, file=<output_stream>)\"?" } else { "" };
        let shown = op.shown(in_place);
        self.type_error(format!("unsupported operand type(s) for {shown}: '{left}' and '{right}'{hint}"))
    }

    /// The methods to ask for `a op b`, in order; or the answer, if the left operand's built-in type has it and comes first.
    ///
    /// # Errors
    /// What comparing natively raises.
    pub(super) fn comparison_asks(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<Result<bool, Asks>> {
        let left = self.comparison_ask(op, a, b);
        let right = self.comparison_ask(op.swapped(), b, a);
        let mut asks = Asks::default();
        if right.is_some() {
            let (left_type, right_type) = (self.type_of(a), self.type_of(b));
            if !std::ptr::eq(left_type, right_type) && right_type.is_subclass(left_type) {
                asks.extend(right);
                asks.extend(left);
                return Ok(Err(asks));
            }
            if left.is_none() {
                if let Some(answer) = self.native_compare(op, a, b)? {
                    return Ok(Ok(answer));
                }
            }
        }
        asks.extend(left);
        asks.extend(right);
        Ok(Err(asks))
    }

    fn comparison_ask(&mut self, op: CmpOp, receiver: Value, other: Value) -> Option<Ask> {
        if op == CmpOp::Eq && receiver.get::<Instance>().is_some_and(|i| !i.class().has(type_flag::EQ)) {
            return None;
        }
        let name = table(|t| t.compare[op as usize]);
        if let Some(method) = self.overriding(receiver, name) {
            return Some(Ask { method, receiver, other, negate: false });
        }
        // `object.__ne__` negates `__eq__`; a built-in data type's own does not.
        let objects = self.type_of(receiver).lookup_where(name).is_none_or(|(o, _)| std::ptr::eq(o, self.types.object));
        if op != CmpOp::Ne || !objects {
            return None;
        }
        let eq = self.names.eq;
        let method = self.overriding(receiver, eq)?;
        Some(Ask { method, receiver, other, negate: true })
    }

    /// Asks in turn by re-entry; `None` if none answered.
    ///
    /// # Errors
    /// What a method raises.
    pub(super) fn ask_reentrant(&mut self, asks: &Asks) -> Outcome<Option<Ref>> {
        for ask in asks.iter() {
            let answer = self.call_values(ask.method, &[ask.receiver, ask.other])?;
            if *answer != Value::NOT_IMPLEMENTED {
                if ask.negate {
                    let truth = self.truth(*answer)?;
                    return Ok(Some(Ref::bool(!truth)));
                }
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

/// `list`, `tuple`, `str`, `bytes`, `bytearray`.
pub(super) fn is_sequence(v: Value) -> bool {
    matches!(v.kind(), Some(Kind::List | Kind::Tuple | Kind::Str | Kind::Bytes | Kind::ByteArray))
}

/// `binary_last(shown, a, b)`, for the prelude: no method answered.
fn binary_last(vm: &mut Vm, args: Args) -> Outcome {
    let [shown, a, b] = *args.values else { return Ok(Ref::NONE) };
    let shown = shown.as_str().unwrap_or_default();
    if shown == DIVMOD {
        return vm.divmod_without_methods(a, b);
    }
    let in_place = shown.ends_with('=');
    let symbol = shown.strip_suffix('=').unwrap_or(shown);
    let op = BinOp::ALL.iter().copied().find(|op| op.symbol() == symbol).unwrap_or(BinOp::Add);
    vm.binary_without_methods(op, a, b, in_place)
}

/// `compare_last(shown, a, b)`, for the prelude: no method answered.
fn compare_last(vm: &mut Vm, args: Args) -> Outcome {
    let [shown, a, b] = *args.values else { return Ok(Ref::NONE) };
    let op = match shown.as_str() {
        Some("==") => CmpOp::Eq,
        Some("!=") => CmpOp::Ne,
        Some("<") => CmpOp::Lt,
        Some("<=") => CmpOp::Le,
        Some(">") => CmpOp::Gt,
        _ => CmpOp::Ge,
    };
    vm.compare_without_methods(op, a, b).map(Ref::bool)
}

//! Calls, and the two expressions that make something callable: functions and classes.
//!
//! Arguments go to consecutive temporaries, from where the call moves them into the callee's frame.

use super::Builder;
use super::display::MAX_OPERANDS;
use crate::diag::Span;
use crate::hir::{Arg, DictElement, Element, Expr, ExprKind};
use crate::mir::data::*;
use std::rc::Rc;

impl Builder<'_> {
    pub(super) fn call(&mut self, func: &Expr, args: &[Arg], dst: Place, span: Span) {
        let spread = args.iter().any(|a| matches!(a, Arg::Star(_) | Arg::DoubleStar(_)));
        if spread || args.len() > MAX_OPERANDS {
            return self.call_ex(func, args, dst, span);
        }
        let mut keywords: Vec<Name> = Vec::new();
        let mut values: Vec<&Expr> = Vec::new();
        for arg in args {
            match arg {
                Arg::Keyword(name, value) => {
                    keywords.push(name.clone());
                    values.push(value);
                }
                Arg::Positional(value) | Arg::Star(value) | Arg::DoubleStar(value) => values.push(value),
            }
        }
        let (mut operands, op) = match &func.kind {
            ExprKind::Attr { object, name } => (self.load_method(object, name, func.span), Op::CallLoaded { keywords }),
            _ if keywords.is_empty() => (vec![self.push(func)], Op::Call),
            _ => (vec![self.push(func)], Op::CallKw(keywords)),
        };
        for value in values {
            operands.push(self.push(value));
        }
        self.emit(Some(dst), op, operands, span);
    }

    /// What `object.name(…)` calls, and the object: looked up before the arguments are evaluated.
    fn load_method(&mut self, object: &Expr, name: &Name, span: Span) -> Vec<Operand> {
        let object = self.push(object);
        let (callee, receiver) = (self.temp(), self.temp());
        self.emit(None, Op::LoadMethod { name: name.clone(), callee, receiver }, vec![object], span);
        self.stack.extend([callee, receiver]);
        vec![Operand::Temp(callee), Operand::Temp(receiver)]
    }

    /// A call with `*` or `**`: one tuple and one dict (or None).
    fn call_ex(&mut self, func: &Expr, args: &[Arg], dst: Place, span: Span) {
        let mut positional: Vec<Element> = Vec::new();
        let mut named: Vec<&Arg> = Vec::new();
        for arg in args {
            match arg {
                Arg::Positional(e) => positional.push(Element::Item(e.clone())),
                Arg::Star(e) => positional.push(Element::Star(e.clone())),
                Arg::Keyword(..) | Arg::DoubleStar(_) => named.push(arg),
            }
        }
        let callee = self.push(func);
        let positional = self.spread_positional(&positional, span);
        let keywords = self.spread_keywords(&named, span);
        self.emit(Some(dst), Op::CallEx, vec![callee, positional, keywords], span);
    }

    /// The positional arguments as a tuple; a lone `*x` stays what it is, and the call makes the tuple.
    fn spread_positional(&mut self, elements: &[Element], span: Span) -> Operand {
        match elements {
            [] => self.emit_push(Op::Copy, vec![Operand::Const(Const::Tuple(Rc::from([])))], span),
            [Element::Star(e)] => self.push(e),
            _ => {
                let temp = self.temp();
                self.tuple(elements, Place::Temp(temp), span);
                Operand::Temp(temp)
            }
        }
    }

    fn spread_keywords(&mut self, named: &[&Arg], span: Span) -> Operand {
        let mut dict: Option<Operand> = None;
        let mut i = 0;
        while i < named.len() {
            let more = if let Arg::DoubleStar(mapping) = named[i] {
                i += 1;
                let into = dict.take().unwrap_or_else(|| self.emit_push(Op::BuildDict, Vec::new(), span));
                dict = Some(into);
                self.push(mapping)
            } else {
                let run = named[i..].iter().take(MAX_OPERANDS / 2);
                let pairs: Vec<DictElement> = run.map_while(|a| keyword_pair(a, span)).collect();
                i += pairs.len();
                let temp = self.temp();
                self.dict(&pairs, Place::Temp(temp), span);
                Operand::Temp(temp)
            };
            dict = Some(match dict {
                None => more,
                Some(into) => self.emit_push(Op::DictMerge, vec![into, more], span),
            });
        }
        dict.unwrap_or_else(|| self.emit_push(Op::Copy, vec![Operand::Const(Const::None)], span))
    }

    /// A function object; the defaults become a tuple, a constant one if they are constants.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn make_function(
        &mut self,
        function: FnId,
        defaults: &[Expr],
        kwdefaults: &[(Name, Expr)],
        annotations: &[(Name, Expr)],
        captures: &[LocalId],
        dst: Place,
        span: Span,
    ) {
        let defaults = self.constant_or_tuple(defaults, span);
        let kwdefaults = self.named_dict(kwdefaults, span);
        let annotations = self.named_dict(annotations, span);
        let op = Op::MakeFunction { function, captures: captures.to_vec() };
        self.emit(Some(dst), op, vec![defaults, kwdefaults, annotations], span);
    }

    fn constant_or_tuple(&mut self, values: &[Expr], span: Span) -> Operand {
        if values.is_empty() {
            return Operand::Const(Const::None);
        }
        let constants = values.iter().map(|e| if let ExprKind::Const(c) = &e.kind { Some(c.clone()) } else { None });
        if let Some(items) = constants.collect::<Option<Vec<Const>>>() {
            return Operand::Const(Const::Tuple(Rc::from(items)));
        }
        let temp = self.temp();
        let elements: Vec<Element> = values.iter().cloned().map(Element::Item).collect();
        self.tuple(&elements, Place::Temp(temp), span);
        Operand::Temp(temp)
    }

    fn named_dict(&mut self, values: &[(Name, Expr)], span: Span) -> Operand {
        if values.is_empty() {
            return Operand::Const(Const::None);
        }
        let pairs: Vec<DictElement> =
            values.iter().map(|(name, e)| DictElement::Pair(string(name, e.span), e.clone())).collect();
        let temp = self.temp();
        self.dict(&pairs, Place::Temp(temp), span);
        Operand::Temp(temp)
    }

    /// A class: the function of its body, the bases, the keywords.
    pub(super) fn make_class(
        &mut self,
        body: FnId,
        name: &Name,
        args: &[Arg],
        captures: &[LocalId],
        dst: Place,
        span: Span,
    ) {
        let none = || Operand::Const(Const::None);
        let op = Op::MakeFunction { function: body, captures: captures.to_vec() };
        let function = self.emit_push(op, vec![none(), none(), none()], span);
        let mut bases: Vec<Element> = Vec::new();
        let mut keywords: Vec<DictElement> = Vec::new();
        for arg in args {
            match arg {
                Arg::Positional(e) => bases.push(Element::Item(e.clone())),
                Arg::Star(e) => bases.push(Element::Star(e.clone())),
                Arg::Keyword(name, e) => keywords.push(DictElement::Pair(string(name, e.span), e.clone())),
                Arg::DoubleStar(e) => keywords.push(DictElement::Unpack(e.clone())),
            }
        }
        let bases_temp = self.temp();
        self.tuple(&bases, Place::Temp(bases_temp), span);
        let keywords = if keywords.is_empty() {
            none()
        } else {
            let temp = self.temp();
            self.dict(&keywords, Place::Temp(temp), span);
            Operand::Temp(temp)
        };
        let args = vec![function, Operand::Temp(bases_temp), keywords];
        self.emit(Some(dst), Op::MakeClass { name: name.clone() }, args, span);
    }
}

fn keyword_pair(arg: &&Arg, span: Span) -> Option<DictElement> {
    match arg {
        Arg::Keyword(name, value) => Some(DictElement::Pair(string(name, span), value.clone())),
        _ => None,
    }
}

fn string(name: &Name, span: Span) -> Expr {
    Expr { kind: ExprKind::Const(Const::Str(name.clone())), span }
}

//! Tuple, list, set and dict displays, and f-string joins. Items go to consecutive temporaries; what has a `*`, or is
//! too long for one instruction, is grown piece by piece.

use super::Builder;
use crate::diag::Span;
use crate::hir::{DictElement, Element, Expr};
use crate::mir::data::*;

/// Most items that one instruction takes.
pub(super) const MAX_OPERANDS: usize = 200;

/// What a display is grown from.
enum Piece<'a> {
    Items(Vec<&'a Expr>),
    Star(&'a Expr),
}

impl Builder<'_> {
    pub(super) fn tuple(&mut self, elements: &[Element], dst: Place, span: Span) {
        let pieces = pieces(elements);
        match &pieces[..] {
            [] => self.emit(Some(dst), Op::BuildTuple, Vec::new(), span),
            [Piece::Items(items)] => self.gather(Op::BuildTuple, items, dst, span),
            _ => {
                let list = self.temp();
                self.grow(&pieces, Op::BuildList, Op::ListExtend, Place::Temp(list), span);
                self.emit(Some(dst), Op::ListToTuple, vec![Operand::Temp(list)], span);
            }
        }
    }

    pub(super) fn list(&mut self, elements: &[Element], dst: Place, span: Span) {
        self.grow(&pieces(elements), Op::BuildList, Op::ListExtend, dst, span);
    }

    pub(super) fn set(&mut self, elements: &[Element], dst: Place, span: Span) {
        self.grow(&pieces(elements), Op::BuildSet, Op::SetUpdate, dst, span);
    }

    /// Builds the first items, then extends by each piece; the container moves through the instructions.
    fn grow(&mut self, pieces: &[Piece], build: Op, extend: Op, dst: Place, span: Span) {
        let (first, rest) = match pieces {
            [Piece::Items(items), rest @ ..] => (&items[..], rest),
            _ => (&[][..], pieces),
        };
        if rest.is_empty() {
            return self.gather(build, first, dst, span);
        }
        let first_temp = self.temp();
        self.gather(build, first, Place::Temp(first_temp), span);
        let mut into = Operand::Temp(first_temp);
        for (i, piece) in rest.iter().enumerate() {
            let more = match piece {
                Piece::Star(e) => self.push(e),
                Piece::Items(items) => {
                    let temp = self.temp();
                    self.gather(Op::BuildTuple, items, Place::Temp(temp), span);
                    Operand::Temp(temp)
                }
            };
            into = self.extend(extend.clone(), into, more, i + 1 == rest.len(), dst, span);
        }
    }

    /// `into = op into, more`; the last result is moved to `dst`.
    fn extend(&mut self, op: Op, into: Operand, more: Operand, last: bool, dst: Place, span: Span) -> Operand {
        match dst {
            Place::Temp(temp) if last => {
                self.emit(Some(dst), op, vec![into, more], span);
                Operand::Temp(temp)
            }
            _ => {
                let result = self.emit_push(op, vec![into, more], span);
                if last {
                    self.copy(dst, result.clone(), span);
                }
                result
            }
        }
    }

    /// All items into consecutive temporaries, then `op`.
    fn gather(&mut self, op: Op, items: &[&Expr], dst: Place, span: Span) {
        let args: Vec<Operand> = items.iter().map(|e| self.push(e)).collect();
        self.emit(Some(dst), op, args, span);
    }

    pub(super) fn dict(&mut self, elements: &[DictElement], dst: Place, span: Span) {
        let (first, mut rest) = split_pairs(elements);
        if rest.is_empty() {
            return self.gather(Op::BuildDict, &first, dst, span);
        }
        let temp = self.temp();
        self.gather(Op::BuildDict, &first, Place::Temp(temp), span);
        let mut into = Operand::Temp(temp);
        while !rest.is_empty() {
            let more = if let [DictElement::Unpack(mapping), others @ ..] = rest {
                rest = others;
                self.push(mapping)
            } else {
                let (pairs, others) = split_pairs(rest);
                rest = others;
                self.gather_dict(&pairs, span)
            };
            into = self.extend(Op::DictUpdate, into, more, rest.is_empty(), dst, span);
        }
    }

    fn gather_dict(&mut self, items: &[&Expr], span: Span) -> Operand {
        let temp = self.temp();
        self.gather(Op::BuildDict, items, Place::Temp(temp), span);
        Operand::Temp(temp)
    }

    /// An f-string; a very long one is joined in two steps.
    pub(super) fn join(&mut self, parts: &[Expr], dst: Place, span: Span) {
        let args = if parts.len() <= MAX_OPERANDS {
            parts.iter().map(|e| self.push(e)).collect()
        } else {
            let mut pieces = Vec::new();
            for chunk in parts.chunks(parts.len().div_ceil(MAX_OPERANDS).max(MAX_OPERANDS)) {
                let args = chunk.iter().map(|e| self.push(e)).collect();
                pieces.push(self.emit_push(Op::Join, args, span));
            }
            pieces
        };
        self.emit(Some(dst), Op::Join, args, span);
    }
}

/// Splits at stars, and at the longest run that one instruction takes.
fn pieces(elements: &[Element]) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece> = Vec::new();
    for element in elements {
        match element {
            Element::Star(e) => pieces.push(Piece::Star(e)),
            Element::Item(e) => match pieces.last_mut() {
                Some(Piece::Items(items)) if items.len() < MAX_OPERANDS => items.push(e),
                _ => pieces.push(Piece::Items(vec![e])),
            },
        }
    }
    pieces
}

/// The leading pairs that one instruction takes, as key, value, key, value …, and what follows.
fn split_pairs(elements: &[DictElement]) -> (Vec<&Expr>, &[DictElement]) {
    let mut items = Vec::new();
    for (i, element) in elements.iter().enumerate() {
        match element {
            DictElement::Pair(key, value) if items.len() < MAX_OPERANDS => items.extend([key, value]),
            _ => return (items, &elements[i..]),
        }
    }
    (items, &[])
}

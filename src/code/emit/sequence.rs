//! Operands: which register holds each, and how several get into consecutive registers.

use super::Emitter;
use super::assemble::NodeKind;
use super::depth;
use crate::code::isa::{Instr, Op, fl, word};
use crate::mir::{Const, Operand, Place, TempId};

/// A register to read; a temporary is consumed by it.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub register: u16,
    pub temp: bool,
}

impl Source {
    /// `flag` if this is a temporary.
    pub fn flag(self, flag: u8) -> u8 {
        if self.temp { flag } else { 0 }
    }
}

/// A register to write.
#[derive(Clone, Copy)]
pub(super) struct Destination {
    pub register: u16,
    pub local: bool,
}

impl Destination {
    pub fn flag(self) -> u8 {
        if self.local { fl::DST_LOCAL } else { 0 }
    }
}

impl Emitter<'_> {
    pub(super) fn word(&mut self, instr: Instr) {
        self.push(NodeKind::Word(instr));
    }

    pub(super) fn temp(&mut self, temp: TempId) -> u16 {
        match self.frame.temps.get(temp.0 as usize) {
            Some(&register) => register,
            None => self.temp_register(temp.0),
        }
    }

    pub(super) fn place(&mut self, place: Place) -> Destination {
        match place {
            Place::Local(local) => Destination { register: self.local(local), local: true },
            Place::Temp(temp) => Destination { register: self.temp(temp), local: false },
        }
    }

    /// A register on top of all that is live.
    pub(super) fn scratch(&mut self) -> u16 {
        let register = self.temp_register(self.depth + self.scratch);
        self.scratch += 1;
        register
    }

    /// The operand in a register: a constant is loaded into one on top of the temporaries.
    pub(super) fn source(&mut self, operand: &Operand) -> Source {
        match operand {
            Operand::Local(local) => Source { register: self.local(*local), temp: false },
            Operand::Temp(temp) => Source { register: self.temp(*temp), temp: true },
            Operand::Const(value) => {
                let register = self.scratch();
                self.load(Destination { register, local: false }, value);
                Source { register, temp: true }
            }
        }
    }

    /// The operand as a temporary on top, for instructions that cannot borrow it.
    pub(super) fn owned(&mut self, operand: &Operand) -> u16 {
        let source = self.source(operand);
        if source.temp {
            return source.register;
        }
        let register = self.scratch();
        self.word(Instr::abc(Op::Copy, 0, register, source.register, 0));
        register
    }

    /// Call when all operands have registers and before the instruction itself: they count as consumed from here.
    pub(super) fn consume(&mut self, operands: &[Operand]) {
        self.depth = self.depth.saturating_sub(depth::consumed(operands));
        self.scratch = 0;
    }

    /// Puts the operands into consecutive temporaries, in order, and consumes them; the register of the first (what
    /// would be the next free one if there are none). Temporaries among them are the topmost live ones, in order,
    /// and so move upwards only where locals or constants stand before them.
    pub(super) fn sequence(&mut self, operands: &[Operand]) -> u16 {
        let count = depth::consumed(operands);
        let start = self.depth.saturating_sub(count);
        let base = self.temp_register(start);
        if !operands.is_empty() {
            self.temp_register(start + operands.len() as u32 - 1);
        }
        for (i, operand) in operands.iter().enumerate().rev() {
            if let Operand::Temp(temp) = operand {
                let (from, to) = (self.temp(*temp), base.wrapping_add(i as u16));
                if from != to {
                    self.word(Instr::abc(Op::Move, 0, to, from, 0));
                }
            }
        }
        for (i, operand) in operands.iter().enumerate() {
            let register = base.wrapping_add(i as u16);
            match operand {
                Operand::Local(local) => self.word(Instr::abc(Op::Copy, 0, register, self.local(*local), 0)),
                Operand::Const(value) => self.load(Destination { register, local: false }, value),
                Operand::Temp(_) => {}
            }
        }
        self.consume(operands);
        base
    }

    /// Loads a constant.
    pub(super) fn load(&mut self, dst: Destination, value: &Const) {
        let (op, imm) = match immediate_word(value) {
            Some(word) => (if dst.local { Op::LoadWL } else { Op::LoadW }, word),
            None => (if dst.local { Op::LoadKL } else { Op::LoadK }, self.pool.constant(value)),
        };
        self.word(Instr::ai(op, dst.flag(), dst.register, imm));
    }
}

/// The constant as a sign-extended value word, if it is one.
fn immediate_word(value: &Const) -> Option<i32> {
    match value {
        Const::None => Some(word::NONE),
        Const::True => Some(word::TRUE),
        Const::False => Some(word::FALSE),
        Const::Ellipsis => Some(word::ELLIPSIS),
        Const::Int(i) if word::fits(*i) => Some(word::small_int(*i as i32)),
        _ => None,
    }
}

/// The operand as a 16-bit signed immediate, if it is a small int.
pub(super) fn small(operand: &Operand) -> Option<i16> {
    match operand {
        Operand::Const(Const::Int(i)) => i16::try_from(*i).ok(),
        _ => None,
    }
}

//! Where suspended coroutines stand: the frames of an await chain as data, for reports.

use super::Vm;
use crate::object::code::Code;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::CellObj;
use crate::object::reflect::FrameObj;
use crate::object::{Ref, Value};

/// A place in code.
#[derive(Clone, Copy)]
pub struct Place {
    pub code: &'static Code,
    /// Index of the instruction.
    pub pc: u32,
}

impl Place {
    /// `file:line`
    pub fn text(&self) -> String {
        let source = &self.code.info.unit.source;
        format!("{}:{}", source.name, self.line())
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        let data = &self.code.info.data;
        let span = data.spans.get(self.pc as usize).copied().unwrap_or(data.header);
        self.code.info.unit.source.line(span.start)
    }

    /// A part of the library: not the program's own code.
    pub fn is_hidden(&self) -> bool {
        self.code.info.hidden
    }
}

impl Vm {
    /// The frames of the chain that a suspended coroutine heads, outermost first.
    pub fn suspended_stack(&self, coroutine: Value) -> Vec<Place> {
        self.chain(coroutine).into_iter().map(place_of).collect()
    }

    /// The named variables of the frames of a suspended coroutine's chain, innermost frame first.
    pub fn suspended_variables(&self, coroutine: Value) -> Vec<(Value, Ref)> {
        let mut found = Vec::new();
        for frame in self.chain(coroutine).into_iter().rev() {
            // Safety: a suspended frame's local registers are valid.
            unsafe {
                let code = &*(*frame).code;
                if (*frame).flags & frame_flag::START != 0 || code.info.hidden {
                    continue;
                }
                for (i, local) in code.info.data.locals.iter().enumerate() {
                    if local.name.starts_with('.') {
                        continue;
                    }
                    let mut value = super::deliver::reg(frame, i);
                    if local.cell {
                        value = value.get::<CellObj>().map_or(Value::UNBOUND, |c| *c.value);
                    }
                    if !value.is_unbound() {
                        found.push((code.info.local_names[i], value.to_ref()));
                    }
                }
            }
        }
        found
    }

    /// The frames of a suspended chain, outermost first; empty for one that has ended or is no coroutine.
    fn chain(&self, coroutine: Value) -> Vec<*mut Frame> {
        let mut frames = Vec::new();
        let Some(coro) = Coro::from_value(&coroutine) else { return frames };
        if coro.has(frame_flag::DONE) {
            return frames;
        }
        let head = Coro::frame_of(coroutine);
        // Safety: the links of a suspended chain lead from the innermost frame to its head.
        unsafe {
            let mut frame = if coro.has(frame_flag::RUNNING) { head } else { coro.link };
            while !frame.is_null() {
                frames.push(frame);
                if frame == head || (*frame).flags & frame_flag::DELEGATE == 0 {
                    break;
                }
                frame = (*frame).prev;
            }
        }
        frames.reverse();
        frames
    }

    /// The frame of the program that calls a native function, or the one `skip` frames further out, as an object with all
    /// those around it. None if there are not so many.
    pub fn frame_chain(&self, skip: usize) -> Option<Ref> {
        let places = self.visible_places();
        let outer = places.get(skip..).filter(|places| !places.is_empty())?;
        Some(outer.iter().rev().fold(Ref::NONE, |back, place| FrameObj::alloc(place.code, place.pc, back)))
    }

    /// Where the program's own code stands now, so many calls up: 1 is the innermost function.
    pub fn place_above(&self, level: usize) -> Option<Place> {
        self.visible_places().get(level.checked_sub(1)?).copied()
    }

    /// Where the frames of the program stand, innermost first.
    fn visible_places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut frame = self.frame;
        // Safety: the chain of frames from the running one on is alive while a native runs.
        unsafe {
            while !frame.is_null() {
                if (*frame).flags & frame_flag::BOUNDARY == 0 {
                    places.push(place_of(frame));
                }
                frame = (*frame).prev;
            }
        }
        places.retain(|place| !place.is_hidden());
        places
    }

    /// Where the program's own code stands now.
    pub fn current_place(&self) -> Option<Place> {
        self.visible_frame().map(place_of)
    }
}

fn place_of(frame: *mut Frame) -> Place {
    // Safety: a live frame; its pc is an instruction of its code.
    unsafe {
        let code: &'static Code = &*(*frame).code;
        Place { code, pc: code.pc_index((*frame).pc) as u32 }
    }
}

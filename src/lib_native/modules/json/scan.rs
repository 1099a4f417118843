//! JSON text to values.

use super::DEEPEST;
use crate::natives;
use crate::object::algo::json_text::{Wrong, scan_number, scan_string, skip_space};
use crate::object::algo::{float_text, int_text};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;

natives! { FUNCTIONS;
    "scan", scan, 4, 4;
}

/// `scan(text, at, strict, raw)`: the triple of the value that begins at a place, the place behind it, and None; or of the
/// place of a fault, -1, and what is wrong.
///
/// `raw` gives what hooks want to see: an object as a tuple of its pairs, a number or constant as the bytes of its text.
fn scan(vm: &mut Vm, args: Args) -> Outcome {
    let &[text, at, strict, raw] = args.values else { return Ok(Ref::NONE) };
    let Some(source) = text.get::<Str>() else {
        let name = vm.type_name(text);
        return Err(vm.type_error(format!("first argument must be a string, not {name}")));
    };
    let at = usize::try_from(vm.index(at)?).unwrap_or(0).min(source.char_len());
    let mut scanner = Scanner {
        vm,
        text: source.as_str(),
        at: source.byte_offset(at),
        strict: strict == Value::TRUE,
        raw: raw == Value::TRUE,
        open: Vec::new(),
        keys: FxHashMap::default(),
    };
    let scanned = scanner.document();
    let end = scanner.at;
    match scanned {
        Ok(value) => Ok(Ref::tuple(vec![value, Ref::int(source.char_index(end) as i64), Ref::NONE])),
        Err(Stop::Signal(signal)) => Err(signal),
        Err(Stop::Wrong(Wrong { message, at })) => {
            let at = Ref::int(source.char_index(at) as i64);
            Ok(Ref::tuple(vec![at, Ref::int(-1), Ref::str(&message)]))
        }
    }
}

enum Stop {
    Wrong(Wrong),
    /// An exception was raised.
    Signal(Signal),
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Stop {
        Stop::Wrong(wrong)
    }
}

impl From<Signal> for Stop {
    fn from(signal: Signal) -> Stop {
        Stop::Signal(signal)
    }
}

/// A container that is not closed yet.
enum Open {
    Array(Vec<Ref>),
    /// An object, and the key whose value comes next.
    Object(Ref, Ref),
    RawObject(Vec<Ref>, Ref),
}

struct Scanner<'a> {
    vm: &'a mut Vm,
    text: &'a str,
    at: usize,
    strict: bool,
    raw: bool,
    open: Vec<Open>,
    /// Keys seen: the same few come again and again.
    keys: FxHashMap<&'a str, Ref>,
}

impl<'a> Scanner<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = skip_space(self.text.as_bytes(), self.at);
    }

    /// The value at the current place, whole.
    fn document(&mut self) -> Result<Ref, Stop> {
        loop {
            // Either a value, or a container was opened, whose first value comes.
            let Some(mut value) = self.begin()? else { continue };
            loop {
                match self.put(value)? {
                    Put::Done(value) => return Ok(value),
                    Put::Next => break,
                    Put::Closed(closed) => value = closed,
                }
            }
        }
    }

    /// A value without parts, an empty container, or None: a container was opened.
    fn begin(&mut self) -> Result<Option<Ref>, Stop> {
        match self.byte() {
            Some(b'"') => self.string().map(Some),
            Some(b'[') => {
                self.at += 1;
                self.skip();
                if self.byte() == Some(b']') {
                    self.at += 1;
                    return Ok(Some(Ref::list(Vec::new())));
                }
                self.push("array", Open::Array(Vec::new()))
            }
            Some(b'{') => {
                self.at += 1;
                self.skip();
                let raw = self.raw;
                if self.byte() == Some(b'}') {
                    self.at += 1;
                    return Ok(Some(if raw { Ref::tuple(Vec::new()) } else { Dict::alloc(Dict::new()) }));
                }
                let key = self.key()?;
                let object = match raw {
                    true => Open::RawObject(Vec::new(), key),
                    false => Open::Object(Dict::alloc(Dict::new()), key),
                };
                self.push("object", object)
            }
            _ => self.scalar().map(Some),
        }
    }

    fn push(&mut self, what: &str, open: Open) -> Result<Option<Ref>, Stop> {
        if self.open.len() >= DEEPEST {
            let message =
                format!("maximum recursion depth exceeded while decoding a JSON {what} from a unicode string");
            let class = self.vm.types.exc.recursion_error;
            return Err(self.vm.raise(class, &message).into());
        }
        self.open.push(open);
        Ok(None)
    }

    /// Puts a value where it belongs.
    fn put(&mut self, value: Ref) -> Result<Put, Stop> {
        match self.open.last_mut() {
            None => return Ok(Put::Done(value)),
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(dict, key)) => {
                let old = dict.get_mut::<Dict>().map(|dict| dict.set_atom(**key, value));
                drop(old);
            }
            Some(Open::RawObject(pairs, key)) => pairs.push(Ref::tuple(vec![key.take(), value])),
        }
        self.skip();
        let array = matches!(self.open.last(), Some(Open::Array(_)));
        let place = self.at;
        match self.byte() {
            Some(b',') => self.at += 1,
            Some(b']') if array => return Ok(self.close()),
            Some(b'}') if !array => return Ok(self.close()),
            _ => return Err(Wrong::new("Expecting ',' delimiter", place).into()),
        }
        self.skip();
        match (array, self.byte()) {
            (true, Some(b']')) => Err(Wrong::new("Illegal trailing comma before end of array", place).into()),
            (false, Some(b'}')) => Err(Wrong::new("Illegal trailing comma before end of object", place).into()),
            (true, _) => Ok(Put::Next),
            (false, _) => {
                let next = self.key()?;
                if let Some(Open::Object(_, key) | Open::RawObject(_, key)) = self.open.last_mut() {
                    *key = next;
                }
                Ok(Put::Next)
            }
        }
    }

    fn close(&mut self) -> Put {
        self.at += 1;
        match self.open.pop() {
            Some(Open::Array(items)) => Put::Closed(Ref::list(items)),
            Some(Open::Object(dict, _)) => Put::Closed(dict),
            Some(Open::RawObject(pairs, _)) => Put::Closed(Ref::tuple(pairs)),
            None => Put::Next,
        }
    }

    /// A key with its colon; goes to the value.
    fn key(&mut self) -> Result<Ref, Stop> {
        if self.byte() != Some(b'"') {
            return Err(Wrong::new("Expecting property name enclosed in double quotes", self.at).into());
        }
        let (text, end) = scan_string(self.text, self.at + 1, self.strict)?;
        self.at = end;
        let key = match text {
            std::borrow::Cow::Borrowed(text) => self.keys.entry(text).or_insert_with(|| Ref::str(text)).clone(),
            std::borrow::Cow::Owned(text) => Ref::str(&text),
        };
        self.skip();
        if self.byte() != Some(b':') {
            return Err(Wrong::new("Expecting ':' delimiter", self.at).into());
        }
        self.at += 1;
        self.skip();
        Ok(key)
    }

    fn string(&mut self) -> Result<Ref, Stop> {
        let (text, end) = scan_string(self.text, self.at + 1, self.strict)?;
        self.at = end;
        Ok(Ref::str(&text))
    }

    /// A number or a word.
    fn scalar(&mut self) -> Result<Ref, Stop> {
        let rest = &self.text[self.at..];
        if let Some((end, whole)) = scan_number(self.text.as_bytes(), self.at) {
            let text = &self.text[self.at..end];
            self.at = end;
            return self.number(text, whole);
        }
        let words = [("null", Ref::NONE), ("true", Ref::bool(true)), ("false", Ref::bool(false))];
        if let Some((word, value)) = words.into_iter().find(|(word, _)| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(value);
        }
        let constants = [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];
        match constants.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                self.at += word.len();
                Ok(if self.raw { Ref::bytes(word.as_bytes().to_vec()) } else { Ref::float(value) })
            }
            None => Err(Wrong::new("Expecting value", self.at).into()),
        }
    }

    fn number(&mut self, text: &str, whole: bool) -> Result<Ref, Stop> {
        if self.raw {
            return Ok(Ref::bytes(text.as_bytes().to_vec()));
        }
        if whole {
            let int = int_text::parse_int(text, 10, self.vm.digit_limit());
            return Ok(self.vm.checked(int)?.into());
        }
        let float = float_text::parse_float(text);
        Ok(Ref::float(self.vm.checked(float)?))
    }
}

/// What became of a value.
enum Put {
    /// It is the whole.
    Done(Ref),
    /// Another value follows.
    Next,
    /// It was the last of its container, which is a value now.
    Closed(Ref),
}

//! `bytes`, and what it shares with `bytearray`: constructors, special methods, case, character tests, padding.

use super::codecs;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::byte_ops;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::iter::{Iter, IterState};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;

/// The bytes of `self`.
pub(super) fn this<'a>(args: Args<'a>) -> &'a [u8] {
    args.values.first().and_then(Value::as_bytes).unwrap_or_default()
}

/// A result of `self`'s type.
pub(super) fn like(args: Args, bytes: Vec<u8>) -> Ref {
    let is_array = args.values.first().is_some_and(|v| v.is_kind(Kind::ByteArray));
    if is_array { Ref::bytearray(bytes) } else { Ref::bytes(bytes) }
}

/// A part of `self` as a result: `self` where that is all of it, as in CPython, which copies no bytes then.
pub(super) fn part(args: Args, bytes: &[u8]) -> Ref {
    let whole = args.values[0];
    if whole.is_kind(Kind::Bytes) && whole.as_bytes() == Some(bytes) && is_plain(whole) {
        return whole.to_ref();
    }
    like(args, bytes.to_vec())
}

/// `bytes(source=b'', encoding=…, errors=…)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let base = vm.types.bytes;
    let class = vm.class_arg(args.values[0], base)?;
    let source = args.pos().get(1).copied().filter(|source| args.values.len() == 2 && source.is_kind(Kind::Bytes));
    if let Some(source) = source.filter(|source| class.builtin && is_plain(*source)) {
        return Ok(source.to_ref());
    }
    match construct(vm, class, args, "bytes")? {
        Some(bytes) => Ok(vm.as_subclass(class, Ref::bytes(bytes))),
        None => Err(vm.tail_prelude("bytes_of_items", &[args.values[0], args.values[1]])),
    }
}

/// The content that the constructor's arguments ask for; `None` if Coro code has to give the items of an iterable.
pub(super) fn construct(vm: &mut Vm, class: TypeRef, args: Args, name: &'static str) -> Outcome<Option<Vec<u8>>> {
    let parameters = Parameters { function: name, names: ["source", "encoding", "errors"], required: 0, positional: 3 };
    let [source, encoding, errors] = parameters.bind(vm, args, 1)?;
    let (mut names, what) = ([None, None], ["encoding", "errors"]);
    for (at, value) in [encoding, errors].into_iter().enumerate() {
        // The message is made only for what will be looked at: the constructor is called often.
        if value.is_some() {
            names[at] = codecs::name_arg(vm, value, &format!("{name}() argument '{}'", what[at]))?;
        }
    }
    let [encoding, errors] = names;
    let given = if encoding.is_some() { Some("encoding") } else { errors.as_ref().map(|_| "errors") };
    let Some(source) = source else {
        return match given {
            Some(what) => Err(vm.type_error(format!("{what} without a string argument"))),
            None => Ok(Some(Vec::new())),
        };
    };
    let by_method = given.is_none() && source.tail().is_some() && vm.overriding(source, vm.names.bytes_).is_some();
    if source.as_str().is_some() && !by_method {
        if encoding.is_none() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        return codecs::encode(vm, source, encoding, errors).map(Some);
    }
    if let Some(what) = given {
        return Err(vm.type_error(format!("{what} without a string argument")));
    }
    // The prelude comes back with a list; through a subclass the items are gathered by re-entry.
    if class.builtin && needs_coro(vm, source)? {
        return Ok(None);
    }
    vm.bytes_from(source, name).map(Some)
}

/// Whether getting the items of an iterable takes Coro code.
fn needs_coro(vm: &mut Vm, source: Value) -> Outcome<bool> {
    if source.as_int().is_some() || source.as_bytes().is_some() || source.as_sequence().is_some() {
        return Ok(false);
    }
    let (bytes, index) = (vm.names.bytes_, vm.names.index);
    if vm.overriding(source, bytes).is_some() || vm.overriding(source, index).is_some() {
        return Ok(false);
    }
    Ok(matches!(source.kind(), Some(Kind::Generator)) || (source.is_kind(Kind::Instance) && vm.is_iterable(source)))
}

impl Vm {
    /// The bytes that `bytes(source)` or `bytearray(source)` (by `name`) makes.
    ///
    /// # Errors
    /// TypeError or ValueError with CPython's words.
    pub fn bytes_from(&mut self, source: Value, name: &str) -> Outcome<Vec<u8>> {
        if let Some(bytes) = source.as_bytes() {
            return Ok(bytes.to_vec());
        }
        let (bytes, index) = (self.names.bytes_, self.names.index);
        if let Some(method) = self.overriding(source, bytes) {
            let result = self.call_values(method, &[source])?;
            return match result.as_bytes() {
                Some(bytes) => Ok(bytes.to_vec()),
                None => {
                    let name = self.type_name(*result);
                    Err(self.type_error(format!("__bytes__ returned non-bytes (type {name})")))
                }
            };
        }
        if source.as_int().is_some() || self.overriding(source, index).is_some() {
            let count = self.index(source)?;
            let Ok(count) = usize::try_from(count) else { return Err(self.value_error("negative count")) };
            let size = crate::object::algo::check_size(count);
            self.checked(size)?;
            return Ok(vec![0; count]);
        }
        let native = if source.as_str().is_some() { None } else { self.collect_native(source)? };
        let items = match native {
            Some(items) => items,
            None if source.as_str().is_none() && self.is_iterable(source) => self.collect(source)?,
            None => {
                let own = self.type_name(source);
                return Err(self.type_error(format!("cannot convert '{own}' object to {name}")));
            }
        };
        let plural = if name == "bytes" { "bytes" } else { "byte" };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            out.push(self.byte_value(*item, plural)?);
        }
        Ok(out)
    }

    /// A byte given as an int; `what` is "byte" or "bytes" for the message.
    ///
    /// # Errors
    /// TypeError if it is no index; ValueError outside 0 to 255.
    pub fn byte_value(&mut self, value: Value, what: &str) -> Outcome<u8> {
        let int = self.index_value(value)?;
        match int.as_i64().and_then(|i| u8::try_from(i).ok()) {
            Some(byte) => Ok(byte),
            None => Err(self.value_error(format!("{what} must be in range(0, 256)"))),
        }
    }

    /// A bytes-like argument.
    ///
    /// # Errors
    /// TypeError: `a bytes-like object is required, not 'X'`.
    pub fn bytes_like<'a>(&mut self, value: &'a Value) -> Outcome<&'a [u8]> {
        match value.as_bytes() {
            Some(bytes) => Ok(bytes),
            None => {
                let name = self.type_name(*value);
                Err(self.type_error(format!("a bytes-like object is required, not '{name}'")))
            }
        }
    }
}

/// `decode(encoding='utf-8', errors='strict')`
fn decode(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "decode", names: ["encoding", "errors"], required: 0, positional: 2 };
    let [encoding, errors] = parameters.bind(vm, args, 1)?;
    let encoding = codecs::name_arg(vm, encoding, "decode() argument 'encoding'")?;
    let errors = codecs::name_arg(vm, errors, "decode() argument 'errors'")?;
    codecs::decode(vm, this(args), args.values[0], encoding, errors)
}

/// `fromhex(string)`
fn fromhex(vm: &mut Vm, args: Args) -> Outcome {
    let text = vm.text_arg(&args.values[1], "fromhex() argument")?;
    let bytes = vm.checked(byte_ops::from_hex(text))?;
    let class = args.values[0];
    if class == vm.types.bytes.value() {
        return Ok(Ref::bytes(bytes));
    }
    if class == vm.types.bytearray.value() {
        return Ok(Ref::bytearray(bytes));
    }
    let bytes = Ref::bytes(bytes);
    Err(vm.tail_call(class, &[*bytes]))
}

/// The separator of `hex`: one ASCII character or byte.
fn hex_separator(vm: &mut Vm, separator: Value) -> Outcome<char> {
    if vm.len(separator)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let c = match (separator.as_str(), separator.as_bytes()) {
        (Some(text), _) => text.chars().next(),
        (_, Some([byte])) => Some(*byte as char),
        _ => return Err(vm.type_error("sep must be str or bytes.")),
    };
    match c.filter(char::is_ascii) {
        Some(c) => Ok(c),
        None => Err(vm.value_error("sep must be ASCII.")),
    }
}

/// `hex(sep=…, bytes_per_sep=1)`
fn hex(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "hex", names: ["sep", "bytes_per_sep"], required: 0, positional: 2 };
    let [separator, group] = parameters.bind(vm, args, 1)?;
    let group = match group {
        None => 1,
        Some(group) => vm.c_int(group)?,
    };
    let separator = match separator {
        None => None,
        Some(separator) => Some(hex_separator(vm, separator)?),
    };
    Ok(Ref::str(&byte_ops::hex(this(args), separator, group)))
}

fn len(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(args).len() as i64))
}

fn iter(_: &mut Vm, args: Args) -> Outcome {
    Ok(Iter::alloc(IterState::Bytes { bytes: args.values[0].to_ref(), at: 0 }))
}

fn getitem(vm: &mut Vm, args: Args) -> Outcome {
    vm.sequence_item(args.values[0], args.values[1])
}

fn contains(vm: &mut Vm, args: Args) -> Outcome {
    let found = vm.contains_native(args.values[0], args.values[1])?;
    Ok(Ref::bool(found.unwrap_or(false)))
}

fn to_bytes(_: &mut Vm, args: Args) -> Outcome {
    Ok(part(args, this(args)))
}

macro_rules! changed {
    ($($name:ident $function:path;)*) => {
        $(fn $name(_: &mut Vm, args: Args) -> Outcome {
            Ok(like(args, $function(this(args))))
        })*
    };
}

changed! {
    lower byte_ops::lower;
    upper byte_ops::upper;
    capitalize byte_ops::capitalize;
    title byte_ops::title;
    swapcase byte_ops::swapcase;
}

macro_rules! all_are {
    ($($name:ident $test:path;)*) => {
        $(fn $name(_: &mut Vm, args: Args) -> Outcome {
            Ok(Ref::bool(!this(args).is_empty() && this(args).iter().all($test)))
        })*
    };
}

all_are! {
    isalnum u8::is_ascii_alphanumeric;
    isalpha u8::is_ascii_alphabetic;
    isdigit u8::is_ascii_digit;
}

fn isascii(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this(args).is_ascii()))
}

fn isspace(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(!this(args).is_empty() && this(args).iter().all(|&byte| byte_ops::is_space(byte))))
}

fn islower(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(byte_ops::is_lower(this(args))))
}

fn isupper(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(byte_ops::is_upper(this(args))))
}

fn istitle(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(byte_ops::is_title(this(args))))
}

/// Width and fill byte of `center` and its like.
fn padding(vm: &mut Vm, args: Args, function: &str) -> Outcome<(i64, u8)> {
    let width = vm.index(args.values[1])?;
    match args.values.get(2) {
        None => Ok((width, b' ')),
        Some(fill) => match fill.as_bytes() {
            Some([fill]) => Ok((width, *fill)),
            _ => {
                let name = vm.arg_type_name(*fill);
                Err(vm.type_error(format!("{function}() argument 2 must be a byte string of length 1, not {name}")))
            }
        },
    }
}

fn center(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args, "center")?;
    vm.checked(byte_ops::center(this(args), width, fill)).map(|bytes| part(args, &bytes))
}

fn ljust(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args, "ljust")?;
    vm.checked(byte_ops::ljust(this(args), width, fill)).map(|bytes| part(args, &bytes))
}

fn rjust(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args, "rjust")?;
    vm.checked(byte_ops::rjust(this(args), width, fill)).map(|bytes| part(args, &bytes))
}

fn zfill(vm: &mut Vm, args: Args) -> Outcome {
    let width = vm.index(args.values[1])?;
    vm.checked(byte_ops::zfill(this(args), width)).map(|bytes| part(args, &bytes))
}

/// `expandtabs(tabsize=8)`
fn expandtabs(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "expandtabs", names: ["tabsize"], required: 0, positional: 1 };
    let [size] = parameters.bind(vm, args, 1)?;
    let size = match size {
        None => 8,
        Some(size) => vm.c_int(size)?,
    };
    vm.checked(byte_ops::expandtabs(this(args), size)).map(|bytes| like(args, bytes))
}

natives! {
    /// Methods of `bytes` and `bytearray` alike.
    SHARED;
    "decode", decode, 1, MANY, keywords;
    "hex", hex, 1, MANY, keywords;
    "__len__", len, 1, 1;
    "__iter__", iter, 1, 1;
    "__getitem__", getitem, 2, 2;
    "__contains__", contains, 2, 2;
    "lower", lower, 1, 1;
    "upper", upper, 1, 1;
    "capitalize", capitalize, 1, 1;
    "title", title, 1, 1;
    "swapcase", swapcase, 1, 1;
    "isalnum", isalnum, 1, 1;
    "isalpha", isalpha, 1, 1;
    "isascii", isascii, 1, 1;
    "isdigit", isdigit, 1, 1;
    "islower", islower, 1, 1;
    "isspace", isspace, 1, 1;
    "istitle", istitle, 1, 1;
    "isupper", isupper, 1, 1;
    "center", center, 2, 3;
    "ljust", ljust, 2, 3;
    "rjust", rjust, 2, 3;
    "zfill", zfill, 2, 2;
    "expandtabs", expandtabs, 1, MANY, keywords;
}

natives! {
    SHARED_CLASS_METHODS;
    "fromhex", fromhex, 2, 2;
}

natives! {
    METHODS;
    "__new__", new, 1, 4, keywords;
    "__bytes__", to_bytes, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let (bytes, bytearray) = (vm.types.bytes, vm.types.bytearray);
    for ty in [bytes, bytearray] {
        vm.add_methods(ty, SHARED);
        vm.add_class_methods(ty, SHARED_CLASS_METHODS);
    }
    vm.add_methods(bytes, METHODS);
    super::bytes_search::install(vm);
    super::bytes_split::install(vm);
    super::bytearray::install(vm);
}

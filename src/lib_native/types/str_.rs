//! `str`: the constructor, special methods, case and character tests. Searching, splitting and formatting have files of
//! their own.

use super::codecs;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::{str_case, str_search};
use crate::object::call::{Args, Outcome};
use crate::object::iter::{Iter, IterState};
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;

/// The text of `self`.
pub(super) fn this<'a>(args: Args<'a>) -> &'a str {
    args.values.first().and_then(Value::as_str).unwrap_or_default()
}

/// A result of a method of `self`: `self` where nothing has changed, as in CPython, which copies nothing then.
fn same_or_new(whole: Value, text: &str) -> Ref {
    if whole.as_str() == Some(text) && is_plain(whole) { whole.to_ref() } else { Ref::str(text) }
}

/// `str(object='', encoding='utf-8', errors='strict')`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    if let [class, object] = *args.values
        && args.names.is_empty()
        && class == vm.types.str_.value()
    {
        return vm.str_tail(object);
    }
    let class = vm.class_arg(args.values[0], vm.types.str_)?;
    let given = args.pos().len() - 1;
    if given > 3 {
        return Err(vm.type_error(format!("str expected at most 3 arguments, got {given}")));
    }
    let parameters =
        Parameters { function: "str", names: ["object", "encoding", "errors"], required: 0, positional: 3 };
    let [object, encoding, errors] = parameters.bind(vm, args, 1)?;
    let encoding = codecs::name_arg(vm, encoding, "str() argument 'encoding'")?;
    let errors = codecs::name_arg(vm, errors, "str() argument 'errors'")?;
    let text = match object {
        None => Ref::str(""),
        Some(object) if encoding.is_none() && errors.is_none() => {
            if class.builtin {
                return vm.str_tail(object);
            }
            vm.str(object)?
        }
        Some(object) => match object.as_bytes() {
            Some(bytes) => codecs::decode(vm, bytes, object, encoding, errors)?,
            None if object.as_str().is_some() => return Err(vm.type_error("decoding str is not supported")),
            None => {
                let name = vm.type_name(object);
                return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {name} found")));
            }
        },
    };
    if class.builtin { Ok(text) } else { Ok(vm.as_subclass(class, Ref::str(text.as_str().unwrap_or_default()))) }
}

/// `encode(encoding='utf-8', errors='strict')`
fn encode(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "encode", names: ["encoding", "errors"], required: 0, positional: 2 };
    let [encoding, errors] = parameters.bind(vm, args, 1)?;
    let encoding = codecs::name_arg(vm, encoding, "encode() argument 'encoding'")?;
    let errors = codecs::name_arg(vm, errors, "encode() argument 'errors'")?;
    codecs::encode(vm, args.values[0], encoding, errors).map(Ref::bytes)
}

fn plain(_: &mut Vm, args: Args) -> Outcome {
    Ok(same_or_new(args.values[0], this(args)))
}

fn len(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(args.values[0].get::<Str>().map_or(0, Str::char_len) as i64))
}

fn iter(_: &mut Vm, args: Args) -> Outcome {
    Ok(Iter::alloc(IterState::Str { text: args.values[0].to_ref(), at: 0 }))
}

fn getitem(vm: &mut Vm, args: Args) -> Outcome {
    vm.sequence_item(args.values[0], args.values[1])
}

fn contains(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[1].as_str() {
        Some(sub) => Ok(Ref::bool(memchr::memmem::find(this(args).as_bytes(), sub.as_bytes()).is_some())),
        None => {
            let name = vm.type_name(args.values[1]);
            Err(vm.type_error(format!("'in <string>' requires string as left operand, not {name}")))
        }
    }
}

macro_rules! texts {
    ($($name:ident $function:path;)*) => {
        $(fn $name(_: &mut Vm, args: Args) -> Outcome {
            Ok(Ref::str(&$function(this(args))))
        })*
    };
}

fn lower(_: &mut Vm, args: Args) -> Outcome {
    let ascii = args.values[0].get::<Str>().and_then(|text| text.map_ascii(|byte| byte.to_ascii_lowercase()));
    Ok(ascii.unwrap_or_else(|| Ref::str(&str_case::lower(this(args)))))
}

fn upper(_: &mut Vm, args: Args) -> Outcome {
    let ascii = args.values[0].get::<Str>().and_then(|text| text.map_ascii(|byte| byte.to_ascii_uppercase()));
    Ok(ascii.unwrap_or_else(|| Ref::str(&str_case::upper(this(args)))))
}

texts! {
    casefold str_case::casefold;
    capitalize str_case::capitalize;
    title str_case::title;
    swapcase str_case::swapcase;
}

macro_rules! tests {
    ($($name:ident $function:path;)*) => {
        $(fn $name(_: &mut Vm, args: Args) -> Outcome {
            Ok(Ref::bool($function(this(args))))
        })*
    };
}

tests! {
    isalpha str_case::is_alpha;
    isalnum str_case::is_alnum;
    isascii str::is_ascii;
    isdecimal str_case::is_decimal;
    isdigit str_case::is_digit;
    isidentifier str_case::is_identifier;
    islower str_case::is_lower;
    isnumeric str_case::is_numeric;
    isprintable str_case::is_printable;
    isspace str_case::is_space;
    istitle str_case::is_title;
    isupper str_case::is_upper;
}

/// Width and fill character of `center` and its like.
fn padding(vm: &mut Vm, args: Args) -> Outcome<(i64, char)> {
    let width = vm.index(args.values[1])?;
    let Some(fill) = args.values.get(2) else { return Ok((width, ' ')) };
    let Some(text) = fill.as_str() else {
        let name = vm.type_name(*fill);
        return Err(vm.type_error(format!("The fill character must be a unicode character, not {name}")));
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), None) => Ok((width, fill)),
        _ => Err(vm.type_error("The fill character must be exactly one character long")),
    }
}

fn center(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args)?;
    vm.checked(str_search::center(this(args), width, fill)).map(|text| same_or_new(args.values[0], &text))
}

fn ljust(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args)?;
    vm.checked(str_search::ljust(this(args), width, fill)).map(|text| same_or_new(args.values[0], &text))
}

fn rjust(vm: &mut Vm, args: Args) -> Outcome {
    let (width, fill) = padding(vm, args)?;
    vm.checked(str_search::rjust(this(args), width, fill)).map(|text| same_or_new(args.values[0], &text))
}

fn zfill(vm: &mut Vm, args: Args) -> Outcome {
    let width = vm.index(args.values[1])?;
    vm.checked(str_search::zfill(this(args), width)).map(|text| same_or_new(args.values[0], &text))
}

/// `expandtabs(tabsize=8)`
fn expandtabs(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "expandtabs", names: ["tabsize"], required: 0, positional: 1 };
    let [size] = parameters.bind(vm, args, 1)?;
    let size = match size {
        None => 8,
        Some(size) => vm.c_int(size)?,
    };
    vm.checked(str_search::expandtabs(this(args), size)).map(|text| same_or_new(args.values[0], &text))
}

natives! {
    METHODS;
    "__new__", new, 1, 5, keywords;
    "encode", encode, 1, MANY, keywords;
    "__str__", plain, 1, 1;
    "__len__", len, 1, 1;
    "__iter__", iter, 1, 1;
    "__getitem__", getitem, 2, 2;
    "__contains__", contains, 2, 2;
    "lower", lower, 1, 1;
    "upper", upper, 1, 1;
    "casefold", casefold, 1, 1;
    "capitalize", capitalize, 1, 1;
    "title", title, 1, 1;
    "swapcase", swapcase, 1, 1;
    "isalpha", isalpha, 1, 1;
    "isalnum", isalnum, 1, 1;
    "isascii", isascii, 1, 1;
    "isdecimal", isdecimal, 1, 1;
    "isdigit", isdigit, 1, 1;
    "isidentifier", isidentifier, 1, 1;
    "islower", islower, 1, 1;
    "isnumeric", isnumeric, 1, 1;
    "isprintable", isprintable, 1, 1;
    "isspace", isspace, 1, 1;
    "istitle", istitle, 1, 1;
    "isupper", isupper, 1, 1;
    "center", center, 2, 3;
    "ljust", ljust, 2, 3;
    "rjust", rjust, 2, 3;
    "zfill", zfill, 2, 2;
    "expandtabs", expandtabs, 1, MANY, keywords;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.str_;
    vm.add_methods(ty, METHODS);
    super::str_search::install(vm);
    super::str_split::install(vm);
    super::str_format::install(vm);
}

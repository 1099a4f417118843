//! Printed names of operations and constants.

use super::data::*;

pub(super) fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Pos => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Invert => "~",
        UnaryOp::Not => "not ",
    }
}

/// The name of an operation, with those of its parameters that name no local.
pub(super) fn name(op: &Op) -> String {
    let fixed = match op {
        Op::LoadGlobal(name) => return format!("global {name}"),
        Op::StoreGlobal(name) => return format!("set_global {name} ="),
        Op::DeleteGlobal(name) => return format!("del_global {name}"),
        Op::LoadName { name, .. } => return format!("name {name}"),
        Op::StoreName(name) => return format!("set_name {name} ="),
        Op::DeleteName(name) => return format!("del_name {name}"),
        Op::CallKw(names) => return format!("call_kw ({})", names.join(" ")),
        Op::CallMethod { name, keywords } if keywords.is_empty() => return format!("call_method .{name}"),
        Op::CallMethod { name, keywords } => return format!("call_method .{name} ({})", keywords.join(" ")),
        Op::CallLoaded { keywords } if keywords.is_empty() => return "call_loaded".into(),
        Op::CallLoaded { keywords } => return format!("call_loaded ({})", keywords.join(" ")),
        Op::MakeClass { name } => return format!("class {name}"),
        Op::Format { conversion, .. } => {
            return match conversion {
                None => "format".into(),
                Some(Conversion::Str) => "format !s".into(),
                Some(Conversion::Repr) => "format !r".into(),
                Some(Conversion::Ascii) => "format !a".into(),
            };
        }
        Op::GetAwaitable { context } => {
            return match context {
                AwaitContext::Await => "awaitable".into(),
                AwaitContext::AEnter => "awaitable (__aenter__)".into(),
                AwaitContext::AExit => "awaitable (__aexit__)".into(),
                AwaitContext::ANext => "awaitable (__anext__)".into(),
            };
        }
        Op::Intrinsic(intrinsic) => return intrinsic_name(intrinsic),
        Op::Drop => "drop",
        Op::Truth => "bool",
        Op::BuildSlice => "slice",
        Op::BuildTuple => "tuple",
        Op::BuildList => "list",
        Op::BuildSet => "set",
        Op::BuildDict => "dict",
        Op::ListExtend => "list_extend",
        Op::ListToTuple => "list_to_tuple",
        Op::SetUpdate => "set_update",
        Op::DictUpdate => "dict_update",
        Op::DictMerge => "dict_merge",
        Op::Call => "call",
        Op::CallEx => "call_ex",
        Op::Join => "join",
        Op::GetIter => "iter",
        Op::GetANext => "anext",
        Op::GetYieldFromIter => "yield_from_iter",
        Op::IsStopAsyncIteration => "is_stop_async_iteration",
        Op::CallExit => "call_exit",
        _ => "?",
    };
    fixed.to_string()
}

fn intrinsic_name(op: &Intrinsic) -> String {
    let fixed = match op {
        Intrinsic::MatchClass { positional, names } => {
            return format!("match_class {positional} ({})", names.join(" "));
        }
        Intrinsic::ItemAt { index } => return format!("item_at {index}"),
        Intrinsic::SliceBetween { before, after } => return format!("slice_between {before} {after}"),
        Intrinsic::Import { module, level, names, .. } => {
            let dots = ".".repeat(*level as usize);
            return format!("import {dots}{module} ({})", names.join(" "));
        }
        Intrinsic::ImportFrom { name } => return format!("import_from {name}"),
        Intrinsic::Annotate { name } => return format!("annotate {name}"),
        Intrinsic::ExcMatch => "exc_match",
        Intrinsic::ExcStarSplit => "exc_star_split",
        Intrinsic::ExcStarFinish => "exc_star_finish",
        Intrinsic::WithEnter { .. } => "with_enter",
        Intrinsic::AsyncWithEnter { .. } => "async_with_enter",
        Intrinsic::ListAppend => "list_append",
        Intrinsic::SetAdd => "set_add",
        Intrinsic::DictSet => "dict_set",
        Intrinsic::IsSequence => "is_sequence",
        Intrinsic::IsMapping => "is_mapping",
        Intrinsic::Len => "len",
        Intrinsic::MatchKeys => "match_keys",
        Intrinsic::MatchRest => "match_rest",
        Intrinsic::ImportStar => "import_star",
        Intrinsic::Locals => "locals",
        Intrinsic::AIter => "aiter",
        Intrinsic::ToStr => "to_str",
        Intrinsic::LoadCell { .. } => "cell_object",
        Intrinsic::AssertionError => "assertion_error",
        Intrinsic::Iter => "iter",
    };
    fixed.to_string()
}

/// A constant as in the source, long strings cut.
pub(super) fn constant(c: &Const) -> String {
    match c {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "...".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(i) => i.to_string(),
        Const::Float(f) => format!("{f:?}"),
        Const::Str(s) => quoted(s),
        Const::Bytes(b) => format!("b{}", quoted(&b.escape_ascii().to_string())),
        Const::Tuple(items) => {
            let items: Vec<String> = items.iter().map(constant).collect();
            format!("({})", items.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(30).flat_map(char::escape_debug).collect();
    if text.chars().count() > 30 {
        shown.push('…');
    }
    format!("'{shown}'")
}

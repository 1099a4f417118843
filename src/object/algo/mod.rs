//! The arithmetic and text rules of the built-in types, independent of how values are stored.
//!
//! Everything here takes and gives plain Rust types (`i64`, `f64`, `BigInt`, `&str`), follows CPython 3.13, and reports
//! a failure as a [`Fault`]: the exception's kind and CPython's text. Nothing here is `unsafe` or calls back.

pub mod byte_ops;
pub mod calendar;
pub mod char_class;
pub mod codec;
pub mod fault;
pub mod float_hex;
pub mod float_math;
pub mod float_special;
pub mod float_sums;
pub mod float_text;
pub mod format_number;
pub mod format_spec;
pub mod hash;
pub mod int_math;
pub mod int_text;
pub mod json_text;
pub mod percent;
pub mod random_mt;
pub mod regex;
mod sha512;
pub mod slice_index;
pub mod str_case;
pub mod str_format;
pub mod str_repr;
pub mod str_search;
pub mod str_split;
pub mod time_zone;
pub mod timsort;
mod unicode_tables;

pub use fault::{Fault, FaultKind, check_size};
pub use int_math::Int;

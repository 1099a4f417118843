//! What `sys` says about the implementation: tuples with named fields.

use super::Building;
use crate::lib_native::types::struct_sequence::{define, make, seal};
use crate::object::Ref;
use crate::vm::Vm;

/// Python 3.13.0 final, in hexadecimal.
const HEX_VERSION: i64 = 0x030d_00f0;

/// Binds the names in the module.
pub fn fill(vm: &mut Vm, building: &Building) {
    let version = version_info(vm);
    building.set("version_info", version.clone());
    building.set("hexversion", Ref::int(HEX_VERSION));
    building.set("float_info", float_info(vm));
    building.set("hash_info", hash_info(vm));
    building.set("int_info", int_info(vm));
    building.set("flags", flags(vm));
    let class = define(vm, "sys", "implementation", &["name", "version", "hexversion", "cache_tag"]);
    let values = vec![Ref::str("coro"), version, Ref::int(HEX_VERSION), Ref::NONE];
    building.set("implementation", make(class, values, &[]));
}

fn version_info(vm: &mut Vm) -> Ref {
    let class = define(vm, "sys", "version_info", &["major", "minor", "micro", "releaselevel", "serial"]);
    seal(vm, class);
    let numbers = [3, 13, 0].map(Ref::int).into_iter();
    make(class, numbers.chain([Ref::str("final"), Ref::int(0)]).collect(), &[])
}

fn float_info(vm: &mut Vm) -> Ref {
    let fields = [
        ("max", Ref::float(f64::MAX)),
        ("max_exp", Ref::int(i64::from(f64::MAX_EXP))),
        ("max_10_exp", Ref::int(i64::from(f64::MAX_10_EXP))),
        ("min", Ref::float(f64::MIN_POSITIVE)),
        ("min_exp", Ref::int(i64::from(f64::MIN_EXP))),
        ("min_10_exp", Ref::int(i64::from(f64::MIN_10_EXP))),
        ("dig", Ref::int(i64::from(f64::DIGITS))),
        ("mant_dig", Ref::int(i64::from(f64::MANTISSA_DIGITS))),
        ("epsilon", Ref::float(f64::EPSILON)),
        ("radix", Ref::int(i64::from(f64::RADIX))),
        ("rounds", Ref::int(1)),
    ];
    named(vm, "float_info", fields)
}

fn hash_info(vm: &mut Vm) -> Ref {
    let fields = [
        ("width", Ref::int(64)),
        ("modulus", Ref::int((1 << 61) - 1)),
        ("inf", Ref::int(314_159)),
        ("nan", Ref::int(0)),
        ("imag", Ref::int(1_000_003)),
        ("algorithm", Ref::str("siphash13")),
        ("hash_bits", Ref::int(64)),
        ("seed_bits", Ref::int(128)),
        ("cutoff", Ref::int(0)),
    ];
    named(vm, "hash_info", fields)
}

fn int_info(vm: &mut Vm) -> Ref {
    let fields = [
        ("bits_per_digit", Ref::int(30)),
        ("sizeof_digit", Ref::int(4)),
        ("default_max_str_digits", Ref::int(4300)),
        ("str_digits_check_threshold", Ref::int(640)),
    ];
    named(vm, "int_info", fields)
}

fn flags(vm: &mut Vm) -> Ref {
    let fields = [
        ("debug", Ref::int(0)),
        ("inspect", Ref::int(0)),
        ("interactive", Ref::int(0)),
        ("optimize", Ref::int(0)),
        ("dont_write_bytecode", Ref::int(1)),
        ("no_user_site", Ref::int(0)),
        ("no_site", Ref::int(0)),
        ("ignore_environment", Ref::int(0)),
        ("verbose", Ref::int(0)),
        ("bytes_warning", Ref::int(0)),
        ("quiet", Ref::int(0)),
        ("hash_randomization", Ref::int(0)),
        ("isolated", Ref::int(0)),
        ("dev_mode", Ref::bool(false)),
        ("utf8_mode", Ref::int(1)),
        ("warn_default_encoding", Ref::int(0)),
        ("safe_path", Ref::bool(false)),
        ("int_max_str_digits", Ref::int(4300)),
    ];
    named(vm, "flags", fields)
}

/// A class of that name with its only object.
fn named<const N: usize>(vm: &mut Vm, name: &str, fields: [(&'static str, Ref); N]) -> Ref {
    let names: Vec<&'static str> = fields.iter().map(|(name, _)| *name).collect();
    let class = define(vm, "sys", name, &names);
    make(class, fields.map(|(_, value)| value).into(), &[])
}

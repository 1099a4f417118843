//! The native half of `random`: the Mersenne Twister as a class that `random.Random` inherits from.

use super::Building;
use crate::natives;
use crate::object::algo::check_size;
use crate::object::algo::int_math::Int;
use crate::object::algo::random_mt::MersenneTwister;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::cell::Cell;

thread_local! {
    /// The type `_random.Random`; set when the module is made.
    static RANDOM: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

struct Source(MersenneTwister);

impl OpaqueData for Source {}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "_seed", seed, 2, 2;
    "random", random, 1, 1;
    "getrandbits", getrandbits, 2, 2;
    "_randbelow", below, 2, 2;
    "_state", state, 1, 1;
    "_set_state", set_state, 3, 3;
}

natives! { FUNCTIONS;
    "system_bytes", system_bytes, 1, 1;
}

/// So many bytes from the system (or from the seeded source of chance).
fn system_bytes(vm: &mut Vm, args: Args) -> Outcome {
    let count = vm.index(args.values[0])?;
    let Ok(count) = usize::try_from(count) else { return Err(vm.value_error("negative argument not allowed")) };
    let checked = check_size(count);
    vm.checked(checked)?;
    let words = vm.sched.entropy.words(count.div_ceil(4));
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.truncate(count);
    Ok(Ref::bytes(bytes))
}

/// Makes the module `_random`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_random");
    let class = vm.define_type("_random.Random", &[], Kind::Opaque, METHODS);
    RANDOM.set(Some(class));
    building.types(&[class]);
    building.functions(vm, "_random", FUNCTIONS);
    Ok(building.module)
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(base) = RANDOM.get() else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], base)?;
    let data = Source(MersenneTwister::from_key(&[]));
    let object = Ref::opaque(base, data);
    Ok(vm.as_subclass(class, object))
}

fn source<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut MersenneTwister> {
    match args.values[0].opaque::<Source>() {
        Some(source) => Ok(&mut source.0),
        None => Err(vm.type_error("a random.Random object is needed")),
    }
}

/// An int of any size; None for other values.
fn int_of(value: Value) -> Option<Int> {
    value.as_int().map(|int| int.to_big().into())
}

/// Seeds with None (from the system), an int, a float, a string or bytes.
fn seed(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[1];
    let fresh = if value.is_none() {
        MersenneTwister::from_key(&vm.sched.entropy.words(8))
    } else if let Some(int) = int_of(value) {
        MersenneTwister::from_int(&int)
    } else if let Some(x) = value.as_float() {
        MersenneTwister::from_float(x)
    } else if let Some(text) = value.as_str() {
        MersenneTwister::from_bytes(text.as_bytes())
    } else if let Some(bytes) = value.as_bytes() {
        MersenneTwister::from_bytes(bytes)
    } else {
        return Err(vm.type_error("The only supported seed types are:\nNone, int, float, str, bytes, and bytearray."));
    };
    *source(vm, &args)? = fresh;
    Ok(Ref::NONE)
}

fn random(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::float(source(vm, &args)?.random()))
}

fn getrandbits(vm: &mut Vm, args: Args) -> Outcome {
    let count = vm.index(args.values[1])?;
    match source(vm, &args)?.getrandbits(count) {
        Ok(int) => Ok(int_value(int)),
        Err(_) => Err(vm.value_error("number of bits must be non-negative")),
    }
}

fn below(vm: &mut Vm, args: Args) -> Outcome {
    let Some(limit) = int_of(args.values[1]) else { return Err(vm.type_error("an integer is required")) };
    let drawn = source(vm, &args)?.below_int(&limit);
    Ok(int_value(drawn))
}

fn int_value(int: Int) -> Ref {
    match int {
        Int::Small(small) => Ref::int(small),
        Int::Big(big) => Ref::big(big),
    }
}

fn state(vm: &mut Vm, args: Args) -> Outcome {
    let (words, index) = source(vm, &args)?.state();
    let mut items: Vec<Ref> = words.iter().map(|word| Ref::int(i64::from(*word))).collect();
    items.push(Ref::int(index as i64));
    Ok(Ref::tuple(items))
}

fn set_state(vm: &mut Vm, args: Args) -> Outcome {
    let words: Option<Vec<u32>> = args.values[1].as_sequence().and_then(|items| {
        items.iter().map(|item| item.as_int().and_then(|i| u32::try_from(i.to_big()).ok())).collect()
    });
    let index = usize::try_from(vm.index(args.values[2])?).ok();
    match words.zip(index).and_then(|(words, index)| MersenneTwister::from_state(&words, index)) {
        Some(fresh) => {
            *source(vm, &args)? = fresh;
            Ok(Ref::NONE)
        }
        None => Err(vm.value_error("state vector is the wrong size")),
    }
}

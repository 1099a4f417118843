//! Functions of many numbers: `dist fsum hypot prod sumprod`.

use crate::natives;
use crate::object::algo::float_sums::{self, ProductSum, SumError};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::BinOp;

fn hypot(vm: &mut Vm, args: Args) -> Outcome {
    let mut vector = Vec::with_capacity(args.values.len());
    for value in args.values {
        vector.push(vm.real(*value)?);
    }
    Ok(Ref::float(float_sums::norm(&mut vector)))
}

fn dist(vm: &mut Vm, args: Args) -> Outcome {
    let (p, q) = (vm.collect(args.values[0])?, vm.collect(args.values[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut vector = Vec::with_capacity(p.len());
    for (a, b) in p.iter().zip(&q) {
        vector.push(vm.real(**a)? - vm.real(**b)?);
    }
    Ok(Ref::float(float_sums::norm(&mut vector)))
}

fn fsum(vm: &mut Vm, args: Args) -> Outcome {
    let mut floats = Vec::new();
    for item in vm.collect(args.values[0])? {
        floats.push(vm.real(*item)?);
    }
    match float_sums::fsum(floats) {
        Ok(sum) => Ok(Ref::float(sum)),
        Err(SumError::Overflow) => Err(vm.overflow_error("intermediate overflow in fsum")),
        Err(SumError::Infinities) => Err(vm.value_error("-inf + inf in fsum")),
    }
}

fn prod(vm: &mut Vm, args: Args) -> Outcome {
    let mut product = Ref::int(1);
    if args.pos().len() != 1 {
        let given = args.pos().len();
        return Err(vm.type_error(format!("prod() takes exactly 1 positional argument ({given} given)")));
    }
    for (name, value) in args.keywords() {
        if name.as_str() != Some("start") {
            let message = format!("prod() got an unexpected keyword argument '{}'", name.as_str().unwrap_or_default());
            return Err(vm.type_error(message));
        }
        product = value.to_ref();
    }
    for item in vm.collect(args.values[0])? {
        product = combine(vm, BinOp::Mul, *product, *item)?;
    }
    Ok(product)
}

fn combine(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> Outcome {
    let outcome = vm.binary(op, a, b, false);
    vm.settle(outcome)
}

fn sumprod(vm: &mut Vm, args: Args) -> Outcome {
    let (p, q) = (vm.collect(args.values[0])?, vm.collect(args.values[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("Inputs are not the same length"));
    }
    let number = |v: &Ref| v.as_float().is_some() || v.as_int().is_some();
    let float = |v: &Ref| v.as_float().is_some();
    let floats = p.iter().chain(&q).any(float);
    if floats && p.iter().chain(&q).all(number) {
        let mut total = ProductSum::default();
        for (a, b) in p.iter().zip(&q) {
            total.add(vm.real(**a)?, vm.real(**b)?);
        }
        return Ok(Ref::float(total.value()));
    }
    let mut total = Ref::int(0);
    for (a, b) in p.iter().zip(&q) {
        let product = combine(vm, BinOp::Mul, **a, **b)?;
        total = combine(vm, BinOp::Add, *total, *product)?;
    }
    Ok(total)
}

natives! {
    FUNCTIONS;
    "dist", dist, 2, 2;
    "fsum", fsum, 1, 1;
    "hypot", hypot, 0, MANY;
    "prod", prod, 0, MANY, keywords;
    "sumprod", sumprod, 2, 2;
}

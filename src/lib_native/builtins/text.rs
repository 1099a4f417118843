//! `ascii format repr`

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    vm.repr_tail(args.values[0])
}

fn ascii(vm: &mut Vm, args: Args) -> Outcome {
    vm.ascii_tail(args.values[0])
}

fn format(vm: &mut Vm, args: Args) -> Outcome {
    let spec = match args.values.get(1) {
        Some(spec) => match spec.as_str() {
            Some(text) => text,
            None => {
                let message = format!("format() argument 2 must be str, not {}", vm.type_name(*spec));
                return Err(vm.type_error(message));
            }
        },
        None => "",
    };
    vm.format_tail(args.values[0], spec)
}

natives! {
    FUNCTIONS;
    "ascii", ascii, 1, 1;
    "format", format, 1, 2;
    "repr", repr, 1, 1;
}

//! Running a compiled program: a machine with its libraries, the program as `__main__`, the exit status.

use crate::code::CodeUnit;
use crate::event_loop::clock::VirtualClock;
use crate::event_loop::entropy::Entropy;
use crate::lib_native::modules::asyncio;
use crate::object::call::Outcome;
use crate::object::exception::Exception;
use crate::object::function::Module;
use crate::object::{Ref, Value, atom};
use crate::vm::import::Compile;
use crate::vm::output::complain;
use crate::vm::{Vm, interrupt, traceback};
use crate::{lib_coro, lib_native};
use std::io::IsTerminal;
use std::path::Path;

/// What makes a run differ from an ordinary one.
#[derive(Clone, Copy, Default)]
pub struct Options {
    /// Time jumps instead of passing while the program waits.
    pub virtual_time: bool,
    /// Seeds what is random, the choice among equals included.
    pub seed: Option<u64>,
    /// Nanoseconds that a call or a computation may hold up an event loop before it is reported; None: for ever.
    pub slow: Option<u64>,
    /// A task whose exception nobody saw makes the exit status 1.
    pub strict_tasks: bool,
}

/// What `time.time()` shows at the start of virtual time: 2000-01-01, so that runs are alike.
const EPOCH: u64 = 946_684_800_000_000_000;

/// Runs the program with `argv` as its `sys.argv`; the exit status.
pub fn main(unit: CodeUnit, argv: Vec<String>, options: Options, compile: Compile) -> i32 {
    interrupt::begin();
    let mut vm = Vm::new(compile);
    vm.sched.slow = options.slow;
    if options.virtual_time {
        vm.sched.clock = Box::new(VirtualClock::new(EPOCH));
    }
    if let Some(seed) = options.seed {
        vm.sched.entropy = Entropy::Seeded(seed);
    }
    vm.imports.prelude = lib_coro::PRELUDE;
    vm.imports.builtin_source = Some(lib_coro::source);
    vm.imports.path.push(directory_of(&unit.source.name));
    vm.argv = argv;
    lib_native::install(&mut vm);
    let module = vm.new_module("__main__");
    vm.imports.modules.insert("__main__".to_owned(), module.clone());
    if let Some(object) = module.get::<Module>() {
        object.globals.set(vm.names.file, Ref::str(&unit.source.name));
        object.globals.set(vm.names.doc, Ref::NONE);
    }
    let outcome = vm.run_unit(unit, *module, false);
    let status = match outcome {
        Ok(()) => 0,
        Err(_) => {
            let exc = vm.take_raised();
            uncaught(&mut vm, *exc)
        }
    };
    vm.run_exit_functions();
    if vm.sched.tasks_made > 0 {
        asyncio::show_pending_at_exit(&mut vm);
    }
    vm.shut_down(*module);
    let status = if options.strict_tasks && vm.sched.task_failed_unseen { status.max(1) } else { status };
    match vm.stdout.flush() {
        Err(error) if vm.stdout.has_failed() => {
            complain(&format!("coro: can't write to standard output: {error}\n"));
            status.max(1)
        }
        _ => status,
    }
}

fn directory_of(name: &str) -> std::path::PathBuf {
    Path::new(name).parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| ".".into(), Path::to_path_buf)
}

/// Reports an exception that nobody caught; the exit status. `SystemExit` is no error.
fn uncaught(vm: &mut Vm, exc: Value) -> i32 {
    if vm.is_instance_of(exc, vm.types.exc.system_exit) {
        return exit_status(vm, exc);
    }
    if vm.stdout.is_cut_off() && vm.is_instance_of(exc, vm.types.exc.broken_pipe_error) {
        // Who reads the output has seen enough.
        return 1;
    }
    let interrupted = vm.is_instance_of(exc, vm.types.exc.keyboard_interrupt);
    let status = if interrupted { 130 } else { 1 };
    match vm.call_excepthook(exc) {
        Some(Ok(_)) => return status,
        Some(Err(_)) => {
            let failure = vm.take_raised();
            if vm.is_instance_of(*failure, vm.types.exc.system_exit) {
                return exit_status(vm, *failure);
            }
            complain("Error in sys.excepthook:\n");
            report(vm, *failure);
            complain("\nOriginal exception was:\n");
        }
        None => {}
    }
    report(vm, exc);
    status
}

/// Shows an exception on standard error.
fn report(vm: &mut Vm, exc: Value) {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let text = traceback::render_uncaught(vm, exc, color);
    vm.flush_output();
    complain(&text);
}

/// `sys.exit(n)`: n; None: 0; anything else is printed, and 1.
fn exit_status(vm: &mut Vm, exc: Value) -> i32 {
    let code = exc.get::<Exception>().map_or(Ref::NONE, Exception::first_arg);
    if code.is_none() {
        return 0;
    }
    if let Some(status) = code.as_i64() {
        return (status & 0xff) as i32;
    }
    let text = vm.str(*code).map(|t| t.as_str().unwrap_or("").to_owned()).unwrap_or_default();
    vm.flush_output();
    complain(&format!("{text}\n"));
    1
}

impl Vm {
    /// Calls `sys.excepthook`, if the program has set one of its own.
    fn call_excepthook(&mut self, exc: Value) -> Option<Outcome> {
        let module = self.imports.modules.get("sys").cloned()?;
        let globals = module.get::<Module>()?.globals;
        let hook = globals.get(atom::intern("excepthook"))?.to_ref();
        if globals.get(atom::intern("__excepthook__")) == Some(*hook) {
            return None;
        }
        let class = exc.exception_class()?;
        let trace = self.traceback_of(exc);
        Some(self.call_values(*hook, &[class.value(), exc, *trace]))
    }

    /// Calls what the program has registered with `atexit`, if it has imported that.
    fn run_exit_functions(&mut self) {
        let Some(module) = self.imports.modules.get("atexit").cloned() else { return };
        let ran = self.get_attr(*module, atom::intern("_run_exitfuncs")).and_then(|run| self.call_values(*run, &[]));
        if ran.is_err() {
            // An interruption: the functions report their own errors.
            let exc = self.take_raised();
            uncaught(self, *exc);
        }
    }

    /// The program is over: its globals are let go, so that finalisers run.
    fn shut_down(&mut self, module: Value) {
        let Some(globals) = module.get::<Module>().map(|m| m.globals) else { return };
        self.greenlets.over = true;
        self.finalise_remaining(&globals.entries().iter().map(|(_, value)| *value).collect::<Vec<_>>());
        for (name, _) in globals.entries() {
            if name != atom::intern("__builtins__") {
                globals.remove(name);
            }
        }
    }
}

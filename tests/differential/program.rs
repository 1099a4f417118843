//! Random programs of generators and coroutines: yield, delegation, try/except/else/finally, with, loops, returns, driven by
//! send, throw and close. A program depends on nothing but its seed, always ends, and prints all that it does.

use super::random::Random;
use std::fmt::Write;

/// Statements nest no deeper.
const DEPTH: u32 = 4;
/// Functions in a program; each may delegate to those before it.
const FUNCTIONS: usize = 4;
/// Coroutines that a program drives, one after the other, and steps that each is given at most.
const DRIVEN: u64 = 4;
const STEPS: u64 = 9;

const EXCEPTIONS: [&str; 4] = ["ValueError", "KeyError", "ZeroDivisionError", "GeneratorExit"];

/// What every program begins with: how steps and exceptions are shown.
const HEAD: &str = r#"
def show(e, depth=0):
    if e is None or depth == 3:
        return "-"
    text = f"{type(e).__name__}{e.args}"
    if e.__cause__ is not None:
        text += " from " + show(e.__cause__, depth + 1)
    elif e.__context__ is not None and not e.__suppress_context__:
        text += " after " + show(e.__context__, depth + 1)
    return text


def step(g, how, value):
    try:
        if how == "send":
            result = g.send(value)
        elif how == "throw":
            result = g.throw(value)
        else:
            result = g.close()
        print(how, "->", result)
    except StopIteration as e:
        print(how, "-> stop", e.value)
    except BaseException as e:
        print(how, "->", show(e))


class Manager:
    def __init__(self, name, swallows):
        self.name = name
        self.swallows = swallows

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, e, traceback):
        print("exit", self.name, show(e))
        return self.swallows


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)

"#;

/// The two faces of the engine.
#[derive(Clone, Copy, PartialEq)]
enum Face {
    Generator,
    Coroutine,
}

struct Writer {
    random: Random,
    face: Face,
    text: String,
    /// Names each place that prints.
    label: u32,
    /// The number of the function being written; it may delegate to lower ones.
    function: usize,
}

/// Where a statement stands, for what it may contain.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    depth: u32,
    in_loop: bool,
    in_except: bool,
}

impl Place {
    fn inner(self) -> Place {
        Place { indent: self.indent + 1, depth: self.depth + 1, ..self }
    }
}

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut random = Random(seed);
    let face = if random.one_in(3) { Face::Coroutine } else { Face::Generator };
    let mut writer = Writer { random, face, text: HEAD.to_owned(), label: 0, function: 0 };
    for function in 0..FUNCTIONS {
        writer.function = function;
        writer.function_definition();
    }
    writer.driver();
    writer.text
}

impl Writer {
    fn line(&mut self, indent: usize, text: &str) {
        for _ in 0..indent {
            self.text.push_str("    ");
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn new_label(&mut self) -> u32 {
        self.label += 1;
        self.label
    }

    fn function_definition(&mut self) {
        let (word, name) = (if self.face == Face::Coroutine { "async def" } else { "def" }, self.function);
        self.line(0, &format!("\n{word} f{name}(x):"));
        let place = Place { indent: 1, depth: 0, in_loop: false, in_except: false };
        // A generator is one whatever else its body is.
        if self.face == Face::Generator {
            self.line(1, "if x == 'never':");
            self.line(2, "yield");
        }
        self.block(place);
        if self.random.one_in(2) {
            let value = self.expression();
            self.line(1, &format!("return ({value})"));
        }
    }

    fn block(&mut self, place: Place) {
        for _ in 0..1 + self.random.below(3) {
            self.statement(place);
        }
    }

    fn statement(&mut self, place: Place) {
        let kinds = if place.depth < DEPTH { 16 } else { 9 };
        match self.random.below(kinds) {
            0 => self.print(place, "x"),
            1..=4 => {
                let value = self.expression();
                self.line(place.indent, &format!("x = {value}"));
                self.print(place, "x");
            }
            5 => self.display(place),
            6 => self.raise(place),
            7 => self.jump(place),
            8 => self.print(place, "(x,)"),
            9..=12 => self.try_statement(place),
            13 => self.with_statement(place),
            14 => self.loop_statement(place),
            _ => self.if_statement(place),
        }
    }

    fn print(&mut self, place: Place, what: &str) {
        let label = self.new_label();
        self.line(place.indent, &format!("print('  at {label}', {what})"));
    }

    /// Something that suspends.
    fn expression(&mut self) -> String {
        let label = self.new_label();
        if self.function > 0 && self.random.one_in(3) {
            let callee = self.random.below(self.function as u64);
            return match self.face {
                Face::Generator => format!("yield from f{callee}({label})"),
                Face::Coroutine => format!("await f{callee}({label})"),
            };
        }
        match self.face {
            Face::Generator => format!("yield {label}"),
            Face::Coroutine => format!("await Pause({label})"),
        }
    }

    /// Suspensions between operands: what is already computed must survive them.
    fn display(&mut self, place: Place) {
        let (a, b) = (self.expression(), self.expression());
        let form =
            self.random.pick(&["[x, (A), (B)]", "((A), 'between', (B))", "{(A): 1, 2: (B)}", "[(A)] + [x] + [(B)]"]);
        self.line(place.indent, &format!("x = {}", form.replace('A', &a).replace('B', &b)));
        self.print(place, "x");
    }

    fn raise(&mut self, place: Place) {
        let (kind, label) = (self.random.pick(&EXCEPTIONS[..3]), self.new_label());
        let text = match self.random.below(4) {
            0 if place.in_except => "raise".to_owned(),
            1 => format!("raise {kind}({label}) from ValueError('cause')"),
            2 => format!("raise {kind}({label}) from None"),
            _ => format!("raise {kind}({label})"),
        };
        // Not always, or little would follow it.
        let sent = self.random_sent();
        self.line(place.indent, &format!("if x != {sent}:"));
        self.line(place.indent + 1, &text);
    }

    fn random_sent(&mut self) -> &'static str {
        self.random.pick(&["None", "'s0'", "'s1'", "'s2'"])
    }

    fn jump(&mut self, place: Place) {
        let value = self.new_label();
        let text = match self.random.below(3) {
            0 if place.in_loop => "break".to_owned(),
            1 if place.in_loop => "continue".to_owned(),
            _ => format!("return {value}"),
        };
        let sent = self.random_sent();
        self.line(place.indent, &format!("if x == {sent}:"));
        self.line(place.indent + 1, &text);
    }

    fn try_statement(&mut self, place: Place) {
        let indent = place.indent;
        self.line(indent, "try:");
        self.block(place.inner());
        let handlers = self.random.below(3);
        for n in 0..handlers {
            let kind = match self.random.below(8) {
                0 => "BaseException",
                1 => "(ValueError, RuntimeError)",
                2 => "GeneratorExit",
                _ => self.random.pick(&EXCEPTIONS[..3]),
            };
            let last = n + 1 == handlers && self.random.one_in(4);
            self.line(indent, &if last { "except:".to_owned() } else { format!("except {kind} as e:") });
            self.print(place.inner(), if last { "x" } else { "show(e)" });
            self.block(Place { in_except: true, ..place.inner() });
        }
        if handlers > 0 && self.random.one_in(3) {
            self.line(indent, "else:");
            self.block(place.inner());
        }
        if handlers == 0 || self.random.one_in(2) {
            self.line(indent, "finally:");
            self.print(place.inner(), "x");
            if self.random.one_in(2) {
                self.block(place.inner());
            }
        }
    }

    fn with_statement(&mut self, place: Place) {
        let (label, swallows) = (self.new_label(), self.random.pick(&["False", "False", "True"]));
        self.line(place.indent, &format!("with Manager({label}, {swallows}) as m:"));
        self.block(place.inner());
    }

    fn loop_statement(&mut self, place: Place) {
        let inner = Place { in_loop: true, ..place.inner() };
        if self.function > 0 && self.face == Face::Generator && self.random.one_in(3) {
            let callee = self.random.below(self.function as u64);
            self.line(place.indent, &format!("for i in f{callee}('loop'):"));
        } else {
            self.line(place.indent, "for i in range(2):");
        }
        self.print(inner, "i");
        self.block(inner);
        if self.random.one_in(3) {
            self.line(place.indent, "else:");
            self.block(place.inner());
        }
    }

    fn if_statement(&mut self, place: Place) {
        let sent = self.random_sent();
        self.line(place.indent, &format!("if x == {sent}:"));
        self.block(place.inner());
        self.line(place.indent, "else:");
        self.block(place.inner());
    }

    /// Drives instances of the functions, mostly of the last, and lets go of them in the end.
    fn driver(&mut self) {
        self.text.push('\n');
        for number in 0..DRIVEN {
            let function = if self.random.one_in(3) { self.random.below(FUNCTIONS as u64) } else { 3 };
            let _ = write!(self.text, "\nprint('run {number}')\ng = f{function}({number})\n");
            if !self.random.one_in(8) {
                self.text.push_str("step(g, 'send', None)\n");
            }
            for _ in 0..self.random.below(STEPS) {
                let action = match self.random.below(12) {
                    0..=3 => "'send', None".to_owned(),
                    4..=7 => format!("'send', 's{}'", self.random.below(3)),
                    8..=10 => format!("'throw', {}({number})", self.random.pick(&EXCEPTIONS)),
                    _ => "'close', None".to_owned(),
                };
                let _ = writeln!(self.text, "step(g, {action})");
            }
            let _ = writeln!(self.text, "print('let go')\ng = None");
        }
    }
}

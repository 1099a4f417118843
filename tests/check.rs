//! Every rule that `check` has: small bad programs, and what is said about each.
//!
//! A snapshot holds the program and under each line what is reported there, as `columns title [code]`. After a change
//! of wording: `INSTA_UPDATE=always cargo test --test check`, then read the difference.

use coro::diag::{Diagnostic, SourceFile};
use std::fmt::Write;

/// The program with its diagnostics between the lines.
fn annotated(text: &str) -> String {
    let source = SourceFile::new("case.co", text);
    let (module, mut found) = coro::syntax::parse(&source);
    found.extend(coro::syntax::check(&module, &source));
    let mut out = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let _ = writeln!(out, "{line}");
        for diagnostic in found.iter().filter(|d| source.line(d.span.start) == number) {
            let _ = writeln!(out, "    {}", described(diagnostic, &source));
        }
    }
    out
}

fn described(diagnostic: &Diagnostic, source: &SourceFile) -> String {
    let marked = source.slice(diagnostic.span).lines().next().unwrap_or("");
    let mut text = format!("^ `{marked}`: {} [{}]", diagnostic.title, diagnostic.code);
    for label in &diagnostic.labels {
        let (line, column) = source.line_column(label.span.start);
        let _ = write!(text, "; {line}:{column} {}", label.text);
    }
    text
}

macro_rules! check {
    ($name:ident, $text:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), annotated($text));
        }
    };
}

check!(
    assignment_targets,
    "\
f() = 1
x = f() = 1
a + b = 2
a < b = 2
None = 1
a, 5 = x
[a, (b, 'c')] = x
(a, 1), b = x
(x for x in y) = 1
lambda: 0 = 1
__debug__ = 1
x.__debug__ = 1
f().x, y[0], (z), [], () = q
"
);

check!(
    starred_targets,
    "\
*a = x
*a, *b = x
*a, (*b, c), [*d] = x
[*a, b, *c] = x
(*a) = x
for *a in x: pass
for i, *j in x: pass
with x as *a: pass
"
);

check!(
    other_targets,
    "\
for f() in x: pass
for a, 1 in x: pass
[0 for 1 in x]
with x as f(): pass
with x as (a, 1): pass
del f(), None, a
del (a, [b, 1])
del *a, b
del __debug__
a, b += 1
f() += 1
'x' += 1
(a) += 1
a, b: int
[a]: int
f(): int
(a): int
a.b: int = 1
"
);

check!(
    starred_places,
    "\
*a
(*a)
x = *a
x = *a, b
print(*a, (*b))
for x in *a: pass
for x in *a, b: pass
def f():
    return *a
def g():
    yield *a
[*x for x in y]
a[*b], a[*b, c]
f'{*a}'
"
);

check!(
    arguments,
    "\
f(a=1, b)
f(**k, 1)
f(**k, *a)
f(a=1, *a)
f(a=1, b=2, a=3)
f(x for x in y)
f(x for x in y, 1)
f(1, x for x in y)
f(x for x in y,)
f((x for x in y), 1)
f((a) for a in (b))
f(__debug__=1)
class C(a=1, b): pass
class D(x for x in y): pass
"
);

check!(
    parameters,
    "\
def f(a=1, b): pass
def f(a=1, /, b): pass
def f(a=1, *, b): pass
def f(a, b, a): pass
def f(a, *a, **a): pass
def f(*): pass
def f(*, **k): pass
def f(*a, *b): pass
def f(a, *, /): pass
def f(/, a): pass
def f(a, /, b, /): pass
def f(**k, a): pass
def f(*a=1): pass
def f(**k=1): pass
lambda *: 0
lambda x, x: 0
def f(__debug__): pass
def f(*args: *Ts): pass
"
);

check!(
    exception_handlers,
    "\
try: pass
except: pass
except A: pass

try: pass
except A: pass
except* B: pass

try: pass
except*: pass

for i in x:
    try: pass
    except* A:
        for j in y: break
        break
    except* B:
        continue

def f():
    for i in x:
        try: pass
        except* A:
            def g(): return 1
            for j in y: return
try: pass
except A as __debug__: pass
"
);

check!(
    jumps,
    "\
break
continue
return 1
for i in x: break
else: break
while x:
    def f():
        break
    class C:
        continue
        return
    if y:
        try: continue
        finally: break
"
);

check!(
    yields,
    "\
yield 1
yield from x
x = yield
class C:
    y = yield
    z = lambda: (yield)
def f(x=(yield)): yield
async def g():
    yield from x
    yield 1
    return
def h():
    [x for x in (yield)]
    [(yield) for x in y]
    {(yield): 1 for x in y}
    ((yield from z) for x in y)
    [x for a in b for x in (yield)]
f'{(yield)}'
"
);

check!(
    awaits,
    "\
await x
def f():
    await x
    async for y in z: pass
    async with y: pass
    (await x for x in y)
    (x async for x in y)
    [await x for x in y]
    [[x async for x in y] for z in w]
async def g(a=await x):
    await x
    lambda: await x
    [[x async for x in y] for z in w]
    def h(b=await x):
        {x async for x in y}
    class C:
        await x
        [x async for x in y]
async for x in y: pass
"
);

check!(
    async_generator_returns,
    "\
async def f():
    if x:
        return None
    yield 1
async def g():
    return 1
async def h():
    def inner():
        yield
    return 1
async def k():
    yield
    return
"
);

check!(
    unreachable_patterns,
    "\
match x:
    case a: pass
    case _: pass
    case 1: pass
match x:
    case (a as b) if c: pass
    case (a as b): pass
    case a | 1: pass
    case 1 | _ | 2: pass
    case [a] | [_]: pass
    case 1 | a: pass
"
);

check!(
    pattern_names,
    "\
match x:
    case [a, (b, a)]: pass
    case {1: a, **a}: pass
    case [1] as _: pass
    case [a] | (a, b): pass
    case [a, *b, *c]: pass
    case P(a=1, a=2): pass
    case P(a=1, 2): pass
    case {'k': 1, 'k': 2, True: 3, 1: 4, -1: 5, -1.0: 6}: pass
    case {**rest, 'k': v}: pass
    case {'k': 1, **_}: pass
    case __debug__ | 1: pass
    case f'{x}': pass
    case 1j: pass
    case 1 | (2 as b): pass
    case [1, [a] | [a, _], *_]: pass
"
);

check!(
    imports,
    "\
'docstring'
from __future__ import annotations
from __future__ import nope, braces
import __debug__
import a.b as __debug__
from math import *
def f():
    from math import *
    from math import sin as __debug__
from __future__ import annotations
"
);

check!(
    complex_numbers,
    "\
x = 1j + 2
"
);

check!(
    after_what_did_not_parse,
    "\
def f(x y):
    return 1
    await x
break
def g():
    break
"
);

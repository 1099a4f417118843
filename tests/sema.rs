//! Scopes: small programs, and the scope table of each.
//!
//! A snapshot holds the program, the errors about names, and the table. After a change:
//! `INSTA_UPDATE=always cargo test --test sema`, then read the difference.

use coro::diag::SourceFile;
use coro::sema::{Binding, ScopeId, ScopeKind, print_scopes, resolve};
use std::fmt::Write;

/// The program, the diagnostics, and the printed table.
fn resolved(text: &str) -> String {
    let source = SourceFile::new("case.co", text);
    let (module, errors) = coro::syntax::parse(&source);
    assert!(errors.is_empty(), "{errors:?}");
    let (table, errors) = resolve(&module);
    let mut out = format!("{text}---\n");
    for error in errors {
        let (line, column) = source.line_column(error.span.start);
        let _ = writeln!(out, "{line}:{column} {} [{}]", error.title, error.code);
    }
    out + &print_scopes(&table)
}

macro_rules! scopes {
    ($name:ident, $text:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), resolved($text));
        }
    };
}

scopes!(
    closures,
    "\
def counter(start, *, step=1):
    n = start
    def next():
        nonlocal n
        n += step
        return n
    return next
"
);

scopes!(
    parameter_order,
    "\
def f(a, /, b, *args, k, **kw):
    z = y = (x := k)
    for i, j in pairs:
        pass
    with open(b) as h:
        pass
"
);

scopes!(
    captured_through_a_frame,
    "\
def f(x):
    def g():
        def h():
            return x
        return h
    return g
"
);

scopes!(
    comprehensions_share_the_frame,
    "\
def f(xs):
    i = 0
    a = [i for i in xs]
    b = {j: k for j in xs for k in [m for m in j]}
    return [lambda: i + q for q in a if i]
total = [x for x in f(1)]
late = [lambda: y for y in total]
"
);

scopes!(
    generator_expressions,
    "\
def f(xs, n):
    a = (x + n for x in xs)
    b = (await x for x in xs)
    return ([y async for y in x] for x in xs)
def g():
    return ((c for c in r) for r in 1)
"
);

scopes!(
    walrus,
    "\
def f(xs):
    a = [last := x for x in xs]
    return any((found := x) for x in xs), found, last
b = [top := x for x in f(1)]
"
);

scopes!(
    walrus_errors,
    "\
class C:
    a = [b := 1 for x in y]
[x := 1 for x in y]
[x for x in (y := 1)]
[x for x in y for z in [w := 1]]
[(z := 1) for x in y for z in x]
def f():
    [(n := 1) for x in y]
    [[n for n in y] for x in (lambda: (m := 1))]
"
);

scopes!(
    classes,
    "\
def outer(x, y):
    class C(Base):
        x = x
        z = y
        w = [x for _ in range(3)]
        def m(self):
            return super().m() + x
        def n(self):
            return __class__
        class D:
            pass
    return C
"
);

scopes!(
    private_names,
    "\
class _Secret:
    __a = 1
    def __m(self, __p, __q__):
        self.__b = __p
        import __mod
        return lambda: __p
class __:
    __x = 1
"
);

scopes!(
    global_names,
    "\
def f():
    global a, g
    a = 1
    def g():
        return a
def h():
    a = 1
    class C:
        global a
        a = 2
        def m(self):
            return a
"
);

scopes!(
    nonlocal_in_a_class,
    "\
def f():
    x = 1
    class C:
        nonlocal x
        x = 2
    return x
"
);

scopes!(
    declaration_errors,
    "\
x = 1
global x
nonlocal y
def f(a):
    global a
    b = 1
    global b
    print(c)
    global c
    d: int
    global d
    global e
    e: int = 1
def g(a):
    nonlocal a
    nonlocal nowhere
    def h():
        b = 1
        nonlocal b
        global q
        nonlocal q
class C:
    y = 1
    def m(self):
        nonlocal y
"
);

scopes!(
    kinds_of_functions,
    "\
def plain(): return 1
def generator(): yield 1
def delegating(): return (yield from x)
async def coroutine(): await x
async def asynchronous_generator():
    async for x in y:
        yield x
async def quiet(): pass
async def comprehension(): return [x async for x in y]
f = lambda: (yield)
"
);

scopes!(
    every_way_to_bind,
    "\
def f():
    import a.b, c.d as e
    from m import g as h, i
    try: pass
    except E as j: pass
    match j:
        case {'k': k, **l} | [k, l]: pass
        case P(m, n=n) as o: pass
        case [p, *q]: pass
    del r
    s: int
    (t): int
    u.v: int = w
    f'{x!r:{y}}'
    @z
    def aa(ab: ac = ad) -> ae: pass
    class af(ag, metaclass=ah): pass
"
);

/// The tables serve the later passes by node and by name.
#[test]
fn look_up_by_node_and_name() {
    let source = SourceFile::new("case.co", "class A:\n    def f(self): return lambda: self.__x\n");
    let (module, _) = coro::syntax::parse(&source);
    let (table, _) = resolve(&module);
    let lambda = table.ids().find(|&id| table.scope(id).kind == ScopeKind::Lambda).expect("the lambda has a scope");
    let scope = table.scope(lambda);
    assert_eq!(table.scope_of(scope.span, ScopeKind::Lambda), lambda);
    assert_eq!(source.slice(scope.span), "lambda: self.__x");
    assert!(matches!(table.binding(lambda, &"self".into()), Binding::Free(_)));
    assert_eq!(&*table.mangle(lambda, &"__x".into()), "_A__x");
    assert_eq!(&*table.mangle(ScopeId::MODULE, &"__x".into()), "__x");
}

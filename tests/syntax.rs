//! Snapshots of the front end: `tests/cases/syntax/<what>/<feature>.co` holds small programs separated by `---` lines,
//! and the snapshot of the same name shows each of them with its tokens, its tree, or its errors.
//!
//! `INSTA_UPDATE=always cargo test --test syntax` writes them anew.

use coro::diag::{ColorChoice, Diagnostic, SourceFile, render_all};
use coro::syntax;
use std::path::{Path, PathBuf};

fn cases(what: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/syntax").join(what);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "co"))
        .collect();
    files.sort();
    files
}

/// Shows every program of every file in the folder `what` through `show`.
fn snapshots(what: &str, show: impl Fn(&SourceFile) -> String) {
    for path in cases(what) {
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a case");
        let mut shown = String::new();
        for program in text.split("---\n") {
            let source = SourceFile::new(format!("{name}.co"), program);
            shown.push_str(&format!("{program}----------\n{}\n==========\n", show(&source)));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots/syntax");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{what}_{name}"), shown));
    }
}

fn with_errors(mut shown: String, diagnostics: &[Diagnostic], source: &SourceFile) -> String {
    shown.push_str(&render_all(diagnostics, source, ColorChoice::Never));
    shown
}

#[test]
fn tokens() {
    snapshots("tokens", |source| {
        let (tokens, diagnostics) = syntax::tokenize(source);
        with_errors(syntax::print_tokens(&tokens), &diagnostics, source)
    });
}

#[test]
fn tree() {
    snapshots("tree", |source| {
        let (module, diagnostics) = syntax::parse(source);
        with_errors(syntax::print_module(&module), &diagnostics, source)
    });
}

#[test]
fn errors() {
    snapshots("errors", |source| {
        let (_, diagnostics) = syntax::parse(source);
        assert!(!diagnostics.is_empty(), "no error in:\n{}", source.text);
        with_errors(String::new(), &diagnostics, source)
    });
}

/// The first error of a program, on the 8 MiB or less that a test thread has.
fn first_error(text: String) -> Option<String> {
    let source = SourceFile::new("deep.co", text);
    let (_, diagnostics) = syntax::parse(&source);
    let rendered = render_all(&diagnostics, &source, ColorChoice::Never);
    assert!(rendered.len() < 100_000, "the report must stay readable");
    diagnostics.first().map(|d| format!("{}: {}", d.class, d.title))
}

#[test]
fn deep_input_is_refused() {
    const DEEP: &str = "RecursionError: maximum recursion depth exceeded during compilation";
    const N: usize = 100_000;
    for part in ["a+", "not ", "-", "lambda:", "await ", "a.", "a**", "a<", "a if b else "] {
        assert_eq!(first_error(part.repeat(N) + "a\n").as_deref(), Some(DEEP), "{part}");
    }
    for part in ["()", "[0]", ".a"] {
        assert_eq!(first_error("a".to_owned() + &part.repeat(N)).as_deref(), Some(DEEP), "{part}");
    }
    const NESTED: &str = "SyntaxError: too many nested parentheses";
    for part in ["(", "[", "{", "f(", "f'{"] {
        assert_eq!(first_error(part.repeat(N)).as_deref(), Some(NESTED), "{part}");
    }
    let indents: String = (0..1000).map(|n| " ".repeat(n) + "if a:\n").collect();
    let class = "IndentationError: too many levels of indentation";
    assert_eq!(first_error(indents).as_deref(), Some(class));
}

#[test]
fn long_input_is_accepted() {
    const N: usize = 50_000;
    let programs = [
        "x = [".to_owned() + &"a + b, ".repeat(N) + "]\n",
        "x = a".to_owned() + &" and a".repeat(N) + "\n",
        "if a: pass\n".to_owned() + &"elif a: pass\n".repeat(N),
        "x = ".to_owned() + &"'a' ".repeat(N) + "\n",
        "x = ".repeat(N) + "1\n",
        "x = 1; ".repeat(N) + "\n",
    ];
    for program in programs {
        let start: String = program.chars().take(20).collect();
        assert_eq!(first_error(program), None, "{start}");
    }
}

#[test]
fn noise_is_refused_quickly() {
    // A linear congruential generator: bytes that mean nothing, the same in every run.
    let mut state = 12345u32;
    let noise: Vec<u8> = (0..2_000_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    assert!(first_error(String::from_utf8_lossy(&noise).into_owned()).is_some());
    const ALPHABET: &[u8] = b" \n\t()[]{}:=+-*/.,abcif0\"'\\frb#@!";
    let text: Vec<u8> = noise.iter().map(|b| ALPHABET[*b as usize % ALPHABET.len()]).collect();
    assert!(first_error(String::from_utf8_lossy(&text).into_owned()).is_some());
}

#[test]
fn spans_cover_the_source() {
    let text = "x = f(a, b)[1] + 2\nif x:\n    y = [i for i in x]\n\nz = 1\n";
    let source = SourceFile::new("spans.co", text);
    let (module, diagnostics) = syntax::parse(&source);
    assert!(diagnostics.is_empty());
    let shown: Vec<&str> = module.body.iter().map(|stmt| source.slice(stmt.span)).collect();
    assert_eq!(shown, ["x = f(a, b)[1] + 2", "if x:\n    y = [i for i in x]", "z = 1"]);
}

#[test]
fn terminals_are_safe() {
    let source = SourceFile::new("escape.co", "x = '\u{1b}[31m' = = 1 # \u{202e}\n");
    let (_, diagnostics) = syntax::parse(&source);
    let shown = render_all(&diagnostics, &source, ColorChoice::Never);
    assert!(shown.contains("escape.co:1:"));
    assert!(!shown.contains(['\u{1b}', '\u{202e}']));
    assert!(render_all(&diagnostics, &source, ColorChoice::Always).contains("\u{1b}["));
}

//! What holds of the source tree: who may import whom, how long files are, what they begin with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module under `src/` and what it may name of the others. What has no row may name everything: `pipeline` knows all
/// passes, `run` puts the machine together, `lib` and `main` only list.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("syntax", &["diag"]),
    ("sema", &["syntax::ast", "diag"]),
    ("hir", &["sema", "syntax::ast", "diag"]),
    ("mir", &["hir", "diag"]),
    ("code", &["diag"]),
    ("code/emit", &["mir", "diag"]),
    ("object", &["code", "diag"]),
    ("event_loop", &["object"]),
    ("vm", &["object", "code", "event_loop", "diag"]),
    ("lib_native", &["vm", "object", "event_loop"]),
    ("lib_coro", &[]),
    ("cli", &["pipeline", "diag"]),
];

/// What still breaks a rule, by file; the list only gets shorter.
const DEBTS: &[(&str, &str)] = &[
    ("src/lib_native/builtins/attributes.rs", "unsafe"),
    ("src/lib_native/modules/asyncio/functions.rs", "code::CodeKind"),
    ("src/lib_native/modules/sys.rs", "unsafe"),
    ("src/lib_native/modules/type_names.rs", "code::CodeKind"),
    ("src/lib_native/types/exception.rs", "unsafe"),
    ("src/lib_native/types/function.rs", "code::CodeKind"),
    ("src/lib_native/types/super_.rs", "unsafe"),
];

fn is_debt(path: &str, what: &str) -> bool {
    DEBTS.contains(&(path, what))
}

/// Lines that a file may have.
const LONGEST: usize = 600;
/// Tables: one short entry for each instruction or type, which no split would make clearer.
const TABLES: &[&str] = &[];

/// Names of places where anything would fit.
const NO_PLACES: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

struct SourceFile {
    /// Relative to the root of the project, with `/`.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source_files(folder: &str) -> Vec<SourceFile> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project").flatten() {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("UTF-8") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The paths after `crate::` in a file, braces multiplied out one level: `use crate::syntax::{ast, check}` names
/// `syntax::ast` and `syntax::check`, `use crate::{hir, mir}` names `hir` and `mir`. Names after macros are no modules.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        found.extend(paths(&code[at + "crate::".len()..]));
    }
    found
}

/// The one or two first segments of each path that the text begins with.
fn paths(text: &str) -> Vec<String> {
    let (name, rest) = segment(text);
    if name.is_empty() {
        return group(text).iter().flat_map(|item| paths(item)).collect();
    }
    let Some(rest) = rest.strip_prefix("::") else {
        return if rest.starts_with('!') { Vec::new() } else { vec![name.to_owned()] };
    };
    let (second, _) = segment(rest);
    if !second.is_empty() {
        return vec![format!("{name}::{second}")];
    }
    group(rest).iter().map(|item| format!("{name}::{}", segment(item).0)).collect()
}

fn segment(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.split_at(end)
}

/// The items of `{a, b::{c, d}}`.
fn group(text: &str) -> Vec<&str> {
    let Some(inner) = text.strip_prefix('{') else { return Vec::new() };
    let (mut items, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                items.push(inner[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

#[test]
fn modules_import_only_what_they_may() {
    let modules: BTreeSet<&str> =
        MAY_IMPORT.iter().map(|(name, _)| *name).chain(["pipeline", "run", "transpile"]).collect();
    let mut wrong = Vec::new();
    for file in source_files("src") {
        let inside = file.path.trim_start_matches("src/");
        let row = MAY_IMPORT
            .iter()
            .filter(|(name, _)| inside.starts_with(&format!("{name}/")) || inside == format!("{name}.rs"))
            .max_by_key(|(name, _)| name.len());
        let Some((name, allowed)) = row else { continue };
        let own = name.split('/').next().unwrap_or(name);
        for path in imports(&file.text) {
            let module = path.split("::").next().unwrap_or("");
            let fine = module == own
                || !modules.contains(module)
                || allowed.iter().any(|a| path == *a || path.starts_with(&format!("{a}::")) || *a == module);
            if !fine && !is_debt(&file.path, &path) {
                wrong.push(format!("{}: {path} ({name} may import {allowed:?})", file.path));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = source_files("src")
        .iter()
        .filter(|file| !TABLES.contains(&file.path.as_str()) && !is_debt(&file.path, "length"))
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn files_begin_with_what_they_are_for() {
    let silent: Vec<String> = ["src", "tests"]
        .into_iter()
        .flat_map(source_files)
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert!(silent.is_empty(), "no `//!` comment:\n{}", silent.join("\n"));
}

#[test]
fn every_file_has_a_subject() {
    let vague: Vec<String> = source_files("src")
        .into_iter()
        .map(|file| file.path)
        .filter(|path| path.trim_end_matches(".rs").split('/').any(|part| NO_PLACES.contains(&part)))
        .collect();
    assert!(vague.is_empty(), "{vague:?}");
}

/// Only the object and machine cores may use `unsafe`, and what tells the C allocator how to behave.
#[test]
fn unsafe_stays_in_the_core() {
    let elsewhere: Vec<String> = source_files("src")
        .into_iter()
        .filter(|file| !file.path.starts_with("src/object/") && !file.path.starts_with("src/vm/"))
        .filter(|file| file.path != "src/allocator.rs" && !is_debt(&file.path, "unsafe"))
        .filter(|file| {
            let code = file.text.lines().map(|line| line.split("//").next().unwrap_or(""));
            code.into_iter().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"))
        })
        .map(|file| file.path)
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

/// Calls by which native code waits for a program; the last ends with what tells it from `Iterator::collect`.
const REENTERING: [&str; 7] =
    [".call(", ".call_values(", ".settle(", ".resume_native(", ".next_reentrant(", ".iter_reentrant(", ".collect("];

const REENTRANT_HEAD: &str = "\
# Functions that nest the run loop

Each may call into a program and wait; see `decisions/005-reentrant-natives.md`. Made by
`REENTRANT=update cargo test --test architecture -- --ignored`.
";

/// The functions of a file in which such a call stands.
fn reentrant_functions(text: &str) -> Vec<String> {
    let mut function = "";
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(|line| line.split("//").next().unwrap_or("")) {
        if line.starts_with("mod tests") {
            break;
        }
        if let Some((before, after)) = line.split_once("fn ")
            && before.split_whitespace().all(|word| {
                word.starts_with("pub") || word.ends_with(')') || ["unsafe", "const", "extern"].contains(&word)
            })
        {
            function = segment(after).0;
        }
        let code = line.replace(".collect()", "");
        if REENTERING.iter().any(|call| code.contains(call)) && found.last().is_none_or(|last| last != function) {
            found.push(function.to_owned());
        }
    }
    found
}

#[test]
#[ignore = "the list is made anew from time to time: docs/decisions/005"]
fn the_list_of_reentrant_functions_is_current() {
    let mut list = REENTRANT_HEAD.to_owned();
    for folder in ["src/event_loop", "src/lib_native", "src/vm"] {
        list.push_str(&format!("\n## {folder}\n\n"));
        for file in source_files(folder) {
            let functions = reentrant_functions(&file.text);
            if !functions.is_empty() {
                let name = file.path.trim_start_matches(folder).trim_start_matches('/');
                list.push_str(&format!("- `{name}`: {}\n", functions.join(", ")));
            }
        }
    }
    let path = root().join("docs/reentrant.md");
    if std::env::var("REENTRANT").is_ok_and(|mode| mode == "update") {
        fs::write(&path, &list).expect("the list");
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), list);
}

#[test]
fn imports_are_read_in_every_form() {
    assert_eq!(imports("use crate::diag::Span;"), ["diag::Span"]);
    assert_eq!(imports("use crate::{hir, mir};"), ["hir", "mir"]);
    assert_eq!(imports("use crate::syntax::{ast::{self, Expr}, check};"), ["syntax::ast", "syntax::check"]);
    assert_eq!(
        imports("use crate::{lib_coro,\n    object::{Ref, Value}};"),
        ["lib_coro", "object::Ref", "object::Value"]
    );
    assert_eq!(imports("let x = crate::vm::of(y); // crate::not"), ["vm::of"]);
    assert_eq!(imports("crate::natives! { X; }"), Vec::<String>::new());
}

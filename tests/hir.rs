//! Snapshots of the high-level IR: each `tests/cases/hir/*.co` with its printed form below it. To accept changes:
//! `INSTA_UPDATE=always cargo test --test hir`.

use coro::diag::SourceFile;
use coro::{hir, sema, syntax};
use std::fs;
use std::path::{Path, PathBuf};

fn lower(name: &str, text: &str) -> String {
    let source = SourceFile::new(name, text);
    let (module, mut diagnostics) = syntax::parse(&source);
    diagnostics.extend(syntax::check(&module, &source));
    let (scopes, found) = sema::resolve(&module);
    diagnostics.extend(found);
    assert!(diagnostics.is_empty(), "{name}: {diagnostics:#?}");
    hir::print_module(&hir::lower(&module, &scopes, &source))
}

fn programs(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "co"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn lowering() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/hir");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/hir")) {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let ir = lower(&name, &text);
            insta::assert_snapshot!(name, format!("{}\n----\n{ir}", text.trim_end()));
        }
    });
}

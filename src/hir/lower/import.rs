//! Imports.
//!
//! ```text
//! import a.b            @a = $import[a.b]()
//! import a.b as m       @m = $import[a.b leaf]()
//! from m import x, y    .module = $import[m leaf: x, y]();  @x = $import_from[x](.module);  @y = $import_from[y](take .module)
//! ```

use super::super::data::*;
use super::Lowerer;
use crate::diag::Span;
use crate::syntax::ast::{self, Dotted, ImportAs, ImportName};

/// `__future__`: its features are part of the language, nothing is imported.
pub(super) fn is_future(path: &Dotted) -> bool {
    matches!(&path.parts[..], [only] if &*only.name == "__future__")
}

impl Lowerer<'_> {
    pub(super) fn import(&mut self, items: &[ImportAs], span: Span, out: &mut Block) {
        for ImportAs { path, alias } in items {
            let Some(bound) = alias.as_ref().or(path.parts.first()) else { continue };
            let op = Intrinsic::Import { module: dotted(path), level: 0, names: Vec::new(), leaf: alias.is_some() };
            let target = Target::var(self.var(&bound.name), bound.span);
            out.push(Stmt::assign(target, Expr::intrinsic(op, Vec::new(), span), span));
        }
    }

    pub(super) fn import_from(
        &mut self,
        (level, path): (u32, Option<&Dotted>),
        names: &[ImportName],
        star: bool,
        span: Span,
        out: &mut Block,
    ) {
        if level == 0 && path.is_some_and(is_future) {
            return;
        }
        let wanted = if star { vec!["*".into()] } else { names.iter().map(|n| n.name.name.clone()).collect() };
        let module = path.map_or_else(|| "".into(), dotted);
        let import = Intrinsic::Import { module, level, names: wanted, leaf: true };
        let import = Expr::intrinsic(import, Vec::new(), span);
        if star {
            return out.push(Stmt::expr(Expr::intrinsic(Intrinsic::ImportStar, vec![import], span)));
        }
        let Some((last, others)) = names.split_last() else { return };
        if others.is_empty() {
            return self.bind_imported(last, import, span, out);
        }
        let module = self.hidden(".module");
        out.push(Stmt::set_local(module, import));
        for name in others {
            self.bind_imported(name, Expr::local(module, span), span, out);
        }
        self.bind_imported(last, Expr::take(module, span), span, out);
        self.release(module);
    }

    fn bind_imported(&mut self, name: &ImportName, module: Expr, span: Span, out: &mut Block) {
        let bound: &ast::Ident = name.alias.as_ref().unwrap_or(&name.name);
        let op = Intrinsic::ImportFrom { name: name.name.name.clone() };
        let target = Target::var(self.var(&bound.name), bound.span);
        out.push(Stmt::assign(target, Expr::intrinsic(op, vec![module], span), span));
    }
}

fn dotted(path: &Dotted) -> Name {
    let parts: Vec<&str> = path.parts.iter().map(|p| &*p.name).collect();
    parts.join(".").into()
}

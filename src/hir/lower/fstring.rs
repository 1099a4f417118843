//! f-strings: pieces joined, each field formatted (PEP 498, PEP 701).
//!
//! ```text
//! f"{name!r:>{width}} = {x=}"      join(format(name, !r, join(">", format(width))), " = ", "x=", format(x, !r))
//! ```

use super::super::data::*;
use super::Lowerer;
use crate::diag::Span;
use crate::syntax::ast::{FField, FPart};

impl Lowerer<'_> {
    pub(super) fn fstring(&mut self, parts: &[FPart], span: Span) -> Expr {
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                FPart::Text(text) if text.is_empty() => {}
                FPart::Text(text) => pieces.push(Expr::str(text.clone(), span)),
                FPart::Field(field) => self.field(field, &mut pieces),
            }
        }
        match pieces.pop() {
            None => Expr::str("", span),
            Some(only) if pieces.is_empty() => Expr::new(only.kind, span),
            Some(last) => {
                pieces.push(last);
                Expr::new(ExprKind::Join(pieces), span)
            }
        }
    }

    fn field(&mut self, field: &FField, pieces: &mut Vec<Expr>) {
        let span = field.span;
        if let Some(text) = &field.debug_text {
            pieces.push(Expr::str(text.clone(), span));
        }
        let value = Box::new(self.expr(&field.value));
        let spec = field.spec.as_ref().filter(|spec| !spec.is_empty());
        let shown = field.debug_text.is_some() && field.spec.is_none();
        let conversion = field.conversion.or(shown.then_some(Conversion::Repr));
        let spec = spec.map(|spec| Box::new(self.fstring(spec, span)));
        pieces.push(Expr::new(ExprKind::Format { value, conversion, spec }, span));
    }
}

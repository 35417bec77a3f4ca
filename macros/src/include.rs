//! A specification in a file.

use crate::report;
use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::quote;
use rnnc::backends::typed::{Dress, code};
use rnnc::diagnostics::{Severity, render_one};
use rnnc::driver::typed::{self, Made};
use std::path::{Path, PathBuf};

/// The folder of the source file that calls the macro.
pub(crate) fn folder() -> PathBuf {
    let root = || PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let file = proc_macro::is_available().then(|| proc_macro::Span::call_site().local_file());
    let folder = file.flatten().and_then(|f| f.parent().map(Path::to_path_buf));
    folder.unwrap_or_else(root)
}

pub(crate) fn include(input: TokenStream) -> TokenStream {
    let (before, path, span) = match arguments(input) {
        Ok(found) => found,
        Err((why, span)) => return report::error(why, (span, span)),
    };
    let full = folder().join(&path);
    let full = std::path::absolute(&full).unwrap_or(full);
    match typed::of_file(&full) {
        Ok(made) => models(made, &before, span),
        Err(failure) => report::error(&failure.to_string(), (span, span)),
    }
}

/// What stands before the path, and the path.
fn arguments(input: TokenStream) -> Result<(TokenStream, String, Span), (&'static str, Span)> {
    let why = "include_rnn! takes the path of a specification: include_rnn!(\"model.rnn\")";
    let mut tokens: Vec<TokenTree> = input.into_iter().collect();
    let Some(TokenTree::Literal(path)) = tokens.pop() else {
        return Err((why, Span::call_site()));
    };
    match text(&path) {
        Some(text) => Ok((tokens.into_iter().collect(), text, path.span())),
        None => Err((why, path.span())),
    }
}

fn text(literal: &Literal) -> Option<String> {
    let literal: syn::LitStr = syn::parse_str(&literal.to_string()).ok()?;
    Some(literal.value())
}

fn models(made: Made, before: &TokenStream, span: Span) -> TokenStream {
    let Made {
        loaded,
        models,
        diagnostics,
        failures,
    } = made;
    let mut out = TokenStream::new();
    for d in &diagnostics.list {
        let rendered = render_one(d, &loaded.sources, false);
        out.extend(match d.severity {
            Severity::Error => report::error(&rendered, (span, span)),
            Severity::Warning => report::warning(&d.code.to_string(), &rendered, (span, span)),
        });
    }
    for failure in &failures {
        out.extend(report::error(&failure.to_string(), (span, span)));
    }
    let dress = Dress {
        visibility: before.clone(),
        ..Dress::default()
    };
    for model in models {
        out.extend(code(&model.face, model.code, &dress));
    }
    // Cargo builds again when one of the files changes.
    let files = loaded.sources.files().take(loaded.own).map(|(_, f)| f.name.to_string());
    let watched = files.map(|path| {
        quote!(
            const _: &[u8] = ::core::include_bytes!(#path);
        )
    });
    out.extend(watched);
    out
}

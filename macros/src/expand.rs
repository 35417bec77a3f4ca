//! From text to the tokens of generated code, or of errors at the right place.

use crate::replay::Replayed;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use rnnc::backends::rust::{Compiled, emit};
use rnnc::diagnostics::{Diagnostic, Severity};
use rnnc::driver::compile;
use rnnc::driver::load::load_text;
use rnnc::elaborate;
use std::path::Path;

pub(crate) fn expand(name: &str, text: Replayed) -> TokenStream {
    let loaded = load_text(name, &text.text, Path::new("."));
    let mut errors: Vec<Diagnostic> = loaded.diagnostics.list.clone();
    let mut out = TokenStream::new();
    if !loaded.diagnostics.has_errors() {
        for model in elaborate::models(loaded.unit()) {
            let (system, found) = compile::equations(&loaded, model, &[]);
            errors.extend(found.list);
            let Some(system) = system else { continue };
            let compiled = Compiled {
                train: compile::training(&system),
                evaluate: compile::evaluation(&system),
            };
            match emit(&compiled) {
                Ok(code) => out.extend(module(&model.name.name, &code)),
                Err(why) => {
                    let message = why.to_string();
                    out.extend(quote!(::core::compile_error! { #message }));
                }
            }
        }
    }
    for e in errors.iter().filter(|e| e.severity == Severity::Error) {
        out.extend(report(e, &text));
    }
    out
}

/// The generated module under the facade's name, and its struct beside it.
fn module(model: &str, code: &str) -> TokenStream {
    let tokens: TokenStream = code
        .parse()
        .unwrap_or_else(|e| panic!("internal error: generated code: {e}"));
    let tokens = through_facade(tokens);
    let module = format_ident!("__rnn_{model}");
    let name = format_ident!("{}", rnnc::backends::rust::type_name(model));
    quote! {
        #[allow(dead_code)]
        mod #module { #tokens }
        pub use #module::#name;
    }
}

/// Users depend on `rnn`, which holds the runtime.
fn through_facade(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(g) => Group::new(g.delimiter(), through_facade(g.stream())).into(),
            TokenTree::Ident(i) if i == "rnn_runtime" => Ident::new("rnn", i.span()).into(),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token,
        })
        .collect()
}

/// A diagnostic as `compile_error!`, from the first token it is about to the last.
fn report(d: &Diagnostic, text: &Replayed) -> TokenStream {
    let range = d
        .labels
        .first()
        .map_or(0..0, |l| l.span.start as usize..l.span.end as usize);
    let (first, last) = text.spans(range);
    let mut message = format!("[{}] {}", d.code, d.message);
    if let Some(label) = d.labels.first() {
        message.push_str(&format!(": {}", label.text));
    }
    for note in &d.notes {
        message.push_str(&format!("\nnote: {note}"));
    }
    for help in &d.helps {
        message.push_str(&format!("\nhelp: {}", help.text));
    }
    let arguments = quote_spanned!(last=> { #message });
    let call = quote_spanned!(first=> ::core::compile_error!);
    quote!(#call #arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of the first error, and the text of the tokens from its first to its last.
    fn error(source: &str) -> (String, String) {
        let tokens: Vec<TokenTree> = expand("<inline>", crate::replay::replay(source.parse().unwrap()))
            .into_iter()
            .collect();
        let group = tokens
            .iter()
            .position(|t| matches!(t, TokenTree::Group(_)))
            .expect("an error");
        let TokenTree::Group(arguments) = &tokens[group] else {
            unreachable!()
        };
        let text = tokens[0].span().join(arguments.span()).and_then(|s| s.source_text());
        (arguments.stream().to_string(), text.unwrap_or_default())
    }

    /// A sample of what `tests/diagnostics` has for files.
    #[test]
    fn errors_arrive_at_their_tokens() {
        let model = |body: &str| format!("model m {{ input x: [3] over t; target y: [4] over t; {body} }}");
        for (code, body, place) in [
            ("E0001", "h = ; y ~ normal(affine(x), 1);", ";"),
            ("E0101", "y ~ normal(affine(hiden), 1);", "hiden"),
            ("E0102", "h = tanh(x); h = x; y ~ normal(affine(h), 1);", "h"),
            ("E0103", "y ~ normal(lstm(4, bais: 1)(x), 1);", "bais"),
            ("E0201", "h: [5] = affine(x); y ~ normal(h, 1);", "normal(h, 1)"),
            ("E0202", "h = tanh(affine(x)); y ~ normal(affine(h), 1);", "h"),
            ("E0204", "y ~ normal(affine(sum(x, over: q)), 1);", "q"),
            (
                "E0301",
                "h: [4] = tanh(affine(x, h)); y ~ normal(h, 1);",
                "affine(x, h)",
            ),
            ("E0305", "y ~ normal(affine(y), 1);", "affine(y)"),
            ("E0402", "h: [4] = affine(x); h ~ normal(x, 1); y ~ normal(h, 1);", "h"),
        ] {
            let source = model(body);
            let (message, text) = error(&source);
            assert!(message.contains(&format!("[{code}]")), "{body}: {message}");
            assert_eq!(text, place, "{body}: {message}");
        }
    }
}

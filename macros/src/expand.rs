//! From text to the tokens of generated code, and of diagnostics at the right place.

use crate::dress::Dresses;
use crate::replay::Replayed;
use crate::report::{error, report};
use proc_macro2::{Span, TokenStream};
use rnnc::backends::typed::code;
use rnnc::driver::typed;
use std::path::Path;

/// `folder` is what `use "..."` starts from.
pub(crate) fn expand(folder: &Path, text: &Replayed, dresses: &Dresses) -> TokenStream {
    let made = typed::of_text("<inline>", &text.text, folder);
    let mut out = TokenStream::new();
    for d in &made.diagnostics.list {
        out.extend(report(d, text));
    }
    for failure in &made.failures {
        out.extend(error(&failure.to_string(), (Span::call_site(), Span::call_site())));
    }
    for model in made.models {
        let dress = dresses.get(&model.face.name).cloned().unwrap_or_default();
        out.extend(code(&model.face, model.code, &dress));
    }
    out
}

#[cfg(test)]
mod examples;

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenTree;

    /// The message of the first error, and the text of the tokens from its first to its last.
    fn error(source: &str) -> (String, String) {
        let tokens: Vec<TokenTree> = expand(
            Path::new("."),
            &crate::replay::replay(source.parse().unwrap()),
            &Dresses::new(),
        )
        .into_iter()
        .collect();
        // `::core::compile_error! { ... }`
        let call = tokens
            .iter()
            .position(|t| matches!(t, TokenTree::Ident(i) if i == "compile_error"))
            .expect("an error");
        let TokenTree::Group(arguments) = &tokens[call + 2] else {
            unreachable!()
        };
        let text = tokens[call - 5]
            .span()
            .join(arguments.span())
            .and_then(|s| s.source_text());
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

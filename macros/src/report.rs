//! Diagnostics at their tokens.

use crate::replay::Replayed;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use rnnc::diagnostics::{Diagnostic, Severity};

/// A diagnostic of this text, from the first token it is about to the last.
pub(crate) fn report(d: &Diagnostic, text: &Replayed) -> TokenStream {
    let range = d
        .labels
        .first()
        .map_or(0..0, |l| l.span.start as usize..l.span.end as usize);
    let spans = text.spans(range);
    match d.severity {
        Severity::Error => error(&format!("[{}] {}", d.code, message(d)), spans),
        Severity::Warning => warning(&d.code.to_string(), &message(d), spans),
    }
}

fn message(d: &Diagnostic) -> String {
    let mut message = d.message.clone();
    if let Some(label) = d.labels.first() {
        message.push_str(&format!(": {}", label.text));
    }
    for note in &d.notes {
        message.push_str(&format!("\nnote: {note}"));
    }
    for help in &d.helps {
        message.push_str(&format!("\nhelp: {}", help.text));
    }
    message
}

/// rustc underlines from the first span of a macro's call to its last.
pub(crate) fn error(message: &str, (first, last): (Span, Span)) -> TokenStream {
    let arguments = quote_spanned!(last=> { #message });
    let call = quote_spanned!(first=> ::core::compile_error!);
    quote!(#call #arguments)
}

/// Stable Rust has no warnings of macros, but it warns of what is deprecated, where it is used.
pub(crate) fn warning(code: &str, message: &str, (first, _): (Span, Span)) -> TokenStream {
    let (declared, used) = (Ident::new(code, Span::call_site()), Ident::new(code, first));
    quote! {
        const _: () = {
            #[deprecated(note = #message)]
            const #declared: () = ();
            #[warn(deprecated)]
            const _: () = #used;
        };
    }
}

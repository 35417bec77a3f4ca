//! What belongs to Rust before `model`: attributes and visibility.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use rnnc::backends::typed::Dress;
use std::collections::BTreeMap;

/// By the name of the model.
pub(crate) type Dresses = BTreeMap<String, Dress>;

/// Takes attributes other than documentation, and visibilities, from before the models of a text.
pub(crate) fn undress(tokens: TokenStream) -> (TokenStream, Dresses) {
    let mut dresses = Dresses::new();
    let mut out: Vec<TokenTree> = Vec::new();
    let mut dress = Dress::default();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (&token, tokens.peek()) {
            (TokenTree::Punct(p), Some(TokenTree::Group(g))) if p.as_char() == '#' && !is_doc(g) => {
                let g = tokens.next();
                match &g {
                    Some(TokenTree::Group(g)) if begins(g, "cfg") => dress.conditions.extend(quote!(#token #g)),
                    _ => dress.attributes.extend(quote!(#token #g)),
                }
                continue;
            }
            (TokenTree::Ident(i), _) if i == "pub" => {
                dress.visibility = quote!(#token);
                if let Some(TokenTree::Group(g)) = tokens.peek()
                    && g.delimiter() == Delimiter::Parenthesis
                {
                    dress.visibility.extend(tokens.next());
                }
                continue;
            }
            (TokenTree::Ident(i), Some(TokenTree::Ident(name))) if i == "model" => {
                dresses.insert(name.to_string(), std::mem::take(&mut dress));
            }
            _ => {}
        }
        out.push(token);
    }
    (out.into_iter().collect(), dresses)
}

fn is_doc(g: &Group) -> bool {
    begins(g, "doc")
}

fn begins(g: &Group, word: &str) -> bool {
    matches!(g.stream().into_iter().next(), Some(TokenTree::Ident(i)) if i == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_undressed() {
        let text = "/// Doc.\n#[derive(Clone)] pub(crate) model a() { x = 1; } model b() { }";
        let (tokens, dresses) = undress(text.parse().unwrap());
        let plain: TokenStream = "/// Doc.\nmodel a() { x = 1; } model b() { }".parse().unwrap();
        assert_eq!(tokens.to_string(), plain.to_string());
        assert_eq!(dresses["a"].visibility.to_string(), "pub (crate)");
        assert_eq!(dresses["a"].attributes.to_string(), "# [derive (Clone)]");
        assert!(dresses["b"].visibility.is_empty());
    }
}

//! Tokens back to text, with a table that leads from a place in the text to its token.

use proc_macro2::{Delimiter, Group, Literal, Spacing, Span, TokenStream, TokenTree};
use std::ops::Range;

/// A text and the token behind each of its parts, in order.
#[derive(Default)]
pub(crate) struct Replayed {
    pub text: String,
    table: Vec<(Range<usize>, Span)>,
}

impl Replayed {
    fn put(&mut self, text: &str, span: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.table.push((start..self.text.len(), span));
    }

    /// The first and the last token of a range of the text.
    pub(crate) fn spans(&self, range: Range<usize>) -> (Span, Span) {
        let within = |r: &Range<usize>| r.start < range.end.max(range.start + 1) && range.start < r.end;
        let mut hits = self.table.iter().filter(|(r, _)| within(r)).map(|(_, s)| *s);
        let first = hits.next().unwrap_or_else(Span::call_site);
        (first, hits.next_back().unwrap_or(first))
    }
}

/// The text of the tokens. Layout means nothing in the language, but for the line that a doc comment needs to itself.
pub(crate) fn replay(tokens: TokenStream) -> Replayed {
    let mut out = Replayed::default();
    walk(tokens, &mut out);
    out
}

fn walk(tokens: TokenStream, out: &mut Replayed) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(p) => {
                if p.as_char() == '#'
                    && let Some(TokenTree::Group(g)) = tokens.peek()
                    && let Some(doc) = doc_text(g)
                {
                    for line in doc.lines() {
                        out.text.push('\n');
                        out.put(&format!("///{line}"), p.span());
                    }
                    out.text.push('\n');
                    tokens.next();
                    continue;
                }
                out.put(&p.as_char().to_string(), p.span());
                if p.spacing() == Spacing::Alone && !goes_on(p.as_char(), tokens.peek()) {
                    out.text.push(' ');
                }
            }
            TokenTree::Ident(i) => {
                out.put(&i.to_string(), i.span());
                out.text.push(' ');
            }
            TokenTree::Literal(l) => {
                out.put(&l.to_string(), l.span());
                out.text.push(' ');
            }
            TokenTree::Group(g) => {
                // An expression that `macro_rules!` passes on comes in a group without a sign of its own.
                let (open, close) = match g.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis | Delimiter::None => ("(", ")"),
                };
                out.put(open, g.span_open());
                walk(g.stream(), out);
                out.put(close, g.span_close());
                out.text.push(' ');
            }
        }
    }
}

/// Whether two signs are one of the language that Rust does not have: `macro_rules!` forgets that nothing stood between.
fn goes_on(sign: char, next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Punct(next)) => [('|', '>'), ('+', '+')].contains(&(sign, next.as_char())),
        _ => false,
    }
}

/// The text of `#[doc = "..."]`, which is what `///` has become.
fn doc_text(g: &Group) -> Option<String> {
    let tokens: Vec<TokenTree> = g.stream().into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(doc), TokenTree::Punct(_), TokenTree::Literal(text)] if doc == "doc" => Some(unquote(text)),
        _ => None,
    }
}

/// The value of a string literal, as far as doc comments need it.
fn unquote(text: &Literal) -> String {
    let text = text.to_string();
    let inner = text
        .trim_start_matches(['r', '#'])
        .trim_end_matches('#')
        .trim_matches('"');
    inner.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_the_same_program() {
        let source =
            "/// An LSTM's \"gate\".\ncell c(n)(x, ys...) -> h { h: [n] = tanh(affine(x, h[t-1])) |> m ++ 1e-3; }";
        let text = replay(source.parse().unwrap()).text;
        let again = replay(text.parse().unwrap()).text;
        assert_eq!(text, again);
        assert!(text.contains("/// An LSTM's \"gate\"."), "{text}");
        assert!(
            text.contains("|>") && text.contains("++") && text.contains("->") && text.contains("..."),
            "{text}"
        );
    }
}

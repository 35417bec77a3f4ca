//! Loops over units, and the sums of products that are computed with them.

use super::code::{Writer, elementary, plus};
use super::expression::{Code, Level};
use super::plan::Sum;
use crate::system::Value;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

/// A sum while some of its units are computed: its array has `width` units of one part after the other.
pub(super) struct Block {
    array: Ident,
    /// The units of a part in all.
    len: usize,
    width: usize,
}

/// Units from `start` on: `count` times `width`.
struct Range {
    start: usize,
    width: usize,
    count: usize,
}

impl Block {
    /// Where element `offset + i` of the sum lies, for unit `i` of those computed.
    pub(super) fn element(&self, offset: usize) -> Code {
        let (array, place) = (&self.array, plus(quote!(i), offset / self.len * self.width));
        Code::atom(quote!(#array[#place]))
    }
}

impl Writer<'_> {
    pub(super) fn units(&mut self, len: usize, values: &[Value], sums: &[Sum]) -> TokenStream {
        if sums.is_empty() {
            return self.elementwise_loop(len, values);
        }
        let parts = |s: &Sum| self.plan.system.ty(s.out).size() / len;
        let ranges = ranges(len, sums.iter().map(parts).max().unwrap_or(1));
        let mut out = TokenStream::new();
        for &v in values.iter().filter(|v| self.plan.stored(**v)) {
            out.extend(self.zeros(v).1);
        }
        for range in &ranges {
            let mut body = TokenStream::new();
            for sum in sums {
                body.extend(self.sum_of_units(len, sum, range));
            }
            let unit = match (range.count, range.start) {
                (1, 0) => quote!(i),
                _ => quote!(u),
            };
            for sum in sums {
                for (part, bias) in &sum.biases {
                    let code = self.blocks[&sum.out].element(part * len);
                    self.given.insert(bias.result, code);
                }
            }
            let each = self.loop_body(values, &unit);
            self.given.clear();
            self.blocks.clear();
            let (start, width, count) = (range.start, range.width, range.count);
            out.extend(match (count, start) {
                (1, 0) => quote!({ #body for i in 0..#width { #each } }),
                (1, _) => quote!({ #body for i in 0..#width { let u = #start + i; #each } }),
                _ => {
                    let turn = self.turn(count);
                    quote! {
                        for block in 0..#count { #turn #body for i in 0..#width { let u = block * #width + i; #each } }
                    }
                }
            });
        }
        out
    }

    /// Goes through the blocks of a loop the other way every second step: what a cache still holds of the weights is read
    /// before it is displaced. Blocks do not read each other, so the results are the same bits.
    fn turn(&mut self, count: usize) -> Option<TokenStream> {
        let last = count - 1;
        self.turned |= self.turns;
        self.turns
            .then(|| quote!(let block = if self.back { #last - block } else { block };))
    }

    /// The statements that compute the units of a range, all parts of them.
    fn sum_of_units(&mut self, len: usize, sum: &Sum, range: &Range) -> TokenStream {
        let parts = self.plan.system.ty(sum.out).size() / len;
        let (width, size) = (range.width, parts * range.width);
        let array = self.local(sum.out);
        let mut tokens = quote!(let mut #array = [0.0; #size];);
        for part in 0..parts {
            let first = match (range.count, range.start) {
                (1, start) => plus(quote!(i), start + part * len),
                _ => plus(quote!(block * #width + i), part * len),
            };
            let inits = sum.affine.inits.iter().map(|&v| self.real(v, &first));
            let mut terms: Vec<Code> = inits.collect();
            if let Some(bias) = sum.biases.get(&part) {
                let at = match (range.count, range.start) {
                    (1, start) => plus(quote!(i), start),
                    _ => quote!(block * #width + i),
                };
                terms.push(self.real(bias.bias, &at));
            }
            let terms = terms.into_iter().filter(|t| !t.is_zero());
            if let Some(code) = terms.reduce(|a, b| Code::binary(a, quote!(+), b, Level::Sum)) {
                let (to, code) = (plus(quote!(i), part * width), code.tokens);
                tokens.extend(quote!(for i in 0..#width { #array[#to] = #code; }));
            }
        }
        let rows: Vec<usize> = (0..range.count)
            .flat_map(|b| (0..parts).flat_map(move |p| (0..width).map(move |i| (p, b * width + i))))
            .map(|(part, unit)| part * len + range.start + unit)
            .collect();
        for &product in &sum.affine.products {
            let Some((w, x)) = self.plan.weights_by_vector(product) else {
                panic!("internal error: {product:?} is not a product of a weight by a vector")
            };
            let weight = self.packed(product, w, x, Some((&rows, size)));
            let x = self.slice(x);
            tokens.extend(x.prepared);
            let (x, block) = (x.tokens, if range.count == 1 { quote!(0) } else { quote!(block) });
            tokens.extend(quote!(vector::block(#weight, #block, #x, &mut #array);));
        }
        let width = range.width;
        self.blocks.insert(sum.out, Block { array, len, width });
        tokens
    }

    fn elementwise_loop(&mut self, len: usize, values: &[Value]) -> TokenStream {
        let mut out = TokenStream::new();
        for &v in values.iter().filter(|v| self.plan.stored(**v)) {
            out.extend(self.zeros(v).1);
        }
        let body = self.loop_body(values, &quote!(i));
        let ranges = if values.iter().any(|&v| elementary(self.plan.system.op(v))) {
            vector_ranges(len)
        } else {
            vec![(0, len)]
        };
        let loops = ranges
            .into_iter()
            .map(|(from, to)| quote!(for i in #from..#to { #body }));
        quote! { #out #(#loops)* }
    }

    /// What is computed of unit `i`.
    fn loop_body(&mut self, values: &[Value], i: &TokenStream) -> TokenStream {
        let mut body = TokenStream::new();
        self.elements.clear();
        for &v in values {
            let code = match self.given.get(&v) {
                Some(code) => code.clone(),
                None => self.expression(v, i),
            };
            if self.plan.uses(v) == 1 && !self.plan.stored(v) && code.depth < 6 {
                self.elements.insert(v, code);
                continue;
            }
            let (tokens, local) = (code.tokens, self.local(v));
            let read = if !self.plan.stored(v) {
                body.extend(quote!(let #local = #tokens;));
                local.to_token_stream()
            } else if self.plan.uses(v) == 1 {
                body.extend(quote!(#local[#i] = #tokens;));
                quote!(#local[#i])
            } else {
                let element = self.element(v, &local);
                body.extend(quote!(let #element = #tokens; #local[#i] = #element;));
                element.to_token_stream()
            };
            self.elements.insert(v, Code::atom(read));
        }
        self.elements.clear();
        body
    }

    fn element(&mut self, v: Value, array: &Ident) -> Ident {
        let names = &mut self.names;
        let new = || Ident::new(&names.value(&format!("{array}_i")), Span::call_site());
        self.element_names.entry(v).or_insert_with(new).clone()
    }
}

/// Blocks that cover `len` units of `parts` sums each. The last one may compute some units again: that is cheaper than a
/// few units at a time, and no loop reads what it writes but at its own index.
fn ranges(len: usize, parts: usize) -> Vec<Range> {
    // As many sums as one turn over the columns keeps in registers.
    let most = match parts {
        1 => 64,
        2 => 32,
        3..=8 => 16,
        _ => 8,
    };
    let fits = |least: usize| {
        [64, 32, 16, 8, 4]
            .into_iter()
            .filter(move |&w| w <= len && w <= most && w >= least)
    };
    let covered = |width: usize| {
        let count = len / width;
        let rest = len - count * width;
        let whole = Range { start: 0, width, count };
        let last = [4, 8, 16, 32, 64].into_iter().find(|&w| w >= rest).filter(|_| rest > 0);
        let last = last.map(|width| Range {
            start: len - width,
            width,
            count: 1,
        });
        std::iter::once(whole).chain(last).collect::<Vec<_>>()
    };
    let computed = |ranges: &Vec<Range>| ranges.iter().map(|r| r.width * r.count).sum::<usize>();
    let best = fits(16).map(covered).min_by_key(computed);
    best.or_else(|| fits(4).next().map(covered))
        .unwrap_or_else(|| covered(len))
}

/// Ranges that cover `0..len` in whole vectors. The last one may compute some elements again: that is cheaper than one
/// at a time, and no loop reads what it writes but at its own index.
fn vector_ranges(len: usize) -> Vec<(usize, usize)> {
    let Some(width) = [16, 8, 4].into_iter().find(|&w| w <= len) else {
        return vec![(0, len)];
    };
    let whole = len / width * width;
    let last = [4, 8, 16].into_iter().find(|&w| w >= len - whole);
    match last {
        Some(last) if whole < len => vec![(0, whole), (len - last, len)],
        Some(_) | None => vec![(0, len)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_unit() {
        for parts in 1..=12 {
            for len in 1..=130 {
                let mut covered = vec![false; len];
                for r in ranges(len, parts) {
                    assert!(r.start + r.width * r.count <= len, "{len} {parts}");
                    covered[r.start..r.start + r.width * r.count].fill(true);
                }
                assert!(covered.iter().all(|c| *c), "{len} {parts}");
            }
        }
        let of = |len, parts| {
            ranges(len, parts)
                .iter()
                .map(|r| (r.start, r.width, r.count))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(64, 4), [(0, 16, 4)]);
        assert_eq!(of(20, 4), [(0, 16, 1), (16, 4, 1)]);
        assert_eq!(of(40, 1), [(0, 32, 1), (32, 8, 1)]);
        assert_eq!(of(100, 1), [(0, 32, 3), (96, 4, 1)]);
        assert_eq!(of(31, 4), [(0, 16, 1), (15, 16, 1)]);
        assert_eq!(of(3, 4), [(0, 3, 1)]);
    }
}

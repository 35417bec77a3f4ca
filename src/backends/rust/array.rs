//! Operations on rows that write a whole array: look-ups, transposes, products of rows, concatenations.

use super::group::Lowering;
use crate::system::{Contraction, Op, Value};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// An operation that writes a whole array.
    pub(super) fn array_statement(&mut self, v: Value) -> TokenStream {
        match self.op(v).clone() {
            Op::Gather { table, index } => {
                let (table, index) = (self.table(table), self.read(v, index).code);
                let target = self.target(v);
                quote!(look_up(#table, #index, #target);)
            }
            Op::Transpose(x) => {
                let [rows, columns] = self.plan.system.ty(x).shape[..] else {
                    panic!("internal error: a transpose of no matrix");
                };
                let (x, name) = (self.array(x), self.name(v));
                quote! {
                    for (k, line) in <[R]>::chunks_exact(#x, #columns).enumerate() {
                        for (o, element) in line.iter().enumerate() {
                            #name[o * #rows + k] = *element;
                        }
                    }
                }
            }
            Op::Contract { .. } => {
                let name = self.name(v);
                let loops = self.contraction(v, &quote!(#name));
                let clear = if self.plan.storage.contains_key(&v) {
                    quote!(#name.fill(R::ZERO);)
                } else {
                    quote!()
                };
                quote!(#clear #loops)
            }
            op => panic!("internal error: {op:?} writes no array"),
        }
    }

    /// Nested loops over the labels: those of the result outside, those summed inside.
    pub(super) fn contraction(&mut self, v: Value, out: &TokenStream) -> TokenStream {
        let Op::Contract { a, b, spec, .. } = self.op(v).clone() else {
            panic!("internal error: no contraction");
        };
        let shapes = [
            self.plan.system.ty(a).shape.clone(),
            self.plan.system.ty(b).shape.clone(),
        ];
        let extent = |l: u8| -> usize {
            let find = |ls: &[u8], shape: &[usize]| ls.iter().position(|x| *x == l).map(|i| shape[i]);
            find(&spec.a, &shapes[0])
                .or(find(&spec.b, &shapes[1]))
                .expect("internal error: a label of no argument")
        };
        let Contraction { a: la, b: lb, out: lo } = &spec;
        let mut order: Vec<u8> = lo.clone();
        order.extend(la.iter().chain(lb).filter(|l| !lo.contains(l)));
        order.dedup();
        let mut seen = BTreeSet::new();
        order.retain(|l| seen.insert(*l));
        let index = |labels: &[u8]| -> TokenStream {
            let mut stride = 1;
            let mut terms = Vec::new();
            for l in labels.iter().rev() {
                let name = format_ident!("l{}", l);
                let s = stride;
                terms.push(if s == 1 { quote!(#name) } else { quote!(#name * #s) });
                stride *= extent(*l);
            }
            if terms.is_empty() {
                quote!(0)
            } else {
                quote!(#(#terms)+*)
            }
        };
        let (ia, ib, io) = (index(la), index(lb), index(lo));
        let (xa, xb) = (self.array(a), self.array(b));
        let mut code = quote!(#out[#io] += left_operand[#ia] * right_operand[#ib];);
        for l in order.iter().rev() {
            let (name, n) = (format_ident!("l{}", l), extent(*l));
            code = quote!(for #name in 0..#n { #code });
        }
        quote!({ let (left_operand, right_operand): (&[R], &[R]) = (#xa, #xb); #code })
    }

    /// The parts of a concatenation, each written in the loop that computes it.
    pub(super) fn pieces(&mut self, v: Value) {
        let name = self.name(v);
        let parts = match self.op(v).clone() {
            Op::Concat(parts) => {
                let mut start = 0;
                parts
                    .into_iter()
                    .map(|p| {
                        let at = start;
                        start += self.size(p);
                        (p, at)
                    })
                    .collect()
            }
            Op::Pad { x, start, .. } => {
                if self.plan.storage.contains_key(&v) {
                    self.head.push(quote!(#name.fill(R::ZERO);));
                }
                let row: usize = self.plan.system.ty(x).shape[1..].iter().product();
                vec![(x, start * row)]
            }
            op => panic!("internal error: {op:?} has no pieces"),
        };
        for (part, start) in parts {
            let phase = self.phase_for(v, part);
            let n = self.size(part);
            let x = self.read(v, part).stored();
            match (n, start) {
                (0, _) => {}
                (1, _) => self.push_line(phase, quote!(#name[#start] = #x;)),
                (_, 0) => self.push_loop(phase, n, quote!(#name[i] = #x;)),
                _ => self.push_loop(phase, n, quote!(#name[#start + i] = #x;)),
            }
        }
    }
}

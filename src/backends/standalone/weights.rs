//! The bytes of `weights.bin`, and the constants of the code that read them.

use super::Precision;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::collections::BTreeMap;

/// Arrays of numbers, each once, in the order of first use.
pub(super) struct Weights {
    precision: Precision,
    bytes: Vec<u8>,
    by_content: BTreeMap<Vec<u8>, Ident>,
    constants: Vec<TokenStream>,
    taken: super::names::Names,
}

impl Weights {
    pub(super) fn new(precision: Precision) -> Weights {
        Weights {
            precision,
            bytes: Vec::new(),
            by_content: BTreeMap::new(),
            constants: Vec::new(),
            taken: super::names::Names::default(),
        }
    }

    /// The constant that holds these numbers.
    pub(super) fn add(&mut self, name: &str, doc: &str, numbers: &[f64]) -> Ident {
        let mut content = Vec::with_capacity(numbers.len() * self.precision.bytes());
        for &x in numbers {
            match self.precision {
                Precision::F32 => content.extend((x as f32).to_le_bytes()),
                Precision::F64 => content.extend(x.to_le_bytes()),
            }
        }
        if let Some(known) = self.by_content.get(&content) {
            return known.clone();
        }
        let ident = Ident::new(&self.taken.constant(name), Span::call_site());
        let doc = format!(" {doc}");
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        let (offset, len, width) = (self.bytes.len(), numbers.len(), self.precision.bytes());
        self.constants.push(quote! {
            #[doc = #doc]
            const #ident: &[[u8; #width]; #len] = weights(#offset);
        });
        self.bytes.extend(&content);
        self.by_content.insert(content, ident.clone());
        ident
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The constants, and the function that makes them; a file of another length does not compile.
    pub(super) fn tokens(&self) -> TokenStream {
        let (constants, width, total) = (&self.constants, self.precision.bytes(), self.bytes.len());
        if constants.is_empty() {
            return quote!();
        }
        quote! {
            /// At the start of a line of the cache.
            #[repr(C, align(64))]
            struct Aligned<T>(T);

            /// The weights, little-endian, one array after another.
            static WEIGHTS: Aligned<[u8; #total]> = Aligned(*include_bytes!("../weights.bin"));

            /// The array of weights that starts at a byte of the file; evaluated while compiling.
            const fn weights<const N: usize>(offset: usize) -> &'static [[u8; #width]; N] {
                match WEIGHTS.0.split_at(offset).1.as_chunks::<#width>().0.first_chunk() {
                    Some(array) => array,
                    None => panic!("weights.bin is too short"),
                }
            }
            #(#constants)*
        }
    }
}

/// Every array starts at a multiple of so many bytes: a vector that lies across two lines of the cache takes two reads.
const ALIGNMENT: usize = 64;

/// A matrix [n, k], `at(row, column)`, in the order in which `vector::product` reads it: see there.
pub(super) fn pack(n: usize, k: usize, at: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(n * k);
    let mut row = 0;
    for width in PANELS {
        while n - row >= width {
            for column in 0..k {
                out.extend((row..row + width).map(|r| at(r, column)));
            }
            row += width;
        }
    }
    for r in row..n {
        out.extend((0..k).map(|c| at(r, c)));
    }
    out
}

/// The widths of the panels of outputs that are computed together; `vector.rs` walks the same list.
const PANELS: [usize; 4] = [64, 32, 16, 8];

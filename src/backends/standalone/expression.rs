//! Elementwise operations as Rust expressions, with no more parentheses than needed.

use super::Precision;
use super::code::Writer;
use crate::system::{Binary, Elem, Op, Unary, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};

/// How tightly an expression holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `if`, `&`
    Loose,
    Comparison,
    Sum,
    Product,
    Atom,
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) tokens: TokenStream,
    pub(super) level: Level,
    /// How many operations are nested in it.
    pub(super) depth: usize,
}

impl Code {
    pub(super) fn atom(tokens: TokenStream) -> Code {
        Code {
            tokens,
            level: Level::Atom,
            depth: 0,
        }
    }

    pub(super) fn comparison(tokens: TokenStream) -> Code {
        Code {
            tokens,
            level: Level::Comparison,
            depth: 1,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.depth == 0 && self.tokens.to_string() == "0.0"
    }

    /// In parentheses unless it holds together at least this tightly.
    pub(super) fn at_least(&self, level: Level) -> TokenStream {
        let tokens = &self.tokens;
        if self.level >= level {
            quote!(#tokens)
        } else {
            quote!((#tokens))
        }
    }

    /// An operator that groups to the left.
    pub(super) fn binary(a: Code, operator: TokenStream, b: Code, level: Level) -> Code {
        let (left, tighter) = match level {
            Level::Product => (Level::Product, Level::Atom),
            Level::Sum => (Level::Sum, Level::Product),
            Level::Comparison | Level::Loose | Level::Atom => (Level::Sum, Level::Sum),
        };
        let (left, right) = (a.at_least(left), b.at_least(tighter));
        Code {
            tokens: quote!(#left #operator #right),
            level,
            depth: a.depth.max(b.depth) + 1,
        }
    }

    fn call(function: TokenStream, args: &[Code]) -> Code {
        let tokens = args.iter().map(|a| &a.tokens);
        Code {
            tokens: quote!(#function(#(#tokens),*)),
            level: Level::Atom,
            depth: args.iter().map(|a| a.depth).max().unwrap_or(0) + 1,
        }
    }
}

impl Precision {
    pub(super) fn ident(self) -> Ident {
        Ident::new(self.name(), Span::call_site())
    }

    /// A number that prints and reads back as the same one.
    pub(super) fn literal(self, x: f64) -> Code {
        let real = self.ident();
        if x.is_nan() {
            return Code::atom(quote!(#real::NAN));
        }
        let size = match (x.is_infinite(), self) {
            (true, _) => quote!(#real::INFINITY),
            (false, Precision::F32) => {
                let x = (x as f32).abs();
                if x.is_infinite() {
                    quote!(f32::INFINITY)
                } else {
                    Literal::f32_unsuffixed(x).to_token_stream()
                }
            }
            (false, Precision::F64) => Literal::f64_unsuffixed(x.abs()).to_token_stream(),
        };
        if x.is_sign_negative() {
            return Code {
                tokens: quote!(-#size),
                level: Level::Product,
                depth: 0,
            };
        }
        Code::atom(size)
    }
}

impl Writer<'_> {
    /// Element `i` of what an elementwise operation gives.
    pub(super) fn expression(&mut self, v: Value, i: &TokenStream) -> Code {
        let s = self.plan.system;
        let elem = s.ty(v).elem;
        match *s.op(v) {
            Op::Unary(Unary::Not, x) => {
                let x = self.as_elem(x, i, Elem::Bit).at_least(Level::Atom);
                Code {
                    level: Level::Product,
                    ..Code::atom(quote!(!#x))
                }
            }
            Op::Unary(f, x) => {
                let x = self.real(x, i);
                self.unary(f, x)
            }
            Op::Binary(f, a, b) => self.binary(f, a, b, i),
            Op::Select { cond, yes, no } => {
                let cond = self.as_elem(cond, i, Elem::Bit);
                let (yes, no) = (self.as_elem(yes, i, elem), self.as_elem(no, i, elem));
                let depth = cond.depth.max(yes.depth).max(no.depth) + 1;
                let (cond, yes, no) = (cond.tokens, yes.tokens, no.tokens);
                Code {
                    tokens: quote!(if #cond { #yes } else { #no }),
                    level: Level::Loose,
                    depth,
                }
            }
            Op::Spread(x) => self.as_elem(x, i, elem),
            Op::OneHot(x) => {
                let (x, real) = (self.read(x, i).tokens, self.precision.ident());
                Code::atom(quote!(#real::from(#x == #i)))
            }
            Op::Place { x, index, .. } => {
                let (x, index) = (self.real(x, i).tokens, self.read(index, i).tokens);
                Code {
                    tokens: quote!(if #index == #i { #x } else { 0.0 }),
                    level: Level::Loose,
                    depth: 1,
                }
            }
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training
            | Op::Equal(_)
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Reshape(_)
            | Op::Transpose(_)
            | Op::Fold { .. }
            | Op::ArgMax(_)
            | Op::Reduce { .. }
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Rename { .. }
            | Op::Contract { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. }
            | Op::Pick { .. }
            | Op::Stop(_) => panic!("internal error: {v:?} is not elementwise"),
        }
    }

    fn unary(&mut self, f: Unary, x: Code) -> Code {
        let function = match f {
            Unary::Neg => {
                let depth = x.depth + 1;
                let x = x.at_least(Level::Atom);
                return Code {
                    tokens: quote!(-#x),
                    level: Level::Product,
                    depth,
                };
            }
            Unary::Abs => {
                let depth = x.depth + 1;
                let x = x.at_least(Level::Atom);
                return Code {
                    tokens: quote!(#x.abs()),
                    level: Level::Atom,
                    depth,
                };
            }
            Unary::Not => panic!("internal error: the negation of a number"),
            Unary::Exp => quote!(real::exp),
            Unary::Log => quote!(real::ln),
            Unary::Sqrt => quote!(real::sqrt),
            Unary::Sign => quote!(vector::sign),
            Unary::Sin => quote!(real::sin),
            Unary::Cos => quote!(real::cos),
            Unary::Tanh => quote!(real::tanh),
            Unary::Sigmoid => quote!(real::sigmoid),
            Unary::Softplus => quote!(real::softplus),
            Unary::Relu => quote!(vector::relu),
            Unary::Floor => quote!(real::floor),
        };
        Code::call(function, &[x])
    }

    fn binary(&mut self, f: Binary, a: Value, b: Value, i: &TokenStream) -> Code {
        let s = self.plan.system;
        let indices = matches!((s.ty(a).elem, s.ty(b).elem), (Elem::Index(_), Elem::Index(_)));
        let (x, y) = match f {
            Binary::Eq | Binary::Ne if indices => (self.read(a, i), self.read(b, i)),
            Binary::And | Binary::Or => (self.as_elem(a, i, Elem::Bit), self.as_elem(b, i, Elem::Bit)),
            _ => (self.real(a, i), self.real(b, i)),
        };
        if f == Binary::Add && matches!((x.is_zero(), y.is_zero()), (true, _) | (_, true)) {
            return if x.is_zero() { y } else { x };
        }
        let (operator, level) = match f {
            Binary::Add => (quote!(+), Level::Sum),
            Binary::Sub => (quote!(-), Level::Sum),
            Binary::Mul => (quote!(*), Level::Product),
            Binary::Div => (quote!(/), Level::Product),
            Binary::Lt => (quote!(<), Level::Comparison),
            Binary::Le => (quote!(<=), Level::Comparison),
            Binary::Eq => (quote!(==), Level::Comparison),
            Binary::Ne => (quote!(!=), Level::Comparison),
            Binary::And => (quote!(&), Level::Loose),
            Binary::Or => (quote!(|), Level::Loose),
            Binary::Max => return Code::call(quote!(vector::larger), &[x, y]),
            Binary::Min => return Code::call(quote!(vector::smaller), &[x, y]),
            Binary::Pow => return Code::call(quote!(real::powf), &[x, y]),
        };
        if matches!(f, Binary::And | Binary::Or) {
            let (a, b) = (x.at_least(Level::Product), y.at_least(Level::Product));
            return Code {
                tokens: quote!(#a #operator #b),
                level,
                depth: x.depth.max(y.depth) + 1,
            };
        }
        Code::binary(x, operator, y, level)
    }
}

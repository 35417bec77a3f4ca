//! The expression of one element of an operation.

use crate::system::{Binary, Elem, Unary};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// An expression, and what Rust type it has.
#[derive(Clone)]
pub struct Expr {
    pub code: TokenStream,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `R`
    Real,
    /// `bool`
    Truth,
    /// An `R` that is 0 or 1.
    Bit,
    /// `u32`
    Index,
}

impl Kind {
    /// Of an element in memory.
    pub fn stored(elem: Elem) -> Kind {
        match elem {
            Elem::Real => Kind::Real,
            Elem::Bit => Kind::Bit,
            Elem::Index(_) => Kind::Index,
        }
    }
}

impl Expr {
    pub fn new(code: TokenStream, kind: Kind) -> Expr {
        Expr { code, kind }
    }

    /// As a number.
    pub fn real(&self) -> TokenStream {
        let code = &self.code;
        match self.kind {
            Kind::Real | Kind::Bit => code.clone(),
            Kind::Truth => quote!(bit::<R>(#code)),
            Kind::Index => quote!(number::<R>(#code)),
        }
    }

    /// As a truth value.
    pub fn truth(&self) -> TokenStream {
        let code = &self.code;
        match self.kind {
            Kind::Truth => code.clone(),
            Kind::Real | Kind::Bit => quote!(#code != R::ZERO),
            Kind::Index => panic!("internal error: an index as a truth value"),
        }
    }

    /// As a truth value within an expression.
    fn term(&self) -> TokenStream {
        let code = self.truth();
        match self.kind {
            Kind::Truth => code,
            Kind::Real | Kind::Bit | Kind::Index => quote!((#code)),
        }
    }

    /// As it is held in memory.
    pub fn stored(&self) -> TokenStream {
        match self.kind {
            Kind::Index => self.code.clone(),
            Kind::Real | Kind::Bit | Kind::Truth => self.real(),
        }
    }
}

/// A number of the model's precision.
pub fn number(x: f64) -> TokenStream {
    if x == 0.0 && x.is_sign_positive() {
        quote!(R::ZERO)
    } else if x == 1.0 {
        quote!(R::ONE)
    } else if x.is_nan() {
        quote!(R::of(f64::NAN))
    } else if x == f64::NEG_INFINITY {
        quote!(R::NEG_INFINITY)
    } else if x == f64::INFINITY {
        quote!((-R::NEG_INFINITY))
    } else if x.is_sign_negative() {
        let x = Literal::f64_unsuffixed(-x);
        quote!(R::of(-#x))
    } else {
        let x = Literal::f64_unsuffixed(x);
        quote!(R::of(#x))
    }
}

pub fn unary(f: Unary, x: &Expr) -> Expr {
    if f == Unary::Not {
        let x = x.term();
        return Expr::new(quote!(!#x), Kind::Truth);
    }
    let x = x.real();
    let code = match f {
        Unary::Neg => quote!(-#x),
        Unary::Exp => quote!(#x.exp()),
        Unary::Log => quote!(#x.ln()),
        Unary::Sqrt => quote!(#x.sqrt()),
        Unary::Abs => quote!(#x.abs()),
        Unary::Sign => quote!(#x.sign()),
        Unary::Sin => quote!(#x.sin()),
        Unary::Cos => quote!(#x.cos()),
        Unary::Tanh => quote!(#x.tanh()),
        Unary::Sigmoid => quote!(#x.sigmoid()),
        Unary::Softplus => quote!(#x.softplus()),
        Unary::Relu => quote!(#x.relu()),
        Unary::Floor => quote!(#x.floor()),
        Unary::Not => unreachable!("above"),
    };
    Expr::new(code, Kind::Real)
}

pub fn binary(f: Binary, a: &Expr, b: &Expr) -> Expr {
    let arithmetic = |code: TokenStream| Expr::new(code, Kind::Real);
    let test = |code: TokenStream| Expr::new(code, Kind::Truth);
    // Two indices are compared as they are, an index and a number as numbers.
    let (x, y) = match (a.kind, b.kind) {
        (Kind::Index, Kind::Index) => (a.code.clone(), b.code.clone()),
        _ => (a.real(), b.real()),
    };
    match f {
        Binary::Add => arithmetic(quote!(#x + #y)),
        Binary::Sub => arithmetic(quote!(#x - #y)),
        Binary::Mul => arithmetic(quote!(#x * #y)),
        Binary::Div => arithmetic(quote!(#x / #y)),
        Binary::Max => arithmetic(quote!(#x.maximum(#y))),
        Binary::Min => arithmetic(quote!(#x.minimum(#y))),
        Binary::Pow => arithmetic(quote!(#x.powf(#y))),
        Binary::Lt => test(quote!(#x < #y)),
        Binary::Le => test(quote!(#x <= #y)),
        Binary::Eq => test(quote!(#x == #y)),
        Binary::Ne => test(quote!(#x != #y)),
        Binary::And => {
            let (x, y) = (a.term(), b.term());
            test(quote!(#x & #y))
        }
        Binary::Or => {
            let (x, y) = (a.term(), b.term());
            test(quote!(#x | #y))
        }
    }
}

pub fn select(cond: &Expr, yes: &Expr, no: &Expr) -> Expr {
    let c = cond.truth();
    let (y, n, kind) = match (yes.kind, no.kind) {
        (Kind::Index, Kind::Index) => (yes.code.clone(), no.code.clone(), Kind::Index),
        (Kind::Truth | Kind::Bit, Kind::Truth | Kind::Bit) => (yes.truth(), no.truth(), Kind::Truth),
        _ => (yes.real(), no.real(), Kind::Real),
    };
    Expr::new(quote!(if #c { #y } else { #n }), kind)
}

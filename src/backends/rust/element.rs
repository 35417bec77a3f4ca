//! The expression of one element of an operation.

use crate::system::{Binary, Elem, Unary};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// An expression, what Rust type it has, and how tightly it binds.
#[derive(Clone)]
pub struct Expr {
    pub code: TokenStream,
    pub kind: Kind,
    level: Level,
}

/// Rust's precedence, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Level {
    Choice,
    Comparison,
    Or,
    And,
    Sum,
    Product,
    Sign,
    Atom,
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
    /// A name, an element or a call.
    pub fn new(code: TokenStream, kind: Kind) -> Expr {
        Expr::at(code, kind, Level::Atom)
    }

    fn at(code: TokenStream, kind: Kind, level: Level) -> Expr {
        Expr { code, kind, level }
    }

    /// In parentheses, if it binds less tightly than this.
    fn within(&self, level: Level) -> TokenStream {
        let code = &self.code;
        if self.level < level {
            quote!((#code))
        } else {
            code.clone()
        }
    }

    fn number(&self) -> Expr {
        let code = &self.code;
        match self.kind {
            Kind::Real | Kind::Bit => self.clone(),
            Kind::Truth => Expr::new(quote!(bit::<R>(#code)), Kind::Real),
            Kind::Index => Expr::new(quote!(number::<R>(#code)), Kind::Real),
        }
    }

    fn test(&self) -> Expr {
        match self.kind {
            Kind::Truth => self.clone(),
            Kind::Real | Kind::Bit => {
                let code = self.within(Level::Or);
                Expr::at(quote!(#code != R::ZERO), Kind::Truth, Level::Comparison)
            }
            Kind::Index => panic!("internal error: an index as a truth value"),
        }
    }

    /// As a number.
    pub fn real(&self) -> TokenStream {
        self.number().code
    }

    /// As a truth value.
    pub fn truth(&self) -> TokenStream {
        self.test().code
    }

    /// As it is held in memory.
    pub fn stored(&self) -> TokenStream {
        match self.kind {
            Kind::Index => self.code.clone(),
            Kind::Real | Kind::Bit | Kind::Truth => self.real(),
        }
    }

    /// As the variable that holds it.
    pub fn typed(&self, kind: Kind) -> Expr {
        match kind {
            Kind::Truth => self.test(),
            Kind::Real | Kind::Bit => self.number(),
            Kind::Index => self.clone(),
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
        quote!(R::of(f64::INFINITY))
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
        let x = x.test().within(Level::Sign);
        return Expr::at(quote!(!#x), Kind::Truth, Level::Sign);
    }
    let x = x.number();
    if f == Unary::Neg {
        let x = x.within(Level::Sign);
        return Expr::at(quote!(-#x), Kind::Real, Level::Sign);
    }
    let x = x.within(Level::Atom);
    let code = match f {
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
        Unary::Not | Unary::Neg => unreachable!("above"),
    };
    Expr::new(code, Kind::Real)
}

pub fn binary(f: Binary, a: &Expr, b: &Expr) -> Expr {
    // Two indices are compared as they are, an index and a number as numbers.
    let (x, y) = match (a.kind, b.kind) {
        (Kind::Index, Kind::Index) => (a.clone(), b.clone()),
        _ => (a.number(), b.number()),
    };
    let infix = |level: Level, right: Level, sign: TokenStream| {
        let (x, y) = (x.within(level), y.within(right));
        Expr::at(quote!(#x #sign #y), Kind::Real, level)
    };
    let compare = |sign: TokenStream| {
        let (x, y) = (x.within(Level::Or), y.within(Level::Or));
        Expr::at(quote!(#x #sign #y), Kind::Truth, Level::Comparison)
    };
    let method = |name: TokenStream| {
        let (x, y) = (x.within(Level::Atom), &y.code);
        Expr::new(quote!(#x.#name(#y)), Kind::Real)
    };
    let logic = |level: Level, sign: TokenStream| {
        let (x, y) = (a.test().within(Level::Sum), b.test().within(Level::Sum));
        Expr::at(quote!(#x #sign #y), Kind::Truth, level)
    };
    match f {
        Binary::Add => infix(Level::Sum, Level::Sum.above(), quote!(+)),
        Binary::Sub => infix(Level::Sum, Level::Sum.above(), quote!(-)),
        Binary::Mul => infix(Level::Product, Level::Product.above(), quote!(*)),
        Binary::Div => infix(Level::Product, Level::Product.above(), quote!(/)),
        Binary::Max => method(quote!(maximum)),
        Binary::Min => method(quote!(minimum)),
        Binary::Pow => method(quote!(powf)),
        Binary::Lt => compare(quote!(<)),
        Binary::Le => compare(quote!(<=)),
        Binary::Eq => compare(quote!(==)),
        Binary::Ne => compare(quote!(!=)),
        Binary::And => logic(Level::And, quote!(&)),
        Binary::Or => logic(Level::Or, quote!(|)),
    }
}

impl Level {
    /// What the right operand of a left-associative operator needs.
    fn above(self) -> Level {
        match self {
            Level::Sum => Level::Product,
            Level::Product => Level::Sign,
            Level::Choice | Level::Comparison | Level::Or | Level::And | Level::Sign | Level::Atom => Level::Atom,
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
    Expr::at(quote!(if #c { #y } else { #n }), kind, Level::Choice)
}

/// `x` where the loop is at the class, else zero.
pub fn at_class(index: &Expr, place: TokenStream, x: TokenStream) -> Expr {
    let index = &index.code;
    Expr::at(
        quote!(if #index == #place { #x } else { R::ZERO }),
        Kind::Real,
        Level::Choice,
    )
}

//! The model's shape as a literal.

use crate::system::metric::Formula;
use crate::system::{AxisId, AxisKind, AxisSet, Elem, Init, RootKind, System, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub fn spec(system: &System, evaluation: &System) -> TokenStream {
    let name = &system.name;
    let axes = system.axes.iter().map(|a| {
        let name = &a.name;
        let steps = match a.kind {
            AxisKind::Steps(n) => quote!(Some(#n)),
            AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => quote!(None),
        };
        let like = match a.like {
            Some(AxisId(other)) => {
                let other = other as usize;
                quote!(Some(#other))
            }
            None => quote!(None),
        };
        quote!(AxisSpec { name: #name.into(), steps: #steps, like: #like })
    });
    let data = system.data.iter().map(|(_, d)| {
        let name = &d.name;
        let target = d.role == crate::system::DataRole::Target;
        let (classes, shape, axes) = shape(&d.ty);
        quote!(DataSpec { name: #name.into(), target: #target, classes: #classes, shape: #shape, axes: #axes })
    });
    let mut offset = 0usize;
    let params = system.params.iter().map(|(_, p)| {
        let (name, trained, at) = (&p.name, p.trained, offset);
        let dims = &p.shape;
        offset += dims.iter().product::<usize>();
        let init = init(&p.init);
        quote! {
            ParamSpec { name: #name.into(), shape: vec![#(#dims),*], init: #init, trained: #trained, offset: #at }
        }
    });
    let params: Vec<TokenStream> = params.collect();
    let numbers = numbers(system).len();
    let metrics = system.metrics.iter().map(|m| {
        let (name, formula) = (&m.name, formula(&m.formula));
        quote!(MetricSpec { name: #name.into(), formula: #formula })
    });
    let outputs = outputs(evaluation).into_iter().map(|(name, v)| {
        let (classes, shape, axes) = shape(evaluation.ty(v));
        quote!(OutputSpec { name: #name.into(), classes: #classes, shape: #shape, axes: #axes })
    });
    quote! {
        ModelSpec {
            name: #name.into(),
            axes: vec![#(#axes),*],
            data: vec![#(#data),*],
            params: vec![#(#params),*],
            metrics: vec![#(#metrics),*],
            numbers: #numbers,
            outputs: vec![#(#outputs),*],
        }
    }
}

fn formula(f: &Formula) -> TokenStream {
    match f {
        Formula::Number(x) => quote!(Formula::Number(#x)),
        Formula::Total(n) => quote!(Formula::Total(#n)),
        Formula::Mean(n, over) => {
            let axes = axes(*over);
            quote!(Formula::Mean(#n, vec![#(#axes),*]))
        }
        Formula::Unary(function, x) => {
            let (function, x) = (format_ident!("{function:?}"), formula(x));
            quote!(Formula::Apply(Function::#function, vec![#x]))
        }
        Formula::Binary(function, a, b) => {
            let (function, a, b) = (format_ident!("{function:?}"), formula(a), formula(b));
            quote!(Formula::Apply(Function::#function, vec![#a, #b]))
        }
    }
}

/// The loss, then what metrics are made of, in order.
pub fn numbers(system: &System) -> Vec<crate::system::Value> {
    let of = |kind: RootKind| system.roots.iter().filter(move |r| r.kind == kind);
    of(RootKind::Loss)
        .chain(of(RootKind::Metric))
        .map(|r| r.value)
        .collect()
}

pub fn outputs(system: &System) -> Vec<(String, crate::system::Value)> {
    let outputs = system.roots.iter().filter(|r| r.kind == RootKind::Output);
    outputs.map(|r| (r.name.clone(), r.value)).collect()
}

fn shape(ty: &Type) -> (TokenStream, TokenStream, TokenStream) {
    let classes = match ty.elem {
        Elem::Index(n) => quote!(Some(#n)),
        Elem::Real | Elem::Bit => quote!(None),
    };
    let shape = &ty.shape;
    let axes = axes(ty.axes);
    (classes, quote!(vec![#(#shape),*]), quote!(vec![#(#axes),*]))
}

fn axes(axes: AxisSet) -> Vec<usize> {
    axes.without(AxisId::BATCH).iter().map(|a| a.0 as usize).collect()
}

fn init(init: &Init) -> TokenStream {
    let number = |x: f64| {
        let x = proc_macro2::Literal::f64_unsuffixed(x.abs());
        quote!(#x)
    };
    let signed = |x: f64| {
        let n = number(x);
        if x.is_sign_negative() { quote!(-#n) } else { n }
    };
    match init {
        Init::Zeros => quote!(Init::Zeros),
        Init::Const(c) => {
            let c = signed(*c);
            quote!(Init::Const(#c))
        }
        Init::Uniform { low, high } => {
            let (low, high) = (signed(*low), signed(*high));
            quote!(Init::Uniform { low: #low, high: #high })
        }
        Init::Normal { mean, std } => {
            let (mean, std) = (signed(*mean), signed(*std));
            quote!(Init::Normal { mean: #mean, std: #std })
        }
        Init::Glorot => quote!(Init::Glorot),
        Init::He => quote!(Init::He),
        Init::Lecun => quote!(Init::Lecun),
        Init::Orthogonal => quote!(Init::Orthogonal),
        Init::Identity(s) => {
            let s = signed(*s);
            quote!(Init::Identity(#s))
        }
    }
}

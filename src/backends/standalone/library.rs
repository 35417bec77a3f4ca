//! `src/lib.rs`.

use super::code::{Places, Writer, zero};
use super::interface::{Field, Interface};
use super::names::Names;
use super::weights::Weights;
use super::{Export, Precision, constants, plan};
use crate::rewrite::Streaming;
use crate::schedule::{Region, schedule};
use crate::system::{Elem, System, Type};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};

pub(super) struct Library {
    pub(super) text: String,
    pub(super) weights: Vec<u8>,
}

pub(super) fn library(streaming: &Streaming, interface: &Interface, export: &Export) -> Library {
    let mut weights = Weights::new(export.precision);
    let mut function =
        |s: &System, arguments: &[Field], turns| function(s, arguments, turns, interface, export, &mut weights);
    let (start, _) = function(&streaming.start, &interface.start, false);
    let numbers: usize = streaming
        .step
        .params
        .iter()
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum();
    let large = numbers * export.precision.bytes() > FIRST_CACHE;
    let (step, turned) = function(&streaming.step, &interface.inputs, large);
    let observe = streaming
        .absorb
        .as_ref()
        .map(|s| function(s, &interface.targets, false).0);
    let precision = export.precision;

    let name = ident(&interface.name);
    let docs = super::readme::crate_docs(interface, export);
    let (struct_doc, output_doc) = (doc(&struct_docs(interface)), doc(&["What one step computes.".into()]));
    let registers = interface.registers.iter().map(|r| {
        let (field, ty, doc) = (ident(&r.name), array(&r.ty, precision), doc(&[format!("`{}`", r.path)]));
        quote!(#doc #field: #ty)
    });
    let outputs = interface.outputs.iter().map(|o| {
        let (field, ty) = (ident(&o.name), array(&o.ty, precision));
        let doc = doc(&[described(&o.path, &o.ty)]);
        quote!(#doc pub #field: #ty)
    });
    let constructors = constructors(interface, &start, turned, precision);
    let back = turned.then(|| quote!(#[doc = " Whether this step reads the weights from their end."] back: bool,));
    let turn = turned.then(|| quote!(self.back = !self.back;));
    let step_doc = doc(&step_docs(interface));
    let parameters = parameters(&interface.inputs, precision);
    let observe = observe.map(|body| {
        let (parameters, doc) = (
            self::parameters(&interface.targets, precision),
            doc(&observe_docs(interface)),
        );
        quote! { #doc pub fn observe(&mut self, #parameters) { #body } }
    });
    let constants = super::readme::vocabulary(interface);
    let nothing = uses_indices(interface).then(|| {
        let doc = doc(&["No symbol: looking it up gives zeros.".into()]);
        let given = [&interface.start, &interface.inputs, &interface.targets]
            .into_iter()
            .flatten();
        let checked = given.into_iter().any(|f| matches!(f.ty.elem, Elem::Index(_))).then(|| {
            quote! {
                /// A class, or nothing.
                fn symbol(class: Option<usize>, classes: usize) -> usize {
                    class.filter(|&c| c < classes).unwrap_or(NOTHING)
                }
            }
        });
        quote!(#doc const NOTHING: usize = usize::MAX; #checked)
    });
    let default = interface.start.is_empty().then(|| {
        quote! { impl Default for #name { fn default() -> Self { Self::new() } } }
    });
    let weight_tokens = weights.tokens();
    let math = match precision {
        Precision::F32 => quote!(
            use math::single as real;
        ),
        Precision::F64 => quote!(
            use math::double as real;
        ),
    };
    let observed = observe.as_ref().map(TokenStream::to_string).unwrap_or_default();
    let math = (step.to_string() + &start.to_string() + &observed)
        .contains("real ::")
        .then_some(math);
    let copied = interface
        .outputs
        .iter()
        .all(|o| o.ty.is_scalar())
        .then(|| quote!(Copy,));
    let tokens = quote! {
        #docs
        #![no_std]
        #![forbid(unsafe_code)]

        #![allow(clippy::needless_range_loop, clippy::new_without_default)]

        #[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows)))]
        extern crate std;

        #[allow(dead_code)]
        mod math;
        #[allow(dead_code)]
        mod vector;

        #math
        #constants
        #nothing

        #output_doc
        #[derive(Clone, #copied Debug, PartialEq)]
        pub struct Output { #(#outputs,)* }

        #struct_doc
        #[derive(Clone, Debug)]
        pub struct #name { #(#registers,)* output: Output, #back }

        impl #name {
            #constructors

            #step_doc
            pub fn step(&mut self, #parameters) -> &Output { #turn #step &self.output }

            #observe
        }

        #default
        #weight_tokens
    };
    Library {
        text: super::files::pretty(tokens),
        weights: weights.bytes().to_vec(),
    }
}

/// Bytes that the smallest of first-level caches hold.
const FIRST_CACHE: usize = 32 << 10;

/// The statements of a system, and whether loops turn around in them, which they may where `turns` is set.
fn function(
    system: &System,
    arguments: &[Field],
    turns: bool,
    interface: &Interface,
    export: &Export,
    weights: &mut Weights,
) -> (TokenStream, bool) {
    let program = schedule(super::sums::join(system.clone()));
    let mut order = Vec::new();
    for region in &program.regions {
        match region {
            Region::Block { ops, .. } => order.extend(ops.iter().copied()),
            Region::Scan { .. } => panic!("internal error: a recurrence inside of a step"),
        }
    }
    let plan = plan::plan(&program.system, &order);
    let constants = constants::evaluate(&program.system, &plan.fixed, export.params);
    let own = |field: &Field| {
        let name = ident(&field.name);
        (field.data, quote!(self.#name))
    };
    let given = |field: &Field| (field.data, ident(&field.name).to_token_stream());
    let output = |o: &super::interface::Output| {
        let name = ident(&o.name);
        (o.path.clone(), quote!(self.output.#name))
    };
    let places = Places {
        data: interface
            .registers
            .iter()
            .map(own)
            .chain(arguments.iter().map(given))
            .collect(),
        references: arguments.iter().filter(|a| !a.ty.is_scalar()).map(|a| a.data).collect(),
        outputs: interface.outputs.iter().map(output).collect(),
    };
    let mut reserved = vec!["i", "u", "j", "row", "total", "block", "symbol"];
    let labels: Vec<String> = (0..8).map(|l| format!("l{l}")).collect();
    reserved.extend(labels.iter().map(String::as_str));
    reserved.extend(arguments.iter().map(|a| a.name.as_str()));
    let mut writer = Writer::new(
        &plan,
        &constants,
        weights,
        &places,
        export.precision,
        Names::reserving(&reserved),
    );
    writer.turns = turns;
    let body = writer.statements();
    let turned = writer.turned;
    let indices = arguments.iter().filter_map(|a| match a.ty.elem {
        Elem::Index(n) => {
            let name = ident(&a.name);
            Some(quote!(let #name = symbol(#name.into(), #n);))
        }
        Elem::Real | Elem::Bit => None,
    });
    (quote!(#(#indices)* #body), turned)
}

fn constructors(interface: &Interface, start: &TokenStream, turned: bool, precision: Precision) -> TokenStream {
    let blank = |name: &str, ty: &Type| {
        let (name, zero) = (ident(name), zero(ty.elem));
        let len = Literal::usize_unsuffixed(ty.size());
        if ty.is_scalar() {
            quote!(#name: #zero)
        } else {
            quote!(#name: [#zero; #len])
        }
    };
    let registers = interface.registers.iter().map(|r| blank(&r.name, &r.ty));
    let outputs = interface.outputs.iter().map(|o| blank(&o.name, &o.ty));
    let back = turned.then(|| quote!(back: false));
    let empty = quote!(Self { #(#registers,)* output: Output { #(#outputs,)* }, #back });
    let (new_doc, reset_doc) = (
        doc(&["Before the first step.".into()]),
        doc(&["Back to before the first step.".into()]),
    );
    if interface.starts_empty {
        return quote! {
            #new_doc
            pub const fn new() -> Self { #empty }

            #reset_doc
            pub fn reset(&mut self) { *self = Self::new(); }
        };
    }
    let parameters = parameters(&interface.start, precision);
    let names = interface.start.iter().map(|f| ident(&f.name));
    quote! {
        #new_doc
        pub fn new(#parameters) -> Self {
            let mut model = Self::empty();
            model.reset(#(#names),*);
            model
        }

        const fn empty() -> Self { #empty }

        #reset_doc
        pub fn reset(&mut self, #parameters) { *self = Self::empty(); #start }
    }
}

fn parameters(fields: &[Field], precision: Precision) -> TokenStream {
    let parameters = fields.iter().map(|f| {
        let name = ident(&f.name);
        let ty = match f.ty.elem {
            Elem::Index(_) => quote!(impl Into<Option<usize>>),
            Elem::Real | Elem::Bit => {
                let array = array(&f.ty, precision);
                if f.ty.is_scalar() { array } else { quote!(&#array) }
            }
        };
        quote!(#name: #ty)
    });
    quote!(#(#parameters),*)
}

/// The Rust type that holds a value.
fn array(ty: &Type, precision: Precision) -> TokenStream {
    let elem = match ty.elem {
        Elem::Real => precision.ident().to_token_stream(),
        Elem::Bit => quote!(bool),
        Elem::Index(_) => quote!(usize),
    };
    let len = Literal::usize_unsuffixed(ty.size());
    if ty.is_scalar() { elem } else { quote!([#elem; #len]) }
}

fn uses_indices(interface: &Interface) -> bool {
    let fields = [
        &interface.start,
        &interface.inputs,
        &interface.targets,
        &interface.registers,
    ];
    fields
        .into_iter()
        .flatten()
        .any(|f| matches!(f.ty.elem, Elem::Index(_)))
}

pub(super) fn described(path: &str, ty: &Type) -> String {
    let what = match (ty.elem, ty.shape.as_slice()) {
        (Elem::Index(n), _) => format!("one of {n} classes"),
        (Elem::Real, []) => "a number".into(),
        (Elem::Bit, []) => "a truth value".into(),
        (Elem::Real, [n]) => format!("{n} numbers"),
        (Elem::Bit, [n]) => format!("{n} truth values"),
        (_, shape) => format!("an array of {shape:?}, row by row"),
    };
    format!("`{path}`: {what}.")
}

fn struct_docs(interface: &Interface) -> Vec<String> {
    let mut lines = interface.doc.clone();
    if lines.is_empty() {
        lines.push(format!("The model `{}`.", interface.name));
    }
    lines.extend([
        "".into(),
        "Holds all of its state; clone it to keep a state for later.".into(),
    ]);
    lines
}

fn step_docs(interface: &Interface) -> Vec<String> {
    let mut lines = vec!["One step.".to_string()];
    if !interface.targets.is_empty() {
        let names: Vec<String> = interface.targets.iter().map(|t| format!("`{}`", t.name)).collect();
        lines[0] = format!(
            "One step: what is to be expected of {}, before it is known. Tell what it was by [`observe`](Self::observe).",
            names.join(" and ")
        );
    }
    lines.extend(arguments_docs(&interface.inputs));
    lines
}

fn observe_docs(interface: &Interface) -> Vec<String> {
    let mut lines = vec!["What this step turned out to be: once after each [`step`](Self::step).".to_string()];
    lines.extend(arguments_docs(&interface.targets));
    lines
}

fn arguments_docs(fields: &[Field]) -> Vec<String> {
    let mut lines = Vec::new();
    for f in fields {
        let more = match f.ty.elem {
            Elem::Index(_) => " `None`, and what is no class, is no symbol: looking it up gives zeros.",
            Elem::Real | Elem::Bit => "",
        };
        lines.push(String::new());
        lines.push(format!("{}{more}", described(&f.name, &f.ty)));
        lines.extend(f.doc.iter().cloned());
    }
    lines
}

/// Doc attributes, a line each.
pub(super) fn doc(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|l| {
        if l.is_empty() {
            String::new()
        } else {
            format!(" {}", l.trim_start())
        }
    });
    quote!(#(#[doc = #lines])*)
}

pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

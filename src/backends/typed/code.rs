//! The type's code.

use super::steps::{self, Steps};
use super::{Face, Field};
use crate::backends::rust::type_name;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// What stands before `model` in Rust: `#[derive(...)] pub(crate) model ...`.
#[derive(Clone, Debug, Default)]
pub struct Dress {
    pub visibility: TokenStream,
    /// Of the type alone.
    pub attributes: TokenStream,
    /// `#[cfg(...)]`, of every item.
    pub conditions: TokenStream,
    /// A file of weights to have inside, by its absolute path.
    pub weights: Option<String>,
}

/// The code of a model that has no errors.
#[derive(Clone, Debug)]
pub struct Code {
    /// Of [`super::super::rust`].
    pub model: TokenStream,
    /// What draws its targets; none where its stream does, too, or nothing is drawn.
    pub saying: Option<Steps>,
    /// What takes its inputs step by step.
    pub streamed: Option<Steps>,
}

/// The names of a model's items.
pub(super) struct Names {
    pub(super) model: Ident,
    pub(super) module: Ident,
    example: Ident,
    pub(super) inputs: Ident,
    outputs: Ident,
    metrics: Ident,
    pub(super) said: Ident,
    pub(super) stream: Ident,
    pub(super) step: Ident,
}

/// The type of a model, and those of its examples, outputs and metrics. Without code, for a model that has errors, all is
/// there and cannot be run.
pub fn code(face: &Face, code: Option<Code>, dress: &Dress) -> TokenStream {
    let name = type_name(&face.name);
    let names = Names {
        model: format_ident!("{name}"),
        module: format_ident!("__rnn_{}", face.name),
        example: format_ident!("{name}Example"),
        inputs: format_ident!("{name}Inputs"),
        outputs: format_ident!("{name}Outputs"),
        metrics: format_ident!("{name}Metrics"),
        said: format_ident!("{name}Said"),
        stream: format_ident!("{name}Stream"),
        step: format_ident!("{name}Step"),
    };
    let saying = match &code {
        Some(Code { saying: None, .. }) => STREAMED,
        _ => SAYING,
    };
    let conditions = &dress.conditions;
    let (hidden, program) = (&names.module, &names.model);
    let code = match code {
        Some(code) => {
            let saying = code.saying.map(|s| steps::hidden(&s, &names, SAYING));
            let streamed = code.streamed.map(|s| steps::hidden(&s, &names, STREAMED));
            let model = code.model;
            through_facade(quote!(#model #saying #streamed))
        }
        None => {
            let (saying, streamed) = (steps::unfinished(SAYING), steps::unfinished(STREAMED));
            quote!(pub use ::rnn::Unfinished as #program; #saying #streamed)
        }
    };
    let hidden = quote!(#conditions #[doc(hidden)] #[allow(dead_code, clippy::all)] mod #hidden { #code });
    let (model, example, metrics) = (
        model(face, &names, dress, saying),
        example(face, &names, dress),
        metrics(face, &names, dress),
    );
    let outputs = (!face.outputs.is_empty()).then(|| outputs(face, &names, dress));
    let said = face.saying.as_ref().map(|s| steps::said(face, s, &names, dress));
    let streams = face.streamed.as_ref().map(|s| steps::streams(face, s, &names, dress));
    quote!(#hidden #model #example #metrics #outputs #said #streams)
}

/// The hidden modules of what draws and of what takes steps.
const SAYING: &str = "saying";
const STREAMED: &str = "streamed";

fn model(face: &Face, names: &Names, dress: &Dress, saying: &str) -> TokenStream {
    let (name, module, metrics) = (&names.model, &names.module, &names.metrics);
    let Dress {
        visibility,
        attributes,
        conditions,
        weights,
    } = dress;
    let trained = weights.as_ref().map(|path| {
        quote! {
            /// With the trained parameters that are part of the program.
            ///
            /// # Errors
            /// Parameters of another model.
            pub fn trained() -> ::core::result::Result<#name<R>, ::rnn::Error> {
                let mut model = #name::<R>::new(1);
                model.network.load_bytes(::core::include_bytes!(#path), ::std::path::Path::new(#path))?;
                Ok(model)
            }
        }
    });
    let mut lines = face.doc.clone();
    if let (Some(why), None) = (&face.whole, &face.streamed) {
        lines.extend([String::new(), format!("It has no `stream`: {why}.")]);
    }
    let doc = docs(&lines);
    let generate = face.saying.as_ref().map(|s| steps::generate(face, s, names, saying));
    let stream = face.streamed.as_ref().map(|s| steps::stream(face, s, names, STREAMED));
    let example = with_generics(&names.example, &face.data);
    let forward = (!face.outputs.is_empty()).then(|| forward(face, names));
    let values = (0..face.metrics.len()).map(|i| quote!(values[#i]));
    let fields: Vec<Ident> = face.metrics.iter().map(|m| identifier(m)).collect();
    let regimes = face.regimes.iter().skip(1).map(|(name, regime)| {
        let (json, text) = (regime.to_json(), format!(" As `train ... as {name}` says."));
        let function = format_ident!("{name}_regime");
        quote!(#[doc = #text] pub fn #function() -> ::rnn::regime::Regime { ::rnn::settings(#json) })
    });
    let regime = match face.regimes.first() {
        Some((_, regime)) => {
            let json = regime.to_json();
            quote!(::rnn::settings(#json))
        }
        None => quote!(::rnn::regime::Regime::new(::rnn::regime::Source::Memory)),
    };
    quote! {
        #conditions
        #doc
        #attributes
        #visibility struct #name<R: ::rnn::Real = f32> {
            network: ::rnn::Network<R, #module::#name>,
        }

        #conditions
        const _: () = {
            fn program() -> &'static #module::#name {
                static PROGRAM: ::std::sync::LazyLock<#module::#name> = ::std::sync::LazyLock::new(#module::#name::new);
                &PROGRAM
            }

            fn metrics(values: ::std::vec::Vec<f64>) -> #metrics {
                #metrics { #(#fields: #values),* }
            }

            #[allow(dead_code)]
            impl<R: ::rnn::Real> #name<R> {
                /// Parameters drawn by `seed`, and trained as its `train` block says; without one, by Adam.
                pub fn new(seed: u64) -> #name<R> {
                    let mut regime = #name::<R>::regime();
                    regime.seed = seed;
                    #name::with(regime).unwrap_or_else(|e| ::core::panic!("internal error: {e}"))
                }

                /// Trained otherwise; `regime.seed` draws the parameters.
                ///
                /// # Errors
                /// Settings out of range.
                pub fn with(regime: ::rnn::regime::Regime) -> ::core::result::Result<#name<R>, ::rnn::Error> {
                    Ok(#name { network: ::rnn::Network::new(program(), regime)? })
                }

                /// How it is trained where nothing else is said.
                pub fn regime() -> ::rnn::regime::Regime { #regime }
                #(#regimes)*
                #trained

                /// The code of the model, without parameters.
                pub fn program() -> &'static #module::#name { program() }

                /// The parameters and what trains them.
                pub fn network(&self) -> &::rnn::Network<R, #module::#name> { &self.network }
                pub fn network_mut(&mut self) -> &mut ::rnn::Network<R, #module::#name> { &mut self.network }

                /// One update by the gradient of the loss over these examples; the metrics are those before it.
                ///
                /// # Errors
                /// No examples; arrays of another shape; a loss that is no number, and then nothing has changed.
                pub fn train_step<'a>(
                    &mut self,
                    examples: impl ::core::iter::IntoIterator<Item = #example>,
                ) -> ::core::result::Result<#metrics, ::rnn::Error> {
                    let examples = ::rnn::arrays::read(self.network.spec(), examples)?;
                    self.network.train_step(&examples).map(metrics)
                }

                /// The metrics of these examples, nothing drawn.
                ///
                /// # Errors
                /// No examples; arrays of another shape.
                pub fn evaluate<'a>(
                    &mut self,
                    examples: impl ::core::iter::IntoIterator<Item = #example>,
                ) -> ::core::result::Result<#metrics, ::rnn::Error> {
                    let examples = ::rnn::arrays::read(self.network.spec(), examples)?;
                    self.network.evaluate(&examples).map(metrics)
                }

                #forward

                #generate

                #stream

                /// Trains epoch by epoch, from the parameters as they are, and keeps those of the best epoch.
                ///
                /// # Errors
                /// Arrays of another shape; settings out of range; files that cannot be written; divergence.
                pub fn fit<'a>(
                    &mut self,
                    train: impl ::core::iter::IntoIterator<Item = #example>,
                    valid: impl ::core::iter::IntoIterator<Item = #example>,
                    run: &::rnn::train::Run,
                    reporter: &mut dyn ::rnn::train::Reporter,
                ) -> ::core::result::Result<::rnn::train::Outcome, ::rnn::Error> {
                    let spec = self.network.spec();
                    let data = ::rnn::data::Memory {
                        train: ::rnn::arrays::read(spec, train)?,
                        valid: ::rnn::arrays::read(spec, valid)?,
                    };
                    self.network.fit(data, run, reporter)
                }

                /// Likewise on the data that its `train` block names; relative paths start at `base`.
                ///
                /// # Errors
                /// What keeps the data from being read, and as `fit`.
                pub fn fit_source(
                    &mut self,
                    base: impl ::core::convert::AsRef<::std::path::Path>,
                    run: &::rnn::train::Run,
                    reporter: &mut dyn ::rnn::train::Reporter,
                ) -> ::core::result::Result<::rnn::train::Outcome, ::rnn::Error> {
                    self.network.fit_source(base.as_ref(), run, reporter)
                }

                /// Writes the parameters in the safetensors format; the file appears whole or not at all.
                ///
                /// # Errors
                /// What keeps the file from being written.
                pub fn save(
                    &self,
                    path: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<(), ::rnn::Error> { self.network.save(path.as_ref()) }

                /// Reads parameters that `save`, a training or `rnnc train` wrote.
                ///
                /// # Errors
                /// A file that cannot be read, or has other parameters; nothing changes then.
                pub fn load(
                    &mut self,
                    path: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<(), ::rnn::Error> { self.network.load(path.as_ref()) }
            }

            impl<R: ::rnn::Real> ::core::clone::Clone for #name<R> {
                fn clone(&self) -> #name<R> { #name { network: self.network.clone() } }
            }
        };
    }
}

fn forward(face: &Face, names: &Names) -> TokenStream {
    let output = &names.outputs;
    let generic = reals(&face.outputs).then(|| quote!(<R>));
    let outputs = quote!(#output #generic);
    let given = match inputs(face) {
        Some(fields) if !face.reads_targets => with_generics(&names.inputs, &fields),
        _ => with_generics(&names.example, &face.data),
    };
    let arrays = face.outputs.iter().map(|field| {
        let name = identifier(&field.name);
        let read = array(field);
        quote!(#name: #read(outputs.next()))
    });
    quote! {
        /// The outputs of each example, nothing drawn.
        ///
        /// # Errors
        /// Arrays of another shape.
        pub fn forward<'a>(
            &mut self,
            examples: impl ::core::iter::IntoIterator<Item = #given>,
        ) -> ::core::result::Result<::std::vec::Vec<#outputs>, ::rnn::Error> {
            let examples = ::rnn::arrays::read(self.network.spec(), examples)?;
            let outputs = self.network.outputs(&examples).into_iter();
            Ok(outputs.map(|outputs| { let mut outputs = outputs.into_iter(); #output { #(#arrays),* } }).collect())
        }
    }
}

/// The inputs, if there are any.
pub(super) fn inputs(face: &Face) -> Option<Vec<Field>> {
    let inputs: Vec<Field> = face.data.iter().filter(|f| !f.target).cloned().collect();
    (!inputs.is_empty()).then_some(inputs)
}

/// The function that makes an array of an output.
pub(super) fn array(field: &Field) -> TokenStream {
    match field.index {
        true => quote!(::rnn::arrays::classes),
        false => quote!(::rnn::arrays::reals),
    }
}

fn example(face: &Face, names: &Names, dress: &Dress) -> TokenStream {
    let what = format!(" One example of `{}`: views of arrays, steps first.", face.name);
    let all = given(face, &names.example, &face.data, &what, dress);
    let inputs = inputs(face).map(|fields| {
        let what = format!(" The inputs of one example of `{}`.", face.name);
        given(face, &names.inputs, &fields, &what, dress)
    });
    quote!(#all #inputs)
}

fn given(face: &Face, name: &Ident, fields: &[Field], what: &str, dress: &Dress) -> TokenStream {
    let Dress {
        visibility, conditions, ..
    } = dress;
    let declared = fields.iter().map(|field| {
        let (name, ty, doc) = (identifier(&field.name), view(field), documented(field));
        quote!(#doc pub #name: #ty)
    });
    let data = face.data.iter().map(|field| {
        if !fields.iter().any(|f| f.name == field.name) {
            return quote!(::core::option::Option::None);
        }
        let name = identifier(&field.name);
        let read = if field.index { quote!(index) } else { quote!(real) };
        let array = match field.rank {
            0 => quote!(&::rnn::ndarray::aview0(&self.#name)),
            _ => quote!(&self.#name),
        };
        quote!(::core::option::Option::Some(::rnn::arrays::#read(#array)))
    });
    let (generic, bound) = generics(fields);
    quote! {
        #conditions
        #[doc = #what]
        #[derive(Clone, Debug)]
        #visibility struct #name #bound { #(#declared),* }

        #conditions
        impl #bound ::rnn::arrays::Given for #name #generic {
            fn data(&self) -> ::std::vec::Vec<::core::option::Option<::rnn::data::Datum>> {
                ::std::vec![#(#data),*]
            }
        }
    }
}

fn outputs(face: &Face, names: &Names, dress: &Dress) -> TokenStream {
    let Dress {
        visibility, conditions, ..
    } = dress;
    let name = &names.outputs;
    let what = format!(" The outputs of one example of `{}`, steps first.", face.name);
    let fields = face.outputs.iter().map(|field| {
        let (name, doc, ty) = (identifier(&field.name), documented(field), owned(field));
        quote!(#doc pub #name: #ty)
    });
    let bound = reals(&face.outputs).then(|| quote!(<R: ::rnn::Real>));
    quote! {
        #conditions
        #[doc = #what]
        #[derive(Clone, Debug, PartialEq)]
        #visibility struct #name #bound { #(#fields),* }
    }
}

fn metrics(face: &Face, names: &Names, dress: &Dress) -> TokenStream {
    let Dress {
        visibility, conditions, ..
    } = dress;
    let name = &names.metrics;
    let what = format!(" The loss and the metrics of `{}`.", face.name);
    let fields = face.metrics.iter().map(|m| identifier(m));
    quote! {
        #conditions
        #[doc = #what]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #visibility struct #name { #(pub #fields: f64),* }
    }
}

/// The generics of a struct of views, as they are used and as they are declared.
fn generics(fields: &[Field]) -> (TokenStream, TokenStream) {
    let views = fields.iter().any(|f| f.rank > 0);
    match (views, reals(fields)) {
        (true, true) => (quote!(<'a, R>), quote!(<'a, R: ::rnn::Real>)),
        (true, false) => (quote!(<'a>), quote!(<'a>)),
        (false, true) => (quote!(<R>), quote!(<R: ::rnn::Real>)),
        (false, false) => (quote!(), quote!()),
    }
}

pub(super) fn with_generics(name: &Ident, fields: &[Field]) -> TokenStream {
    let (generics, _) = generics(fields);
    quote!(#name #generics)
}

pub(super) fn reals(fields: &[Field]) -> bool {
    fields.iter().any(|f| !f.index)
}

pub(super) fn owned(field: &Field) -> TokenStream {
    let elem = if field.index { quote!(u32) } else { quote!(R) };
    let rank = dimensions(field.rank);
    quote!(::rnn::ndarray::Array<#elem, ::rnn::ndarray::#rank>)
}

pub(super) fn view(field: &Field) -> TokenStream {
    let elem = if field.index { quote!(u32) } else { quote!(R) };
    let rank = dimensions(field.rank);
    match field.rank {
        0 => elem,
        _ => quote!(::rnn::ndarray::ArrayView<'a, #elem, ::rnn::ndarray::#rank>),
    }
}

fn dimensions(rank: usize) -> Ident {
    match rank {
        0..=6 => format_ident!("Ix{rank}"),
        _ => format_ident!("IxDyn"),
    }
}

pub(super) fn documented(field: &Field) -> TokenStream {
    let what = format!(" {}", field.what);
    let doc = docs(&field.doc);
    match field.doc.is_empty() {
        true => quote!(#[doc = #what]),
        false => quote!(#doc #[doc = ""] #[doc = #what]),
    }
}

pub(super) fn docs(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|l| format!(" {}", l.trim()));
    quote!(#(#[doc = #lines])*)
}

/// Users depend on `rnn`, which holds the runtime.
fn through_facade(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(g) => Group::new(g.delimiter(), through_facade(g.stream())).into(),
            TokenTree::Ident(i) if i == "rnn_runtime" => Ident::new("rnn", i.span()).into(),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token,
        })
        .collect()
}

/// A name of the specification as one of Rust: `y.logits` is `y_logits`.
pub(super) fn identifier(name: &str) -> Ident {
    let name = name.replace('.', "_");
    match name.as_str() {
        "self" | "super" | "crate" | "Self" => format_ident!("{name}_"),
        name => syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site())),
    }
}

//! What a model's type does step by step: says its targets, and takes its inputs as they come.

use super::code::{Dress, Names, array, docs, documented, identifier, inputs, reals, view, with_generics};
use super::{Face, Field};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The modules of a decoder, and its plan.
#[derive(Clone, Debug)]
pub struct Steps {
    pub axis: Option<usize>,
    pub given: bool,
    /// As JSON.
    pub draws: String,
    pub parts: Vec<(&'static str, TokenStream)>,
}

/// What `generate` takes and gives.
#[derive(Clone, Debug)]
pub struct Saying {
    /// Whether what is said may start with given symbols.
    pub primed: bool,
    /// The targets that are drawn.
    pub said: Vec<Field>,
}

/// What a stream takes and gives.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// Known from the start.
    pub once: Vec<Field>,
    /// At each step.
    pub step: Vec<Field>,
    /// What a step's targets turned out to be.
    pub observed: Vec<Field>,
    pub outputs: Vec<Field>,
}

/// The hidden module of a decoder's parts: `plan()` and `parts()`.
pub(super) fn hidden(steps: &Steps, names: &Names, name: &str) -> TokenStream {
    let (module, model) = (format_ident!("{name}"), &names.model);
    let Steps {
        axis,
        given,
        draws,
        parts,
    } = steps;
    let axis = match axis {
        Some(a) => quote!(::core::option::Option::Some(#a)),
        None => quote!(::core::option::Option::None),
    };
    let modules = parts.iter().map(|(name, code)| {
        let name = format_ident!("{name}");
        quote!(pub mod #name { #code })
    });
    let fields = ["once", "start", "step", "absorb"].map(|part| {
        let field = format_ident!("{part}");
        let made = quote!(::rnn::decode::part(#field::#model::new()));
        match (part, parts.iter().any(|(name, _)| *name == part)) {
            ("step", _) => quote!(#field: #made),
            (_, true) => quote!(#field: ::core::option::Option::Some(#made)),
            (_, false) => quote!(#field: ::core::option::Option::None),
        }
    });
    quote! {
        pub mod #module {
            #(#modules)*

            pub fn plan(spec: &::rnn::ModelSpec) -> &'static ::rnn::decode::Plan {
                static PLAN: ::std::sync::OnceLock<::rnn::decode::Plan> = ::std::sync::OnceLock::new();
                PLAN.get_or_init(|| ::rnn::steps::plan(spec, #axis, #given, #draws))
            }

            pub fn parts<R: ::rnn::Real>() -> ::rnn::decode::Parts<'static, R> {
                ::rnn::decode::Parts { #(#fields),* }
            }
        }
    }
}

/// The same of a model that has errors.
pub(super) fn unfinished(name: &str) -> TokenStream {
    let module = format_ident!("{name}");
    quote! {
        pub mod #module {
            pub fn plan(_: &::rnn::ModelSpec) -> &'static ::rnn::decode::Plan { ::rnn::unfinished() }
            pub fn parts<R: ::rnn::Real>() -> ::rnn::decode::Parts<'static, R> { ::rnn::unfinished() }
        }
    }
}

/// The method `generate`, by the decoder in the hidden module `decoder`.
pub(super) fn generate(face: &Face, saying: &Saying, names: &Names, decoder: &str) -> TokenStream {
    let (module, decoder, said) = (&names.module, format_ident!("{decoder}"), &names.said);
    let generic = reals(&saying.said).then(|| quote!(<R>));
    let said_type = quote!(#said #generic);
    let fields = saying.said.iter().map(|field| {
        let (field, target) = (identifier(&field.name), (array(field), &field.name));
        let (read, target) = (target.0, target.1);
        quote!(#field: #read(::rnn::steps::said::<R>(plan, #target, &sequence)))
    });
    let fields = quote!(#(#fields,)* log_p: sequence.log_p, ended: sequence.ended);
    let made = quote! {
        let plan = #module::#decoder::plan(self.network.spec());
        let said = ::rnn::steps::say(plan, #module::#decoder::parts(), self.network.params(), &starts, search)?.into_iter();
        let one = |sequence: ::rnn::decode::Sequence| #said { #fields };
    };
    if let Some(given) = inputs(face) {
        let given = with_generics(&names.inputs, &given);
        return quote! {
            /// What the model says by itself to each of these inputs, each draw from its distribution read by the next step:
            /// `search.count` draws, or the best of a beam, of at most `length` steps. The same as of `rnnc generate`.
            ///
            /// # Errors
            /// Arrays of another shape; a beam where not one symbol a step is said.
            pub fn generate<'a>(
                &self,
                inputs: impl ::core::iter::IntoIterator<Item = #given>,
                search: &::rnn::decode::Search,
                length: usize,
            ) -> ::core::result::Result<::std::vec::Vec<::std::vec::Vec<#said_type>>, ::rnn::Error> {
                let examples = ::rnn::arrays::read(self.network.spec(), inputs)?.into_iter().zip(0..);
                let starts: ::std::vec::Vec<::rnn::decode::Start> = examples
                    .map(|(example, id)| ::rnn::decode::Start { example, id, prime: ::std::vec::Vec::new(), longest: length })
                    .collect();
                #made
                Ok(said.map(|all| all.into_iter().map(one).collect()).collect())
            }
        };
    }
    let (parameter, prime) = match saying.primed {
        true => (quote!(prime: &[u32],), quote!(prime)),
        false => (quote!(), quote!(&[])),
    };
    quote! {
        /// What the model says by itself, each draw from its distribution read by the next step: `search.count` draws, or the
        /// best of a beam, of at most `length` steps after those that are given. The same as of `rnnc generate`.
        ///
        /// # Errors
        /// A class out of range; a beam where not one symbol a step is said.
        pub fn generate(
            &self,
            #parameter
            search: &::rnn::decode::Search,
            length: usize,
        ) -> ::core::result::Result<::std::vec::Vec<#said_type>, ::rnn::Error> {
            let plan = #module::#decoder::plan(self.network.spec());
            let starts = [::rnn::decode::Start::alone(plan, #prime, length)];
            #made
            Ok(said.flatten().map(one).collect())
        }
    }
}

/// The type of what is said.
pub(super) fn said(face: &Face, saying: &Saying, names: &Names, dress: &Dress) -> TokenStream {
    let Dress {
        visibility, conditions, ..
    } = dress;
    let name = &names.said;
    let what = format!(
        " What `{}` says of itself, steps first; without the symbol that ends it.",
        face.name
    );
    let fields = arrays(&saying.said);
    let bound = reals(&saying.said).then(|| quote!(<R: ::rnn::Real>));
    quote! {
        #conditions
        #[doc = #what]
        #[derive(Clone, Debug, PartialEq)]
        #visibility struct #name #bound {
            #fields
            /// The logarithm of its probability under the model, whatever the temperature.
            pub log_p: f64,
            /// Whether it ended by itself.
            pub ended: bool,
        }
    }
}

fn arrays(fields: &[Field]) -> TokenStream {
    let fields = fields.iter().map(|field| {
        let (name, doc, ty) = (identifier(&field.name), documented(field), super::code::owned(field));
        quote!(#doc pub #name: #ty,)
    });
    quote!(#(#fields)*)
}

/// Positional arguments, and the data that they are.
fn arguments(face: &Face, fields: &[Field]) -> (TokenStream, TokenStream) {
    let parameters = fields.iter().map(|field| {
        let (name, ty) = (identifier(&field.name), view(field));
        quote!(#name: #ty)
    });
    let data = face.data.iter().map(|slot| {
        let Some(field) = fields.iter().find(|f| f.name == slot.name) else {
            return quote!(::core::option::Option::None);
        };
        let name = identifier(&field.name);
        let read = if field.index { quote!(index) } else { quote!(real) };
        let array = match field.rank {
            0 => quote!(&::rnn::ndarray::aview0(&#name)),
            _ => quote!(&#name),
        };
        quote!(::core::option::Option::Some(::rnn::arrays::#read(#array)))
    });
    (quote!(#(#parameters),*), quote!(::std::vec![#(#data),*]))
}

fn listed(what: &str, fields: &[Field]) -> TokenStream {
    let lines: Vec<String> = fields
        .iter()
        .map(|f| format!("- `{}`: {what}{}", f.name, f.what))
        .collect();
    docs(&lines)
}

/// The method `stream`.
pub(super) fn stream(face: &Face, streamed: &Streamed, names: &Names, decoder: &str) -> TokenStream {
    let (module, decoder, name) = (&names.module, format_ident!("{decoder}"), &names.stream);
    let (parameters, data) = arguments(face, &streamed.once);
    let listed = listed("", &streamed.once);
    quote! {
        /// A sequence that is to come step by step, and the states that it leads to.
        ///
        #listed
        ///
        /// # Errors
        /// Arrays of another shape.
        pub fn stream<'a>(&'a self, #parameters) -> ::core::result::Result<#name<'a, R>, ::rnn::Error> {
            let plan = #module::#decoder::plan(self.network.spec());
            let live = ::rnn::decode::Live::new(plan, #module::#decoder::parts(), self.network.params(), #data)?;
            Ok(#name { live })
        }
    }
}

/// The types of a stream and of what its steps make.
pub(super) fn streams(face: &Face, streamed: &Streamed, names: &Names, dress: &Dress) -> TokenStream {
    let Dress {
        visibility, conditions, ..
    } = dress;
    let (name, step) = (&names.stream, &names.step);
    let what = format!(" A sequence of `{}` that comes step by step.", face.name);
    let made = format!(" The outputs of one step of `{}`.", face.name);
    let outputs = arrays(&streamed.outputs);
    let bound = reals(&streamed.outputs).then(|| quote!(<R: ::rnn::Real>));
    let generic = reals(&streamed.outputs).then(|| quote!(<R>));
    let fields = streamed.outputs.iter().map(|field| {
        let (name, read) = (identifier(&field.name), array(field));
        quote!(#name: #read(outputs.next()))
    });
    let (parameters, data) = arguments(face, &streamed.step);
    let (told, targets) = arguments(face, &streamed.observed);
    let (inputs, observed) = (listed("", &streamed.step), listed("", &streamed.observed));
    let observe = (!streamed.observed.is_empty()).then(|| {
        quote! {
            /// What the targets of this step turned out to be: the next step reads them.
            ///
            #observed
            ///
            /// # Errors
            /// Arrays of another shape; there has been no step.
            pub fn observe<'a>(&mut self, #told) -> ::core::result::Result<(), ::rnn::Error> {
                self.live.observe(#targets)
            }
        }
    });
    quote! {
        #conditions
        #[doc = #what]
        #visibility struct #name<'s, R: ::rnn::Real> { live: ::rnn::decode::Live<'s, R> }

        #conditions
        #[allow(dead_code)]
        impl<R: ::rnn::Real> #name<'_, R> {
            /// One step.
            ///
            #inputs
            ///
            /// # Errors
            /// Arrays of another shape; targets of the step before that have not been observed.
            #[allow(clippy::too_many_arguments)]
            pub fn step<'a>(&mut self, #parameters) -> ::core::result::Result<#step #generic, ::rnn::Error> {
                let mut outputs = self.live.step(#data)?.into_iter();
                Ok(#step { #(#fields),* })
            }

            #observe

            /// The number of steps so far.
            pub fn steps(&self) -> usize { self.live.steps() }
        }

        #conditions
        #[doc = #made]
        #[derive(Clone, Debug, PartialEq)]
        #visibility struct #step #bound { #outputs }
    }
}

//! Some steps recorded by the interpreter, and the crate's test that repeats them.
//!
//! Outputs at each step come from a run over the whole sequence, in double precision: so the test holds the crate, the
//! streaming rewrite and the interpreter against each other. Outputs of the sequence so far come from the streaming
//! equations.

use super::Precision;
use super::interface::{Field, Interface};
use super::library::ident;
use crate::backends::interpret::{Inputs, Interpreter};
use crate::backends::stepper::Stepper;
use crate::rewrite::Streaming;
use crate::schedule::schedule;
use crate::system::{AxisKind, Data, DataId, Elem, RootKind, System};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many steps.
pub(super) const STEPS: usize = 32;

pub(super) struct Golden {
    /// Little-endian doubles, in the order in which the test takes them.
    pub(super) numbers: Vec<u8>,
    /// `tests/golden.rs`.
    pub(super) test: String,
}

pub(super) fn record(system: &System, streaming: &Streaming, interface: &Interface, params: &[f64]) -> Golden {
    let sequence = Sequence::draw(system);
    let whole = whole_sequence(system, &sequence, params);
    let mut stepper = Stepper::new(streaming, params);
    let single: Vec<f32> = params.iter().map(|&p| p as f32).collect();
    let mut coarse = Stepper::new(streaming, single);
    let mut rounding: f64 = 0.0;
    let mut numbers = Vec::new();
    let given = |fields: &[Field], t: usize| -> Vec<(DataId, Vec<f64>)> {
        fields
            .iter()
            .map(|f| (f.data, sequence.at(f.data, t).to_vec()))
            .collect()
    };
    let start = given(&interface.start, 0);
    numbers.extend(start.iter().flat_map(|(_, x)| x.iter().copied()));
    stepper.reset(&start);
    coarse.reset(&to_single(&start));
    for t in 0..STEPS {
        let inputs = given(&interface.inputs, t);
        numbers.extend(inputs.iter().flat_map(|(_, x)| x.iter().copied()));
        let streamed = stepper.step(&inputs);
        for (x, y) in coarse
            .step(&to_single(&inputs))
            .iter()
            .flatten()
            .zip(streamed.iter().flatten())
        {
            let difference = (f64::from(*x) - y).abs() / y.abs().max(1.0);
            rounding = rounding.max(if difference.is_finite() { difference } else { 0.0 });
        }
        for (output, streamed) in interface.outputs.iter().zip(&streamed) {
            match whole.get(&output.path) {
                Some(all) => {
                    let size = output.ty.size();
                    numbers.extend(&all[t * size..(t + 1) * size]);
                }
                None => numbers.extend(streamed),
            }
        }
        let targets = given(&interface.targets, t);
        numbers.extend(targets.iter().flat_map(|(_, x)| x.iter().copied()));
        stepper.observe(&targets);
        coarse.observe(&to_single(&targets));
    }
    let tolerance = tolerance(interface.precision, rounding);
    Golden {
        numbers: numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        test: super::files::pretty(test(interface, tolerance)),
    }
}

/// What the crate may differ by. A model may magnify roundings from step to step, so it is measured how far the
/// interpreter is off in single precision.
fn tolerance(precision: Precision, rounding: f64) -> f64 {
    match precision {
        Precision::F32 => (rounding * 16.0).max(1e-5),
        Precision::F64 => (rounding * 1e-6).max(1e-10),
    }
}

fn to_single(values: &[(DataId, Vec<f64>)]) -> Vec<(DataId, Vec<f32>)> {
    values
        .iter()
        .map(|(d, x)| (*d, x.iter().map(|&x| x as f32).collect()))
        .collect()
}

/// One example of every input and target.
struct Sequence {
    /// By the order of the data; those of a sequence [steps, features].
    columns: Vec<Vec<f64>>,
    sizes: Vec<usize>,
    per_step: Vec<bool>,
}

impl Sequence {
    fn draw(s: &System) -> Sequence {
        let sequence = |d: &Data| d.ty.axes.iter().any(|a| s.axis_info(a).kind == AxisKind::Sequence);
        let fixed = |d: &Data| -> usize { d.ty.axes.iter().map(|a| steps(s.axis_info(a).kind)).product() };
        let column = |(d, data): (DataId, &Data)| {
            let size = data.ty.size() * fixed(data);
            let len = size * if sequence(data) { STEPS } else { 1 };
            (0..len)
                .map(|i| element(data.ty.elem, (d.index() * 1_000_003 + i) as u64))
                .collect()
        };
        Sequence {
            columns: s.data.iter().map(column).collect(),
            sizes: s.data.iter().map(|(_, d)| d.ty.size() * fixed(d)).collect(),
            per_step: s.data.iter().map(|(_, d)| sequence(d)).collect(),
        }
    }

    fn at(&self, d: DataId, t: usize) -> &[f64] {
        let (column, size) = (&self.columns[d.index()], self.sizes[d.index()]);
        let t = if self.per_step[d.index()] { t } else { 0 };
        &column[t * size..(t + 1) * size]
    }
}

fn steps(kind: AxisKind) -> usize {
    match kind {
        AxisKind::Steps(n) => n,
        AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => 1,
    }
}

/// A number in [-1, 1) on a grid that both precisions hold, a class, or a bit.
fn element(elem: Elem, place: u64) -> f64 {
    let bits = rnn_runtime::draw::uniform(rnn_runtime::Draws::default(), 0, 0, place, 0);
    match elem {
        Elem::Real => bits * 2.0 - 1.0,
        Elem::Bit => (bits * 2.0).floor(),
        Elem::Index(n) => (bits * n as f64).floor(),
    }
}

/// The outputs that run over the sequence, by name: [steps, features].
fn whole_sequence(s: &System, sequence: &Sequence, params: &[f64]) -> BTreeMap<String, Vec<f64>> {
    let interpreter = Interpreter::new(&schedule(s.clone()));
    let length = |kind| match kind {
        AxisKind::Steps(n) => n,
        AxisKind::Sequence => STEPS,
        AxisKind::Batch | AxisKind::Tree | AxisKind::Graph => 1,
    };
    let lengths = s.axes.iter().map(|a| vec![length(a.kind)]).collect();
    let data = sequence.columns.iter().map(|c| Cow::from(c.as_slice()));
    let values = interpreter.run(&Inputs::new(params, data, lengths));
    let over_steps = |v| s.ty(v).axes.iter().any(|a| s.axis_info(a).kind == AxisKind::Sequence);
    let roots = s
        .roots
        .iter()
        .filter(|r| r.kind == RootKind::Output && over_steps(r.value));
    roots.map(|r| (r.name.clone(), values.flat(r.value).to_vec())).collect()
}

fn test(interface: &Interface, tolerance: f64) -> TokenStream {
    let (library, name) = (ident(&interface.library), ident(&interface.name));
    let take = |f: &Field| take(&f.ty);
    let reference = |f: &Field| {
        let value = take(f);
        if f.ty.is_scalar() { value } else { quote!(&#value) }
    };
    let start: Vec<TokenStream> = interface.start.iter().map(reference).collect();
    let inputs: Vec<TokenStream> = interface.inputs.iter().map(reference).collect();
    let checks = interface.outputs.iter().map(|o| {
        let (field, label) = (ident(&o.name), &o.path);
        let computed = match (o.ty.elem, o.ty.is_scalar()) {
            (Elem::Real, true) => quote!(&[f64::from(output.#field)]),
            (Elem::Real, false) => quote!(&output.#field.map(f64::from)),
            (Elem::Bit, true) => quote!(&[f64::from(output.#field)]),
            (Elem::Bit, false) => quote!(&output.#field.map(f64::from)),
            (Elem::Index(_), _) => quote!(&[output.#field as isize as f64]),
        };
        quote!(numbers.check(step, #label, #computed);)
    });
    let observe = (!interface.targets.is_empty()).then(|| {
        let targets = interface.targets.iter().map(reference);
        quote!(model.observe(#(#targets),*);)
    });
    let steps = Literal::usize_unsuffixed(STEPS);
    let tolerance = format!("{tolerance:.1e}").parse::<TokenStream>();
    let tolerance = tolerance.unwrap_or_else(|why| panic!("internal error: a number: {why}"));
    quote! {
        #![doc = " Steps of this model, recorded by the interpreter of its compiler in double precision."]
        #![allow(dead_code)]

        use #library::#name;

        #[test]
        fn steps_agree_with_the_interpreter() {
            let recording = include_bytes!("golden.bin").as_chunks::<8>().0;
            let mut numbers = Numbers(recording);
            let mut model = #name::new(#(#start),*);
            run(&mut model, &mut numbers);
            // And once more, as if nothing had been.
            let mut numbers = Numbers(recording);
            model.reset(#(#start),*);
            run(&mut model, &mut numbers);
        }

        fn run(model: &mut #name, numbers: &mut Numbers) {
            for step in 0..#steps {
                let output = model.step(#(#inputs),*);
                #(#checks)*
                #observe
            }
            assert!(numbers.0.is_empty(), "the recording is longer");
        }

        /// Relative to numbers above 1, and by what this model magnifies roundings.
        const TOLERANCE: f64 = #tolerance;

        struct Numbers(&'static [[u8; 8]]);

        impl Numbers {
            fn next(&mut self) -> f64 {
                let (first, rest) = self.0.split_first().expect("the recording is shorter");
                self.0 = rest;
                f64::from_le_bytes(*first)
            }

            fn class(&mut self) -> Option<usize> {
                let class = self.next();
                (class >= 0.0).then_some(class as usize)
            }

            fn check(&mut self, step: usize, name: &str, computed: &[f64]) {
                for (i, &x) in computed.iter().enumerate() {
                    let y = self.next();
                    let close = (x - y).abs() <= TOLERANCE * y.abs().max(1.0) || x == y || (x.is_nan() && y.is_nan());
                    assert!(close, "step {step}, {name}[{i}]: {x}, recorded {y}");
                }
            }
        }
    }
}

/// Takes one value from the recording.
fn take(ty: &crate::system::Type) -> TokenStream {
    let element = match ty.elem {
        Elem::Real => quote!(numbers.next() as _),
        Elem::Bit => quote!(numbers.next() != 0.0),
        Elem::Index(_) => return quote!(numbers.class()),
    };
    let len = Literal::usize_unsuffixed(ty.size());
    if ty.is_scalar() {
        element
    } else {
        quote!(core::array::from_fn::<_, #len, _>(|_| #element))
    }
}

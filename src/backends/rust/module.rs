//! The module of a model: its struct, its workspace, one function a region, and the calls in order.

use super::names::{KERNELS, identifier};
use super::plan::{Plan, Storage};
use super::region::{mentioned, mentions, offset_of, panels_name, region};
use super::segments::{Segmented, bounded, unbounded};
use super::space::Space;
use super::spec;
use crate::system::{Elem, RootKind, Value};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The code of one way of running the model.
pub(super) struct Run {
    pub(super) functions: TokenStream,
    pub(super) calls: TokenStream,
}

/// Names that the module has from elsewhere.
const TYPES: &[&str] = &[
    "AxisSpec",
    "Batch",
    "Call",
    "DataSpec",
    "Default",
    "Draws",
    "Formula",
    "Function",
    "Grid",
    "Init",
    "Layout",
    "MetricSpec",
    "Model",
    "ModelSpec",
    "None",
    "Option",
    "Outer",
    "OutputSpec",
    "PairScratch",
    "Pairs",
    "Panels",
    "ParamSpec",
    "R",
    "Real",
    "Rows",
    "Scratch",
    "Segments",
    "Self",
    "Slot",
    "Some",
    "Uniform",
    "Vec",
    "View",
    "Way",
];

/// The model's name as a type: `char_lm` is `CharLm`.
pub fn type_name(name: &str) -> String {
    let name = capitals(name);
    if TYPES.contains(&name.as_str()) {
        name + "Net"
    } else {
        name
    }
}

fn capitals(name: &str) -> String {
    identifier(name)
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|c| c.to_ascii_uppercase().to_string() + chars.as_str())
                .unwrap_or_default()
        })
        .collect()
}

/// With `segments`, for training and for evaluation, the model keeps to a bound of memory.
pub fn module(train: &Plan, evaluate: &Plan, segments: Option<(Option<Segmented>, Option<Segmented>)>) -> TokenStream {
    let system = &train.system;
    let model = format_ident!("{}", type_name(&system.name));
    let workspace = format_ident!("{}Workspace", model);
    let (train_buffers, evaluate_buffers) = (format_ident!("{}Training", model), format_ident!("{}Evaluation", model));
    let t = run(train, "train", &train_buffers);
    let e = run(evaluate, "evaluate", &evaluate_buffers);
    let doc = system.doc.iter().map(|d| format!(" {}", d.trim()));
    let spec = spec::spec(system, &evaluate.system);
    let gradients = gradients(train);
    let (train_metrics, evaluate_metrics) = (metrics(train), metrics(evaluate));
    let cut_evaluation = segments.as_ref().is_some_and(|(_, e)| e.is_some());
    let outputs = outputs(evaluate);
    let outputs_name = match outputs.is_empty() && !cut_evaluation {
        true => quote!(_),
        false => quote!(outputs),
    };
    let outputs = if outputs.is_empty() {
        outputs
    } else {
        quote!(if let Some(outputs) = outputs { outputs.clear(); #outputs })
    };
    let draws = |code: &TokenStream| {
        if mentions(code, "Uniform") {
            quote!(
                use rnn_runtime::draw::Uniform;
            )
        } else {
            quote!()
        }
    };
    let (functions, evaluate_functions) = (t.functions, e.functions);
    let bounded = match segments {
        Some((t, e)) => bounded(&model, (train, t.as_ref()), (evaluate, e.as_ref())),
        None => unbounded(&model, train, evaluate),
    };
    let segment_functions = &bounded.functions;
    let both = quote!(#functions #evaluate_functions #segment_functions);
    let uniform = draws(&both);
    let kernels = imports(&quote!(#both #gradients #outputs));
    let shapes = [
        "AxisSpec",
        "DataSpec",
        "Draws",
        "Init",
        "MetricSpec",
        "Model",
        "ModelSpec",
        "OutputSpec",
        "ParamSpec",
    ];
    let of_spec = mentioned(&spec, &shapes);
    let always = |name: &&str| ["Draws", "Model", "ModelSpec"].contains(name) || of_spec.contains(name);
    let shapes: Vec<Ident> = shapes
        .iter()
        .filter(|n| always(n))
        .map(|n| format_ident!("{}", n))
        .collect();
    let formulas: Vec<Ident> = mentioned(&spec, &["Formula", "Function"])
        .into_iter()
        .map(|n| format_ident!("{}", n))
        .collect();
    let segment_names = ["Layout", "Rows", "Segments", "Slot", "longest"];
    let segment_names: Vec<Ident> = mentioned(segment_functions, &segment_names)
        .into_iter()
        .map(|n| format_ident!("{}", n))
        .collect();
    let segment_names = (!segment_names.is_empty()).then(|| quote!(use rnn_runtime::segments::{#(#segment_names),*};));
    let formulas = (!formulas.is_empty()).then(|| quote!(use rnn_runtime::metric::{#(#formulas),*};));
    // A program without roots computes nothing.
    let call = |calls: &TokenStream, draws: TokenStream, unread: TokenStream| match mentions(calls, "call") {
        true => quote!(let call = Call { params, batch, draws: #draws, add: false };),
        false => unread,
    };
    let train_call = call(&t.calls, quote!(draws), quote!(let _ = (params, draws);));
    let evaluate_call = call(&e.calls, quote!(Draws::default()), quote!(let _ = params;));
    let (train_calls, evaluate_calls) = (t.calls, e.calls);
    let (in_segments, evaluate_in_segments) = (&bounded.train, &bounded.evaluate);
    let (bounded_fields, bounded_methods) = (&bounded.fields, &bounded.methods);
    let batch = match train.grids.is_empty() && evaluate.grids.is_empty() {
        true => quote!(Batch),
        false => quote!({Batch, Grid}),
    };
    quote! {
        use rnn_runtime::batch::#batch;
        #uniform
        use rnn_runtime::kernels::{#(#kernels),*};
        #formulas
        #segment_names
        use rnn_runtime::model::{#(#shapes),*};
        use rnn_runtime::real::Real;

        #(#[doc = #doc])*
        pub struct #model {
            spec: ModelSpec,
        }

        impl #model {
            pub fn new() -> #model {
                #model { spec: #spec }
            }
        }

        impl Default for #model {
            fn default() -> #model {
                #model::new()
            }
        }

        /// Buffers that are reused from batch to batch.
        #[derive(Default)]
        pub struct #workspace<R: Real> {
            train: #train_buffers<R>,
            evaluate: #evaluate_buffers<R>,
            #bounded_fields
        }

        impl<R: Real> Model<R> for #model {
            type Workspace = #workspace<R>;

            fn spec(&self) -> &ModelSpec {
                &self.spec
            }

            fn workspace(&self) -> #workspace<R> {
                #workspace::default()
            }

            fn train(
                &self,
                workspace: &mut #workspace<R>,
                params: &[R],
                gradients: &mut [R],
                batch: &Batch<R>,
                draws: Draws,
                metrics: &mut [f64],
            ) {
                #in_segments
                let w = &mut workspace.train;
                #train_call
                #train_calls
                #gradients
                #train_metrics
            }

            fn evaluate(
                &self,
                workspace: &mut #workspace<R>,
                params: &[R],
                batch: &Batch<R>,
                metrics: &mut [f64],
                #outputs_name: Option<&mut Vec<Vec<R>>>,
            ) {
                #evaluate_in_segments
                let w = &mut workspace.evaluate;
                #evaluate_call
                #evaluate_calls
                #evaluate_metrics
                #outputs
            }

            #bounded_methods
        }

        #functions
        #evaluate_functions
        #segment_functions
    }
}

/// What the code uses of the runtime's kernels.
fn imports(code: &TokenStream) -> Vec<Ident> {
    let names: Vec<&str> = ["Call"].iter().chain(KERNELS).copied().collect();
    let used = mentioned(code, &names);
    used.into_iter().map(|k| format_ident!("{}", k)).collect()
}

pub(super) fn run(plan: &Plan, prefix: &str, buffers: &Ident) -> Run {
    let mut functions = TokenStream::new();
    let mut calls = quote!(w.grow(batch););
    for i in 0..plan.stages.len() {
        let code = region(plan, i, &plan.stage_name(prefix, i), buffers);
        functions.extend(code.functions);
        let name = code.name;
        calls.extend(quote!(#name(call, w);));
    }
    let stored = || plan.buffers();
    let fields = stored().map(|(v, _)| {
        let (name, doc) = (field(plan, v), describe(plan, v));
        let ty = super::group::element_type(plan, v);
        quote!(#[doc = #doc] #name: Vec<#ty>,)
    });
    let grows = stored().map(|(v, s)| {
        let (name, n) = (field(plan, v), plan.size(v));
        let rows = match (plan.space(v), s) {
            (Space::Once, _) | (_, Storage::Row) => return quote!(grow(&mut self.#name, #n);),
            (Space::Examples, _) => quote!(batch.examples()),
            (Space::Steps(a), Storage::Whole) => {
                let a = a.0 as usize;
                quote!(batch.axes[#a].total())
            }
            (Space::Steps(a), Storage::Step) => {
                let a = a.0 as usize;
                quote!(batch.axes[#a].active(0))
            }
            (Space::Grid(outer, inner), Storage::Whole) => {
                let grid = plan.grid(outer, inner);
                quote!(self.grids[#grid].total())
            }
            (Space::Grid(outer, inner), Storage::Step) => {
                let (grid, a) = (plan.grid(outer, inner), outer.0 as usize);
                quote!(self.grids[#grid].offsets[batch.axes[#a].active(0)])
            }
        };
        match n {
            1 => quote!(grow(&mut self.#name, #rows);),
            _ => quote!(grow(&mut self.#name, #rows * #n);),
        }
    });
    let panels = (0..plan.packed.len()).map(|i| {
        let name = panels_name(plan, i);
        quote!(#name: Panels<R>,)
    });
    let scratch = if mentions(&functions, "scratch") {
        quote!(scratch: Scratch<R>,)
    } else {
        quote!()
    };
    let lays = plan.grids.iter().enumerate().map(|(i, (outer, inner))| {
        let (outer, inner) = (outer.0 as usize, inner.0 as usize);
        quote!(self.grids[#i].lay(&batch.axes[#outer], &batch.axes[#inner]);)
    });
    let grow_body: TokenStream = lays.chain(grows).collect();
    let grids = match plan.grids.len() {
        0 => quote!(),
        n => quote!(grids: [Grid; #n],),
    };
    let batch = if mentions(&grow_body, "batch") {
        quote!(batch)
    } else {
        quote!(_)
    };
    let pair_scratch = if mentions(&functions, "pair_scratch") {
        quote!(pair_scratch: PairScratch<R>,)
    } else {
        quote!()
    };
    let fields = quote!(#(#fields)* #(#panels)* #scratch #pair_scratch);
    let numbers = match mentions(&fields, "R") {
        true => quote!(),
        false => quote!(numbers: std::marker::PhantomData<R>,),
    };
    let workspace = quote! {
        #[derive(Default)]
        struct #buffers<R: Real> {
            #fields
            #grids
            #numbers
        }

        impl<R: Real> #buffers<R> {
            fn grow(&mut self, #batch: &Batch<R>) {
                #grow_body
            }
        }
    };
    Run {
        functions: quote!(#workspace #functions),
        calls,
    }
}

pub(super) fn field(plan: &Plan, v: Value) -> Ident {
    format_ident!("{}", plan.names[&v])
}

fn describe(plan: &Plan, v: Value) -> String {
    let ty = plan.system.ty(v);
    let axes: Vec<&str> = ty.axes.iter().map(|a| plan.system.axis_info(a).name.as_str()).collect();
    let name = plan.system.nodes[v]
        .origin
        .name
        .clone()
        .unwrap_or_else(|| format!("{v:?}"));
    let over = if axes.is_empty() {
        String::new()
    } else {
        format!(" over {}", axes.join(", "))
    };
    format!(" `{name}`: {:?}{over}", ty.shape)
}

pub(super) fn gradients(plan: &Plan) -> TokenStream {
    let mut code = TokenStream::new();
    for root in &plan.system.roots {
        let RootKind::Gradient(p) = root.kind else {
            continue;
        };
        let a = plan.access(root.value);
        let (from, n) = (a.offset, plan.size(root.value));
        let (from_end, to) = (from + n, offset_of(plan, p.index()));
        let to_end = to + n;
        let home = plan.home(a.base);
        let (from, from_end) = (from + home.offset, from_end + home.offset);
        let name = field(plan, plan.buffer_of(home.owner));
        code.extend(quote!(accumulate(&mut gradients[#to..#to_end], &w.#name[#from..#from_end]);));
    }
    if code.is_empty() {
        quote!(let _ = gradients;)
    } else {
        code
    }
}

pub(super) fn metrics(plan: &Plan) -> TokenStream {
    let numbers = spec::numbers(&plan.system);
    let lines = numbers.iter().enumerate().map(|(i, v)| {
        let a = plan.access(*v);
        let home = plan.home(a.base);
        let (name, offset) = (field(plan, plan.buffer_of(home.owner)), home.offset + a.offset);
        quote!(metrics[#i] = w.#name[#offset].to_f64();)
    });
    let lines: TokenStream = lines.collect();
    if lines.is_empty() {
        quote!(let _ = metrics;)
    } else {
        lines
    }
}

fn outputs(plan: &Plan) -> TokenStream {
    let mut code = TokenStream::new();
    for (_, v) in spec::outputs(&plan.system) {
        let a = plan.access(v);
        let home = plan.home(a.base);
        let name = field(plan, plan.buffer_of(home.owner));
        let (stride, offset, n) = (home.stride, home.offset + a.offset, plan.size(v));
        let rows = match plan.space(v) {
            // The same for every example.
            Space::Once => {
                let end = offset + n;
                code.extend(quote!(outputs.push(w.#name[#offset..#end].repeat(batch.examples()));));
                continue;
            }
            Space::Examples => quote!(batch.examples()),
            Space::Steps(axis) => {
                let axis = axis.0 as usize;
                quote!(batch.axes[#axis].total())
            }
            Space::Grid(outer, inner) => {
                let grid = plan.grid(outer, inner);
                quote!(w.grids[#grid].total())
            }
        };
        let mut values = match plan.system.ty(v).elem {
            Elem::Index(_) => quote!(w.#name[..#rows].iter().map(|x| number(*x)).collect()),
            Elem::Real | Elem::Bit if n == 1 && stride == 1 => quote!(w.#name[..#rows].to_vec()),
            Elem::Real | Elem::Bit if n == stride => quote!(w.#name[..#rows * #n].to_vec()),
            Elem::Real | Elem::Bit => {
                let end = offset + n;
                quote!(w.#name.chunks_exact(#stride).take(#rows).flat_map(|row| row[#offset..#end].to_vec()).collect())
            }
        };
        if let Space::Grid(outer, inner) = plan.space(v)
            && outer > inner
        {
            let grid = plan.grid(outer, inner);
            let (outer, inner) = (outer.0 as usize, inner.0 as usize);
            values = quote! {{
                let rows: Vec<R> = #values;
                w.grids[#grid].turned(&batch.axes[#outer], &batch.axes[#inner], &rows, #n)
            }};
        }
        code.extend(quote!(outputs.push(#values);));
    }
    code
}

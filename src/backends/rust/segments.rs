//! The code of a model that keeps to a bound of memory: where a batch needs more, its parts run segment by segment.

use super::memory::Footprint;
use super::module::{Run, field, gradients, metrics, run};
use super::plan::{Plan, Sums};
use super::region::mentions;
use super::space::{Space, Unsupported};
use crate::rewrite::Segments;
use crate::schedule::schedule;
use crate::system::{AxisId, DataId, Elem, RootKind, System};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The parts of a program that is cut, planned.
pub struct Segmented {
    segments: Segments,
    before: Option<Plan>,
    forward: Option<Plan>,
    between: Option<Plan>,
    backward: Option<Plan>,
    after: Plan,
}

impl Segmented {
    pub fn new(segments: Segments) -> Result<Segmented, Unsupported> {
        let axis = Some(segments.axis);
        let part = |s: &System, sums: Sums, cut: Option<AxisId>| {
            let some = (!s.roots.is_empty()).then(|| Plan::in_segments(schedule(s.clone()), sums, cut));
            some.transpose()
        };
        Ok(Segmented {
            before: part(&segments.before, Sums::AsNeeded, None)?,
            forward: part(&segments.forward, Sums::Forward, axis)?,
            between: part(&segments.between, Sums::AsNeeded, None)?,
            backward: part(&segments.backward, Sums::Backward, axis)?,
            after: Plan::new(schedule(segments.after.clone()), Sums::AsNeeded)?,
            segments,
        })
    }

    pub fn axis(&self) -> AxisId {
        self.segments.axis
    }

    fn plans(&self) -> impl Iterator<Item = (&'static str, &Plan)> {
        let once = [("before", &self.before), ("forward", &self.forward)];
        let then = [("between", &self.between), ("backward", &self.backward)];
        let some = once
            .into_iter()
            .chain(then)
            .filter_map(|(name, p)| Some((name, p.as_ref()?)));
        some.chain([("after", &self.after)])
    }
}

/// What a module has more, where its model keeps to a bound.
#[derive(Default)]
pub struct Bounded {
    /// Of the workspace.
    pub fields: TokenStream,
    /// At the start of `train` and `evaluate`.
    pub train: TokenStream,
    pub evaluate: TokenStream,
    /// Of the model, beside `train` and `evaluate`.
    pub methods: TokenStream,
    pub functions: TokenStream,
}

pub fn bounded(model: &Ident, train: (&Plan, Option<&Segmented>), evaluate: (&Plan, Option<&Segmented>)) -> Bounded {
    let workspace = format_ident!("{}Workspace", model);
    let t = way(model, "training", train);
    let e = way(model, "evaluation", evaluate);
    let (train_functions, evaluate_functions) = (t.functions, e.functions);
    let (train_field, evaluate_field) = (t.field, e.field);
    let bytes = bytes_method();
    let code = |cut: bool, code: TokenStream| if cut { code } else { quote!() };
    Bounded {
        fields: quote! {
            #train_field
            #evaluate_field
            bound: Option<usize>,
        },
        train: code(
            train.1.is_some(),
            quote! {
                if let Some(bound) = workspace.bound
                    && let Ok((Some(length), _)) = self.length_in_training(batch, bound)
                {
                    workspace.training_segments.run((params, draws), batch, length, gradients, metrics);
                    return;
                }
            },
        ),
        evaluate: code(
            evaluate.1.is_some(),
            quote! {
                if let (Some(bound), None) = (workspace.bound, &outputs)
                    && let Ok((Some(length), _)) = self.length_in_evaluation(batch, bound)
                {
                    workspace.evaluation_segments.run((params, Draws::default()), batch, length, &mut [], metrics);
                    return;
                }
            },
        ),
        methods: quote! {
            fn set_bound(&self, workspace: &mut #workspace<R>, bytes: usize) {
                workspace.bound = Some(bytes);
            }

            #bytes
        },
        functions: quote! {
            #train_functions
            #evaluate_functions
        },
    }
}

/// Of a model that keeps to no bound.
pub fn unbounded(model: &Ident, train: &Plan, evaluate: &Plan) -> Bounded {
    let way = |plan: &Plan, prefix| way(model, prefix, (plan, None)).functions;
    let (train, evaluate) = (way(train, "training"), way(evaluate, "evaluation"));
    Bounded {
        methods: bytes_method(),
        functions: quote!(#train #evaluate),
        ..Bounded::default()
    }
}

fn bytes_method() -> TokenStream {
    quote! {
        fn bytes(&self, batch: &Batch<R>, bound: usize) -> Result<usize, usize> {
            let training = self.length_in_training(batch, bound);
            let evaluation = self.length_in_evaluation(batch, bound);
            match (training, evaluation) {
                (Ok((_, a)), Ok((_, b))) => Ok(a.max(b)),
                (Err(least), Ok(_)) | (Ok(_), Err(least)) => Err(least),
                (Err(a), Err(b)) => Err(a.max(b)),
            }
        }
    }
}

struct Way {
    /// What holds the parts' buffers.
    field: TokenStream,
    functions: TokenStream,
}

fn way(model: &Ident, prefix: &str, (plain, parts): (&Plan, Option<&Segmented>)) -> Way {
    let length = format_ident!("length_in_{prefix}");
    let plain = Footprint::of(plain).code(None);
    let Some(parts) = parts else {
        return Way {
            field: quote!(),
            functions: length_function(model, &length, &plain, quote!(Err(plain))),
        };
    };
    let capital = capitalised(prefix);
    let name = format_ident!("{model}{capital}Segments");
    let mut functions = TokenStream::new();
    let mut fields = TokenStream::new();
    let mut run_part = |part: &str, plan: &Plan| -> TokenStream {
        let buffers = format_ident!("{model}{capital}{}", capitalised(part));
        let Run { functions: code, calls } = run(plan, &format!("{prefix}_{part}"), &buffers);
        functions.extend(code);
        let field = format_ident!("{part}");
        fields.extend(quote!(#field: #buffers<R>,));
        calls
    };
    let s = &parts.segments;
    let slots = s.after.data.iter().skip(s.given).map(|(_, d)| {
        let (width, index) = (d.ty.size(), matches!(d.ty.elem, Elem::Index(_)));
        let register = s.registers.iter().any(|r| s.after.data[*r].name == d.name);
        quote!(Slot { width: #width, index: #index, register: #register })
    });
    let slots: Vec<TokenStream> = slots.collect();
    let along = s
        .after
        .data
        .iter()
        .take(s.given)
        .filter(|(_, d)| d.ty.axes.contains(s.axis));
    let along: Vec<usize> = along.map(|(d, _)| d.index()).collect();
    let states: Vec<usize> = s.states.iter().map(|d| d.index()).collect();
    let axis = s.axis.0 as usize;

    let once = |calls: TokenStream, part: &str, hand_on: TokenStream| {
        let part = format_ident!("{part}");
        let call = call(&calls, quote!(false));
        quote! {{
            let w = &mut self.#part;
            let batch = &segments.batch;
            #call
            #calls
            #hand_on
        }}
    };
    let each = |calls: TokenStream, part: &str, add: TokenStream, hand_on: TokenStream| {
        let part = format_ident!("{part}");
        let call = call(&calls, add);
        quote! {
            let w = &mut self.#part;
            let batch = &segments.batch;
            #call
            #calls
            #hand_on
        }
    };
    let mut body = TokenStream::new();
    for (slot, number) in numbers(&s.starts) {
        body.extend(quote!(segments.start(#slot, #number);));
    }
    if let Some(plan) = &parts.before {
        body.extend(once(run_part("before", plan), "before", put(plan, s, false)));
    }
    if parts.forward.is_some() || !s.forward_numbers.is_empty() {
        let add = quote!(segment > 0);
        let code = parts
            .forward
            .as_ref()
            .map(|plan| each(run_part("forward", plan), "forward", add, hand_on(plan, s, true)));
        let sums = parts
            .forward
            .as_ref()
            .map(|plan| put(plan, s, true))
            .unwrap_or_default();
        let constants = hand_on_numbers(s, &s.forward_numbers);
        // The states after the last segment are not needed.
        let (last, keep) = match sums.is_empty() {
            true => (
                quote!(segments.count().saturating_sub(1)),
                quote!(segments.keep_last(batch, LAYOUT, STATES);),
            ),
            false => (quote!(segments.count()), quote!()),
        };
        body.extend(quote! {
            for segment in 0..#last {
                segments.enter(batch, segment, LAYOUT, STATES);
                #code
                #constants
            }
            #keep
            segments.leave();
        });
        if !sums.is_empty() {
            body.extend(quote! {{
                let w = &mut self.forward;
                #sums
            }});
        }
    }
    if let Some(plan) = &parts.between {
        body.extend(once(run_part("between", plan), "between", put(plan, s, false)));
    }
    if let Some(plan) = &parts.backward {
        let (hand_on, constants) = (hand_on(plan, s, false), hand_on_numbers(s, &s.backward_numbers));
        let add = quote!(segment + 1 < segments.count());
        let code = each(run_part("backward", plan), "backward", add, hand_on);
        let sums = put(plan, s, true);
        body.extend(quote! {
            for segment in (0..segments.count()).rev() {
                segments.again(batch, segment, LAYOUT, STATES);
                #code
                #constants
            }
            segments.leave();
            let w = &mut self.backward;
            #sums
        });
    }
    let calls = run_part("after", &parts.after);
    let (gradients, metrics) = (gradients(&parts.after), metrics(&parts.after));
    let results = quote!(#gradients #metrics);
    body.extend(once(calls, "after", results));

    let run = quote! {
        /// One batch, whose segments have so many steps.
        fn run(
            &mut self,
            (params, draws): (&[R], Draws),
            batch: &Batch<R>,
            length: usize,
            gradients: &mut [R],
            metrics: &mut [f64],
        ) {
            const SLOTS: &[Slot] = &[#(#slots),*];
            const LAYOUT: Layout<'static> = Layout { axis: #axis, along: &[#(#along),*], slots: SLOTS };
            const STATES: &[usize] = &[#(#states),*];
            let _ = (params, draws);
            let segments = &mut self.segments;
            segments.begin(batch, length, LAYOUT);
            #body
        }
    };
    let cut = bytes(parts).code(Some(s.axis));
    functions.extend(quote! {
        /// The buffers of each part.
        #[derive(Default)]
        struct #name<R: Real> {
            segments: Segments<R>,
            #fields
        }

        impl<R: Real> #name<R> {
            #run
        }
    });
    let longest = quote! {{
        let steps = &batch.axes[#axis];
        longest(steps, bound, |length, rows| {
            let count = steps.steps().div_ceil(length);
            let _ = (count, rows);
            #cut
        })
                .map(|(length, bytes)| (Some(length), bytes))
        .map_err(|least| least.min(plain))
    }};
    functions.extend(length_function(model, &length, &plain, longest));
    let field = format_ident!("{prefix}_segments");
    Way {
        field: quote!(#field: #name<R>,),
        functions,
    }
}

fn length_function(model: &Ident, name: &Ident, plain: &TokenStream, otherwise: TokenStream) -> TokenStream {
    quote! {
        impl #model {
            /// How long segments are that keep to a bound, none where no cut is needed; and their bytes.
            ///
            /// # Errors
            /// The least number of bytes.
            fn #name<R: Real>(&self, batch: &Batch<R>, bound: usize) -> Result<(Option<usize>, usize), usize> {
                let (real_bytes, index_bytes) = (size_of::<R>(), size_of::<u32>());
                let _ = (batch, real_bytes, index_bytes);
                let plain = #plain;
                if plain <= bound {
                    return Ok((None, plain));
                }
                #otherwise
            }
        }
    }
}

fn call(calls: &TokenStream, add: TokenStream) -> TokenStream {
    match mentions(calls, "call") {
        true => quote!(let call = Call { params, batch, draws, add: #add };),
        false => quote!(),
    }
}

fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn numbers(list: &[(DataId, f64)]) -> impl Iterator<Item = (usize, TokenStream)> {
    list.iter().map(|(d, x)| {
        let x = proc_macro2::Literal::f64_unsuffixed(*x);
        (d.index(), quote!(#x))
    })
}

/// What a part leaves in slots when it has run: values, and of a part that runs for each segment its sums.
fn put(plan: &Plan, s: &Segments, each_segment: bool) -> TokenStream {
    let mut code = TokenStream::new();
    for root in &plan.system.roots {
        let RootKind::State(slot) = root.kind else {
            continue;
        };
        if each_segment && plan.system.ty(root.value).axes.contains(s.axis) {
            continue;
        }
        let (name, rows) = rows(plan, root.value);
        let slot = slot.index();
        let count = match plan.space(root.value) {
            Space::Once => quote!(1),
            Space::Examples => quote!(segments.batch.examples()),
            Space::Steps(a) => {
                let a = a.0 as usize;
                quote!(segments.batch.axes[#a].total())
            }
            Space::Grid(..) => panic!("internal error: a grid is handed on"),
        };
        code.extend(match plan.system.ty(root.value).elem {
            Elem::Index(_) => quote!(let count = #count; segments.put_index(#slot, count, &w.#name);),
            Elem::Real | Elem::Bit => quote!(let count = #count; segments.put(#slot, count, &w.#name, #rows);),
        });
    }
    code
}

/// What a segment leaves in the registers.
fn hand_on(plan: &Plan, s: &Segments, last: bool) -> TokenStream {
    let mut code = TokenStream::new();
    for root in &plan.system.roots {
        let RootKind::State(slot) = root.kind else {
            continue;
        };
        let ty = plan.system.ty(root.value);
        if !ty.axes.contains(s.axis) {
            continue;
        }
        let (name, rows) = rows(plan, root.value);
        let slot = slot.index();
        code.extend(match ty.elem {
            Elem::Index(_) => quote!(segments.hand_on_index(#slot, #last, &w.#name);),
            Elem::Real | Elem::Bit => quote!(segments.hand_on(#slot, #last, &w.#name, #rows);),
        });
    }
    code
}

fn hand_on_numbers(s: &Segments, list: &[(DataId, f64)]) -> TokenStream {
    let lines = numbers(list).zip(list).map(|((slot, number), (d, _))| {
        let width = s.after.data[*d].ty.size();
        quote!(segments.hand_on_number(#slot, #width, #number);)
    });
    lines.collect()
}

/// Where a value lies.
fn rows(plan: &Plan, v: crate::system::Value) -> (Ident, TokenStream) {
    let a = plan.access(v);
    let home = plan.home(a.base);
    let (stride, offset, width) = (home.stride, home.offset + a.offset, plan.size(v));
    let name = field(plan, plan.buffer_of(home.owner));
    (name, quote!(Rows { stride: #stride, offset: #offset, width: #width }))
}

/// What a run in segments holds: the buffers of all parts, a segment of the data, the slots, and the states between
/// segments.
pub fn bytes(parts: &Segmented) -> Footprint {
    let s = &parts.segments;
    let mut all = Footprint::default();
    for (_, plan) in parts.plans() {
        all.add(&Footprint::of(plan));
    }
    for (i, (id, d)) in s.after.data.iter().enumerate() {
        let space = parts.after.spaces.of(&d.ty).expect("internal error: data in no space");
        all.count(space, d.ty.size(), d.ty.elem);
        if i >= s.given && s.states.contains(&id) {
            all.states(d.ty.size(), d.ty.elem);
        }
    }
    all
}

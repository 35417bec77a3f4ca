//! Prints a model as one module of Rust, specialised to its sizes: training and evaluation.
//!
//! The program is planned ([`plan`]) as matrix products, folds, and groups of row operations; each group becomes a
//! function of one row ([`group`]), each region a function of a batch ([`region`]), and the whole a module
//! ([`module`]) that implements `rnn_runtime::Model` for both precisions. The size of the code depends neither on the
//! number of steps nor on the batch.

mod access;
mod array;
mod class;
#[cfg(feature = "cli")]
mod costs;
mod element;
mod grid_loop;
mod group;
mod memory;
#[cfg(feature = "cli")]
mod memory_plan;
mod module;
mod names;
mod pairs;
mod plan;
mod prepare;
mod product;
mod recompute;
mod reductions;
mod region;
mod row_loop;
mod segments;
mod sink;
mod space;
mod spec;

#[cfg(feature = "cli")]
pub use costs::{Bound, Costs, Form, KernelCosts, Limit, RegionCosts};
#[cfg(feature = "cli")]
pub use memory::Rows;
#[cfg(feature = "cli")]
pub use memory_plan::{Amount, Buffer, Extent, Held, MemoryPlan, PackedWeights, Place, bytes};
pub use module::type_name;
pub use space::Unsupported;

use self::segments::Segmented;
use crate::rewrite;
use crate::schedule::Program;
use crate::system::{Op, RootKind, System};
use memory::Footprint;
use plan::{Plan, Sums};
use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// A model ready for a back end: one program for training, one for evaluation. Both have the same data and parameters.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its roots are the loss, the metrics and the gradients.
    pub train: Program,
    /// Its roots are the loss, the metrics and the outputs.
    pub evaluate: Program,
}

/// The model as the text of a Rust module that needs only `rnn-runtime`.
pub fn emit(compiled: &Compiled) -> Result<String, Unsupported> {
    Ok(text(compiled, tokens(compiled, false)?))
}

/// The same of a model that can keep to a bound of memory: its sequences come in segments where they must. Where they
/// cannot ([`segments`] says why), it still knows what it needs.
pub fn emit_bounded(compiled: &Compiled) -> Result<String, Unsupported> {
    Ok(text(compiled, tokens(compiled, true)?))
}

/// The same as tokens, for other code to hold.
pub fn tokens(compiled: &Compiled, bounded: bool) -> Result<TokenStream, Unsupported> {
    let train = trained(compiled.train.clone());
    let evaluate = evaluated(compiled.evaluate.clone());
    let mut numbers = evaluate.clone();
    keep(&mut numbers, |k| matches!(k, RootKind::Loss | RootKind::Metric));
    let cut = |s: &System| rewrite::segments(s).ok().map(Segmented::new).transpose();
    let parts = match bounded {
        true => Some((cut(&train.system)?, cut(&numbers.system)?)),
        false => None,
    };
    let train = Plan::new(train, Sums::AsNeeded)?;
    let evaluate = Plan::new(evaluate, Sums::Forward)?;
    Ok(without_suffixes(module::module(&train, &evaluate, parts)))
}

fn text(compiled: &Compiled, tokens: TokenStream) -> String {
    let text = tokens.to_string();
    let file =
        syn::parse_file(&text).unwrap_or_else(|e| panic!("internal error: generated code does not parse: {e}\n{text}"));
    format!("{}\n{}", header(&compiled.train.system), prettyplease::unparse(&file))
}

fn trained(mut program: Program) -> Program {
    keep(&mut program, |k| {
        matches!(k, RootKind::Loss | RootKind::Metric | RootKind::Gradient(_))
    });
    program
}

fn evaluated(mut program: Program) -> Program {
    keep(&mut program, |k| {
        matches!(k, RootKind::Loss | RootKind::Metric | RootKind::Output)
    });
    program
}

/// A gradient that is zero is not computed.
fn keep(program: &mut Program, keep: fn(RootKind) -> bool) {
    let System { roots, nodes, .. } = &mut program.system;
    roots.retain(|r| keep(r.kind) && !is_zero_gradient(&nodes[r.value].op, r.kind));
}

/// Bytes in f32, and what there are so many for each of.
pub type Terms = Vec<(String, usize)>;

/// The memory of a step of training: all sequences whole, and in segments or why not.
pub fn memory(compiled: &Compiled) -> Result<(Terms, Result<Terms, String>), Unsupported> {
    let train = trained(compiled.train.clone());
    let system = train.system.clone();
    let whole = Footprint::of(&Plan::new(train, Sums::AsNeeded)?).terms(&system, None);
    let segments = match rewrite::segments(&system) {
        Err(why) => Err(why),
        Ok(cut) => {
            let parts = Segmented::new(cut)?;
            Ok(self::segments::bytes(&parts).terms(&system, Some(parts.axis())))
        }
    };
    Ok((whole, segments))
}

/// What a step of training was planned to be and to cost, region by region, and where its values live.
#[cfg(feature = "cli")]
pub fn costs_of_training(train: Program) -> Result<Costs, Unsupported> {
    let plan = Plan::new(trained(train), Sums::AsNeeded)?;
    Ok(Costs::of(&plan, "train", true))
}

/// The same of evaluation.
#[cfg(feature = "cli")]
pub fn costs_of_evaluation(evaluate: Program) -> Result<Costs, Unsupported> {
    let plan = Plan::new(evaluated(evaluate), Sums::Forward)?;
    Ok(Costs::of(&plan, "evaluate", false))
}

/// Sizes as they are read: `quote` writes `5usize`.
fn without_suffixes(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|tree| match tree {
            TokenTree::Group(g) => Group::new(g.delimiter(), without_suffixes(g.stream())).into(),
            TokenTree::Literal(l) => match l.to_string().strip_suffix("usize").map(str::parse) {
                Some(Ok(n)) => Literal::usize_unsuffixed(n).into(),
                _ => l.into(),
            },
            TokenTree::Ident(_) | TokenTree::Punct(_) => tree,
        })
        .collect()
}

fn is_zero_gradient(op: &Op, kind: RootKind) -> bool {
    matches!((op, kind), (Op::Const(c), RootKind::Gradient(_)) if *c == 0.0)
}

fn header(system: &System) -> String {
    format!(
        "//! The model `{}`, compiled by rnnc {}.\n",
        system.name,
        env!("CARGO_PKG_VERSION")
    )
}

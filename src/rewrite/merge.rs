//! Products of several matrices with the same vector become one product of the matrices stacked.

use crate::system::graph::{Graph, live};
use crate::system::{AxisSet, Contraction, Elem, Op, Origin, ParamId, System, Value};

/// What the products of one group have in common.
#[derive(PartialEq)]
struct Key {
    operand: Value,
    /// Products on the same cycle, or on none: one that all steps can share is not drawn into a loop.
    recurrence: Option<usize>,
    trained: bool,
}

/// What a value that is made of parameters and constants only is made of.
#[derive(Clone, Copy)]
struct Made {
    trained: bool,
    first: Option<ParamId>,
}

/// Merges matrix-vector products that share their vector: the four gates of an LSTM are one product with the input and
/// one with the state. So are the columns that one index looks up in several matrices. The matrices must be made of
/// parameters only.
///
/// To be done before the adjoint is taken, whose products are then merged as well.
pub fn merge(system: System) -> System {
    let mut s = system;
    let mut groups: Vec<(Key, Vec<(Value, Value)>)> = Vec::new();
    let live = live(&s);
    let made_of = made_of(&s);
    let recurrence = recurrences(&s, &live);
    for v in live {
        let Some((matrix, operand)) = product(&s, v) else {
            continue;
        };
        let (Some(Made { trained, .. }), None) = (made_of[matrix.index()], made_of[operand.index()]) else {
            continue;
        };
        let key = Key {
            operand,
            recurrence: recurrence[v.index()],
            trained,
        };
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, products)) => products.push((v, matrix)),
            None => groups.push((key, vec![(v, matrix)])),
        }
    }
    for (key, mut products) in groups.into_iter().filter(|(_, p)| p.len() > 1) {
        // In the order of the parameters, so that gates stand in one order whatever their products are with.
        products.sort_by_key(|(_, w)| made_of[w.index()].map(|m| m.first));
        let span = s.nodes[products[0].0].origin.span;
        let x = stacked(
            &mut s,
            &products,
            key.operand,
            &Origin {
                span,
                ..Origin::default()
            },
        );
        let mut start = 0;
        for (v, w) in products {
            let len = s.ty(w).shape[0];
            s.nodes[v].op = Op::Slice { x, start, len };
            start += len;
        }
    }
    s
}

/// The matrix and the operand, if `v` is the product of a matrix with a vector, or with the vector that an index
/// stands for: a column.
fn product(s: &System, v: Value) -> Option<(Value, Value)> {
    if let Op::Contract { a, b, spec, over } = s.op(v)
        && *spec == Contraction::mat_vec()
        && over.is_empty()
    {
        return Some((*a, *b));
    }
    if let Op::Gather { table, index } = s.op(v)
        && let Op::Transpose(matrix) = s.op(*table)
    {
        return Some((*matrix, *index));
    }
    None
}

/// The product of all the matrices, one under the other, with what they share.
fn stacked(s: &mut System, products: &[(Value, Value)], operand: Value, origin: &Origin) -> Value {
    let matrices = products.iter().map(|(_, w)| *w).collect();
    let matrix = s.push(Op::Concat(matrices), origin.clone());
    if let Elem::Index(_) = s.ty(operand).elem {
        let table = s.push(Op::Transpose(matrix), origin.clone());
        return s.push(Op::Gather { table, index: operand }, origin.clone());
    }
    let (spec, over) = (Contraction::mat_vec(), AxisSet::EMPTY);
    s.push(
        Op::Contract {
            a: matrix,
            b: operand,
            spec,
            over,
        },
        origin.clone(),
    )
}

/// For every node that is made of parameters and constants only, of which.
fn made_of(s: &System) -> Vec<Option<Made>> {
    let mut out: Vec<Option<Made>> = vec![None; s.nodes.len()];
    // Arguments stand before their uses in a simplified system, save for shifts, which have axes.
    for (v, node) in s.nodes.iter() {
        out[v.index()] = match &node.op {
            Op::Param(p) => Some(Made {
                trained: s.params[*p].trained,
                first: Some(*p),
            }),
            Op::Const(_) => Some(Made {
                trained: false,
                first: None,
            }),
            Op::Data(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training
            | Op::Equal(_)
            | Op::Shift { .. } => None,
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Select { .. }
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Reshape(_)
            | Op::Transpose(_)
            | Op::Fold { .. }
            | Op::ArgMax(_)
            | Op::OneHot(_)
            | Op::Spread(_)
            | Op::Reduce { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Rename { .. }
            | Op::Contract { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_) => node.op.args().iter().map(|a| out[a.index()]).reduce(both).flatten(),
        };
    }
    out
}

fn both(a: Option<Made>, b: Option<Made>) -> Option<Made> {
    let (a, b) = (a?, b?);
    Some(Made {
        trained: a.trained || b.trained,
        first: a.first.into_iter().chain(b.first).min(),
    })
}

/// For every node, the cycle it is on.
fn recurrences(s: &System, live: &[Value]) -> Vec<Option<usize>> {
    let mut out = vec![None; s.nodes.len()];
    for (i, c) in Graph::new(s).components(live, &|_, _| true).iter().enumerate() {
        if c.cyclic {
            c.members.iter().for_each(|v| out[v.index()] = Some(i));
        }
    }
    out
}

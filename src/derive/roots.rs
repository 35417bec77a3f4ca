//! The gradients by the trained parameters, as roots.

use super::builder::Builder;
use crate::system::{AxisSet, Op, Origin, ParamId, Root, RootKind, System, Type, Value, verify};

/// The system with a `Gradient` root for every trained parameter, as `gradients` finds them from the loss and the
/// parameters' values; zeros where it finds none. A system without a `Loss` root stays as it is.
pub(super) fn with_gradients(
    s: &System,
    gradients: impl FnOnce(&mut System, Value, &[Value]) -> Vec<Option<Value>>,
) -> System {
    let mut s = s.clone();
    let Some(loss) = s.root(RootKind::Loss) else {
        return s;
    };
    let trained: Vec<ParamId> = s.params.iter().filter(|(_, p)| p.trained).map(|(id, _)| id).collect();
    let values: Vec<Value> = trained.iter().map(|p| only_value(&mut s, *p)).collect();
    let found = gradients(&mut s, loss, &values);
    for (p, gradient) in trained.into_iter().zip(found) {
        let (name, span) = (s.params[p].name.clone(), s.params[p].span);
        let ty = Type::real(&s.params[p].shape.clone(), AxisSet::EMPTY);
        let origin = Origin {
            name: Some(format!("d({name})")),
            span,
            call: None,
        };
        let value = gradient.unwrap_or_else(|| Builder { s: &mut s, origin }.zeros(&ty));
        s.roots.push(Root {
            kind: RootKind::Gradient(p),
            name,
            value,
        });
    }
    if cfg!(debug_assertions) {
        verify(&s).unwrap_or_else(|why| panic!("internal error: gradients: {why}"));
    }
    s
}

/// The one node that reads a parameter.
fn only_value(s: &mut System, p: ParamId) -> Value {
    let nodes: Vec<Value> = s.nodes.ids().filter(|v| *s.op(*v) == Op::Param(p)).collect();
    match nodes[..] {
        [] => s.push(Op::Param(p), Origin::default()),
        [first, ref others @ ..] => {
            others.iter().for_each(|v| s.nodes[*v].op = Op::Equal(first));
            first
        }
    }
}

//! Lets a model take its inputs as they are measured, where it was trained on standardised ones.

use crate::system::{Binary, DataId, DataRole, Init, Op, Origin, Param, System, Type, Value};

/// The mean and the standard deviation of the features of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub input: String,
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

/// Every `x` that has a scale becomes `(x - mean) / std`, and the two new parameters, not trained; their values follow
/// those of the other parameters in the order of `scales`.
pub fn rescale(system: System, scales: &[Scale]) -> (System, Vec<f64>) {
    let mut s = system;
    let mut values = Vec::new();
    for scale in scales {
        let input = |s: &System, d: DataId| s.data[d].name == scale.input && s.data[d].role == DataRole::Input;
        let reads = |s: &System, v: &Value| matches!(s.op(*v), Op::Data(d) if input(s, *d));
        let uses: Vec<Value> = s.nodes.ids().filter(|v| reads(&s, v)).collect();
        let Some(&first) = uses.first() else { continue };
        let ty = s.ty(first).clone();
        let mut constant = |name: &str, numbers: &[f64]| {
            let param = s.params.push(Param {
                name: format!("{}.{name}", scale.input),
                shape: ty.shape.clone(),
                init: Init::Zeros,
                trained: false,
                span: None,
            });
            values.extend(numbers);
            s.push_typed(
                Op::Param(param),
                Type::real(&ty.shape, Default::default()),
                Origin::default(),
            )
        };
        let (mean, std) = (constant("mean", &scale.mean), constant("std", &scale.std));
        let raw = s.push_typed(s.op(first).clone(), ty.clone(), Origin::default());
        let centred = s.push_typed(Op::Binary(Binary::Sub, raw, mean), ty.clone(), Origin::default());
        let scaled = s.push_typed(Op::Binary(Binary::Div, centred, std), ty, Origin::default());
        for v in uses {
            s.nodes[v].op = Op::Equal(scaled);
        }
    }
    (s, values)
}

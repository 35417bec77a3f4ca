//! The shape of a model as the runtime sees it.

use crate::system::{AxisId, AxisKind, AxisSet, Binary, DataRole, Elem, Formula, Init, RootKind, System, Unary};
use rnn_runtime::ModelSpec;
use rnn_runtime::metric::{Formula as FormulaSpec, Function};
use rnn_runtime::model::{AxisSpec, DataSpec, Init as InitSpec, MetricSpec, OutputSpec, ParamSpec};

/// Of a training or an evaluation system: parameters flat in the arena's order; the loss before the metrics.
pub fn model_spec(system: &System) -> ModelSpec {
    let axes = system.axes.iter().map(|a| AxisSpec {
        name: a.name.clone(),
        steps: match a.kind {
            AxisKind::Batch => Some(1),
            AxisKind::Steps(n) => Some(n),
            AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => None,
        },
        like: a.like.map(|a| a.0 as usize),
    });
    let data = system.data.iter().map(|(_, d)| DataSpec {
        name: d.name.clone(),
        target: d.role == DataRole::Target,
        classes: classes(d.ty.elem),
        shape: d.ty.shape.clone(),
        axes: without_batch(d.ty.axes),
    });
    let mut end = 0;
    let params = system.params.iter().map(|(_, p)| {
        let offset = end;
        end += p.shape.iter().product::<usize>();
        ParamSpec {
            name: p.name.clone(),
            shape: p.shape.clone(),
            init: init(&p.init),
            trained: p.trained,
            offset,
        }
    });
    let of = |kind: RootKind| system.roots.iter().filter(move |r| r.kind == kind);
    let outputs = of(RootKind::Output).map(|r| {
        let ty = system.ty(r.value);
        OutputSpec {
            name: r.name.clone(),
            classes: classes(ty.elem),
            shape: ty.shape.clone(),
            axes: without_batch(ty.axes),
        }
    });
    let metrics = system.metrics.iter().map(|m| MetricSpec {
        name: m.name.clone(),
        formula: formula(&m.formula),
    });
    ModelSpec {
        name: system.name.clone(),
        axes: axes.collect(),
        data: data.collect(),
        params: params.collect(),
        metrics: metrics.collect(),
        numbers: of(RootKind::Loss).chain(of(RootKind::Metric)).count(),
        outputs: outputs.collect(),
    }
}

/// The arithmetic of a metric as the runtime does it.
pub fn formula(f: &Formula) -> FormulaSpec {
    let apply = |function, args: &[&Formula]| FormulaSpec::Apply(function, args.iter().map(|a| formula(a)).collect());
    match f {
        Formula::Number(x) => FormulaSpec::Number(*x),
        Formula::Total(n) => FormulaSpec::Total(*n),
        Formula::Mean(n, axes) => FormulaSpec::Mean(*n, without_batch(*axes)),
        Formula::Unary(op, x) => {
            let function = match op {
                Unary::Neg => Function::Neg,
                Unary::Exp => Function::Exp,
                Unary::Log => Function::Log,
                Unary::Sqrt => Function::Sqrt,
                Unary::Abs => Function::Abs,
                other => panic!("internal error: {other:?} in the arithmetic of a metric"),
            };
            apply(function, &[x])
        }
        Formula::Binary(op, a, b) => {
            let function = match op {
                Binary::Add => Function::Add,
                Binary::Sub => Function::Sub,
                Binary::Mul => Function::Mul,
                Binary::Div => Function::Div,
                Binary::Max => Function::Max,
                Binary::Min => Function::Min,
                Binary::Pow => Function::Pow,
                other => panic!("internal error: {other:?} in the arithmetic of a metric"),
            };
            apply(function, &[a, b])
        }
    }
}

fn classes(elem: Elem) -> Option<usize> {
    match elem {
        Elem::Index(n) => Some(n),
        Elem::Real | Elem::Bit => None,
    }
}

fn without_batch(axes: AxisSet) -> Vec<usize> {
    axes.without(AxisId::BATCH).iter().map(|a| a.0 as usize).collect()
}

fn init(init: &Init) -> InitSpec {
    match *init {
        Init::Zeros => InitSpec::Zeros,
        Init::Const(c) => InitSpec::Const(c),
        Init::Uniform { low, high } => InitSpec::Uniform { low, high },
        Init::Normal { mean, std } => InitSpec::Normal { mean, std },
        Init::Glorot => InitSpec::Glorot,
        Init::He => InitSpec::He,
        Init::Lecun => InitSpec::Lecun,
        Init::Orthogonal => InitSpec::Orthogonal,
        Init::Identity(scale) => InitSpec::Identity(scale),
    }
}

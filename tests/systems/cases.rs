//! Small systems that between them hold every operation on the way from a parameter to the loss.

use super::*;

/// A name and how to build the system of that name.
pub struct Case {
    pub name: String,
    pub system: System,
    /// Whether examples of no steps make sense.
    pub empty: bool,
}

pub fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    let mut case = |name: &str, build: &dyn Fn(&mut Build)| {
        let mut b = Build::new(name);
        build(&mut b);
        out.push(Case {
            name: name.into(),
            system: b.s,
            empty: !name.contains("max over t"),
        });
    };
    case("Neg", &|b| {
        let a = some(b, "a");
        let y = b.unary(Unary::Neg, a);
        // Or the square would take the sign away.
        let y = b.unary(Unary::Exp, y);
        b.square_loss(y);
    });
    for f in [
        Unary::Exp,
        Unary::Abs,
        Unary::Sin,
        Unary::Cos,
        Unary::Tanh,
        Unary::Sigmoid,
        Unary::Softplus,
        Unary::Relu,
    ] {
        case(&format!("{f:?}"), &|b| {
            let a = some(b, "a");
            let y = b.unary(f, a);
            b.square_loss(y);
        });
    }
    for f in [Unary::Log, Unary::Sqrt] {
        case(&format!("{f:?}"), &|b| {
            let a = positive(b, "a");
            let y = b.unary(f, a);
            b.square_loss(y);
        });
    }
    for f in [Binary::Add, Binary::Sub, Binary::Mul, Binary::Max, Binary::Min] {
        case(&format!("{f:?}"), &|b| {
            let (p, q) = (some(b, "p"), some(b, "q"));
            let y = b.binary(f, p, q);
            b.square_loss(y);
        });
    }
    for f in [Binary::Div, Binary::Pow] {
        case(&format!("{f:?}"), &|b| {
            let (p, q) = (positive(b, "p"), positive(b, "q"));
            let y = b.binary(f, p, q);
            b.square_loss(y);
        });
    }
    case("scalars and fewer axes broadcast", &|b| {
        let a = some(b, "a");
        let (scalar, vector) = (b.param("scalar", &[]), b.param("vector", &[4]));
        let y = b.mul(scalar, a);
        let y = b.add(y, vector);
        let y = b.binary(Binary::Sub, scalar, y);
        b.square_loss(y);
    });
    case("piecewise constant", &|b| {
        let a = some(b, "a");
        let (sign, floor) = (b.unary(Unary::Sign, a), b.unary(Unary::Floor, a));
        let y = b.mul(sign, a);
        let y = b.add(y, floor);
        let most = b.push(Op::ArgMax(a));
        let one = b.push(Op::OneHot(most));
        let y = b.add(y, one);
        b.square_loss(y);
    });
    case("select", &|b| {
        let (p, q) = (some(b, "p"), some(b, "q"));
        let scalar = b.param("scalar", &[]);
        let cond = b.binary(Binary::Lt, p, q);
        let y = b.push(Op::Select {
            cond,
            yes: p,
            no: scalar,
        });
        let y = b.mul(y, q);
        b.square_loss(y);
    });
    case("what is not selected may be infinite", &|b| {
        let (p, w) = (some(b, "p"), b.param("w", &[4]));
        let zero = b.constant(0.0);
        let negative = b.binary(Binary::Lt, p, zero);
        let clipped = b.binary(Binary::Max, p, zero);
        let root = b.unary(Unary::Sqrt, clipped);
        let root = b.mul(root, w);
        let y = b.push(Op::Select {
            cond: negative,
            yes: p,
            no: root,
        });
        b.square_loss(y);
    });
    case("features", &|b| {
        let (p, q) = (some(b, "p"), b.param("q", &[2]));
        let y = b.push(Op::Concat(vec![p, q, p]));
        let (head, tail) = (
            b.push(Op::Slice { x: y, start: 1, len: 4 }),
            b.push(Op::Slice { x: y, start: 3, len: 6 }),
        );
        let padded = b.push(Op::Pad {
            x: head,
            start: 1,
            len: 6,
        });
        let y = b.mul(padded, tail);
        let ty = Type::real(&[2, 3], b.over_t());
        let m = b.s.push_typed(Op::Reshape(y), ty, Origin::default());
        let weight = b.param("weight", &[3, 2]);
        let m = b.push(Op::Transpose(m));
        let y = b.mul(m, weight);
        b.square_loss(y);
    });
    case("spread", &|b| {
        let (scalar, vector) = (b.param("scalar", &[]), b.param("vector", &[4]));
        let ty = Type::real(&[4], b.over_t());
        let p = b.s.push_typed(Op::Spread(scalar), ty.clone(), Origin::default());
        let q = b.s.push_typed(Op::Spread(vector), ty, Origin::default());
        let (p, q) = (b.shift(p, 1, None), b.shift(q, -1, None));
        let y = b.mul(p, q);
        b.square_loss(y);
    });
    case("fold", &|b| {
        let a = some(b, "a");
        let (sum, most) = (b.sum_features(a), b.push(Op::Fold { fold: Fold::Max, x: a }));
        let y = b.mul(sum, most);
        b.mean_loss(y);
    });
    case("sum over axes", &|b| {
        let a = some(b, "a");
        let (t, batch) = (AxisSet::of(&[b.t]), AxisSet::BATCH);
        let each = b.sum_over(a, t);
        let y = b.mul(each, a);
        let all = b.sum_over(y, t);
        let mean = b.sum_over(all, batch);
        let y = b.mul(mean, each);
        b.square_loss(y);
    });
    case("max over t", &|b| {
        let a = some(b, "a");
        let t = AxisSet::of(&[b.t]);
        let each = b.push(Op::Reduce {
            fold: Fold::Max,
            x: a,
            axes: t,
        });
        let all = b.push(Op::Reduce {
            fold: Fold::Max,
            x: each,
            axes: AxisSet::BATCH,
        });
        let y = b.mul(each, all);
        b.square_loss(y);
    });
    for by in [1, -1, 3, -2] {
        case(&format!("shift by {by}"), &|b| {
            let (a, init) = (some(b, "a"), b.param("init", &[4]));
            let x = b.param("x", &[4]);
            let first = b.shift(a, by, None);
            let second = b.shift(a, by, Some(init));
            let same = b.shift(x, by, Some(init));
            let y = b.mul(first, second);
            let y = b.add(y, same);
            let y = b.mul(y, a);
            b.square_loss(y);
        });
        case(&format!("edge by {by}"), &|b| {
            let a = some(b, "a");
            let axis = b.t;
            let edge = b.push(Op::Edge { x: a, axis, by });
            let y = b.mul(edge, a);
            let again = b.shift(y, by, Some(edge));
            let y = b.mul(again, a);
            b.square_loss(y);
        });
    }
    case("reverse", &|b| {
        let a = some(b, "a");
        let axis = b.t;
        let turned = b.push(Op::Reverse { x: a, axis });
        let y = b.mul(turned, a);
        let past = b.shift(turned, 1, None);
        let y = b.mul(y, past);
        b.square_loss(y);
    });
    for (name, x, y, out) in [
        ("outer", &[0][..], &[1][..], &[0, 1][..]),
        ("dot", &[0], &[0], &[]),
        ("elementwise", &[0], &[0], &[0]),
        ("transposed outer", &[0], &[1], &[1, 0]),
    ] {
        case(&format!("contract: {name}"), &|b| {
            let (p, q) = (some(b, "p"), some(b, "q"));
            let (t, none) = (AxisSet::of(&[b.t]), AxisSet::EMPTY);
            let spec = Contraction::new(x, y, out);
            let each = b.push(Op::Contract {
                a: p,
                b: q,
                spec: spec.clone(),
                over: none,
            });
            let at_once = b.push(Op::Contract {
                a: p,
                b: q,
                spec,
                over: t,
            });
            let y = b.mul(each, at_once);
            if b.s.ty(y).is_scalar() {
                b.mean_loss(y)
            } else {
                b.square_loss(y)
            }
        });
    }
    case("contract: matrices, over axes of one argument", &|b| {
        let (w, x) = (b.param("w", &[2, 4]), some(b, "x"));
        let over = AxisSet::of(&[B, b.t]);
        let total = b.push(Op::Contract {
            a: w,
            b: x,
            spec: Contraction::mat_vec(),
            over,
        });
        let v = b.param("v", &[4, 3]);
        let matrix = b.push(Op::Contract {
            a: w,
            b: v,
            spec: Contraction::new(&[0, 1], &[1, 2], &[2, 0]),
            over: AxisSet::EMPTY,
        });
        let transposed = b.push(Op::Contract {
            a: matrix,
            b: total,
            spec: Contraction::new(&[0, 1], &[1], &[0]),
            over: AxisSet::EMPTY,
        });
        b.square_loss(transposed);
    });
    case("gather and scatter", &|b| {
        let (s, table) = (b.symbol("s", 5), b.param("table", &[5, 4]));
        let past = b.shift(s, 1, None);
        let (row, old) = (
            b.push(Op::Gather { table, index: s }),
            b.push(Op::Gather { table, index: past }),
        );
        let y = b.mul(row, old);
        let y = b.unary(Unary::Sin, y);
        let y = b.add(y, row);
        let sums = b.push(Op::Scatter {
            x: y,
            index: s,
            rows: 5,
        });
        let bias = b.param("bias", &[4]);
        let fixed = b.push(Op::Scatter {
            x: bias,
            index: past,
            rows: 5,
        });
        let sums = b.mul(sums, fixed);
        let y = b.push(Op::Gather {
            table: sums,
            index: past,
        });
        b.square_loss(y);
    });
    case("pick and place", &|b| {
        let (s, a) = (b.symbol("s", 4), some(b, "a"));
        let vector = b.param("vector", &[4]);
        let past = b.shift(s, 1, None);
        let (now, old) = (
            b.push(Op::Pick { x: a, index: s }),
            b.push(Op::Pick { x: vector, index: past }),
        );
        let y = b.mul(now, old);
        let y = b.push(Op::Place {
            x: y,
            index: past,
            len: 4,
        });
        let scalar = b.param("scalar", &[]);
        let placed = b.push(Op::Place {
            x: scalar,
            index: s,
            len: 4,
        });
        let y = b.add(y, placed);
        let y = b.mul(y, a);
        b.square_loss(y);
    });
    case("stop", &|b| {
        let (p, q) = (some(b, "p"), some(b, "q"));
        let (p, p2) = (b.push(Op::Stop(p)), q);
        // The stopped factor is no parameter's, or the finite differences would see it.
        let x = b.input("x", &[4]);
        let x = b.push(Op::Stop(x));
        let y = b.mul(x, p2);
        let zero = b.constant(0.0);
        let nothing = b.mul(p, zero);
        let y = b.add(y, nothing);
        b.square_loss(y);
    });
    case("lstm", &|b| {
        let x = b.input("x", &[3]);
        let h = b.lstm("h", x, 4, 1);
        b.square_loss(h);
    });
    case("two layers, both directions", &|b| {
        let x = b.input("x", &[3]);
        let (f, g) = (b.lstm("f", x, 3, 1), b.lstm("b", x, 3, -1));
        let both = b.push(Op::Concat(vec![f, g]));
        let h = b.lstm("h", both, 2, 1);
        let axis = b.t;
        let last = b.push(Op::Edge { x: h, axis, by: -1 });
        let y = b.affine("y", 3, &[last]);
        b.square_loss(y);
    });
    case("a reversed lstm on reversed input", &|b| {
        let x = b.input("x", &[3]);
        let axis = b.t;
        let turned = b.push(Op::Reverse { x, axis });
        let h = b.lstm("h", turned, 4, 1);
        let y = b.push(Op::Reverse { x: h, axis });
        let y = b.mul(y, y);
        b.square_loss(y);
    });
    case("skips of lags 1 and 3 with inits", &|b| {
        let x = b.input("x", &[3]);
        let (h0, h1) = (b.param("h0", &[4]), b.param("h1", &[4]));
        let h = b.later(&[4]);
        let (near, far) = (b.shift(h, 1, Some(h0)), b.shift(h, 3, Some(h1)));
        let a = b.affine("h", 4, &[x, near, far]);
        let v = b.unary(Unary::Tanh, a);
        b.define(h, v);
        b.square_loss(v);
    });
    case("a clock that holds its value", &|b| {
        let x = b.input("x", &[3]);
        let h = b.later(&[4]);
        let past = b.shift(h, 1, None);
        let a = b.affine("h", 4, &[x, past]);
        let new = b.unary(Unary::Tanh, a);
        let zero = b.constant(0.0);
        let sum = b.sum_features(x);
        let cond = b.binary(Binary::Lt, zero, sum);
        let v = b.push(Op::Select {
            cond,
            yes: new,
            no: past,
        });
        b.define(h, v);
        b.square_loss(v);
    });
    case("softmax cross-entropy of a character model", &|b| {
        let s = b.symbol("s", 5);
        let table = b.param("table", &[5, 3]);
        let past = b.shift(s, 1, None);
        let x = b.push(Op::Gather { table, index: past });
        let h = b.lstm("h", x, 4, 1);
        let logits = b.affine("y", 5, &[h]);
        let nll = cross_entropy(b, logits, s);
        b.mean_loss(nll);
    });
    case("layer norm", &|b| {
        let a = some(b, "a");
        let (gain, n) = (b.param("gain", &[4]), b.constant(4.0));
        let sum = b.sum_features(a);
        let mean = b.binary(Binary::Div, sum, n);
        let d = b.binary(Binary::Sub, a, mean);
        let square = b.mul(d, d);
        let sum = b.sum_features(square);
        let variance = b.binary(Binary::Div, sum, n);
        let small = b.constant(1e-3);
        let variance = b.add(variance, small);
        let deviation = b.unary(Unary::Sqrt, variance);
        let y = b.binary(Binary::Div, d, deviation);
        let y = b.mul(gain, y);
        let cube = b.mul(y, y);
        let cube = b.mul(cube, y);
        b.square_loss(cube);
    });
    case("dropout", &|b| {
        let a = some(b, "a");
        let ty = Type::real(&[4], b.over_t());
        let draw = b.s.push_typed(Op::Draw { stream: 3 }, ty, Origin::default());
        let half = b.constant(0.5);
        let cond = b.binary(Binary::Lt, draw, half);
        let zero = b.constant(0.0);
        let y = b.push(Op::Select { cond, yes: a, no: zero });
        b.square_loss(y);
    });
    case("a mean by each example's length", &|b| {
        let a = some(b, "a");
        let (t, axis) = (AxisSet::of(&[b.t]), b.t);
        let sum = b.sum_over(a, t);
        let length = b.push(Op::Length(axis));
        let one = b.constant(1.0);
        let length = b.binary(Binary::Max, length, one);
        let mean = b.binary(Binary::Div, sum, length);
        b.square_loss(mean);
    });
    case("a decoder that starts where the encoder ends", &|b| {
        let x = b.input("x", &[3]);
        let enc = b.lstm("enc", x, 4, 1);
        let (t, axis) = (b.t, b.s.axis("s", AxisKind::Sequence));
        let last = b.push(Op::Edge {
            x: enc,
            axis: t,
            by: -1,
        });
        let ty = Type::real(&[2], AxisSet::of(&[B, axis]));
        let z = b.data("z", ty);
        let ty = Type::real(&[4], AxisSet::of(&[B, axis]));
        let d = b.s.push_typed(Op::Equal(z), ty, Origin::default());
        let past = b.push(Op::Shift {
            x: d,
            axis,
            by: 1,
            init: Some(last),
        });
        let a = b.affine("d", 4, &[z, past]);
        let v = b.unary(Unary::Tanh, a);
        b.define(d, v);
        b.square_loss(v);
    });
    case("every step under a second name, up to each", &|b| {
        let (x, z) = (some(b, "x"), some(b, "z"));
        let (t, axis) = (b.t, b.s.axis("s", AxisKind::Sequence));
        b.s.axes[axis.0 as usize].like = Some(t);
        let other = b.push(Op::Rename {
            x: z,
            from: t,
            to: axis,
        });
        let (here, there) = (b.push(Op::Position(t)), b.push(Op::Position(axis)));
        let cond = b.binary(Binary::Le, there, here);
        let both = b.mul(x, other);
        let zero = b.constant(0.0);
        let yes = b.mul(both, there);
        let admitted = b.push(Op::Select { cond, yes, no: zero });
        let sum = b.sum_over(admitted, AxisSet::of(&[axis]));
        b.square_loss(sum);
    });
    case("a recurrence inside each step of another", &|b| {
        let x = b.input("x", &[3]);
        let axis = b.s.axis("k", AxisKind::Steps(3));
        let over = AxisSet::of(&[B, b.t, axis]);
        let ty = Type::real(&[3], over);
        let outer = b.later(&[3]);
        let start = b.shift(outer, 1, None);
        let inner = b.s.push_typed(Op::Equal(x), ty, Origin::default());
        let past = b.push(Op::Shift {
            x: inner,
            axis,
            by: 1,
            init: Some(start),
        });
        let a = b.affine("z", 3, &[x, past]);
        let z = b.unary(Unary::Tanh, a);
        b.define(inner, z);
        let last = b.push(Op::Edge { x: z, axis, by: -1 });
        b.define(outer, last);
        b.square_loss(last);
    });
    case("attention", &|b| {
        let x = b.input("x", &[3]);
        let (q, a) = (b.affine("q", 4, &[x]), b.affine("k", 4, &[x]));
        let over = AxisSet::of(&[b.t]);
        let spec = Contraction::new(&[0], &[0], &[]);
        let each = b.push(Op::Contract {
            a: q,
            b: a,
            spec,
            over: AxisSet::EMPTY,
        });
        let e = b.unary(Unary::Exp, each);
        let norm = b.sum_over(e, over);
        let small = b.constant(1e-2);
        let norm = b.add(norm, small);
        let weight = b.binary(Binary::Div, e, norm);
        let spec = Contraction::new(&[], &[0], &[0]);
        let y = b.push(Op::Contract {
            a: weight,
            b: a,
            spec,
            over,
        });
        b.square_loss(y);
    });
    case("a parameter that nothing needs", &|b| {
        let a = some(b, "a");
        b.param("idle", &[3]);
        b.square_loss(a);
    });
    out
}

/// A vector of 4 over `t` that depends on parameters.
fn some(b: &mut Build, name: &str) -> Value {
    let x = b.input(&format!("{name}.x"), &[3]);
    b.affine(name, 4, &[x])
}

fn positive(b: &mut Build, name: &str) -> Value {
    let a = some(b, name);
    let y = b.unary(Unary::Softplus, a);
    let away = b.constant(0.3);
    b.add(y, away)
}

fn cross_entropy(b: &mut Build, logits: Value, target: Value) -> Value {
    let most = b.push(Op::Fold {
        fold: Fold::Max,
        x: logits,
    });
    let most = b.push(Op::Stop(most));
    let away = b.binary(Binary::Sub, logits, most);
    let e = b.unary(Unary::Exp, away);
    let sum = b.sum_features(e);
    let log = b.unary(Unary::Log, sum);
    let log = b.add(log, most);
    let right = b.push(Op::Pick {
        x: logits,
        index: target,
    });
    b.binary(Binary::Sub, log, right)
}

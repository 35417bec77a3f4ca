//! Random systems: of every kind of operation, with a recurrence, and small values.

use super::*;
use rnnc::system::signature;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// A random system with eight outputs, whose values stay small. Constants that rules look for come often.
pub fn random_system(seed: u64) -> System {
    let mut r = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let mut b = Build::new("random");
    let axes = b.over_t();
    let x = b.input("x", &[4]);
    let y = b.input("y", &[2]);
    let s = b.symbol("s", 4);
    let mut pool = vec![x, y];
    for (name, shape) in [("p", &[4][..]), ("q", &[]), ("w", &[4, 2]), ("v", &[2, 4])] {
        pool.push(b.param(name, shape));
    }
    for c in [0.0, 1.0, -1.0, 0.5, 2.0] {
        pool.push(b.constant(c));
        let shape = r.of(&[vec![4], vec![2]]);
        let c = *pool.last().unwrap();
        pool.push(b.s.push_typed(Op::Spread(c), Type::real(&shape, AxisSet::EMPTY), Origin::default()));
    }
    let state = b.later(&[4]);
    pool.push(b.shift(state, 1, None));
    let mut bits = Vec::new();
    for _ in 0..40 {
        let v = random_op(&mut b, &mut r, &pool, &bits, s, axes);
        let Some(v) = v else { continue };
        if b.s.ty(v).elem == Elem::Bit {
            bits.push(v);
            continue;
        }
        // Sines keep the values small without hiding the operation from its readers.
        if r.below(3) == 0 {
            pool.push(b.unary(Unary::Sin, v))
        } else {
            pool.push(v)
        }
    }
    let over_all = |b: &mut Build, v: Value| {
        let ty = Type {
            axes,
            ..b.s.ty(v).clone()
        };
        b.s.push_typed(Op::Spread(v), ty, Origin::default())
    };
    let mut new = x;
    let fitting: Vec<Value> = pool
        .iter()
        .rev()
        .copied()
        .filter(|v| b.s.ty(*v).shape == [4])
        .take(2)
        .collect();
    for v in fitting {
        new = b.mul(new, v);
    }
    let new = b.unary(Unary::Sin, new);
    let new = over_all(&mut b, new);
    b.define(state, new);
    for (k, &v) in pool.iter().rev().take(8).enumerate() {
        b.root(RootKind::Output, &format!("y{k}"), v);
    }
    b.root(RootKind::Output, "state", new);
    b.s
}

/// None where the operation drawn does not fit the arguments drawn.
fn random_op(b: &mut Build, r: &mut Random, pool: &[Value], bits: &[Value], s: Value, axes: AxisSet) -> Option<Value> {
    // Rules look at operations on operations, so what is new is read more often.
    let recent = &pool[pool.len() - pool.len().min(5)..];
    let (from, to) = (r.of(&[recent, pool]), r.of(&[recent, pool]));
    let (p, q) = (r.of(from), r.of(to));
    let ty = b.s.ty(p).clone();
    let rows = ty.shape.first().copied();
    let t = b.t;
    let in_t = ty.axes.contains(t);
    let op = match r.below(24) {
        22 | 23 => Op::Unary(Unary::Neg, p),
        0..=4 => {
            let all = [
                Binary::Add,
                Binary::Add,
                Binary::Sub,
                Binary::Mul,
                Binary::Mul,
                Binary::Max,
                Binary::Min,
            ];
            Op::Binary(r.of(&all), p, q)
        }
        5 => Op::Unary(r.of(&[Unary::Neg, Unary::Tanh, Unary::Abs, Unary::Relu]), p),
        6 => Op::Binary(r.of(&[Binary::Lt, Binary::Le, Binary::Eq]), p, q),
        7 => Op::Select {
            cond: *bits.last()?,
            yes: p,
            no: q,
        },
        8 => {
            let (p, q, again) = (r.of(bits_or(bits)?), r.of(bits_or(bits)?), r.below(2) == 0);
            if again {
                Op::Unary(Unary::Not, p)
            } else {
                Op::Binary(r.of(&[Binary::And, Binary::Or]), p, q)
            }
        }
        9 => Op::Concat(vec![p, q]),
        10 | 11 => {
            let (start, len) = (r.below(rows?), 1 + r.below(rows?));
            Op::Slice {
                x: p,
                start,
                len: len.min(rows? - start),
            }
        }
        12 | 13 => {
            let (start, len) = (r.below(3), rows? + 2);
            Op::Pad { x: p, start, len }
        }
        14 => Op::Transpose(p),
        15 => Op::Fold {
            fold: r.of(&[Fold::Sum, Fold::Max]),
            x: p,
        },
        16 => {
            let ty = Type { axes, ..ty };
            return Some(b.s.push_typed(Op::Spread(p), ty, Origin::default()));
        }
        17 if in_t => Op::Reduce {
            fold: Fold::Sum,
            x: p,
            axes: AxisSet::of(&[t]),
        },
        18 => Op::Shift {
            x: p,
            axis: t,
            by: r.of(&[1, -1, 2]),
            init: None,
        },
        19 if in_t && r.below(2) == 0 => Op::Reverse { x: p, axis: t },
        19 if in_t => Op::Edge {
            x: p,
            axis: t,
            by: r.of(&[1, -1]),
        },
        20 => {
            let spec = match (ty.shape.len(), b.s.ty(q).shape.len()) {
                (2, 1) => r.of(&[
                    Contraction::new(&[3, 1], &[1], &[3]),
                    Contraction::new(&[1, 3], &[1], &[3]),
                ]),
                (1, 1) => Contraction::new(&[0], &[0], &[]),
                _ => return None,
            };
            Op::Contract {
                a: p,
                b: q,
                spec,
                over: AxisSet::EMPTY,
            }
        }
        21 => r.of(&[Op::Pick { x: p, index: s }, Op::Place { x: p, index: s, len: 4 }]),
        _ => return None,
    };
    signature::infer(&b.s, &op).ok()?;
    Some(b.push(op))
}

fn bits_or(bits: &[Value]) -> Option<&[Value]> {
    (!bits.is_empty()).then_some(bits)
}

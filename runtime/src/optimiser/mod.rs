//! Update rules over the flat arena of parameters, learning-rate schedules, clipping.

pub mod clip;
mod rules;
pub mod schedule;

use crate::model::ModelSpec;
use crate::real::Real;
use crate::regime::Optimizer;
use std::ops::Range;

/// An update rule and what it remembers.
#[derive(Clone, Debug)]
pub struct Optimiser<R> {
    rule: Optimizer,
    trained: Vec<Range<usize>>,
    /// Each as long as the arena; zero at first.
    memory: Vec<Vec<R>>,
    /// Updates made so far.
    updates: u64,
}

impl<R: Real> Optimiser<R> {
    pub fn new(rule: &Optimizer, spec: &ModelSpec) -> Optimiser<R> {
        Optimiser {
            rule: rule.clone(),
            trained: trained(spec),
            memory: vec![vec![R::ZERO; spec.param_len()]; names(rule).len()],
            updates: 0,
        }
    }

    /// One update of the trained parameters, in place.
    pub fn update(&mut self, lr: f64, params: &mut [R], gradients: &[R]) {
        self.updates += 1;
        for range in &self.trained {
            let (p, g) = (&mut params[range.clone()], &gradients[range.clone()]);
            match (&self.rule, &mut self.memory[..]) {
                (Optimizer::Sgd(_), _) => rules::sgd(lr, p, g),
                (Optimizer::Momentum(s), [v]) => rules::momentum(lr, s, p, g, &mut v[range.clone()]),
                (Optimizer::Nesterov(s), [v]) => rules::nesterov(lr, s, p, g, &mut v[range.clone()]),
                (Optimizer::Rmsprop(s), [v]) => rules::rmsprop(lr, s, p, g, &mut v[range.clone()]),
                (Optimizer::Adagrad(s), [v]) => rules::adagrad(lr, s, p, g, &mut v[range.clone()]),
                (Optimizer::Adam(s), [m, v]) => {
                    rules::adam(lr, s, self.updates, p, g, &mut m[range.clone()], &mut v[range.clone()]);
                }
                (Optimizer::Adamw(s), [m, v]) => {
                    rules::adamw(lr, s, self.updates, p, g, &mut m[range.clone()], &mut v[range.clone()]);
                }
                (rule, memory) => panic!("internal error: {} with {} memories", rule.name(), memory.len()),
            }
        }
    }

    /// What the rule remembers, under names that stay the same.
    pub fn state(&self) -> impl Iterator<Item = (&'static str, &[R])> {
        names(&self.rule)
            .iter()
            .copied()
            .zip(self.memory.iter().map(Vec::as_slice))
    }

    /// The parts of the arena that it updates.
    pub fn trained(&self) -> &[Range<usize>] {
        &self.trained
    }

    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Goes on from a state that [`Optimiser::state`] gave.
    pub fn restore(&mut self, updates: u64, mut read: impl FnMut(&'static str, &mut [R])) {
        self.updates = updates;
        for (name, values) in names(&self.rule).iter().zip(&mut self.memory) {
            read(name, values);
        }
    }
}

/// The trained parts of the arena, neighbours joined.
pub fn trained(spec: &ModelSpec) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for param in spec.params.iter().filter(|p| p.trained) {
        let range = param.offset..param.offset + param.len();
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    ranges
}

fn names(rule: &Optimizer) -> &'static [&'static str] {
    match rule {
        Optimizer::Sgd(_) => &[],
        Optimizer::Momentum(_) | Optimizer::Nesterov(_) => &["velocity"],
        Optimizer::Rmsprop(_) | Optimizer::Adagrad(_) => &["square"],
        Optimizer::Adam(_) | Optimizer::Adamw(_) => &["mean", "square"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Init, ParamSpec};
    use crate::regime::{Adagrad, Adam, Adamw, Momentum, Rmsprop, Sgd};

    fn spec() -> ModelSpec {
        let param = |name: &str, trained, offset| ParamSpec {
            name: name.into(),
            shape: vec![1],
            init: Init::Zeros,
            trained,
            offset,
        };
        ModelSpec {
            params: vec![
                param("a", true, 0),
                param("fixed", false, 1),
                param("b", true, 2),
                param("c", true, 3),
            ],
            ..ModelSpec::default()
        }
    }

    /// The first parameter after gradients 1 and then -0.5, from 2.
    fn two_updates(rule: Optimizer) -> f64 {
        let mut optimiser = Optimiser::new(&rule, &spec());
        let mut params = [2.0f64; 4];
        for g in [1.0, -0.5] {
            optimiser.update(rule.lr(), &mut params, &[g; 4]);
        }
        assert_eq!((params[1], params[0], params[0]), (2.0, params[2], params[3]));
        params[0]
    }

    #[test]
    fn neighbours_are_joined() {
        assert_eq!(trained(&spec()), [0..1, 2..4]);
    }

    #[test]
    fn values_worked_by_hand() {
        let close = |rule: Optimizer, want: f64| {
            let name = rule.name();
            let got = two_updates(rule);
            assert!((got - want).abs() < 1e-14, "{name}: {got}, not {want}");
        };
        let lr = 0.1;
        let momentum = || Momentum { lr, momentum: 0.9 };
        close(Optimizer::Sgd(Sgd { lr }), 2.0 - 0.1 + 0.05);
        // v: 1, 0.4
        close(Optimizer::Momentum(momentum()), 2.0 - 0.1 - 0.04);
        // g + 0.9 v: 1.9, -0.14
        close(Optimizer::Nesterov(momentum()), 2.0 - 0.19 + 0.014);
        // v: 0.1, 0.115
        let rmsprop = 2.0 - lr / (0.1f64.sqrt() + 1e-8) + 0.05 / (0.115f64.sqrt() + 1e-8);
        close(
            Optimizer::Rmsprop(Rmsprop {
                lr,
                ..Rmsprop::default()
            }),
            rmsprop,
        );
        // s: 1, 1.25
        let adagrad = 2.0 - lr / (1.0 + 1e-10) + 0.05 / (1.25f64.sqrt() + 1e-10);
        close(Optimizer::Adagrad(Adagrad { lr, eps: 1e-10 }), adagrad);
        // m: 0.1, 0.04; v: 0.001, 0.001249
        let second = lr * (0.04 / 0.19) / ((0.001249f64 / 0.001999).sqrt() + 1e-8);
        let first = lr / (1.0 + 1e-8);
        close(Optimizer::Adam(Adam { lr, ..Adam::default() }), 2.0 - first - second);
        let decayed = (2.0 * (1.0 - lr * 0.01) - first) * (1.0 - lr * 0.01) - second;
        close(Optimizer::Adamw(Adamw { lr, ..Adamw::default() }), decayed);
    }

    #[test]
    fn a_restored_optimiser_goes_on_exactly() {
        let rule = Optimizer::Adam(Adam::default());
        let mut a = Optimiser::<f32>::new(&rule, &spec());
        let mut p = [0.5; 4];
        a.update(0.1, &mut p, &[0.3, 0.2, 0.1, 0.7]);
        let mut b = Optimiser::<f32>::new(&rule, &spec());
        let saved: Vec<(&str, Vec<f32>)> = a.state().map(|(n, v)| (n, v.to_vec())).collect();
        let mut read = saved.iter();
        b.restore(a.updates(), |name, values| {
            let (saved_name, saved) = read.next().unwrap();
            assert_eq!(name, *saved_name);
            values.copy_from_slice(saved);
        });
        let mut q = p;
        a.update(0.1, &mut p, &[-0.3; 4]);
        b.update(0.1, &mut q, &[-0.3; 4]);
        assert_eq!(p, q);
    }
}

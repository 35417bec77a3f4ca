//! One update of parameters `p` by gradients `g`, for each rule.

use crate::math::double::powf;
use crate::real::Real;
use crate::regime::{Adagrad, Adam, Adamw, Momentum, Rmsprop};

/// `p -= lr g`
pub(super) fn sgd<R: Real>(lr: f64, p: &mut [R], g: &[R]) {
    let lr = R::of(lr);
    for (p, &g) in p.iter_mut().zip(g) {
        *p -= lr * g;
    }
}

/// `v = momentum v + g; p -= lr v` (Polyak 1964)
pub(super) fn momentum<R: Real>(lr: f64, s: &Momentum, p: &mut [R], g: &[R], v: &mut [R]) {
    let (lr, mu) = (R::of(lr), R::of(s.momentum));
    for ((p, &g), v) in p.iter_mut().zip(g).zip(v) {
        *v = mu * *v + g;
        *p -= lr * *v;
    }
}

/// `v = momentum v + g; p -= lr (g + momentum v)` (Nesterov 1983, as in Sutskever, Martens, Dahl & Hinton 2013)
pub(super) fn nesterov<R: Real>(lr: f64, s: &Momentum, p: &mut [R], g: &[R], v: &mut [R]) {
    let (lr, mu) = (R::of(lr), R::of(s.momentum));
    for ((p, &g), v) in p.iter_mut().zip(g).zip(v) {
        *v = mu * *v + g;
        *p -= lr * (g + mu * *v);
    }
}

/// `v = decay v + (1 - decay) g^2; p -= lr g / (sqrt(v) + eps)` (Tieleman & Hinton 2012)
pub(super) fn rmsprop<R: Real>(lr: f64, s: &Rmsprop, p: &mut [R], g: &[R], v: &mut [R]) {
    let (lr, decay, fresh, eps) = (R::of(lr), R::of(s.decay), R::of(1.0 - s.decay), R::of(s.eps));
    for ((p, &g), v) in p.iter_mut().zip(g).zip(v) {
        *v = decay * *v + fresh * g * g;
        *p -= lr * g / (v.sqrt() + eps);
    }
}

/// `v += g^2; p -= lr g / (sqrt(v) + eps)` (Duchi, Hazan & Singer 2011)
pub(super) fn adagrad<R: Real>(lr: f64, s: &Adagrad, p: &mut [R], g: &[R], v: &mut [R]) {
    let (lr, eps) = (R::of(lr), R::of(s.eps));
    for ((p, &g), v) in p.iter_mut().zip(g).zip(v) {
        *v += g * g;
        *p -= lr * g / (v.sqrt() + eps);
    }
}

/// `m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;`
/// `p -= lr (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + eps)` in update `n` (Kingma & Ba 2015)
pub(super) fn adam<R: Real>(lr: f64, s: &Adam, n: u64, p: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    let (b1, c1, b2, c2) = (
        R::of(s.beta1),
        R::of(1.0 - s.beta1),
        R::of(s.beta2),
        R::of(1.0 - s.beta2),
    );
    let lr = R::of(lr / (1.0 - powf(s.beta1, n as f64)));
    let scale = R::of(1.0 / (1.0 - powf(s.beta2, n as f64)).sqrt());
    let eps = R::of(s.eps);
    for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        *m = b1 * *m + c1 * g;
        *v = b2 * *v + c2 * g * g;
        *p -= lr * *m / (v.sqrt() * scale + eps);
    }
}

/// `p -= lr decay p`, then as [`adam`] (Loshchilov & Hutter 2019)
pub(super) fn adamw<R: Real>(lr: f64, s: &Adamw, n: u64, p: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    let keep = R::of(1.0 - lr * s.decay);
    for p in p.iter_mut() {
        *p *= keep;
    }
    let &Adamw {
        lr: _,
        beta1,
        beta2,
        eps,
        decay: _,
    } = s;
    adam(lr, &Adam { lr, beta1, beta2, eps }, n, p, g, m, v);
}

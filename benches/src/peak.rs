//! What the machine could do at most: fused multiply-adds on registers.

use crate::busy_seconds;
use std::hint::black_box;

const LANES: usize = 16;
const TURNS: usize = 200_000;

/// Additions and multiplications a second: ten chains of one vector each hide the latency of four.
pub fn peak() -> f64 {
    let factor = black_box([0.999_999f32; LANES]);
    let start: [f32; LANES] = black_box([1.0; LANES]);
    let add = |x: &mut [f32; LANES]| {
        for (x, f) in x.iter_mut().zip(&factor) {
            *x = if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                x.mul_add(*f, *f)
            } else {
                *x * f + f
            };
        }
    };
    let (mut a, mut b, mut c, mut d, mut e) = (start, start, start, start, start);
    let (mut f, mut g, mut h, mut i, mut j) = (start, start, start, start, start);
    let clock = busy_seconds();
    for _ in 0..TURNS {
        add(&mut a);
        add(&mut b);
        add(&mut c);
        add(&mut d);
        add(&mut e);
        add(&mut f);
        add(&mut g);
        add(&mut h);
        add(&mut i);
        add(&mut j);
    }
    black_box([a, b, c, d, e, f, g, h, i, j]);
    2.0 * (LANES * 10 * TURNS) as f64 / (busy_seconds() - clock)
}

/// Says so where the machine's vector instructions were not asked for.
pub fn warn_of_the_build() {
    if !cfg!(target_feature = "avx2") && cfg!(target_arch = "x86_64") {
        eprintln!("built without the machine's vector instructions: set RUSTFLAGS=\"-C target-cpu=native\"");
    }
}

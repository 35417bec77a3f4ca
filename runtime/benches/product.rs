//! Products of the char model's sizes, in GFLOP/s of one thread: `cargo bench -p rnn-runtime --bench product`.

use rnn_runtime::kernels::{Panels, Scratch, View, product};
use std::time::Instant;

fn best(flops: f64, mut f: impl FnMut()) -> f64 {
    (0..7)
        .map(|_| {
            let start = Instant::now();
            f();
            flops / start.elapsed().as_secs_f64() / 1e9
        })
        .fold(0.0, f64::max)
}

fn main() {
    println!("A [m, k] by packed B [k, n]");
    for (m, n, k) in [
        (1, 1024, 256),
        (16, 1024, 256),
        (50, 1024, 256),
        (50, 256, 1024),
        (5000, 1024, 256),
        (5000, 65, 256),
        (5000, 256, 1024),
    ] {
        let (a, b) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
        let mut c = vec![0.0; m * n];
        let mut panels = Panels::default();
        panels.pack(View::new(&b, n, 1), k, n);
        let times = 20_000_000_000 / (2 * m * n * k * 20) + 1;
        let rate = best((2 * m * n * k * times) as f64, || {
            for _ in 0..times {
                panels.product(m, View::new(&a, k, 1), &mut c, n, false);
            }
        });
        println!("{m:5} {n:5} {k:5} {rate:7.1}");
    }
    println!("A^T [m, k] by B [k, n], packed on the way");
    for (m, n, k) in [(1024, 256, 5000), (1024, 64, 5000), (65, 256, 5000), (256, 256, 100)] {
        let (a, b) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
        let mut c = vec![0.0; m * n];
        let mut scratch = Scratch::default();
        let times = 20_000_000_000 / (2 * m * n * k * 20) + 1;
        let rate = best((2 * m * n * k * times) as f64, || {
            for _ in 0..times {
                product(
                    &mut scratch,
                    (m, n, k),
                    View::new(&a, 1, m),
                    View::new(&b, n, 1),
                    &mut c,
                    false,
                );
            }
        });
        println!("{m:5} {n:5} {k:5} {rate:7.1}");
    }
}

//! Simplification against the interpreter: random systems, as they are and simplified, have the same values.
#![cfg(feature = "cli")]

mod systems;

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::rewrite::{simplify, unreverse};
use rnnc::schedule::schedule;
use rnnc::system::{Elem, System, causality, text, verify};
use systems::random::random_system;

fn outputs(s: &System) -> Vec<Vec<f64>> {
    let lengths = vec![vec![1; 3], vec![4, 1, 0]];
    let number = |k: usize| ((k * 7919) % 13) as f64 / 6.5 - 1.0;
    let params: Vec<f64> = (0..4 + 1 + 8 + 8).map(number).collect();
    let data: Vec<Vec<f64>> = s
        .data
        .iter()
        .map(|(id, d)| match d.ty.elem {
            Elem::Index(n) => (0..5).map(|k| (k % n) as f64).collect(),
            Elem::Real | Elem::Bit => (0..5 * d.ty.size()).map(|k| number(k + 5 * id.index())).collect(),
        })
        .collect();
    let interpreter = Interpreter::new(&schedule(s.clone()));
    let values = interpreter.run(&Inputs::new(params, data.iter().map(|d| d.into()), lengths));
    let s = &interpreter.program().system;
    s.roots.iter().map(|r| values.flat(r.value).to_vec()).collect()
}

#[test]
fn random_systems_keep_their_values() {
    let mut tried = 0;
    for seed in 0..600 {
        let plain = random_system(seed);
        verify(&plain).unwrap();
        // The state may be read where no schedule could have it.
        if !causality::check(&plain).is_empty() {
            continue;
        }
        tried += 1;
        let simple = simplify(plain.clone());
        let turned = simplify(unreverse(plain.clone()));
        let expected = outputs(&plain);
        for (what, s) in [("simplified", &simple), ("unreversed", &turned)] {
            for (k, (found, expected)) in outputs(s).iter().zip(&expected).enumerate() {
                assert_eq!(found.len(), expected.len());
                let close = |a: &f64, b: &f64| (a - b).abs() <= 1e-11 * b.abs().max(1.0) || a == b;
                assert!(
                    found.iter().zip(expected).all(|(a, b)| close(a, b)),
                    "seed {seed}: {what}: root {k}\n{found:?}\n{expected:?}\n{}\n{}",
                    text::print(&plain),
                    text::print(s),
                );
            }
        }
        assert!(simple.nodes.len() <= plain.nodes.len(), "seed {seed}");
        assert_eq!(
            text::print(&simplify(simple.clone())),
            text::print(&simple),
            "seed {seed}"
        );
    }
    assert!(tried > 100, "{tried} systems are too few");
}

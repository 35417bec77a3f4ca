//! Steps of this model, recorded by the interpreter of its compiler in double precision.
#![allow(dead_code)]

use counting::Counting;

#[test]
fn steps_agree_with_the_interpreter() {
    let recording = include_bytes!("golden.bin").as_chunks::<8>().0;
    let mut numbers = Numbers(recording);
    let mut model = Counting::new();
    run(&mut model, &mut numbers);
    let mut numbers = Numbers(recording);
    model.reset();
    run(&mut model, &mut numbers);
}

fn run(model: &mut Counting, numbers: &mut Numbers) {
    for step in 0..32 {
        let output = model.step(numbers.class());
        numbers.check(step, "legal.logits", &output.legal_logits.map(f64::from));
    }
    assert!(numbers.0.is_empty(), "the recording is longer");
}

/// Relative to numbers above 1, and by what this model magnifies roundings.
const TOLERANCE: f64 = 1.0e-5;

struct Numbers(&'static [[u8; 8]]);

impl Numbers {
    fn next(&mut self) -> f64 {
        let (first, rest) = self.0.split_first().expect("the recording is shorter");
        self.0 = rest;
        f64::from_le_bytes(*first)
    }

    fn class(&mut self) -> Option<usize> {
        let class = self.next();
        (class >= 0.0).then_some(class as usize)
    }

    fn check(&mut self, step: usize, name: &str, computed: &[f64]) {
        for (i, &x) in computed.iter().enumerate() {
            let y = self.next();
            let close = (x - y).abs() <= TOLERANCE * y.abs().max(1.0) || x == y
                || (x.is_nan() && y.is_nan());
            assert!(close, "step {step}, {name}[{i}]: {x}, recorded {y}");
        }
    }
}

//! `rnnc check --explain`: every `tests/explain/NAME.rnn` is told as the text beside it. `BLESS=1 cargo test --test
//! explain` writes the texts anew.

mod common;

use rnnc::driver::explain::{Explanation, explain, text};
use std::path::Path;

fn of(text: &str) -> Explanation {
    explain(&common::system(text, &[]))
}

#[test]
fn every_model_is_told_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut specs: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e == "rnn")).collect();
    specs.sort();
    let mut wrong = Vec::new();
    for path in specs {
        let told = text(&of(&std::fs::read_to_string(&path).unwrap()));
        let expected = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&expected, &told).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("other than in {}:\n{told}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The number of arithmetic operations agrees with a count by hand.
#[test]
fn costs_are_those_of_the_equations() {
    let e = of(
        "model m { input x: [3] over t; target y: [2] over t; h: [5] = tanh(affine(x, h[t-1])); y ~ normal(affine(h), 1); }",
    );
    let row = e.costs.rows.iter().find(|r| r.over == ["t"]).unwrap();
    // Two products, two sums and a tanh for h; one product and one sum for the mean.
    let products = 2 * (5 * 3 + 5 * 5 + 2 * 5);
    assert!(
        (products + 3 * 5 + 2..products + 60).contains(&row.forward.flops),
        "{row:?}"
    );
    // The derivative by the weights and by the state: two products for each, but none by the input.
    assert!(row.backward.flops >= 2 * products - 2 * 5 * 3, "{row:?}");
    assert_eq!(e.trained, 5 * 3 + 5 * 5 + 5 + 2 * 5 + 2);
}

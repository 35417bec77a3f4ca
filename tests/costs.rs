//! `rnnc emit --stage program --costs`: every `tests/costs/NAME.rnn` is told as the text beside it. `BLESS=1 cargo test
//! --test costs` writes the texts anew.

mod common;

use rnnc::backends::rust::{Compiled, Costs, Extent, KernelCosts, costs_of_evaluation, costs_of_training, memory};
use rnnc::driver::{compile, costs};
use std::path::{Path, PathBuf};

fn specs() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/costs");
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut specs: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e == "rnn")).collect();
    specs.sort();
    specs
        .into_iter()
        .map(|p| (p.clone(), std::fs::read_to_string(p).unwrap()))
        .collect()
}

const ATTENTION: &str = "model attention(n = 6) {
    input x: [n] over s;
    target y: [n] over t;
    e = gru(n)(x);
    d = gru(n)(y[t-1]);
    c = additive_attention(d, e, e, n: n, over: s);
    y ~ normal(affine(d, c), 1);
}";

fn of(text: &str) -> Costs {
    costs_of_training(compile::training(&common::system(text, &[]))).unwrap()
}

#[test]
fn every_plan_is_told_as_written() {
    let mut wrong = Vec::new();
    for (path, text) in specs() {
        let told = costs::text(&of(&text));
        let expected = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&expected, &told).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("other than in {}:\n{told}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the plan says buffers take is what the generated code says of a batch; and no less than what lives at once.
#[test]
fn the_plan_of_memory_adds_up_to_what_training_reports() {
    let specs = specs().into_iter().map(|(_, text)| text);
    for text in specs.chain([ATTENTION.to_string()]) {
        let system = common::system(&text, &[]);
        let compiled = Compiled {
            train: compile::training(&system),
            evaluate: compile::evaluation(&system),
        };
        let (reported, _) = memory(&compiled).unwrap();
        for costs in [of(&text), costs_of_evaluation(compile::evaluation(&system)).unwrap()] {
            let m = &costs.memory;
            let told: Vec<_> = m.total.iter().map(|a| (a.each.clone(), a.bytes)).collect();
            assert!(told == reported || !costs.trains, "{told:?}");
            let extent = Extent {
                examples: 3,
                steps: 7,
                inner: 5,
            };
            let buffers: usize = m.buffers.iter().map(|b| b.rows.count(extent) * b.bytes).sum();
            let packed: usize = m.packed.iter().map(|p| p.bytes).sum();
            assert_eq!(m.bytes(extent), buffers + packed);
            assert!(
                m.live
                    .iter()
                    .all(|l| m.total.iter().any(|t| t.each == l.each && t.bytes >= l.bytes))
            );
        }
    }
}

/// By hand: an LSTM multiplies its input by four matrices and its state by four.
#[test]
fn products_are_counted_and_merged() {
    let costs =
        of(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/costs/lstm.rnn")).unwrap());
    let scan = costs
        .regions
        .iter()
        .find(|r| r.scan.as_ref().is_some_and(|s| s.forward))
        .unwrap();
    let work = scan.work.iter().find(|w| w.each == "each step of t").unwrap();
    assert_eq!(work.work.products, 2 * 4 * 8 * 8);
    assert_eq!(work.work.functions, 5 * 8, "three sigmoids and two tanh");
    let product = scan.kernels.iter().find_map(|k| match k {
        KernelCosts::Product { merged, columns, .. } => Some((*merged, *columns)),
        KernelCosts::Rows { .. } | KernelCosts::Fold { .. } => None,
    });
    assert_eq!(product, Some((4, 32)));
}

/// Features of all pairs of steps are computed again where the derivative reads them, rather than stored for every pair.
#[test]
fn what_is_recomputed_is_said() {
    let costs = of(ATTENTION);
    let again = costs.regions.iter().flat_map(|r| &r.kernels).any(|k| match k {
        KernelCosts::Rows { recomputed, .. } => recomputed.contains(&"c_hidden".to_string()),
        KernelCosts::Product { .. } | KernelCosts::Fold { .. } => false,
    });
    assert!(again, "{}", costs::text(&costs));
}

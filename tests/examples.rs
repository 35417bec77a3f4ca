//! The specifications in `examples/`: every model and regime is right, every gradient is that of the loss.
#![cfg(feature = "cli")]

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::driver::gradcheck::{Settings, gradcheck};
use rnnc::driver::load::{Loaded, load};
use rnnc::driver::regime::{self, Changes};
use rnnc::driver::{compile, data, models};
use rnnc::schedule::Region;
use rnnc::system::{RootKind, System};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

fn specs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut specs: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "rnn")).collect();
    specs.sort();
    specs
}

fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file)
}

fn loaded(path: &Path) -> Loaded {
    let loaded = load(path).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
    assert!(loaded.diagnostics.is_empty(), "{}", path.display());
    loaded
}

/// Each regime's model as it trains it. Sizes that data bind are small where the data are not drawn.
fn systems(path: &Path) -> Vec<(String, System)> {
    let loaded = loaded(path);
    let mut systems = Vec::new();
    for block in regime::blocks(&loaded) {
        let mut found = Default::default();
        let chosen = regime::regime(block, &loaded, &Changes::default(), &mut found).unwrap();
        let chosen = chosen.unwrap_or_else(|| panic!("{}: {found:?}", path.display()));
        let item = models::choose(&loaded, Some(&block.model.name)).unwrap();
        // Small, so that the check is quick.
        let given = item.sizes.iter().filter(|s| s.name.name == "n");
        let given: Vec<(String, f64)> = given.map(|s| (s.name.name.clone(), 4.0)).collect();
        let mut dataset = chosen.regime.data.task().map(|_| {
            let declared = data::declared(item, &given);
            data::open(&chosen, &loaded, &declared, None).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()))
        });
        let known = match &dataset {
            Some(dataset) => data::sizes(dataset.as_ref()),
            None => models::free(item, &given)
                .iter()
                .map(|s| (s.name.clone(), 7.0))
                .collect(),
        };
        let sizes = models::bind(item, &given, &known).unwrap();
        let item = chosen
            .forced(item)
            .unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        let (system, found) = compile::equations(&loaded, &item, &sizes);
        let system = system.unwrap_or_else(|| panic!("{}: {found:?}", path.display()));
        assert!(found.is_empty(), "{}: {found:?}", path.display());
        if let Some(dataset) = &mut dataset {
            data::fit(dataset.as_mut(), &chosen, &system).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        }
        regime::stops(&chosen, &system).unwrap();
        systems.push((chosen.name, system));
    }
    assert!(!systems.is_empty(), "{} trains nothing", path.display());
    systems
}

#[test]
fn every_example_has_true_gradients() {
    for path in specs() {
        for (name, system) in systems(&path) {
            let settings = Settings {
                entries: 3,
                ..Settings::default()
            };
            let error = gradcheck(&compile::primal(&system), &settings).error();
            assert!(error < 1e-6, "{} {name}: {error:e}", path.display());
        }
    }
}

#[test]
fn strict_teacher_forcing_runs_all_steps_at_once() {
    let path = example("jordan.rnn");
    let (_, system) = &systems(&path)[0];
    let scans = |program: rnnc::schedule::Program| {
        let scan = |r: &&Region| matches!(r, Region::Scan { .. });
        program.regions.iter().filter(scan).count()
    };
    assert_eq!(scans(compile::training(system)), 0);
    assert_eq!(scans(compile::evaluation(system)), 1);
    // The weights are those of the model that reads itself.
    let loaded = loaded(&path);
    let (free, _) = compile::equations(&loaded, models::all(&loaded)[0], &[]);
    let names = |s: &System| s.params.iter().map(|(_, p)| p.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(system), names(&free.unwrap()));
}

/// The output of a filter with these coefficients for an input.
fn filtered(system: &System, coefficients: &[f64], x: &[f64]) -> Vec<f64> {
    let program = compile::evaluation(system);
    let is_output = |r: &&rnnc::system::Root| r.kind == RootKind::Output && r.name == "out";
    let out = program.system.roots.iter().find(is_output).unwrap().value;
    let y = vec![0.0; x.len()];
    let data = [Cow::from(x), Cow::from(y)];
    let lengths = vec![vec![1], vec![x.len()]];
    let interpreter = Interpreter::keeping(&program, &[out]);
    let values = interpreter.run(&Inputs::<f64>::new(coefficients.to_vec(), data, lengths));
    values.flat(out).to_vec()
}

/// A linear cell is the IIR filter of its weights, a window the FIR filter: their responses to an impulse and to noise are those of
/// the difference equations.
#[test]
fn linear_nets_are_filters() {
    let systems = systems(&example("filter.rnn"));
    let [(_, iir), (_, fir)] = &systems[..] else {
        panic!("two filters");
    };
    // A low-pass of second order (Butterworth, a fifth of the Nyquist frequency).
    let (b, a) = ([0.067455, 0.134911, 0.067455], [-1.14298, 0.412802]);
    let mut noise = rnn_runtime::draw::Stream::new(1, "filter", 0);
    let mut impulse = vec![0.0; 60];
    impulse[0] = 1.0;
    for x in [impulse, (0..60).map(|_| noise.normal()).collect()] {
        let at = |v: &[f64], t: usize, k: usize| t.checked_sub(k).map_or(0.0, |t| v[t]);
        let mut y = Vec::new();
        for t in 0..x.len() {
            let forward: f64 = (0..3).map(|k| b[k] * at(&x, t, k)).sum();
            y.push(forward - a[0] * at(&y, t, 1) - a[1] * at(&y, t, 2));
        }
        for (got, want) in filtered(iir, &[b.as_slice(), &a].concat(), &x).iter().zip(&y) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
        let window = [0.5, -0.25, 0.125, 2.0];
        let got = filtered(fir, &window, &x);
        for (t, got) in got.iter().enumerate() {
            let want: f64 = (0..4).map(|k| window[k] * at(&x, t, k)).sum();
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
    }
}

//! The accuracy of the elementary functions, measured: single precision against the standard library in `f64`, double
//! precision against the standard library's own (itself within 1 ulp).

use rnn_runtime::math::{double, single};

fn ulp32(x: f64) -> f64 {
    let x = (x.abs() as f32).max(f32::MIN_POSITIVE);
    f64::from(f32::from_bits(x.to_bits() + 1) - x)
}

fn ulp64(x: f64) -> f64 {
    let x = x.abs().max(f64::MIN_POSITIVE);
    f64::from_bits(x.to_bits() + 1) - x
}

/// Points of both signs, dense on a line and over all magnitudes from 1e-30 to `limit`.
fn points(limit: f64) -> Vec<f64> {
    let n = 60_000;
    let mut v = Vec::new();
    for i in 0..n {
        let u = (f64::from(i) + 0.37) / f64::from(n);
        for x in [u * limit, limit * (1e-30 / limit).powf(u)] {
            v.extend([x, -x]);
        }
    }
    v
}

fn worst32(name: &str, limit: f64, bound: f64, f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) {
    let mut worst = (0.0, 0.0);
    for x in points(limit) {
        let x = x as f32;
        let (got, want) = (f(x), exact(f64::from(x)));
        if want.abs() > f64::from(f32::MAX) || want.is_nan() {
            assert!(
                got.is_nan() == want.is_nan() && !got.is_finite(),
                "{name}({x:e}) = {got:e}"
            );
            continue;
        }
        let error = (f64::from(got) - want).abs() / ulp32(want);
        if error > worst.0 {
            worst = (error, x);
        }
    }
    println!("f32 {name}: {:.2} ulp at {:e}", worst.0, worst.1);
    assert!(worst.0 <= bound, "f32 {name}: {} ulp at {:e}", worst.0, worst.1);
}

fn worst64(name: &str, limit: f64, bound: f64, f: impl Fn(f64) -> f64, exact: impl Fn(f64) -> f64) {
    let mut worst = (0.0, 0.0);
    for x in points(limit) {
        let (got, want) = (f(x), exact(x));
        if !want.is_finite() {
            assert!(
                got.is_nan() == want.is_nan() && !got.is_finite(),
                "{name}({x:e}) = {got:e}"
            );
            continue;
        }
        let error = (got - want).abs() / ulp64(want);
        if error > worst.0 {
            worst = (error, x);
        }
    }
    println!("f64 {name}: {:.2} ulp at {:e}", worst.0, worst.1);
    assert!(worst.0 <= bound, "f64 {name}: {} ulp at {:e}", worst.0, worst.1);
}

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 {
        x.exp() / (1.0 + x.exp())
    } else {
        1.0 / (1.0 + (-x).exp())
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[test]
fn single_precision() {
    worst32("exp", 110.0, 1.5, single::exp, f64::exp);
    worst32("ln", 1e38, 1.5, single::ln, f64::ln);
    worst32("ln", 4.0, 1.5, single::ln, f64::ln);
    worst32("tanh", 12.0, 3.0, single::tanh, f64::tanh);
    worst32("tanh", 1.0, 3.0, single::tanh, f64::tanh);
    worst32("sigmoid", 110.0, 3.0, single::sigmoid, sigmoid);
    worst32("sigmoid", 2.0, 3.0, single::sigmoid, sigmoid);
    worst32("softplus", 110.0, 3.0, single::softplus, softplus);
    worst32("softplus", 2.0, 3.0, single::softplus, softplus);
    worst32("sin", 10.0, 1.5, single::sin, f64::sin);
    worst32("cos", 10.0, 1.5, single::cos, f64::cos);
    worst32("sin", 1e6, 1.5, single::sin, f64::sin);
    worst32("cos", 1e6, 1.5, single::cos, f64::cos);
    worst32("sqrt", 1e38, 0.5, single::sqrt, f64::sqrt);
    worst32("floor", 1e10, 0.0, single::floor, f64::floor);
    for y in [-2.5, -1.0, 0.5, 2.0, 3.0, 17.25] {
        worst32("powf", 50.0, 0.51, |x| single::powf(x, y), |x| x.powf(f64::from(y)));
    }
}

#[test]
fn double_precision() {
    worst64("exp", 760.0, 2.0, double::exp, f64::exp);
    worst64("ln", 1e300, 2.0, double::ln, f64::ln);
    worst64("ln", 4.0, 2.0, double::ln, f64::ln);
    worst64("tanh", 25.0, 4.0, double::tanh, f64::tanh);
    worst64("tanh", 1.0, 4.0, double::tanh, f64::tanh);
    worst64("sigmoid", 760.0, 4.0, double::sigmoid, sigmoid);
    worst64("sigmoid", 2.0, 4.0, double::sigmoid, sigmoid);
    worst64("softplus", 760.0, 4.0, double::softplus, softplus);
    worst64("softplus", 2.0, 4.0, double::softplus, softplus);
    worst64("sin", 3.0, 2.0, double::sin, f64::sin);
    worst64("cos", 1.5, 2.0, double::cos, f64::cos);
    worst64("sqrt", 1e300, 0.0, double::sqrt, f64::sqrt);
    worst64("sqrt", 1e3, 0.0, double::sqrt, f64::sqrt);
    worst64("floor", 1e17, 0.0, double::floor, f64::floor);
    for y in [-2.5, -1.0, 0.5, 2.0, 3.0, 17.25] {
        worst64("powf", 50.0, 4.0, |x| double::powf(x, y), |x| x.powf(y));
    }
    worst64("powf", 300.0, 32.0, |x| double::powf(10.0, x), |x| 10f64.powf(x));
    for x in points(1e6) {
        assert!((double::sin(x) - x.sin()).abs() < 3e-16, "{x}");
        assert!((double::cos(x) - x.cos()).abs() < 3e-16, "{x}");
    }
}

/// Every `stride`th number there is, with those that are none.
fn over_the_whole_range(stride: u32) {
    type Pair = (&'static str, fn(f32) -> f32, fn(f64) -> f64);
    let functions: [Pair; 5] = [
        ("exp", single::exp, f64::exp),
        ("ln", single::ln, f64::ln),
        ("tanh", single::tanh, f64::tanh),
        ("sigmoid", single::sigmoid, sigmoid),
        ("softplus", single::softplus, softplus),
    ];
    for (name, f, exact) in functions {
        let mut worst = (0.0, 0.0);
        for bits in (0..=u32::MAX).step_by(stride as usize) {
            let x = f32::from_bits(bits);
            let (got, want) = (f(x), exact(f64::from(x)));
            if want.is_nan() || !(want as f32).is_finite() {
                let same = got.is_nan() && want.is_nan() || got == want as f32;
                assert!(same, "{name}({x:e}) = {got:e}, not {want:e}");
                continue;
            }
            let error = (f64::from(got) - want).abs() / ulp32(want);
            if error > worst.0 {
                worst = (error, x);
            }
        }
        println!("f32 {name}: {:.2} ulp at {:e}", worst.0, worst.1);
        assert!(worst.0 <= 3.0, "f32 {name}: {} ulp at {:e}", worst.0, worst.1);
    }
}

#[test]
fn numbers_of_all_magnitudes() {
    over_the_whole_range(4_099);
}

/// `cargo test --release -p rnn-runtime --test math -- --ignored --nocapture`: some minutes.
#[test]
#[ignore = "every number of single precision"]
fn every_number() {
    over_the_whole_range(1);
}

/// A function, and its values at both infinities.
type Limits<R> = (fn(R) -> R, R, R);

#[test]
fn limits() {
    let inf = f32::INFINITY;
    let functions: [Limits<f32>; 5] = [
        (single::exp, 0.0, inf),
        (single::tanh, -1.0, 1.0),
        (single::sigmoid, 0.0, 1.0),
        (single::softplus, 0.0, inf),
        (single::floor, -inf, inf),
    ];
    for (f, low, high) in functions {
        assert_eq!((f(-inf), f(inf)), (low, high));
        assert!(f(f32::NAN).is_nan());
    }
    let functions: [Limits<f64>; 5] = [
        (double::exp, 0.0, f64::INFINITY),
        (double::tanh, -1.0, 1.0),
        (double::sigmoid, 0.0, 1.0),
        (double::softplus, 0.0, f64::INFINITY),
        (double::floor, f64::NEG_INFINITY, f64::INFINITY),
    ];
    for (f, low, high) in functions {
        assert_eq!((f(f64::NEG_INFINITY), f(f64::INFINITY)), (low, high));
        assert!(f(f64::NAN).is_nan());
    }
    for f in [single::ln, single::sqrt] {
        assert!(f(-1.0).is_nan() && f(-inf).is_nan() && f(f32::NAN).is_nan() && f(inf) == inf);
    }
    for f in [double::ln, double::sqrt] {
        assert!(f(-1.0).is_nan() && f(f64::NAN).is_nan() && f(f64::INFINITY) == f64::INFINITY);
    }
    for f in [single::sin, single::cos] {
        assert!(f(inf).is_nan() && f(f32::NAN).is_nan() && f(f32::MAX).abs() <= 1.0);
    }
    assert_eq!((single::ln(0.0), double::ln(-0.0)), (-inf, f64::NEG_INFINITY));
    assert_eq!(
        (
            single::exp(0.0),
            single::ln(1.0),
            single::sigmoid(0.0),
            single::tanh(0.0)
        ),
        (1.0, 0.0, 0.5, 0.0)
    );
    assert_eq!(
        (
            double::exp(0.0),
            double::ln(1.0),
            double::sigmoid(0.0),
            double::tanh(0.0)
        ),
        (1.0, 0.0, 0.5, 0.0)
    );
    assert!(single::tanh(-0.0).is_sign_negative() && single::sqrt(-0.0).is_sign_negative());
    for x in [1e-40f32, 1e-20, -1e-30] {
        assert_eq!(single::tanh(x), x);
    }
    assert_eq!(single::sqrt(1e-40), 1e-40f32.sqrt());
    assert_eq!(double::sqrt(5e-324), 5e-324f64.sqrt());
}

#[test]
fn powers_of_special_values() {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        -2.0,
        3.0,
        -3.0,
        0.5,
        -0.5,
        1e300,
        -1e-300,
        f64::MIN_POSITIVE,
    ];
    let all: Vec<f64> = values
        .into_iter()
        .chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN])
        .collect();
    for &x in &all {
        for &y in &all {
            let (got, want) = (double::powf(x, y), x.powf(y));
            let same = got.is_nan() && want.is_nan()
                || got == want && got.is_sign_negative() == want.is_sign_negative()
                || (got - want).abs() <= 1e-14 * want.abs();
            assert!(same, "{x:e} ^ {y:e} = {got:e}, not {want:e}");
        }
    }
}

/// What the compiler copies into standalone crates needs nothing but `core`.
#[test]
fn the_source_stands_alone() {
    let dir = tempfile::tempdir().unwrap();
    let crate_root = "#![no_std]\n#![forbid(unsafe_code)]\npub mod math;\n";
    std::fs::write(dir.path().join("math.rs"), rnn_runtime::math::SOURCE).unwrap();
    std::fs::write(dir.path().join("lib.rs"), crate_root).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let arguments = [
        "--edition=2024",
        "--crate-type=lib",
        "--emit=metadata",
        "-Dwarnings",
        "lib.rs",
    ];
    match std::process::Command::new(rustc)
        .args(arguments)
        .current_dir(dir.path())
        .output()
    {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => println!("skipped: {error}"),
    }
}

use super::args::Gradcheck;
use super::shell::Shell;
use super::spec;
use crate::diagnostics::near::listed;
use crate::driver::gradcheck::{Checked, Report, Settings, gradcheck};
use crate::driver::{Failure, compile};
use serde_json::json;

pub fn run(args: &Gradcheck, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let chosen = spec::regime(&args.spec, &loaded, shell)?;
    let model = spec::model(&args.spec, &loaded, chosen.as_ref())?;
    let known = spec::known_sizes(&args.spec, &loaded, model, shell);
    let model = spec::as_trained(model, chosen.as_ref())?;
    let system = spec::equations(&args.spec, &loaded, &model, &known, shell)?;
    let primal = compile::primal(compile::trainable(&system)?);
    let settings = Settings {
        seed: args.seed,
        entries: args.entries,
        ..Settings::default()
    }
    .reaching(&primal);
    let report = gradcheck(&primal, &settings);
    match shell.json {
        true => shell.document(&document(&report, args.tolerance)),
        false => shell.print(&table(&report, args.tolerance)),
    }
    for p in report.params.iter().filter(|p| p.largest == 0.0) {
        let lengths: Vec<String> = report.lengths.iter().map(usize::to_string).collect();
        let lengths: Vec<&str> = lengths.iter().map(String::as_str).collect();
        shell.say(&format!(
            "the gradient of `{}` is exactly 0: examples of {} steps do not show what it does",
            p.name,
            listed(&lengths)
        ));
    }
    if report.error() <= args.tolerance {
        shell.say(&format!(
            "gradients agree with finite differences to {:.1e}",
            report.error()
        ));
        return Ok(());
    }
    Err(Failure::message(format!(
        "gradients differ from finite differences by {:.1e}, more than {:.0e}",
        report.error(),
        args.tolerance
    ))
    .note("where the loss has a kink (relu, max, abs) near the drawn values, finite differences are not the derivative")
    .help("another `--seed` draws other values"))
}

/// A line a parameter, worst entries with what was derived and measured.
fn table(report: &Report, tolerance: f64) -> String {
    let width = report
        .params
        .iter()
        .map(|p| p.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(9);
    let mut out = format!(
        "{:width$}  {:>12}  {:>7}  {:>8}\n",
        "parameter", "shape", "entries", "error"
    );
    for p in &report.params {
        let shape = p.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
        out.push_str(&format!(
            "{:width$}  {shape:>12}  {:>7}  {:>8.1e}",
            p.name, p.entries, p.error
        ));
        if wrong(p, tolerance) {
            out.push_str(&format!(
                "  at {:?}: derived {:e}, measured {:e}",
                p.worst, p.derived, p.measured
            ));
        }
        out.push('\n');
    }
    out
}

fn wrong(p: &Checked, tolerance: f64) -> bool {
    p.error.is_nan() || p.error > tolerance
}

fn document(report: &Report, tolerance: f64) -> serde_json::Value {
    let params: Vec<_> = report
        .params
        .iter()
        .map(|p| {
            json!({
                "name": p.name, "shape": p.shape, "entries": p.entries, "error": p.error, "worst": p.worst,
                "derived": p.derived, "measured": p.measured,
            })
        })
        .collect();
    json!({
        "kind": "gradcheck", "loss": report.loss, "error": report.error(), "passed": report.error() <= tolerance,
        "parameters": params,
    })
}

//! `examples/generate.rs`: what a model says by itself, else some steps on made-up inputs.

use super::interface::{Drawn, Field, Interface};
use crate::rewrite::stream::DistKind;
use crate::system::Elem;
use std::collections::BTreeSet;

pub(super) fn example(interface: &Interface) -> String {
    let (text, mut values) = match interface.free_running() {
        Some(drawn) => {
            let used: BTreeSet<&str> = drawn.iter().flat_map(|d| functions(d.sampler.dist)).copied().collect();
            let functions = FUNCTIONS.iter().filter(|(name, _)| used.contains(name));
            let values = vec![
                ("FUNCTIONS", functions.map(|(_, text)| *text).collect::<String>()),
                ("NORMAL", if used.contains("normal") { NORMAL } else { "" }.into()),
                ("DRAW", drawn.iter().map(|d| draw(interface, d)).collect()),
                ("PRINT", print(interface, drawn)),
                ("UNTIL", drawn.iter().filter_map(until).collect()),
                ("OBSERVE", observe(interface, drawn)),
                ("REAL", interface.precision.name().into()),
            ];
            (include_str!("template/generate.rs.txt"), values)
        }
        None => {
            let observe = match interface.targets.as_slice() {
                [] => String::new(),
                targets => format!("        model.observe({});\n", arguments(targets)),
            };
            let values = vec![
                ("START", constants(&interface.start)),
                ("INPUTS", arguments(&interface.inputs)),
                ("OUTPUTS", outputs(interface)),
                ("OBSERVE", observe),
            ];
            (include_str!("template/steps.rs.txt"), values)
        }
    };
    values.push(("LIBRARY", interface.library.clone()));
    values.push(("MODEL", interface.name.clone()));
    values.iter().fold(text.to_string(), |text, (key, value)| {
        text.replace(&format!("@{key}@"), value)
    })
}

/// Those of [`FUNCTIONS`] that a draw needs.
fn functions(dist: DistKind) -> &'static [&'static str] {
    match dist {
        DistKind::Categorical => &["category"],
        DistKind::Bernoulli => &["at", "bits"],
        DistKind::Normal => &["at", "normal"],
        DistKind::Laplace => &["at", "laplace"],
        DistKind::Mixture => &["at", "category", "mixture", "normal"],
        DistKind::Ctc => &[],
    }
}

/// The statement that draws a target.
fn draw(interface: &Interface, drawn: &Drawn) -> String {
    let Field { name, ty, .. } = &drawn.target;
    let function = match drawn.sampler.dist {
        DistKind::Categorical | DistKind::Ctc => "category",
        DistKind::Bernoulli => "bits",
        DistKind::Normal => "normal",
        DistKind::Laplace => "laplace",
        DistKind::Mixture => "mixture",
    };
    let param = |&place: &usize| {
        let output = &interface.outputs[place];
        match output.ty.is_scalar() {
            true => format!("&[output.{}]", output.name),
            false => format!("&output.{}", output.name),
        }
    };
    let params: Vec<String> = drawn.sampler.params.iter().map(param).collect();
    let (place, sizes) = match (ty.elem, ty.is_scalar()) {
        (Elem::Index(_), _) => (name.clone(), String::new()),
        (Elem::Real | Elem::Bit, true) => (format!("[{name}]"), "::<1>".into()),
        (Elem::Real | Elem::Bit, false) => (name.clone(), format!("::<{}>", ty.size())),
    };
    format!(
        "        let {place} = {function}{sizes}({}, temperature, &mut random);\n",
        params.join(", ")
    )
}

/// Characters side by side, other symbols with a space between them, anything else a line a step.
fn print(interface: &Interface, drawn: &[Drawn]) -> String {
    if let [Drawn { target, .. }] = drawn
        && let Elem::Index(classes) = target.ty.elem
    {
        let name = &target.name;
        return match &interface.vocabulary {
            Some(v) if classes == v.len() => {
                format!("        print!(\"{{}}\", {}::VOCAB[{name}]);\n", interface.library)
            }
            _ => format!("        print!(\"{{{name}}} \");\n"),
        };
    }
    let one = |(i, d): (usize, &Drawn)| {
        let Field { name, ty, .. } = &d.target;
        let space = if i == 0 { "" } else { " " };
        let bit = |x: &str| {
            if ty.elem == Elem::Bit {
                format!("u8::from({x})")
            } else {
                x.into()
            }
        };
        match ty.is_scalar() {
            true => format!("        print!(\"{space}{{}}\", {});\n", bit(name)),
            false => format!(
                "        for (i, &x) in {name}.iter().enumerate() {{\n            \
                 print!(\"{{}}{{}}\", if i == 0 {{ \"{space}\" }} else {{ \" \" }}, {});\n        }}\n",
                bit("x")
            ),
        }
    };
    drawn.iter().enumerate().map(one).collect::<String>() + "        println!();\n"
}

fn until(drawn: &Drawn) -> Option<String> {
    let end = drawn.sampler.until?;
    Some(format!(
        "        if {} == {end} {{\n            break;\n        }}\n",
        drawn.target.name
    ))
}

/// What was drawn is told, as far as later steps read it.
fn observe(interface: &Interface, drawn: &[Drawn]) -> String {
    let argument = |t: &Field| {
        let found = drawn.iter().find(|d| d.target.data == t.data).map(|d| &d.target);
        let name = found.map(|f| f.name.as_str()).unwrap_or_default();
        match t.ty.is_scalar() {
            true => name.to_string(),
            false => format!("&{name}"),
        }
    };
    match interface.targets.as_slice() {
        [] => String::new(),
        targets => format!(
            "        model.observe({});\n",
            targets.iter().map(argument).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// What draws, in the order in which it is written, with the name under which it is asked for.
const FUNCTIONS: &[(&str, &str)] = &[
    ("category", include_str!("template/category.rs.txt")),
    ("bits", include_str!("template/bits.rs.txt")),
    ("normal", include_str!("template/normal.rs.txt")),
    ("laplace", include_str!("template/laplace.rs.txt")),
    ("mixture", include_str!("template/mixture.rs.txt")),
    ("at", include_str!("template/at.rs.txt")),
];

const NORMAL: &str = "
    /// Of mean 0 and deviation 1 (Box & Muller 1958).
    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.next(), self.next());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
";

fn constants(fields: &[Field]) -> String {
    fields.iter().map(super::readme::sample).collect::<Vec<_>>().join(", ")
}

/// Made-up values that depend on the number of the step, `t`.
fn arguments(fields: &[Field]) -> String {
    let argument = |f: &Field| match (f.ty.elem, f.ty.is_scalar()) {
        (Elem::Index(n), _) => format!("t % {n}"),
        (Elem::Real, true) => "(t as f64 * 0.3).sin() as _".into(),
        (Elem::Bit, true) => "t % 2 == 0".into(),
        (Elem::Real, false) => format!("&[(t as f64 * 0.3).sin() as _; {}]", f.ty.size()),
        (Elem::Bit, false) => format!("&[t % 2 == 0; {}]", f.ty.size()),
    };
    fields.iter().map(argument).collect::<Vec<_>>().join(", ")
}

fn outputs(interface: &Interface) -> String {
    let one = |o: &super::interface::Output| match o.ty.size() {
        n if n > 8 => format!("print!(\" {} {{:?}} ...\", &output.{}[..8]);", o.name, o.name),
        _ => format!("print!(\" {} {{:?}}\", output.{});", o.name, o.name),
    };
    interface.outputs.iter().map(one).collect::<Vec<_>>().join("\n        ")
}

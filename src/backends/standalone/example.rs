//! `examples/generate.rs`: symbols from a language model, else some steps on made-up inputs.

use super::interface::{Field, Interface};
use crate::system::Elem;

pub(super) fn example(interface: &Interface) -> String {
    let (text, mut values) = match interface.free_running() {
        Some((sampler, output)) => {
            let logits = &interface.outputs[output];
            let print = match &interface.vocabulary {
                Some(v) if logits.ty.size() == v.len() => {
                    format!("print!(\"{{}}\", {}::VOCAB[symbol]);", interface.library)
                }
                _ => "print!(\"{symbol} \");".into(),
            };
            let until = sampler
                .until
                .map(|u| format!("        if symbol == {u} {{\n            break;\n        }}\n"));
            let observe = if interface.targets.is_empty() {
                ""
            } else {
                "        model.observe(symbol);\n"
            };
            let values = vec![
                ("LOGITS", logits.name.clone()),
                ("PRINT", print),
                ("UNTIL", until.unwrap_or_default()),
                ("OBSERVE", observe.into()),
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

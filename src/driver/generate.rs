//! Free running: a model that reads its own draws, one step at a time, interpreted.

use super::failure::Failure;
use crate::backends::stepper::Stepper;
use crate::rewrite::stream::Sampler;
use crate::rewrite::{freeze, simplify, stream, unreverse};
use crate::system::{DataId, DataRole, Elem, Op, RootKind, System};
use rnn_runtime::decode::{Sampling, draw};
use rnn_runtime::draw::Stream;

/// A model running freely.
pub struct Generator {
    stepper: Stepper<'static, f64>,
    samplers: Vec<Sampler>,
    sampling: Sampling,
    random: Stream,
    ended: bool,
}

impl Generator {
    /// `system` as elaborated; `params` flat, in its order.
    ///
    /// # Errors
    /// Where the model has no target to draw, reads inputs, or cannot run one step at a time.
    pub fn new(system: &System, params: &[f64], sampling: Sampling) -> Result<Generator, Failure> {
        let mut system = simplify(unreverse(freeze(system.clone(), false)));
        let observed = system.observations.iter().flat_map(|o| {
            let target = &system.data[o.target].name;
            o.dist.values().into_iter().map(move |(p, _)| format!("{target}.{p}"))
        });
        let wanted: Vec<String> = observed.collect();
        system
            .roots
            .retain(|r| r.kind == RootKind::Output && wanted.contains(&r.name));
        let streaming = stream(&system)?;
        let name = &streaming.step.name;
        if streaming.samplers.is_empty() {
            return Err(
                Failure::message(format!("`{name}` observes nothing that could be drawn"))
                    .help("a target becomes a thing to draw by `target ~ categorical(...);`"),
            );
        }
        let drawn: Vec<DataId> = streaming.samplers.iter().map(|s| s.target).collect();
        let systems = [&streaming.start, &streaming.step].into_iter().chain(&streaming.absorb);
        for s in systems {
            for (_, node) in s.nodes.iter() {
                if let Op::Data(d) = node.op
                    && s.data[d].role != DataRole::State
                    && !drawn.contains(&d)
                {
                    let text = format!("`{name}` cannot run by itself: it reads `{}`", s.data[d].name);
                    return Err(Failure::message(text).help("only a model that reads its own past generates freely"));
                }
            }
        }
        Ok(Generator {
            stepper: Stepper::new(&streaming, params.to_vec()),
            samplers: streaming.samplers,
            sampling,
            random: Stream::new(sampling.seed, "generate", 0),
            ended: false,
        })
    }

    /// The number of symbols, where the model draws one categorical target.
    pub fn classes(&self, system: &System) -> Option<usize> {
        match self.samplers.as_slice() {
            [s] => match system.data[s.target].ty.elem {
                Elem::Index(n) => Some(n),
                Elem::Real | Elem::Bit => None,
            },
            _ => None,
        }
    }

    /// One step whose targets are given: priming. Values in the order of the observations, an index as its number.
    pub fn force(&mut self, targets: &[Vec<f64>]) {
        self.stepper.step(&[]);
        let targets = self.samplers.iter().map(|s| s.target).zip(targets.iter().cloned());
        self.stepper.observe(&targets.collect::<Vec<_>>());
    }

    /// One step whose targets are drawn, in the order of the observations.
    pub fn draw(&mut self) -> Vec<Vec<f64>> {
        let outputs = self.stepper.step(&[]);
        let mut drawn = Vec::new();
        for s in &self.samplers {
            let params: Vec<&[f64]> = s.params.iter().map(|&p| outputs[p].as_slice()).collect();
            let value = draw(s.dist, &params, &self.sampling, &mut self.random);
            self.ended |= s.until.is_some_and(|end| value[..] == [end as f64]);
            drawn.push(value);
        }
        let targets = self.samplers.iter().map(|s| s.target).zip(drawn.iter().cloned());
        self.stepper.observe(&targets.collect::<Vec<_>>());
        drawn
    }

    /// Whether the symbol that ends a sequence has been drawn.
    pub fn ended(&self) -> bool {
        self.ended
    }
}

/// The symbols of a model with one categorical target, after those of `prime`; at most `length`, and none after the one
/// that ends a sequence. Each is handed on as soon as it is drawn.
///
/// # Errors
/// See [`Generator::new`]; and where the model's target is not categorical.
pub fn symbols(
    system: &System,
    params: &[f64],
    sampling: Sampling,
    prime: &[usize],
    length: usize,
    mut each: impl FnMut(usize),
) -> Result<(), Failure> {
    let mut generator = Generator::new(system, params, sampling)?;
    if generator.classes(system).is_none() {
        return Err(Failure::message(format!(
            "`{}` does not draw one symbol a step",
            system.name
        )));
    }
    for &symbol in prime {
        generator.force(&[vec![symbol as f64]]);
    }
    for _ in 0..length {
        if generator.ended() {
            break;
        }
        each(generator.draw()[0][0] as usize);
    }
    Ok(())
}

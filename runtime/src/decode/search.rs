//! Which of all that a model could say is said: drawn step by step, or found by beam search.

use super::labels::{labels, spelling};
use super::machine::{Hypothesis, Machine};
use super::plan::{Drawn, Plan};
use super::sample::{self, DistKind, Sampling, log_softmax};
use crate::data::{Example, Values};
use crate::draw::Stream;
use crate::error::Error;
use crate::model::AxisSpec;
use crate::real::Real;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    pub how: How,
    /// Sequences an example: so many draws, or the best of a beam.
    pub count: usize,
}

/// Where sequences start.
#[derive(Clone, Debug)]
pub struct Start {
    /// Of the model; what its columns hold of drawn targets is not read.
    pub example: Example,
    /// Tells the draws of examples apart.
    pub id: u64,
    /// The first steps, by step and target, where they are not to be found.
    pub prime: Vec<Vec<Vec<f64>>>,
    /// The longest that a sequence gets, `prime` and the step that ends it among its steps; the data may say less.
    pub longest: usize,
}

impl Start {
    /// Of a model that has no inputs and says one symbol a step: `length` symbols after `prime`.
    pub fn alone(plan: &Plan, prime: &[u32], length: usize) -> Start {
        let axes = plan.model.axes.iter().enumerate();
        let steps = |(a, axis): (usize, &AxisSpec)| if a == 0 { 1 } else { axis.steps.unwrap_or(0) };
        Start {
            example: Example {
                lengths: axes.map(steps).collect(),
                columns: plan.model.data.iter().map(|d| Values::nothing(d.classes)).collect(),
            },
            id: 0,
            prime: prime.iter().map(|&s| vec![vec![f64::from(s)]]).collect(),
            longest: length.saturating_add(prime.len()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Sample(Sampling),
    /// The likeliest `width` beginnings are gone on with (Graves 2012; Sutskever et al. 2014). Whole sequences are compared
    /// by log p / length^penalty: 0 for the likeliest, 1 for the likeliest a symbol. Labels that frames spell are compared by
    /// the sum over all their alignments.
    Beam {
        width: usize,
        penalty: f64,
    },
}

/// What a model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// By step and target: features, an index as its number.
    pub steps: Vec<Vec<Vec<f64>>>,
    /// The logarithm of its probability under the model, whatever the temperature.
    pub log_p: f64,
    /// Whether it ended by itself.
    pub ended: bool,
}

impl Sequence {
    fn new() -> Sequence {
        Sequence {
            steps: Vec::new(),
            log_p: 0.0,
            ended: false,
        }
    }

    /// The symbols of a model that says one a step.
    pub fn symbols(&self) -> Vec<u32> {
        self.steps.iter().map(|s| s[0][0] as u32).collect()
    }
}

/// For each start what the model says: draws in their order, a beam's sequences from the best on. Drawn steps are told to
/// `tell` at once, with the place of their sequence.
///
/// # Errors
/// [`Error::Data`] for a beam search of what is not one symbol a step or labels that frames spell, and for given labels of
/// the latter: no frame is known to be theirs.
pub fn search<R: Real>(
    machine: &mut Machine<R>,
    starts: &[Start],
    search: &Search,
    tell: &mut dyn FnMut(usize, &[Vec<f64>]),
) -> Result<Vec<Vec<Sequence>>, Error> {
    let plan = machine.plan();
    if plan.draws.iter().any(|d| d.dist == DistKind::Ctc) && starts.iter().any(|s| !s.prime.is_empty()) {
        let why = format!(
            "the first labels of `{}` cannot be given: frames spell them",
            plan.draws[0].target
        );
        return Err(Error::Data(why));
    }
    let hypotheses = machine.begin(starts.iter().map(|s| &s.example));
    match search.how {
        How::Beam { width, penalty } if plan.spells() => {
            Ok(spelt(machine, hypotheses, starts, search.count, width, penalty))
        }
        How::Sample(sampling) => Ok(sampled(machine, hypotheses, starts, search.count, sampling, tell)),
        How::Beam { .. } if plan.classes().is_none() => Err(Error::Data(format!(
            "a beam search is for models that draw one symbol a step, and `{}` does not",
            plan.model.name
        ))),
        How::Beam { width, penalty } => Ok(beam(machine, hypotheses, starts, search.count, width, penalty)),
    }
}

/// A hypothesis, what it said so far, and where it gets its random numbers.
struct Speaker<R> {
    at: Hypothesis<R>,
    place: usize,
    random: Stream,
}

fn sampled<R: Real>(
    machine: &mut Machine<R>,
    hypotheses: Vec<Hypothesis<R>>,
    starts: &[Start],
    count: usize,
    sampling: Sampling,
    tell: &mut dyn FnMut(usize, &[Vec<f64>]),
) -> Vec<Vec<Sequence>> {
    let mut said = vec![Sequence::new(); hypotheses.len() * count];
    let speaker = |(at, k): (&Hypothesis<R>, usize)| Speaker {
        at: at.clone(),
        place: at.example * count + k,
        random: Stream::new(sampling.seed, "generate", starts[at.example].id << 24 ^ k as u64),
    };
    let each = hypotheses.iter().flat_map(|h| (0..count).map(move |k| (h, k)));
    let mut speakers: Vec<Speaker<R>> = each.map(speaker).collect();
    for t in 0.. {
        speakers.retain(|s| !said[s.place].ended && t < limit(machine, starts, s.at.example));
        if speakers.is_empty() {
            break;
        }
        let mut rows: Vec<Hypothesis<R>> = speakers.iter().map(|s| s.at.clone()).collect();
        let params = machine.step(&mut rows, t);
        for ((speaker, row), params) in speakers.iter_mut().zip(&mut rows).zip(params) {
            let (said, prime) = (&mut said[speaker.place], &starts[speaker.at.example].prime);
            let mut step = Vec::new();
            for (i, (drawn, params)) in machine.plan().draws.iter().zip(params).enumerate() {
                let params: Vec<Vec<f64>> = params.iter().map(|p| broadcast(drawn, numbers(p))).collect();
                let params: Vec<&[f64]> = params.iter().map(Vec::as_slice).collect();
                let value = match prime.get(t) {
                    Some(given) => given[i].clone(),
                    None => sample::draw(drawn.dist, &params, &sampling, &mut speaker.random),
                };
                said.log_p += sample::log_probability(drawn.dist, &params, &value);
                said.ended |= t >= prime.len() && drawn.until.is_some_and(|end| value[..] == [end as f64]);
                row.drawn[i] = value.iter().map(|&x| R::of(x)).collect();
                step.push(value);
            }
            if t >= prime.len() {
                tell(speaker.place, &step);
            }
            said.steps.push(step);
        }
        machine.absorb(&mut rows, t);
        speakers.iter_mut().zip(rows).for_each(|(s, row)| s.at = row);
    }
    said.chunks(count).map(<[Sequence]>::to_vec).collect()
}

fn limit<R: Real>(machine: &Machine<R>, starts: &[Start], example: usize) -> usize {
    let longest = starts[example].longest;
    machine.steps(example).map_or(longest, |n| n.min(longest))
}

fn numbers<R: Real>(values: &[R]) -> Vec<f64> {
    values.iter().map(|x| x.to_f64()).collect()
}

/// One number stands for all features.
fn broadcast(drawn: &Drawn, param: Vec<f64>) -> Vec<f64> {
    match drawn.dist {
        DistKind::Bernoulli | DistKind::Normal | DistKind::Laplace if param.len() == 1 => vec![param[0]; drawn.size],
        DistKind::Bernoulli | DistKind::Normal | DistKind::Laplace => param,
        DistKind::Categorical | DistKind::Mixture | DistKind::Ctc => param,
    }
}

/// What is going on at one example.
struct Beam<R> {
    example: usize,
    live: Vec<(Hypothesis<R>, Sequence)>,
    /// Best first.
    finished: Vec<Sequence>,
    limit: usize,
}

fn beam<R: Real>(
    machine: &mut Machine<R>,
    hypotheses: Vec<Hypothesis<R>>,
    starts: &[Start],
    count: usize,
    width: usize,
    penalty: f64,
) -> Vec<Vec<Sequence>> {
    let worth = |s: &Sequence| normalised(s.log_p, s.steps.len(), penalty);
    let start = |h: Hypothesis<R>| {
        let limit = limit(machine, starts, h.example);
        let example = h.example;
        match limit {
            0 => Beam {
                example,
                live: Vec::new(),
                finished: vec![Sequence::new()],
                limit,
            },
            _ => Beam {
                example,
                live: vec![(h, Sequence::new())],
                finished: Vec::new(),
                limit,
            },
        }
    };
    let mut beams: Vec<Beam<R>> = hypotheses.into_iter().map(start).collect();
    let until = machine.plan().draws[0].until;
    for t in 0.. {
        for beam in &mut beams {
            // The best that a beginning can come to: all that follows is certain, and as long as can be.
            let hope = beam
                .live
                .first()
                .map_or(f64::NEG_INFINITY, |(_, s)| normalised(s.log_p, beam.limit, penalty));
            if beam.finished.get(count - 1).is_some_and(|s| worth(s) >= hope) {
                beam.live.clear();
            }
        }
        let mut rows: Vec<Hypothesis<R>> = beams.iter().flat_map(|b| &b.live).map(|(h, _)| h.clone()).collect();
        if rows.is_empty() {
            break;
        }
        let params = machine.step(&mut rows, t);
        let mut next = Vec::new();
        let (mut rows, mut params) = (rows.into_iter(), params.into_iter());
        for beam in &mut beams {
            let said: Vec<Sequence> = beam.live.drain(..).map(|(_, s)| s).collect();
            let parents: Vec<Hypothesis<R>> = rows.by_ref().take(said.len()).collect();
            let logits: Vec<Vec<f64>> = params.by_ref().take(said.len()).map(|p| numbers(&p[0][0])).collect();
            let forced = starts[beam.example].prime.get(t).map(|step| step[0][0] as usize);
            for (parent, symbol, log_p) in candidates(&said, &logits, forced) {
                if beam.live.len() == width {
                    break;
                }
                let mut sequence = said[parent].clone();
                sequence.steps.push(vec![vec![symbol as f64]]);
                sequence.log_p = log_p;
                sequence.ended = forced.is_none() && until == Some(symbol);
                if sequence.ended || t + 1 == beam.limit {
                    let place = beam.finished.partition_point(|s| worth(s) >= worth(&sequence));
                    beam.finished.insert(place, sequence);
                    beam.finished.truncate(width.max(count));
                    continue;
                }
                let mut hypothesis = parents[parent].clone();
                hypothesis.drawn[0] = vec![R::of(symbol as f64)];
                beam.live.push((hypothesis.clone(), sequence));
                next.push(hypothesis);
            }
        }
        machine.absorb(&mut next, t);
        let live = beams.iter_mut().flat_map(|b| &mut b.live);
        live.zip(next).for_each(|((h, _), moved)| *h = moved);
    }
    let best = |mut b: Beam<R>| {
        // Of logits that are no numbers nothing comes.
        if b.finished.is_empty() {
            b.finished.push(Sequence::new());
        }
        b.finished.truncate(count);
        b.finished
    };
    beams.into_iter().map(best).collect()
}

/// The likeliest labels that frames spell, each as frames that spell them.
fn spelt<R: Real>(
    machine: &mut Machine<R>,
    mut rows: Vec<Hypothesis<R>>,
    starts: &[Start],
    count: usize,
    width: usize,
    penalty: f64,
) -> Vec<Vec<Sequence>> {
    let mut frames: Vec<Vec<Vec<f64>>> = vec![Vec::new(); starts.len()];
    for t in 0.. {
        rows.retain(|row| t < limit(machine, starts, row.example));
        if rows.is_empty() {
            break;
        }
        let params = machine.step(&mut rows, t);
        for (row, params) in rows.iter().zip(params) {
            frames[row.example].push(log_softmax(&numbers(&params[0][0])));
        }
    }
    let sequence = |(labels, log_p): (Vec<usize>, f64), blank: usize| Sequence {
        steps: spelling(&labels, blank)
            .into_iter()
            .map(|c| vec![vec![c as f64]])
            .collect(),
        log_p,
        ended: false,
    };
    let best = |frames: Vec<Vec<f64>>| {
        let blank = frames.first().map_or(0, |f| f.len() - 1);
        let mut found = labels(&frames, width);
        let worth = |(labels, log_p): &(Vec<usize>, f64)| normalised(*log_p, labels.len(), penalty);
        found.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        found.truncate(count);
        match found.is_empty() {
            true => vec![Sequence::new()],
            false => found.into_iter().map(|f| sequence(f, blank)).collect(),
        }
    };
    frames.into_iter().map(best).collect()
}

fn normalised(log_p: f64, length: usize, penalty: f64) -> f64 {
    log_p / (length.max(1) as f64).powf(penalty)
}

/// Every way to go on by one symbol, likeliest first; of equals the earlier beginning, then the smaller symbol.
fn candidates(said: &[Sequence], logits: &[Vec<f64>], forced: Option<usize>) -> Vec<(usize, usize, f64)> {
    let mut all = Vec::new();
    for (parent, (sequence, logits)) in said.iter().zip(logits).enumerate() {
        for (symbol, log_p) in log_softmax(logits).into_iter().enumerate() {
            if log_p > f64::NEG_INFINITY && forced.is_none_or(|f| f == symbol) {
                all.push((parent, symbol, sequence.log_p + log_p));
            }
        }
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all
}

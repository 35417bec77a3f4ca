//! Predictions beside the truth: which class for which, and numbers against numbers.

use super::chart::{self, Chart, Series};
use super::figure::Figure;
use super::heat::{self, Heat};
use super::subject::{Ready, numbers};
use crate::backends::interpret::Values;
use crate::system::{AxisId, Dist, Observation, Value};
use rnn_runtime::data::Example;

/// Examples that are evaluated, as long as there is not more to compute than this: parameters times positions.
const EXAMPLES: usize = 512;
const WORK: usize = 4_000_000_000;
/// Classes of a table, the most frequent ones; classes of a picture; points of a cloud.
const CLASSES: usize = 20;
const POINTS: usize = 2000;
/// Features of a series that are drawn.
const FEATURES: usize = 3;

/// How often which class was taken for which.
pub(super) struct Confusion {
    pub target: String,
    /// What stands at rows and columns; the last of several may be all others.
    pub classes: Vec<String>,
    /// True class by predicted class.
    pub counts: Vec<Vec<usize>>,
    pub right: usize,
    pub of: usize,
}

pub(super) struct Scores {
    pub confusions: Vec<Confusion>,
    pub clouds: Vec<Figure>,
    /// Why a target has neither.
    pub without: Vec<String>,
    pub seen: String,
}

/// # Errors
/// Why nothing is predicted.
pub(super) fn scores(ready: &Ready) -> Result<Scores, String> {
    let system = ready.system();
    if system.observations.is_empty() {
        return Err("the model observes no target: it has a loss of its own".into());
    }
    let (part, mut examples) = ready.examples(EXAMPLES)?;
    let all = ready.subject.data.as_deref().map_or(0, |d| d.examples(part));
    let steps = |e: &Example| e.lengths.iter().copied().max().unwrap_or(1).max(1);
    let sums = examples.iter().scan(0, |sum, e| {
        *sum += steps(e);
        Some(*sum)
    });
    let most = WORK / ready.spec.param_len().max(1);
    let count = sums.take_while(|sum| *sum <= most).count().max(1);
    examples.truncate(count);
    let mut pairs: Vec<Pairs> = system.observations.iter().map(|_| Pairs::default()).collect();
    let kept: Vec<Value> = system
        .observations
        .iter()
        .flat_map(|o| o.dist.values())
        .map(|(_, v)| v)
        .collect();
    for batch in examples.chunks(32) {
        ready.run(batch, &kept, |values| {
            for (o, pairs) in system.observations.iter().zip(&mut pairs) {
                for (e, example) in batch.iter().enumerate() {
                    pairs.add(ready, values, o, e, example);
                }
            }
        });
    }
    let mut scores = Scores {
        confusions: Vec::new(),
        clouds: Vec::new(),
        without: Vec::new(),
        seen: format!("the first {count} of {all} examples of the part {}", part.name()),
    };
    if count == all {
        scores.seen = format!("all {all} examples of the part {}", part.name());
    }
    for (o, pairs) in system.observations.iter().zip(&pairs) {
        let target = &system.data[o.target].name;
        match o.dist {
            Dist::Categorical { .. } | Dist::Bernoulli { .. } => {
                scores.confusions.push(confusion(ready, target, pairs))
            }
            Dist::Normal { .. } | Dist::Laplace { .. } | Dist::Mixture { .. } => {
                scores.clouds.extend(cloud(target, pairs))
            }
            Dist::Ctc { .. } => scores.without.push(format!(
                "frames spell `{target}`: no step predicts a class of it; `rnnc eval --decode` compares labels"
            )),
        }
    }
    Ok(scores)
}

/// Features by step.
type Rows = Vec<Vec<f64>>;

/// True and predicted, in the data's units.
#[derive(Default)]
struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    fn add(&mut self, ready: &Ready, values: &Values<f64>, o: &Observation, e: usize, example: &Example) {
        if let Some((truth, guess)) = predicted(ready, values, o, e, example) {
            for (truth, guess) in truth.iter().zip(&guess) {
                // A class that is *nothing* is not to be predicted.
                let known = truth
                    .iter()
                    .zip(guess)
                    .filter(|(t, _)| !matches!(o.dist, Dist::Categorical { .. }) || **t >= 0.0);
                self.0.extend(known.map(|(t, g)| (*t, *g)));
            }
        }
    }
}

/// By step, or once: the truth and what the model takes for likeliest, or expects, of each feature.
fn predicted(
    ready: &Ready,
    values: &Values<f64>,
    o: &Observation,
    e: usize,
    example: &Example,
) -> Option<(Rows, Rows)> {
    let target = &ready.system().data[o.target];
    let axis = target.ty.axes.without(AxisId::BATCH).iter().next();
    let steps = axis.map_or(1, |a| example.lengths[ready.spec.steps_of(a.0 as usize)]);
    let size = target.ty.size().max(1);
    let of = |v: Value| ready.rows(values, v, e, axis, steps);
    let spread = |rows: Rows| -> Rows {
        let wide = |row: Vec<f64>| if row.len() == 1 { row.repeat(size) } else { row };
        rows.into_iter().map(wide).collect()
    };
    let guess: Rows = match o.dist {
        Dist::Categorical { logits } => of(logits).iter().map(|row| vec![largest(row) as f64]).collect(),
        Dist::Bernoulli { logits } => {
            let bits = |row: Vec<f64>| row.into_iter().map(|x| f64::from(u8::from(x > 0.0))).collect();
            spread(of(logits)).into_iter().map(bits).collect()
        }
        Dist::Normal { mean, .. } | Dist::Laplace { mean, .. } => spread(of(mean)),
        Dist::Mixture { logits, mean, .. } => {
            let expected = |(weights, means): (Vec<f64>, Vec<f64>)| {
                let weights = softmax(&weights);
                let part = |d: usize| -> f64 {
                    let k = weights.len();
                    let mean = |i: usize| means[(i * size + d).min(means.len() - 1)];
                    (0..k).map(|i| weights[i] * mean(i)).sum()
                };
                (0..size).map(part).collect()
            };
            of(logits).into_iter().zip(of(mean)).map(expected).collect()
        }
        Dist::Ctc { .. } => return None,
    };
    let truth: Rows = numbers(&example.columns[o.target.index()])
        .chunks(size)
        .map(<[f64]>::to_vec)
        .collect();
    let raw = |rows: Rows| -> Rows {
        let Some(scale) = ready.encoding().scales.get(&target.name) else {
            return rows;
        };
        let row = |row: Vec<f64>| {
            row.iter()
                .zip(scale.std.iter().zip(&scale.mean))
                .map(|(x, (s, m))| x * s + m)
                .collect()
        };
        rows.into_iter().map(row).collect()
    };
    Some((raw(truth), raw(guess)))
}

fn confusion(ready: &Ready, target: &str, pairs: &Pairs) -> Confusion {
    let most = pairs.0.iter().map(|p| p.0.max(p.1) as usize + 1).max().unwrap_or(0);
    let mut frequent: Vec<(usize, usize)> = (0..most).map(|c| (0, c)).collect();
    pairs.0.iter().for_each(|p| frequent[p.0 as usize].0 += 1);
    frequent.sort_by_key(|(n, c)| (std::cmp::Reverse(*n), *c));
    let mut shown: Vec<usize> = frequent.iter().take(CLASSES).map(|(_, c)| *c).collect();
    shown.sort();
    let rest = most > shown.len();
    let place = |c: f64| shown.binary_search(&(c as usize)).unwrap_or(shown.len());
    let n = shown.len() + usize::from(rest);
    let mut counts = vec![vec![0; n]; n];
    pairs.0.iter().for_each(|p| counts[place(p.0)][place(p.1)] += 1);
    let mut classes: Vec<String> = shown.iter().map(|c| ready.label(target, *c as u32)).collect();
    if rest {
        classes.push("others".into());
    }
    Confusion {
        target: target.into(),
        classes,
        counts,
        right: pairs.0.iter().filter(|p| p.0 == p.1).count(),
        of: pairs.0.len(),
    }
}

fn cloud(target: &str, pairs: &Pairs) -> Option<Figure> {
    let n = pairs.0.len() as f64;
    let mean = pairs.0.iter().map(|p| p.0).sum::<f64>() / n;
    let residual: f64 = pairs.0.iter().map(|p| (p.0 - p.1).powi(2)).sum();
    let total: f64 = pairs.0.iter().map(|p| (p.0 - mean).powi(2)).sum();
    let every = pairs.0.len().div_ceil(POINTS).max(1);
    let low = pairs.0.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let high = pairs.0.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let figure = chart::draw(&Chart {
        title: target,
        x: "true",
        y: "predicted",
        series: vec![
            Series {
                name: "predictions".into(),
                points: pairs.0.iter().step_by(every).copied().collect(),
                cloud: true,
            },
            Series::line("equal", vec![(low, low), (high, high)]),
        ],
        log: false,
        whole: false,
    })?;
    let fit = if total > 0.0 {
        format!(", R² {:.4}", 1.0 - residual / total)
    } else {
        String::new()
    };
    Some(figure.noted(format!(
        "{} numbers, root mean square error {:.5}{fit}",
        pairs.0.len(),
        (residual / n).sqrt()
    )))
}

/// What is predicted at each step of a sample sequence.
pub(super) fn over_sample(ready: &Ready, example: &Example) -> Vec<Figure> {
    let system = ready.system();
    let kept: Vec<Value> = system
        .observations
        .iter()
        .flat_map(|o| o.dist.values())
        .map(|(_, v)| v)
        .collect();
    let mut figures = Vec::new();
    ready.run(std::slice::from_ref(example), &kept, |values| {
        for o in &system.observations {
            let target = &system.data[o.target];
            let (logits, sigmoid) = match o.dist {
                Dist::Categorical { logits } | Dist::Ctc { logits } => (Some(logits), false),
                Dist::Bernoulli { logits } => (Some(logits), true),
                Dist::Normal { .. } | Dist::Laplace { .. } | Dist::Mixture { .. } => (None, false),
            };
            // Of labels that frames spell, the frames.
            let axis = match logits {
                Some(v) => system.ty(v).axes.without(AxisId::BATCH).iter().next(),
                None => target.ty.axes.without(AxisId::BATCH).iter().next(),
            };
            let Some(axis) = axis else { continue };
            match logits {
                Some(v) => {
                    let rows = ready.rows(values, v, 0, Some(axis), 0);
                    figures.extend(probabilities(
                        ready,
                        example,
                        &target.name,
                        axis,
                        &rows,
                        sigmoid,
                        matches!(o.dist, Dist::Ctc { .. }),
                    ));
                }
                None => {
                    if let Some((truth, guess)) = predicted(ready, values, o, 0, example) {
                        figures.extend(series(&target.name, &ready.name(axis), &truth, &guess));
                    }
                }
            }
        }
    });
    figures
}

fn probabilities(
    ready: &Ready,
    example: &Example,
    target: &str,
    axis: AxisId,
    rows: &[Vec<f64>],
    sigmoid: bool,
    blank: bool,
) -> Option<Figure> {
    let classes = rows.first()?.len();
    let of = |row: &Vec<f64>| match sigmoid {
        true => row.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
        false => softmax(row),
    };
    let steps: Rows = rows.iter().map(of).collect();
    let mut shown: Vec<usize> = (0..classes).collect();
    let most = |c: usize| steps.iter().map(|p| p[c]).fold(0.0, f64::max);
    shown.sort_by(|a, b| most(*b).total_cmp(&most(*a)).then(a.cmp(b)));
    shown.truncate(24);
    shown.sort();
    let name = |c: &usize| match (blank && *c + 1 == classes, sigmoid) {
        (true, _) => "blank".into(),
        (false, true) => c.to_string(),
        (false, false) => ready.label(target, *c as u32),
    };
    let what = if sigmoid { "bits" } else { "classes" };
    heat::draw(&Heat {
        title: format!("probability of {target}"),
        note: match shown.len() == classes {
            true => format!("{what} down, {} across", ready.name(axis)),
            false => format!(
                "the {} likeliest of {classes} {what} down, {} across",
                shown.len(),
                ready.name(axis)
            ),
        },
        values: shown.iter().map(|c| steps.iter().map(|p| p[*c]).collect()).collect(),
        rows: shown.iter().map(name).collect(),
        columns: {
            let truth = ready.spec.data.iter().position(|d| d.name == target);
            match (truth.map(|d| &example.columns[d]), sigmoid, blank) {
                (Some(rnn_runtime::data::Values::Index(x)), false, false) => {
                    x.iter().map(|c| ready.label(target, *c)).collect()
                }
                _ => ready.labels(example, axis),
            }
        },
        along: [target.into(), ready.name(axis)],
    })
}

/// Truth and prediction of the first features.
fn series(target: &str, axis: &str, truth: &[Vec<f64>], guess: &[Vec<f64>]) -> Vec<Figure> {
    let size = truth.first().map_or(0, Vec::len);
    let one = |feature: usize| {
        let points = |rows: &[Vec<f64>]| {
            rows.iter()
                .enumerate()
                .map(|(t, row)| ((t + 1) as f64, row[feature]))
                .collect()
        };
        chart::draw(&Chart {
            title: &if size == 1 {
                target.to_string()
            } else {
                format!("{target}, feature {} of {size}", feature + 1)
            },
            x: axis,
            y: target,
            series: vec![
                Series::line("true", points(truth)),
                Series::line("predicted", points(guess)),
            ],
            log: false,
            whole: true,
        })
    };
    (0..size.min(FEATURES)).filter_map(one).collect()
}

/// The first place of the largest.
fn largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = row.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|x| x / sum).collect()
}

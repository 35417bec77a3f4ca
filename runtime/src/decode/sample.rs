//! What is drawn at one position from a distribution's parameters.

use crate::draw::Stream;
use serde::{Deserialize, Serialize};

/// Which distribution, without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DistKind {
    Categorical,
    Bernoulli,
    Normal,
    Laplace,
    /// Of normals.
    Mixture,
    /// One frame, whose last class is the blank: [`collapse`] makes labels of frames.
    Ctc,
}

/// How symbols are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Logits are divided by it, deviations multiplied; 0 takes the likeliest each time.
    pub temperature: f64,
    /// Only the likeliest so many.
    pub top_k: Option<usize>,
    /// Only the likeliest that together reach this probability: the nucleus (Holtzman et al. 2020).
    pub top_p: Option<f64>,
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling {
            temperature: 1.0,
            top_k: None,
            top_p: None,
            seed: 0,
        }
    }
}

/// One draw given the distribution's parameters, in the order of its definition: the features of one position. An index is
/// its number.
pub fn draw(dist: DistKind, params: &[&[f64]], sampling: &Sampling, random: &mut Stream) -> Vec<f64> {
    let t = sampling.temperature;
    match dist {
        DistKind::Categorical | DistKind::Ctc => vec![category(params[0], sampling, random) as f64],
        DistKind::Bernoulli => {
            let bit = |&logit: &f64| match t > 0.0 {
                true => f64::from(random.uniform() < 1.0 / (1.0 + (-logit / t).exp())),
                false => f64::from(logit > 0.0),
            };
            params[0].iter().map(bit).collect()
        }
        DistKind::Normal => around(params[0], params[1], |std| t * std * random.normal()),
        DistKind::Laplace => around(params[0], params[1], |scale| {
            // The inverse of the distribution function.
            let u = random.uniform() - 0.5;
            -t * scale * u.signum() * (1.0 - 2.0 * u.abs()).max(f64::MIN_POSITIVE).ln()
        }),
        DistKind::Mixture => {
            let (component, k) = (category(params[0], sampling, random), params[0].len());
            // One number stands for all of a parameter.
            let part = |x: &[f64]| match x.len() / k {
                0 => x.to_vec(),
                d => x[component * d..(component + 1) * d].to_vec(),
            };
            around(&part(params[1]), &part(params[2]), |std| t * std * random.normal())
        }
    }
}

/// The labels that frames spell: of equal neighbours one is left, then blanks are left out.
pub fn collapse(frames: &[usize], blank: usize) -> Vec<usize> {
    let mut labels = frames.to_vec();
    labels.dedup();
    labels.retain(|&c| c != blank);
    labels
}

/// The logarithm of the probability (of numbers, of its density) of `value`, under the distribution that the parameters
/// give: what an observation adds to the loss, negated.
pub fn log_probability(dist: DistKind, params: &[&[f64]], value: &[f64]) -> f64 {
    let each = |f: &dyn Fn(usize, f64) -> f64| value.iter().enumerate().map(|(i, &x)| f(i, x)).sum();
    let of = |p: &[f64], i: usize| if p.len() == 1 { p[0] } else { p[i] };
    let normal = |x: f64, mean: f64, std: f64| {
        let z = (x - mean) / std;
        -0.5 * z * z - std.ln() - 0.5 * std::f64::consts::TAU.ln()
    };
    match dist {
        DistKind::Categorical | DistKind::Ctc => log_softmax(params[0])[value[0] as usize],
        DistKind::Bernoulli => each(&|i, x| {
            let logit = of(params[0], i);
            let z = if x > 0.5 { logit } else { -logit };
            z.min(0.0) - (-z.abs()).exp().ln_1p()
        }),
        DistKind::Normal => each(&|i, x| normal(x, of(params[0], i), of(params[1], i))),
        DistKind::Laplace => each(&|i, x| {
            let scale = of(params[1], i);
            -(x - of(params[0], i)).abs() / scale - (2.0 * scale).ln()
        }),
        DistKind::Mixture => {
            let part = |component: usize| -> f64 {
                let at = |i: usize| component * value.len() + i;
                each(&|i, x| normal(x, of(params[1], at(i)), of(params[2], at(i))))
            };
            let weights = log_softmax(params[0]);
            let terms: Vec<f64> = weights.iter().enumerate().map(|(c, w)| w + part(c)).collect();
            let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln()
        }
    }
}

/// The logarithms of the probabilities of all classes.
pub fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.iter().filter(|x| !x.is_nan()).map(|x| (x - most).exp()).sum();
    logits.iter().map(|x| x - most - total.ln()).collect()
}

/// `spread` may be one number for all.
fn around(centre: &[f64], spread: &[f64], mut noise: impl FnMut(f64) -> f64) -> Vec<f64> {
    let spread = |i: usize| if spread.len() == 1 { spread[0] } else { spread[i] };
    centre.iter().enumerate().map(|(i, c)| c + noise(spread(i))).collect()
}

/// A class by its logit. Of classes with equal logits the first counts as likelier.
fn category(logits: &[f64], sampling: &Sampling, random: &mut Stream) -> usize {
    let mut order: Vec<usize> = (0..logits.len()).filter(|&i| !logits[i].is_nan()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let Some(&best) = order.first() else { return 0 };
    if sampling.temperature <= 0.0 {
        return best;
    }
    order.truncate(sampling.top_k.unwrap_or(usize::MAX).max(1));
    let weight = |i: usize| ((logits[i] - logits[best]) / sampling.temperature).exp();
    let mut weights: Vec<f64> = order.iter().map(|&i| weight(i)).collect();
    if let Some(p) = sampling.top_p {
        let total: f64 = weights.iter().sum();
        let mut reached = 0.0;
        let enough = weights.iter().position(|w| {
            reached += w / total;
            reached >= p
        });
        weights.truncate(enough.map_or(weights.len(), |i| i + 1));
    }
    let mut left = random.uniform() * weights.iter().sum::<f64>();
    for (&class, weight) in order.iter().zip(&weights) {
        left -= weight;
        if left < 0.0 {
            return class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(logits: &[f64], sampling: Sampling) -> Vec<f64> {
        let mut random = Stream::new(1, "test", 0);
        let mut counts = vec![0.0; logits.len()];
        (0..20_000).for_each(|_| counts[category(logits, &sampling, &mut random)] += 1.0 / 20_000.0);
        counts
    }

    fn close(a: &[f64], b: &[f64]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.015), "{a:?} {b:?}");
    }

    const LOGITS: [f64; 4] = [0.0, 1.0986122886681098, -30.0, 1.791759469228055]; // 1 : 3 : 0 : 6

    #[test]
    fn classes_come_as_often_as_they_should() {
        let plain = Sampling::default();
        close(&shares(&LOGITS, plain), &[0.1, 0.3, 0.0, 0.6]);
        let cold = Sampling {
            temperature: 0.5,
            ..plain
        };
        close(&shares(&LOGITS, cold), &[1.0 / 46.0, 9.0 / 46.0, 0.0, 36.0 / 46.0]);
    }

    #[test]
    fn the_tail_is_cut() {
        let plain = Sampling::default();
        let two = Sampling {
            top_k: Some(2),
            ..plain
        };
        close(&shares(&LOGITS, two), &[0.0, 1.0 / 3.0, 0.0, 2.0 / 3.0]);
        let nucleus = Sampling {
            top_p: Some(0.85),
            ..plain
        };
        close(&shares(&LOGITS, nucleus), &[0.0, 1.0 / 3.0, 0.0, 2.0 / 3.0]);
        let greedy = Sampling {
            temperature: 0.0,
            ..plain
        };
        close(&shares(&LOGITS, greedy), &[0.0, 0.0, 0.0, 1.0]);
    }

    /// The mean and the variance of each entry of many draws.
    fn moments(dist: DistKind, params: &[&[f64]], temperature: f64) -> Vec<(f64, f64)> {
        const N: usize = 40_000;
        let sampling = Sampling {
            temperature,
            ..Sampling::default()
        };
        let mut random = Stream::new(2, "test", 0);
        let draws: Vec<Vec<f64>> = (0..N).map(|_| draw(dist, params, &sampling, &mut random)).collect();
        let mean = |f: &dyn Fn(&Vec<f64>) -> f64| draws.iter().map(f).sum::<f64>() / N as f64;
        let of = |i: usize| {
            let centre = mean(&|d| d[i]);
            (centre, mean(&|d| (d[i] - centre) * (d[i] - centre)))
        };
        (0..draws[0].len()).map(of).collect()
    }

    fn have(found: Vec<(f64, f64)>, expected: &[(f64, f64)]) {
        assert_eq!(found.len(), expected.len());
        for ((mean, variance), (m, v)) in found.iter().zip(expected) {
            assert!(
                (mean - m).abs() < 0.03 && (variance - v).abs() < 0.05 * v.max(0.5),
                "{found:?} {expected:?}"
            );
        }
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        use DistKind::*;
        let (mean, one) = ([1.0, -2.0], [0.5]);
        have(moments(Normal, &[&mean, &one], 1.0), &[(1.0, 0.25), (-2.0, 0.25)]);
        have(
            moments(Normal, &[&mean, &[0.5, 1.5]], 1.0),
            &[(1.0, 0.25), (-2.0, 2.25)],
        );
        have(moments(Normal, &[&mean, &one], 2.0), &[(1.0, 1.0), (-2.0, 1.0)]);
        have(moments(Normal, &[&mean, &one], 0.0), &[(1.0, 0.0), (-2.0, 0.0)]);
        have(moments(Laplace, &[&mean, &one], 1.0), &[(1.0, 0.5), (-2.0, 0.5)]);
        let odds = [0.0, 3f64.ln(), -30.0];
        have(
            moments(Bernoulli, &[&odds], 1.0),
            &[(0.5, 0.25), (0.75, 0.1875), (0.0, 0.0)],
        );
        // A quarter around (0, 4), the rest around (2, -2).
        let (weights, means, stds) = ([0.0, 3f64.ln()], [0.0, 4.0, 2.0, -2.0], [0.5, 1.0, 1.5, 0.1]);
        let of = |m: [f64; 2], s: [f64; 2]| {
            let mean = 0.25 * m[0] + 0.75 * m[1];
            (
                mean,
                0.25 * (s[0] * s[0] + m[0] * m[0]) + 0.75 * (s[1] * s[1] + m[1] * m[1]) - mean * mean,
            )
        };
        let expected = [of([0.0, 2.0], [0.5, 1.5]), of([4.0, -2.0], [1.0, 0.1])];
        have(moments(Mixture, &[&weights, &means, &stds], 1.0), &expected);
        // Of one number; one deviation for all components.
        have(
            moments(Mixture, &[&weights, &[0.0, 2.0], &one], 1.0),
            &[of([0.0, 2.0], [0.5, 0.5])],
        );
    }

    #[test]
    fn infinities_do_not_matter() {
        close(
            &shares(&[f64::NEG_INFINITY, 2.0, f64::NAN], Sampling::default()),
            &[0.0, 1.0, 0.0],
        );
    }
}

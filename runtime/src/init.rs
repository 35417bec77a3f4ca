//! The first values of the parameters.

use crate::draw::Stream;
use crate::model::{Init, ModelSpec, ParamSpec};

/// All parameters in one arena, as drawn. What a parameter gets depends on the seed, its name, its shape and its
/// initialisation, so adding another parameter changes nothing.
pub fn initialise(spec: &ModelSpec, seed: u64) -> Vec<f64> {
    let mut arena = vec![0.0; spec.param_len()];
    for param in &spec.params {
        let mut stream = Stream::new(seed, &format!("init {}", param.name), 0);
        draw(param, &mut stream, &mut arena[param.offset..param.offset + param.len()]);
    }
    arena
}

fn draw(param: &ParamSpec, stream: &mut Stream, values: &mut [f64]) {
    let (fan_in, fan_out) = fans(&param.shape);
    let mut uniform = |low: f64, high: f64| {
        values
            .iter_mut()
            .for_each(|x| *x = low + (high - low) * stream.uniform())
    };
    match param.init {
        Init::Zeros => values.fill(0.0),
        Init::Const(c) => values.fill(c),
        Init::Uniform { low, high } => uniform(low, high),
        Init::Normal { mean, std } => values.iter_mut().for_each(|x| *x = mean + std * stream.normal()),
        // Glorot & Bengio (2010)
        Init::Glorot => {
            let limit = (6.0 / (fan_in + fan_out)).sqrt();
            uniform(-limit, limit);
        }
        // He et al. (2015)
        Init::He => {
            let std = (2.0 / fan_in).sqrt();
            values.iter_mut().for_each(|x| *x = std * stream.normal());
        }
        // LeCun et al. (1998)
        Init::Lecun => uniform(-1.0 / fan_in.sqrt(), 1.0 / fan_in.sqrt()),
        Init::Orthogonal => orthogonal(rows(&param.shape), stream, values),
        Init::Identity(scale) => {
            let (rows, columns) = matrix(&param.shape);
            for i in 0..rows.min(columns) {
                values[i * columns + i] = scale;
            }
        }
    }
}

/// How many values feed one unit, and how many units one value feeds: of [n, m, ...] the rest and n; of a vector its
/// length both times.
fn fans(shape: &[usize]) -> (f64, f64) {
    let at_least_one = |n: usize| n.max(1) as f64;
    match shape {
        [] => (1.0, 1.0),
        [n] => (at_least_one(*n), at_least_one(*n)),
        [n, rest @ ..] => (at_least_one(rest.iter().product()), at_least_one(*n)),
    }
}

/// The first dimension and the product of the others; a vector is one row.
fn matrix(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [n] => (1, *n),
        [n, rest @ ..] => (*n, rest.iter().product()),
    }
}

fn rows(shape: &[usize]) -> usize {
    matrix(shape).0
}

/// The rows (or, where there are more rows than columns, the columns) of a matrix of normal draws, made orthonormal:
/// uniform among the orthogonal matrices (Saxe et al. 2014). Gram & Schmidt, twice, so that long ones stay orthogonal.
fn orthogonal(rows: usize, stream: &mut Stream, values: &mut [f64]) {
    if values.is_empty() {
        return;
    }
    let columns = values.len() / rows;
    let (count, len) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut v: Vec<f64> = (0..len).map(|_| stream.normal()).collect();
        for _ in 0..2 {
            for b in &basis {
                let along = dot(&v, b);
                v.iter_mut().zip(b).for_each(|(x, y)| *x -= along * y);
            }
            let norm = dot(&v, &v).sqrt();
            v.iter_mut().for_each(|x| *x /= norm);
        }
        basis.push(v);
    }
    for (i, v) in basis.iter().enumerate() {
        for (j, &x) in v.iter().enumerate() {
            values[if rows <= columns {
                i * columns + j
            } else {
                j * columns + i
            }] = x;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(params: &[(&str, &[usize], Init)]) -> ModelSpec {
        let mut spec = ModelSpec::default();
        for (name, shape, init) in params {
            spec.params.push(ParamSpec {
                name: (*name).into(),
                shape: shape.to_vec(),
                init: init.clone(),
                trained: true,
                offset: spec.param_len(),
            });
        }
        spec
    }

    #[test]
    fn another_parameter_changes_nothing() {
        let a = initialise(&spec(&[("w", &[3, 4], Init::Glorot), ("v", &[5], Init::He)]), 1);
        let b = initialise(&spec(&[("u", &[2], Init::Lecun), ("v", &[5], Init::He)]), 1);
        assert_eq!(a[12..], b[2..]);
        assert_ne!(
            a,
            initialise(&spec(&[("w", &[3, 4], Init::Glorot), ("v", &[5], Init::He)]), 2)
        );
    }

    #[test]
    fn orthogonal_of_any_shape() {
        for (rows, columns) in [(7, 7), (12, 5), (5, 12), (1, 4), (4, 1)] {
            let w = initialise(&spec(&[("w", &[rows, columns], Init::Orthogonal)]), 3);
            let line = |i: usize| -> Vec<f64> {
                if rows <= columns {
                    w[i * columns..(i + 1) * columns].to_vec()
                } else {
                    (0..rows).map(|r| w[r * columns + i]).collect()
                }
            };
            for i in 0..rows.min(columns) {
                for j in 0..rows.min(columns) {
                    let want = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(&line(i), &line(j)) - want).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn spreads_follow_the_fans() {
        let n = 400;
        let w = initialise(
            &spec(&[
                ("glorot", &[n, 100], Init::Glorot),
                ("he", &[n, 100], Init::He),
                ("lecun", &[n, 100], Init::Lecun),
                ("identity", &[2, 3], Init::Identity(0.5)),
                ("normal", &[100, 100], Init::Normal { mean: 1.0, std: 0.1 }),
            ]),
            5,
        );
        let variance = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>() / v.len() as f64;
        let parts: Vec<&[f64]> = w[..3 * n * 100].chunks(n * 100).collect();
        assert!((variance(parts[0]) / (2.0 / 500.0) - 1.0).abs() < 0.03);
        assert!((variance(parts[1]) / (2.0 / 100.0) - 1.0).abs() < 0.03);
        assert!((variance(parts[2]) / (1.0 / 300.0) - 1.0).abs() < 0.03);
        assert_eq!(w[3 * n * 100..][..6], [0.5, 0.0, 0.0, 0.0, 0.5, 0.0]);
        let normal = &w[3 * n * 100 + 6..];
        let mean = normal.iter().sum::<f64>() / 1e4;
        assert!((mean - 1.0).abs() < 0.01 && (variance(normal) - 1.01).abs() < 0.02);
    }
}

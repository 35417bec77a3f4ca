//! Bounds on the gradient.

use crate::real::Real;
use crate::regime::Clip;
use std::ops::Range;

/// Clips the gradient in place, and gives the Euclidean norm it had. Where that is not finite, nothing changes.
pub fn clip<R: Real>(how: Option<&Clip>, trained: &[Range<usize>], gradients: &mut [R]) -> f64 {
    let norm = trained
        .iter()
        .map(|r| sum_of_squares(&gradients[r.clone()]))
        .sum::<f64>()
        .sqrt();
    if !norm.is_finite() {
        return norm;
    }
    for range in trained {
        let g = &mut gradients[range.clone()];
        match how {
            None => {}
            Some(Clip::Norm(limit)) if norm <= *limit => {}
            Some(Clip::Norm(limit)) => {
                let scale = R::of(limit / norm);
                g.iter_mut().for_each(|x| *x *= scale);
            }
            Some(Clip::Value(limit)) => {
                let (low, high) = (R::of(-limit), R::of(*limit));
                g.iter_mut().for_each(|x| *x = x.maximum(low).minimum(high));
            }
        }
    }
    norm
}

/// In eight partial sums of double precision: always in the same order, and the loop vectorises.
fn sum_of_squares<R: Real>(values: &[R]) -> f64 {
    let mut partial = [0.0; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for chunk in chunks {
        for (sum, x) in partial.iter_mut().zip(chunk) {
            let x = x.to_f64();
            *sum += x * x;
        }
    }
    let rest: f64 = rest.iter().map(|x| x.to_f64() * x.to_f64()).sum();
    partial.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norm_and_value() {
        let clipped = |how: Option<Clip>| {
            let mut g = vec![3.0f64, 100.0, 0.0, -4.0];
            let norm = clip(how.as_ref(), &[0..1, 2..4], &mut g);
            assert_eq!(norm, 5.0);
            g
        };
        assert_eq!(clipped(None), [3.0, 100.0, 0.0, -4.0]);
        assert_eq!(clipped(Some(Clip::Norm(5.0))), [3.0, 100.0, 0.0, -4.0]);
        assert_eq!(clipped(Some(Clip::Norm(2.5))), [1.5, 100.0, 0.0, -2.0]);
        assert_eq!(clipped(Some(Clip::Value(3.5))), [3.0, 100.0, 0.0, -3.5]);
        let many: Vec<f32> = (1..=20).map(|x| x as f32).collect();
        assert_eq!(sum_of_squares(&many), 2870.0);
    }

    #[test]
    fn what_is_not_finite_stays() {
        let mut g = [f32::NAN, 1.0];
        assert!(clip(Some(&Clip::Norm(0.1)), std::slice::from_ref(&(0..2)), &mut g).is_nan());
        assert_eq!(g[1], 1.0);
    }
}

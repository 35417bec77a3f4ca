//! Folds of one row to one number. Sixteen sums run side by side, so that loops vectorise and rounding errors stay
//! small.

use crate::real::Real;

const LANES: usize = 16;

/// The sum of the elements; 0 of none.
pub fn sum<R: Real>(x: &[R]) -> R {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [R::ZERO; LANES];
    for chunk in chunks {
        for (s, x) in lanes.iter_mut().zip(chunk) {
            *s += *x;
        }
    }
    for (s, x) in lanes.iter_mut().zip(rest) {
        *s += *x;
    }
    total(lanes)
}

/// The sum of products of elements.
pub fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [R::ZERO; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((s, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *s += *a * *b;
        }
    }
    for ((s, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *s += *a * *b;
    }
    total(lanes)
}

fn total<R: Real>(mut lanes: [R; LANES]) -> R {
    let mut n = LANES / 2;
    while n > 0 {
        for i in 0..n {
            lanes[i] += lanes[i + n];
        }
        n /= 2;
    }
    lanes[0]
}

/// The largest element; minus infinity of none; not a number where one is not.
pub fn max<R: Real>(x: &[R]) -> R {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [R::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (m, x) in lanes.iter_mut().zip(chunk) {
            *m = m.maximum(*x);
        }
    }
    for (m, x) in lanes.iter_mut().zip(rest) {
        *m = m.maximum(*x);
    }
    lanes.into_iter().fold(R::NEG_INFINITY, R::maximum)
}

/// The first place of the largest element.
pub fn argmax<R: Real>(x: &[R]) -> u32 {
    let mut best = 0;
    for (i, v) in x.iter().enumerate() {
        if *v > x[best] {
            best = i;
        }
    }
    best as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_agree_with_plain_loops() {
        for n in [0, 1, 15, 16, 17, 65] {
            let x: Vec<f64> = (0..n).map(|i| ((i * 7) % 11) as f64 - 5.0).collect();
            assert_eq!(sum(&x), x.iter().sum::<f64>());
            assert_eq!(dot(&x, &x), x.iter().map(|x| x * x).sum::<f64>());
            assert_eq!(max(&x), x.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
        assert_eq!(argmax(&[1.0, 3.0, 3.0, 2.0]), 1);
    }
}

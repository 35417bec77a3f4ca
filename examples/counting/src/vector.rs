//! Products and folds over vectors.

use super::math::single::mul_add;

/// The precision of this crate.
pub type Real = f32;

/// The bytes of one number of `weights.bin`.
type Bytes = [u8; size_of::<Real>()];

/// Adds a matrix times `x` to `y`.
///
/// The matrix lies in panels of 64, 32, 16 and 8 rows, as many of each as fit, the widest first: of each panel one
/// column after the other. The rows that are left lie one after the other.
#[inline(always)]
pub fn product<const N: usize>(mut w: &[Bytes], x: &[Real], y: &mut [Real; N]) {
    let mut y = &mut y[..];
    (w, y) = panels::<64>(w, x, y);
    (w, y) = panels::<32>(w, x, y);
    (w, y) = panels::<16>(w, x, y);
    (w, y) = panels::<8>(w, x, y);
    if !x.is_empty() {
        for (row, y) in w.chunks_exact(x.len()).zip(y) {
            *y += dot_weights(row, x);
        }
    }
}

/// As many panels of `P` rows as fit; returns what is left.
#[inline(always)]
fn panels<'w, 'y, const P: usize>(w: &'w [Bytes], x: &[Real], y: &'y mut [Real]) -> (&'w [Bytes], &'y mut [Real]) {
    let (panels, rest) = y.as_chunks_mut::<P>();
    for (p, y) in panels.iter_mut().enumerate() {
        block(w, p, x, y);
    }
    (w.get(panels.len() * P * x.len()..).unwrap_or(&[]), rest)
}

/// Adds one block of rows of a matrix times `x` to `y`. In a block one column of `P` rows comes after the other.
#[inline(always)]
pub fn block<const P: usize>(w: &[Bytes], block: usize, x: &[Real], y: &mut [Real; P]) {
    let (columns, _) = w.as_chunks::<P>();
    let Some(columns) = columns.get(block * x.len()..(block + 1) * x.len()) else {
        return;
    };
    if P <= AT_ONCE {
        rows::<P, P>(columns, 0, x, y);
        return;
    }
    let mut from = 0;
    while from + AT_ONCE <= P {
        rows::<P, AT_ONCE>(columns, from, x, y);
        from += AT_ONCE;
    }
    while from + 4 <= P {
        rows::<P, 4>(columns, from, x, y);
        from += 4;
    }
    while from < P {
        rows::<P, 1>(columns, from, x, y);
        from += 1;
    }
}

/// The rows whose sums the vector registers hold, two or four of each row.
const AT_ONCE: usize = if cfg!(target_feature = "avx512f") {
    64
} else if cfg!(any(target_feature = "avx", target_arch = "aarch64")) {
    32
} else {
    16
};

/// `Q` rows from `from` on, with as many sums of each as keep the adders busy.
#[inline(always)]
fn rows<const P: usize, const Q: usize>(columns: &[[Bytes; P]], from: usize, x: &[Real], y: &mut [Real; P]) {
    let Some(y) = y.get_mut(from..).and_then(|y| y.first_chunk_mut::<Q>()) else {
        return;
    };
    if Q > 48 {
        turns::<P, Q, 1>(columns, from, x, y);
    } else if Q > 24 {
        turns::<P, Q, 2>(columns, from, x, y);
    } else if Q > 16 {
        turns::<P, Q, 4>(columns, from, x, y);
    } else {
        turns::<P, Q, 8>(columns, from, x, y);
    }
}

/// `C` columns at a time, each with sums of its own. They share one loop: a compiler that finds it short enough to write it
/// out before it looks for vectors may find none.
#[inline(always)]
fn turns<const P: usize, const Q: usize, const C: usize>(
    columns: &[[Bytes; P]],
    from: usize,
    x: &[Real],
    y: &mut [Real; Q],
) {
    let mut sums = [[0.0; Q]; C];
    let ((turns, columns), (xs, x)) = (columns.as_chunks::<C>(), x.as_chunks::<C>());
    for (turn, xs) in turns.iter().zip(xs) {
        let turn = turn.each_ref().map(|column| part::<P, Q>(column, from));
        for j in 0..Q {
            for c in 0..C {
                sums[c][j] = mul_add(Real::from_le_bytes(turn[c][j]), xs[c], sums[c][j]);
            }
        }
    }
    for (column, &x) in columns.iter().zip(x) {
        let column = part::<P, Q>(column, from);
        for j in 0..Q {
            y[j] = mul_add(Real::from_le_bytes(column[j]), x, y[j]);
        }
    }
    let mut half = C / 2;
    while half > 0 {
        for c in 0..half {
            for j in 0..Q {
                sums[c][j] += sums[c + half][j];
            }
        }
        half /= 2;
    }
    for j in 0..Q {
        y[j] += sums[0][j];
    }
}

#[inline(always)]
fn part<const P: usize, const Q: usize>(column: &[Bytes; P], from: usize) -> &[Bytes; Q] {
    match column.get(from..).and_then(|c| c.first_chunk::<Q>()) {
        Some(part) => part,
        None => &[[0; size_of::<Real>()]; Q],
    }
}

#[inline(always)]
fn dot_weights(w: &[Bytes], x: &[Real]) -> Real {
    let mut lanes = [0.0; LANES];
    let ((ws, w), (xs, x)) = (w.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    for (w, x) in ws.iter().zip(xs) {
        for j in 0..LANES {
            lanes[j] = mul_add(Real::from_le_bytes(w[j]), x[j], lanes[j]);
        }
    }
    let rest = w.iter().zip(x).fold(0.0, |s, (&w, x)| s + Real::from_le_bytes(w) * x);
    add_lanes(lanes) + rest
}

const LANES: usize = 16;

/// Adds neighbours in pairs, so that the order does not depend on the machine.
#[inline(always)]
fn add_lanes(mut lanes: [Real; LANES]) -> Real {
    let mut half = LANES / 2;
    while half > 0 {
        for j in 0..half {
            lanes[j] += lanes[j + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// The sum of the products of two vectors' entries.
#[inline(always)]
pub fn dot(a: &[Real], b: &[Real]) -> Real {
    let mut lanes = [0.0; LANES];
    let ((a_lanes, a), (b_lanes, b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for j in 0..LANES {
            lanes[j] = mul_add(a[j], b[j], lanes[j]);
        }
    }
    add_lanes(lanes) + a.iter().zip(b).fold(0.0, |s, (a, b)| s + a * b)
}

/// The sum of a vector's entries.
#[inline(always)]
pub fn sum(x: &[Real]) -> Real {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for j in 0..LANES {
            lanes[j] += x[j];
        }
    }
    add_lanes(lanes) + rest.iter().fold(0.0, |s, x| s + x)
}

/// The larger of two numbers; NaN if either is.
#[inline(always)]
pub fn larger(a: Real, b: Real) -> Real {
    if a > b || a.is_nan() { a } else { b }
}

/// The smaller of two numbers; NaN if either is.
#[inline(always)]
pub fn smaller(a: Real, b: Real) -> Real {
    if a < b || a.is_nan() { a } else { b }
}

/// The largest of a vector's entries.
#[inline(always)]
pub fn max(x: &[Real]) -> Real {
    let mut lanes = [Real::NEG_INFINITY; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for j in 0..LANES {
            lanes[j] = larger(lanes[j], x[j]);
        }
    }
    let most = rest.iter().fold(Real::NEG_INFINITY, |m, &x| larger(m, x));
    lanes.iter().fold(most, |m, &x| larger(m, x))
}

/// The first position of the largest entry.
#[inline(always)]
pub fn argmax(x: &[Real]) -> usize {
    let most = max(x);
    x.iter().position(|&x| x == most).unwrap_or(0)
}

/// -1, 0 or 1.
#[inline(always)]
pub fn sign(x: Real) -> Real {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }
}

/// 0 below 0.
#[inline(always)]
pub fn relu(x: Real) -> Real {
    if x < 0.0 { 0.0 } else { x }
}

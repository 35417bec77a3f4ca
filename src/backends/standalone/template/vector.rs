//! Products and folds over vectors.

use crate::math::single::mul_add;

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

/// `Q` rows from `from` on. Few rows have four sums each, many have two, so that no addition waits for the one before.
#[inline(always)]
fn rows<const P: usize, const Q: usize>(columns: &[[Bytes; P]], from: usize, x: &[Real], y: &mut [Real; P]) {
    let Some(y) = y.get_mut(from..).and_then(|y| y.first_chunk_mut::<Q>()) else {
        return;
    };
    let (mut a, mut b, mut c, mut d) = (*y, [0.0; Q], [0.0; Q], [0.0; Q]);
    if Q >= 32 {
        let ((twos, columns), (xs, x)) = (columns.as_chunks::<2>(), x.as_chunks::<2>());
        for (two, xs) in twos.iter().zip(xs) {
            add_column(&mut a, &two[0], from, xs[0]);
            add_column(&mut b, &two[1], from, xs[1]);
        }
        for (column, &x) in columns.iter().zip(x) {
            add_column(&mut a, column, from, x);
        }
        for j in 0..Q {
            y[j] = a[j] + b[j];
        }
        return;
    }
    let ((fours, columns), (xs, x)) = (columns.as_chunks::<4>(), x.as_chunks::<4>());
    for (four, xs) in fours.iter().zip(xs) {
        add_column(&mut a, &four[0], from, xs[0]);
        add_column(&mut b, &four[1], from, xs[1]);
        add_column(&mut c, &four[2], from, xs[2]);
        add_column(&mut d, &four[3], from, xs[3]);
    }
    for (column, &x) in columns.iter().zip(x) {
        add_column(&mut a, column, from, x);
    }
    for j in 0..Q {
        y[j] = (a[j] + b[j]) + (c[j] + d[j]);
    }
}

#[inline(always)]
fn add_column<const P: usize, const Q: usize>(sum: &mut [Real; Q], column: &[Bytes; P], from: usize, x: Real) {
    if let Some(column) = column.get(from..).and_then(|c| c.first_chunk::<Q>()) {
        for j in 0..Q {
            sum[j] = mul_add(Real::from_le_bytes(column[j]), x, sum[j]);
        }
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

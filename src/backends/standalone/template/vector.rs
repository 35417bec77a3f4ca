//! Products and folds over vectors.

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
    let (columns, _) = w.as_chunks::<P>();
    for (p, y) in panels.iter_mut().enumerate() {
        let Some(columns) = columns.get(p * x.len()..(p + 1) * x.len()) else {
            break;
        };
        if P >= 32 {
            wide(columns, x, y);
        } else {
            narrow(columns, x, y);
        }
    }
    (w.get(panels.len() * P * x.len()..).unwrap_or(&[]), rest)
}

/// One column after the other: there are enough rows to keep the adders busy.
#[inline(always)]
fn wide<const P: usize>(columns: &[[Bytes; P]], x: &[Real], y: &mut [Real; P]) {
    let mut sum = [0.0; P];
    for (column, &x) in columns.iter().zip(x) {
        add_column(&mut sum, column, x);
    }
    for j in 0..P {
        y[j] += sum[j];
    }
}

/// Four columns at a time, each with sums of its own.
#[inline(always)]
fn narrow<const P: usize>(columns: &[[Bytes; P]], x: &[Real], y: &mut [Real; P]) {
    let (mut a, mut b, mut c, mut d) = ([0.0; P], [0.0; P], [0.0; P], [0.0; P]);
    let ((fours, columns), (xs, x)) = (columns.as_chunks::<4>(), x.as_chunks::<4>());
    for (four, xs) in fours.iter().zip(xs) {
        add_column(&mut a, &four[0], xs[0]);
        add_column(&mut b, &four[1], xs[1]);
        add_column(&mut c, &four[2], xs[2]);
        add_column(&mut d, &four[3], xs[3]);
    }
    for (column, &x) in columns.iter().zip(x) {
        add_column(&mut a, column, x);
    }
    for j in 0..P {
        y[j] += (a[j] + b[j]) + (c[j] + d[j]);
    }
}

#[inline(always)]
fn add_column<const P: usize>(sum: &mut [Real; P], column: &[Bytes; P], x: Real) {
    for j in 0..P {
        sum[j] += Real::from_le_bytes(column[j]) * x;
    }
}

#[inline(always)]
fn dot_weights(w: &[Bytes], x: &[Real]) -> Real {
    let mut lanes = [0.0; LANES];
    let ((ws, w), (xs, x)) = (w.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    for (w, x) in ws.iter().zip(xs) {
        for j in 0..LANES {
            lanes[j] += Real::from_le_bytes(w[j]) * x[j];
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
            lanes[j] += a[j] * b[j];
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

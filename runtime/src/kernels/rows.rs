//! Rows of packed buffers, and what generated code does with one row.

use super::steps::{Way, for_each_block};
use crate::batch::{Column, Steps};
use crate::real::Real;

/// *Nothing*, as an index: looking it up gives zeros.
pub const NOTHING: u32 = u32::MAX;

/// Makes a buffer at least so long. What it holds is not cleared.
pub fn grow<T: Clone + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
}

/// The `N` elements from `start` on.
#[inline]
pub fn slot<T, const N: usize>(buffer: &[T], start: usize) -> &[T; N] {
    buffer[start..].first_chunk().expect("a whole row")
}

/// The `N` elements from `start` on.
#[inline]
pub fn slot_mut<T, const N: usize>(buffer: &mut [T], start: usize) -> &mut [T; N] {
    buffer[start..].first_chunk_mut().expect("a whole row")
}

/// Row `r` of a buffer of rows of `N`.
#[inline]
pub fn row<T, const N: usize>(buffer: &[T], r: usize) -> &[T; N] {
    slot(buffer, r * N)
}

/// Row `r` of a buffer of rows of `N`.
#[inline]
pub fn row_mut<T, const N: usize>(buffer: &mut [T], r: usize) -> &mut [T; N] {
    slot_mut(buffer, r * N)
}

/// The numbers of an input. Panics on indices: the model's spec says which it is.
pub fn column<R>(column: &Column<R>) -> &[R] {
    match column {
        Column::Real(x) => x,
        Column::Index(_) => panic!("an input of numbers was given indices"),
    }
}

/// The indices of an input. Panics on numbers: the model's spec says which it is.
pub fn index_column<R>(column: &Column<R>) -> &[u32] {
    match column {
        Column::Index(x) => x,
        Column::Real(_) => panic!("an input of indices was given numbers"),
    }
}

/// A truth value as a number.
#[inline]
pub fn bit<R: Real>(x: bool) -> R {
    if x { R::ONE } else { R::ZERO }
}

/// An index as a number; *nothing* is -1.
#[inline]
pub fn number<R: Real>(index: u32) -> R {
    if index == NOTHING {
        -R::ONE
    } else {
        R::of(f64::from(index))
    }
}

/// Row `index` of a table of rows of `N`; zeros for *nothing*.
#[inline]
pub fn look_up<R: Real, const N: usize>(table: &[R], index: u32, out: &mut [R; N]) {
    if index == NOTHING {
        *out = [R::ZERO; N];
    } else {
        *out = *row(table, index as usize);
    }
}

/// Element `index`; zero for *nothing*.
#[inline]
pub fn pick<R: Real>(x: &[R], index: u32) -> R {
    if index == NOTHING { R::ZERO } else { x[index as usize] }
}

/// The table of `out.len() / width` rows to each of which those rows of `x` are added whose index names it.
pub fn scatter<R: Real>(x: super::View<'_, R>, indices: &[u32], width: usize, table: &mut [R]) {
    table.fill(R::ZERO);
    add_to(x, indices.iter().enumerate(), width, table);
}

/// The same of all rows of a sequence; with `add` on top of what the table holds.
pub fn scatter_all<R: Real>(
    (steps, way): (&Steps, Way),
    x: super::View<'_, R>,
    indices: &[u32],
    width: usize,
    table: &mut [R],
    add: bool,
) {
    if !add {
        table.fill(R::ZERO);
    }
    for_each_block(steps, way, |rows| {
        add_to(x, rows.clone().zip(&indices[rows]), width, table)
    });
}

fn add_to<'a, R: Real>(
    x: super::View<'_, R>,
    rows: impl Iterator<Item = (usize, &'a u32)>,
    width: usize,
    table: &mut [R],
) {
    for (r, &index) in rows {
        if index != NOTHING {
            let row = &x.data[r * x.strides.0..][..width];
            accumulate(&mut table[index as usize * width..][..width], row);
        }
    }
}

/// Adds, element by element.
#[inline]
pub fn accumulate<R: Real>(to: &mut [R], x: &[R]) {
    for (to, x) in to.iter_mut().zip(x) {
        *to += *x;
    }
}

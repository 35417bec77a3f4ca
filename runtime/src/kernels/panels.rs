//! A matrix packed for products: columns in panels as wide as a register tile.

use super::tile::{Isa, Kernel, ROWS, Tile};

/// A matrix in a slice: `data[i * rows + j * columns]` is entry (i, j).
#[derive(Clone, Copy)]
pub struct View<'a, R> {
    pub data: &'a [R],
    /// From one row to the next, and from one column to the next.
    pub strides: (usize, usize),
}

impl<'a, R> View<'a, R> {
    pub fn new(data: &'a [R], row: usize, column: usize) -> View<'a, R> {
        View {
            data,
            strides: (row, column),
        }
    }

    /// Rows as columns.
    pub fn transposed(self) -> View<'a, R> {
        View {
            strides: (self.strides.1, self.strides.0),
            ..self
        }
    }

    /// The view that starts at entry (i, j). Empty where that lies beyond the data.
    pub fn at(self, i: usize, j: usize) -> View<'a, R> {
        let start = (i * self.strides.0 + j * self.strides.1).min(self.data.len());
        View {
            data: &self.data[start..],
            ..self
        }
    }
}

/// A matrix `B` [depth, columns] in panels. Packed once, multiplied by many times: the weights of a recurrence.
#[derive(Clone, Debug)]
pub struct Panels<R> {
    isa: Isa,
    depth: usize,
    columns: usize,
    data: Vec<R>,
}

/// Rows of `A` that are multiplied by all panels while they are in the second cache.
const BLOCK: usize = 96;
/// Columns of `A` (rows of a panel) taken at a time.
const DEPTH: usize = 1024;

impl<R: Kernel + Default> Default for Panels<R> {
    fn default() -> Panels<R> {
        Panels::new(Isa::detect())
    }
}

impl<R: Kernel + Default> Panels<R> {
    pub fn new(isa: Isa) -> Panels<R> {
        Panels {
            isa,
            depth: 0,
            columns: 0,
            data: Vec::new(),
        }
    }

    /// Packs a matrix of `depth` rows and `columns` columns. Allocates only when it is larger than any before.
    pub fn pack(&mut self, b: View<'_, R>, depth: usize, columns: usize) {
        let lanes = self.lanes();
        let width = self.width();
        (self.depth, self.columns) = (depth, columns);
        self.data.resize(columns.div_ceil(lanes) * lanes * depth, R::default());
        for first in (0..columns).step_by(width) {
            let used = width.min(columns - first);
            let across = used.div_ceil(lanes) * lanes;
            let panel = &mut self.data[first * depth..][..across * depth];
            let b = b.at(0, first);
            match b.strides {
                (_, 1) => pack_rows(b, used, panel, across),
                _ => pack_columns(b, used, panel, across),
            }
        }
    }

    /// `C = A B`, or `C += A B`, for `rows` rows; `C`'s rows are `c_stride` apart.
    pub fn product(&self, rows: usize, a: View<'_, R>, c: &mut [R], c_stride: usize, add: bool) {
        let lanes = self.lanes();
        let width = self.width();
        if self.depth == 0 && !add {
            for row in c.chunks_mut(c_stride.max(1)).take(rows) {
                row[..self.columns].fill(R::default());
            }
        }
        for top in (0..rows).step_by(BLOCK) {
            let bottom = rows.min(top + BLOCK);
            for start in (0..self.depth).step_by(DEPTH) {
                let depth = DEPTH.min(self.depth - start);
                for first in (0..self.columns).step_by(width) {
                    let columns = width.min(self.columns - first);
                    let vectors = columns.div_ceil(lanes);
                    let panel = &self.panel(first)[start * vectors * lanes..][..depth * vectors * lanes];
                    let mut r = top;
                    while r < bottom {
                        let m = next_rows(bottom - r);
                        R::tile(
                            self.isa,
                            Tile {
                                rows: m,
                                vectors,
                                depth,
                                a: a.at(r, start).data,
                                a_strides: a.strides,
                                panel,
                                c: &mut c[r * c_stride + first..],
                                c_stride,
                                columns,
                                add: add || start > 0,
                            },
                        );
                        r += m;
                    }
                }
            }
        }
    }

    pub(super) fn lanes(&self) -> usize {
        self.isa.bytes() / size_of::<R>()
    }

    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    /// The columns of a full panel.
    pub(super) fn width(&self) -> usize {
        self.lanes() * self.isa.vectors()
    }

    /// Rows and columns of the matrix.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.depth, self.columns)
    }

    /// The data from the panel on that starts at column `first`; the panels before it are full.
    pub(super) fn panel(&self, first: usize) -> &[R] {
        &self.data[first * self.depth..]
    }
}

/// Fills a panel `across` wide, row by row, from rows of `used` elements and zeros.
fn pack_rows<R: Copy + Default>(b: View<'_, R>, used: usize, panel: &mut [R], across: usize) {
    for (k, to) in panel.chunks_exact_mut(across.max(1)).enumerate() {
        to[..used].copy_from_slice(&b.data[k * b.strides.0..][..used]);
        to[used..].fill(R::default());
    }
}

/// The same of a matrix whose rows are not contiguous: a few rows at a time, column by column, so that what a line of the
/// cache holds of a column is taken at once.
fn pack_columns<R: Copy + Default>(b: View<'_, R>, used: usize, panel: &mut [R], across: usize) {
    const ROWS: usize = 16;
    let (row, column) = b.strides;
    for (block, to) in panel.chunks_mut(ROWS * across.max(1)).enumerate() {
        let rows = to.len() / across;
        for j in 0..used {
            let from = &b.data[block * ROWS * row + j * column..][..(rows - 1) * row + 1];
            for k in 0..rows {
                to[k * across + j] = from[k * row];
            }
        }
        to.chunks_exact_mut(across)
            .for_each(|row| row[used..].fill(R::default()));
    }
}

/// How many rows the next tile takes of those left: as even as can be, for a tile of one row starves.
fn next_rows(left: usize) -> usize {
    left.div_ceil(left.div_ceil(ROWS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_products_agree_with_plain_sums() {
        for (rows, depth, columns) in [
            (0, 3, 4),
            (1, 1, 1),
            (7, 5, 65),
            (13, 0, 3),
            (101, 1030, 37),
            (6, 64, 128),
        ] {
            let a: Vec<f64> = (0..rows * depth).map(|i| ((i * 31) % 17) as f64 - 8.0).collect();
            let b: Vec<f64> = (0..columns * depth).map(|i| ((i * 29) % 13) as f64 - 6.0).collect();
            let mut panels = Panels::default();
            // `b` is stored with a column of the product in each row: transposed by its strides.
            panels.pack(View::new(&b, 1, depth), depth, columns);
            let mut c = vec![1.0; rows * columns];
            panels.product(rows, View::new(&a, depth, 1), &mut c, columns, false);
            let once = c.clone();
            panels.product(rows, View::new(&a, depth, 1), &mut c, columns, true);
            for i in 0..rows {
                for j in 0..columns {
                    let want: f64 = (0..depth).map(|k| a[i * depth + k] * b[j * depth + k]).sum();
                    assert_eq!(once[i * columns + j], want);
                    assert_eq!(c[i * columns + j], 2.0 * want);
                }
            }
        }
    }

    #[test]
    fn rows_are_dealt_evenly() {
        let mut left = 50;
        let mut dealt = vec![];
        while left > 0 {
            dealt.push(next_rows(left));
            left -= dealt[dealt.len() - 1];
        }
        assert_eq!(dealt, [6, 6, 6, 6, 6, 5, 5, 5, 5]);
    }
}

//! The register tile of a matrix product: a few rows of `A` by one packed panel of `B`.
//!
//! A panel holds `vectors * lanes` columns of `B`, row after row. The tile keeps `rows * vectors` vectors of sums in
//! registers and walks down the panel once. AVX-512, AVX2 with FMA, and a portable form; chosen at run time, or at
//! compile time where the target is known to have the instructions.

/// The instructions a tile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The widest this machine has.
    pub fn detect() -> Isa {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Isa::Avx512;
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                return Isa::Avx2;
            }
        }
        Isa::Portable
    }

    /// Bytes of a vector.
    pub fn bytes(self) -> usize {
        match self {
            Isa::Portable => 32,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => 32,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => 64,
        }
    }

    /// The most vectors a panel has across: with six rows the sums, one row of the panel and a broadcast fit the
    /// registers.
    pub fn vectors(self) -> usize {
        match self {
            Isa::Portable => 2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => 2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => 4,
        }
    }
}

/// The most rows of a tile.
pub const ROWS: usize = 6;

/// One call of a tile: `C[rows, columns] = A[rows, depth] B[depth, columns]`, or `C +=` it.
pub struct Tile<'a, R> {
    pub rows: usize,
    /// Vectors across the panel.
    pub vectors: usize,
    pub depth: usize,
    pub a: &'a [R],
    /// From one row of `A` to the next, and from one column to the next.
    pub a_strides: (usize, usize),
    /// `depth` rows of `vectors * lanes`.
    pub panel: &'a [R],
    pub c: &'a mut [R],
    pub c_stride: usize,
    /// The columns of `C`, at most `vectors * lanes`.
    pub columns: usize,
    /// Add to `C` instead of overwriting it.
    pub add: bool,
}

impl<R> Tile<'_, R> {
    /// What the unchecked tiles rely on: every element they touch lies within its slice.
    fn check(&self, lanes: usize) {
        let width = self.vectors * lanes;
        assert!(self.rows >= 1 && self.rows <= ROWS && self.columns >= 1 && self.columns <= width);
        assert!(self.panel.len() >= self.depth * width);
        assert!(self.c.len() >= (self.rows - 1) * self.c_stride + self.columns);
        if self.depth > 0 {
            let last = (self.rows - 1) * self.a_strides.0 + (self.depth - 1) * self.a_strides.1;
            assert!(self.a.len() > last);
        }
    }
}

/// The numbers that tiles exist for. Implemented for `f32` and `f64`; a supertrait of [`crate::Real`].
pub trait Kernel: Sized + Copy {
    /// Runs one tile. Panics when a slice is too short for its strides.
    fn tile(isa: Isa, tile: Tile<'_, Self>);
}

/// The same sums by plain indexing.
fn portable<R, const M: usize, const V: usize, const LANES: usize>(t: Tile<'_, R>)
where
    R: Copy + Default + std::ops::Add<Output = R> + std::ops::Mul<Output = R>,
{
    let mut sums = [[[R::default(); LANES]; V]; M];
    for (k, row) in t.panel.chunks_exact(V * LANES).take(t.depth).enumerate() {
        let (vectors, _) = row.as_chunks::<LANES>();
        for (m, sums) in sums.iter_mut().enumerate() {
            let x = t.a[m * t.a_strides.0 + k * t.a_strides.1];
            for (sums, vector) in sums.iter_mut().zip(vectors) {
                for (s, w) in sums.iter_mut().zip(vector) {
                    *s = *s + x * *w;
                }
            }
        }
    }
    for (m, sums) in sums.iter().enumerate() {
        let c = &mut t.c[m * t.c_stride..][..t.columns];
        for (c, s) in c.iter_mut().zip(sums.as_flattened()) {
            *c = if t.add { *c + *s } else { *s };
        }
    }
}

/// A tile of vector instructions.
///
/// # Safety
/// Each has the target feature it is compiled for as its condition, and [`Tile::check`] for its pointers.
#[cfg(target_arch = "x86_64")]
macro_rules! vector_tile {
    ($name:ident, $real:ty, $lanes:literal, $features:literal, $zero:ident, $load:ident, $store:ident, $set:ident,
     $add:ident, $fma:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name<const M: usize, const V: usize>(t: Tile<'_, $real>) {
            use std::arch::x86_64::*;
            let (row, step) = t.a_strides;
            let mut sums = [[$zero(); V]; M];
            let mut a = t.a.as_ptr();
            let mut panel = t.panel.as_ptr();
            for _ in 0..t.depth {
                // SAFETY: `check` holds `depth * V * lanes` elements in `panel` and the last of `rows` and `depth` in `a`;
                // the pointers past the last step are not read.
                unsafe {
                    let mut w = [$zero(); V];
                    for (v, w) in w.iter_mut().enumerate() {
                        *w = $load(panel.add(v * $lanes));
                    }
                    for (m, sums) in sums.iter_mut().enumerate() {
                        let x = $set(*a.add(m * row));
                        for (s, w) in sums.iter_mut().zip(w) {
                            *s = $fma(x, w, *s);
                        }
                    }
                    a = a.wrapping_add(step);
                    panel = panel.wrapping_add(V * $lanes);
                }
            }
            for (m, sums) in sums.iter().enumerate() {
                let c = &mut t.c[m * t.c_stride..][..t.columns];
                if t.columns == V * $lanes {
                    for (v, s) in sums.iter().enumerate() {
                        // SAFETY: `c` has `V * lanes` elements.
                        unsafe {
                            let p = c.as_mut_ptr().add(v * $lanes);
                            $store(p, if t.add { $add($load(p), *s) } else { *s });
                        }
                    }
                } else {
                    let mut whole = [[0.0; $lanes]; V];
                    for (s, out) in sums.iter().zip(&mut whole) {
                        // SAFETY: `out` is one vector long.
                        unsafe { $store(out.as_mut_ptr(), *s) };
                    }
                    for (c, s) in c.iter_mut().zip(whole.as_flattened()) {
                        *c = if t.add { *c + *s } else { *s };
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector_tile!(
    avx512_f32,
    f32,
    16,
    "avx512f",
    _mm512_setzero_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_set1_ps,
    _mm512_add_ps,
    _mm512_fmadd_ps
);
#[cfg(target_arch = "x86_64")]
vector_tile!(
    avx512_f64,
    f64,
    8,
    "avx512f",
    _mm512_setzero_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_set1_pd,
    _mm512_add_pd,
    _mm512_fmadd_pd
);
#[cfg(target_arch = "x86_64")]
vector_tile!(
    avx2_f32,
    f32,
    8,
    "avx2,fma",
    _mm256_setzero_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_set1_ps,
    _mm256_add_ps,
    _mm256_fmadd_ps
);
#[cfg(target_arch = "x86_64")]
vector_tile!(
    avx2_f64,
    f64,
    4,
    "avx2,fma",
    _mm256_setzero_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_set1_pd,
    _mm256_add_pd,
    _mm256_fmadd_pd
);

/// Calls the form of a tile with as many rows and vectors as `t` has.
macro_rules! by_size {
    ($t:ident, [$($v:literal)*], $f:ident $(, $lanes:literal)?) => {
        by_size!(@rows $t, [$($v)*], $f, [$($lanes)?], 1 2 3 4 5 6)
    };
    (@rows $t:ident, $vs:tt, $f:ident, $l:tt, $($m:literal)*) => {
        match $t.rows { $($m => by_size!(@vectors $t, $vs, $f, $l, $m),)* _ => unreachable!("checked") }
    };
    (@vectors $t:ident, [$($v:literal)*], $f:ident, $l:tt, $m:literal) => {
        match $t.vectors { $($v => by_size!(@call $t, $f, $l, $m, $v),)* _ => unreachable!("checked") }
    };
    (@call $t:ident, $f:ident, [], $m:literal, $v:literal) => { $f::<$m, $v>($t) };
    (@call $t:ident, $f:ident, [$l:literal], $m:literal, $v:literal) => { $f::<_, $m, $v, $l>($t) };
}

macro_rules! kernel {
    ($real:ty, $lanes:literal, $avx512:ident, $avx2:ident) => {
        impl Kernel for $real {
            #[inline]
            fn tile(isa: Isa, t: Tile<'_, $real>) {
                t.check(isa.bytes() / size_of::<$real>());
                assert!(t.vectors >= 1 && t.vectors <= isa.vectors());
                match isa {
                    Isa::Portable => by_size!(t, [1 2], portable, $lanes),
                    // SAFETY: `detect` found the instructions, and the lengths are checked above.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => unsafe { by_size!(t, [1 2], $avx2) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => unsafe { by_size!(t, [1 2 3 4], $avx512) },
                }
            }
        }
    };
}

kernel!(f32, 8, avx512_f32, avx2_f32);
kernel!(f64, 4, avx512_f64, avx2_f64);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 37 + 11) % 101) as f64 / 50.0 - 1.0).collect()
    }

    /// Every form of every tile against the sums by indexing, on slices of exactly the needed length.
    #[test]
    fn tiles_agree_with_plain_sums() {
        let isas = [
            Isa::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512,
        ];
        for isa in isas.into_iter().filter(|i| i.bytes() <= Isa::detect().bytes()) {
            if isa.bytes() == 32 && isa != Isa::Portable && Isa::detect() == Isa::Portable {
                continue;
            }
            let lanes = isa.bytes() / 8;
            for rows in 1..=ROWS {
                for vectors in 1..=isa.vectors() {
                    for (depth, short) in [(0, 0), (1, 1), (7, 0), (7, lanes - 1)] {
                        for (a_strides, add) in [((depth + 2, 1), false), ((1, rows), true)] {
                            let columns = vectors * lanes - short;
                            let a_len = (rows - 1) * a_strides.0 + depth.max(1) * a_strides.1;
                            let (a, panel) = (numbers(a_len), numbers(depth * vectors * lanes));
                            let c_stride = columns + 3;
                            let mut c = numbers((rows - 1) * c_stride + columns);
                            let before = c.clone();
                            f64::tile(
                                isa,
                                Tile {
                                    rows,
                                    vectors,
                                    depth,
                                    a: &a,
                                    a_strides,
                                    panel: &panel,
                                    c: &mut c,
                                    c_stride,
                                    columns,
                                    add,
                                },
                            );
                            for (i, &got) in c.iter().enumerate() {
                                let (m, n) = (i / c_stride, i % c_stride);
                                let product: f64 = (0..depth)
                                    .map(|k| {
                                        a[m * a_strides.0 + k * a_strides.1]
                                            * panel.get(k * vectors * lanes + n).unwrap_or(&0.0)
                                    })
                                    .sum();
                                let want = match (n < columns, add) {
                                    (false, _) => before[i],
                                    (true, true) => before[i] + product,
                                    (true, false) => product,
                                };
                                assert!((got - want).abs() < 1e-13, "{isa:?} {rows}x{vectors}: {got} {want}");
                            }
                        }
                    }
                }
            }
        }
    }
}

//! Random numbers that are pure functions of what they are drawn for: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011).
//!
//! Nothing here has a hidden state, so a draw does not depend on the order of the work, on the split of a batch or on
//! the number of threads.

use crate::math::double;
use crate::model::Draws;

/// Ten rounds of Philox with four words of 32 bits.
#[inline(always)]
pub fn philox(key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    let ([mut k0, mut k1], [mut a, mut b, mut c, mut d]) = (key, counter);
    for _ in 0..10 {
        let p = u64::from(a) * 0xd251_1f53;
        let q = u64::from(c) * 0xcd9e_8d57;
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ k0, q as u32, (p >> 32) as u32 ^ d ^ k1, p as u32);
        k0 = k0.wrapping_add(0x9e37_79b9);
        k1 = k1.wrapping_add(0xbb67_ae85);
    }
    [a, b, c, d]
}

fn words(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// The draws of one `Draw` operation in one step of training.
#[derive(Clone, Copy, Debug)]
pub struct Uniform {
    key: [u32; 2],
}

impl Uniform {
    #[inline]
    pub fn new(draws: Draws, stream: u32) -> Uniform {
        let ([lo, hi], seed) = (words(draws.step), words(draws.seed));
        let [a, b, _, _] = philox(seed, [lo, hi, stream, u32::from_be_bytes(*b"draw")]);
        Uniform { key: [a, b] }
    }

    /// Uniform in [0, 1) in steps of 2^-24, so that both precisions see the same number. Different arguments read
    /// different words, for examples and positions below 2^48.
    #[inline]
    pub fn at(self, example: u64, position: u64, element: u32) -> f64 {
        let ([e, e_hi], [p, p_hi]) = (words(example), words(position));
        let block = philox(self.key, [e, p, e_hi << 16 | p_hi & 0xffff, element >> 2]);
        f64::from(block[(element & 3) as usize] >> 8) * (1.0 / 16_777_216.0)
    }
}

/// [`Uniform::at`] of one draw. A loop does better with a [`Uniform`] made before it.
#[inline]
pub fn uniform(draws: Draws, stream: u32, example: u64, position: u64, element: u32) -> f64 {
    Uniform::new(draws, stream).at(example, position, element)
}

/// A sequence of random numbers for one purpose: initial parameters, shuffles, sampling.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    block: [u32; 4],
    /// Words taken so far.
    taken: u64,
}

impl Stream {
    /// Streams of different seeds, purposes or indices are independent.
    pub fn new(seed: u64, purpose: &str, index: u64) -> Stream {
        let ([a, b], [c, d]) = (words(fnv1a(purpose.as_bytes())), words(index));
        let key = philox(words(seed), [a, b, c, d]);
        Stream {
            key: [key[0], key[1]],
            block: [0; 4],
            taken: 0,
        }
    }

    pub fn next_u32(&mut self) -> u32 {
        if self.taken.is_multiple_of(4) {
            let [lo, hi] = words(self.taken / 4);
            self.block = philox(self.key, [lo, hi, 0, 0]);
        }
        self.taken += 1;
        self.block[((self.taken - 1) % 4) as usize]
    }

    /// Uniform in [0, 1), of 53 bits.
    pub fn uniform(&mut self) -> f64 {
        let high = u64::from(self.next_u32() >> 5);
        let low = u64::from(self.next_u32() >> 6);
        (high << 26 | low) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = double::sqrt(-2.0 * double::ln(1.0 - self.uniform()));
        radius * double::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Uniform among `0..n`, without bias; 0 for an empty range.
    pub fn below(&mut self, n: u64) -> u64 {
        let rest = (u64::MAX % n.max(1) + 1) % n.max(1);
        loop {
            let x = u64::from(self.next_u32()) << 32 | u64::from(self.next_u32());
            if x <= u64::MAX - rest {
                return x % n.max(1);
            }
        }
    }

    /// A uniformly drawn order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// The 64-bit FNV-1a hash: for names and for telling data apart, not against malice.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The vectors that Random123 publishes (kat_vectors, philox4x32 10).
    #[test]
    fn published_vectors() {
        assert_eq!(
            philox([0; 2], [0; 4]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 2], [u32::MAX; 4]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0xa409_3822, 0x299f_31d0],
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn a_draw_depends_on_everything_it_is_given() {
        let d = Draws { seed: 1, step: 2 };
        let near = [
            uniform(d, 0, 0, 0, 0),
            uniform(Draws { seed: 2, ..d }, 0, 0, 0, 0),
            uniform(Draws { step: 3, ..d }, 0, 0, 0, 0),
            uniform(d, 1, 0, 0, 0),
            uniform(d, 0, 1, 0, 0),
            uniform(d, 0, 1 << 33, 0, 0),
            uniform(d, 0, 0, 1, 0),
            uniform(d, 0, 0, 1 << 33, 0),
            uniform(d, 0, 0, 0, 1),
            uniform(d, 0, 0, 0, 4),
        ];
        let distinct: BTreeSet<u64> = near.iter().map(|x| x.to_bits()).collect();
        assert_eq!(distinct.len(), near.len());
        for x in near {
            assert!((0.0..1.0).contains(&x) && f64::from(x as f32) == x);
        }
    }

    #[test]
    fn moments() {
        let mut s = Stream::new(3, "test", 0);
        let n = 100_000;
        let xs: Vec<f64> = (0..n).map(|_| s.normal()).collect();
        let mean = xs.iter().sum::<f64>() / f64::from(n);
        let variance = xs.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        let u = Uniform::new(Draws { seed: 0, step: 0 }, 0);
        let mean = (0..n as u32).map(|i| u.at(7, 1, i)).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    #[test]
    fn shuffles_are_permutations_and_differ() {
        let order = |index| {
            let mut v: Vec<usize> = (0..50).collect();
            Stream::new(1, "shuffle", index).shuffle(&mut v);
            v
        };
        let (a, b) = (order(0), order(1));
        assert_ne!(a, b);
        assert_eq!(a, order(0));
        assert_eq!(a.iter().copied().collect::<BTreeSet<_>>().len(), 50);
        assert_eq!(Stream::new(1, "x", 0).below(0), 0);
    }
}

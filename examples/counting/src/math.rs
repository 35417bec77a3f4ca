//! Elementary functions of `f32` ([`single`]) and `f64` ([`double`]) out of arithmetic and comparisons alone.
//!
//! There are no branches, tables or calls, only selects, so a loop over a slice vectorises; nothing outside of `core`
//! is needed, but for `f32::mul_add` where the target has the instruction and an operating system. The same input gives
//! the same bits on all platforms with that instruction, and on all without. The compiler copies this file into the
//! standalone crates it writes. Reductions follow Cody & Waite (1980) and fdlibm (Sun Microsystems 1993), the
//! polynomials are Taylor's, cut where the next term no longer shows, but for that of `e^r` in `f32`. Errors, in units in the last place, are
//! measured by the tests: at most 3 for `f32`, 4 for `f64` (`powf`, `sin`, `cos`: see there). NaN gives NaN.

/// `f32`
pub mod single {
    const LOG2_E: f32 = core::f32::consts::LOG2_E;
    /// ln 2 in two parts; the first has 9 bits, so that its product with an exponent is exact.
    const LN2_HI: f32 = 0.693_359_4;
    const LN2_LO: f32 = -2.121_944_4e-4;
    /// 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// 2^64 and 2^-64
    const UP: f32 = 18_446_744_073_709_551_616.0;
    const DOWN: f32 = 1.0 / UP;
    /// The bits of sqrt(1/2)
    const SQRT_HALF: u32 = 0x3f35_04f3;

    /// `a b + c`, in one rounding where the target has the instruction.
    #[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows)))]
    #[inline(always)]
    pub fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    /// `a b + c`, in one rounding where the target has the instruction.
    #[cfg(not(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows))))]
    #[inline(always)]
    pub fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }

    /// `e^r - 1` for `|r| <= ln 2 / 2`: a polynomial of degree 6 with the least relative error of the power, 0.03 ulp. In
    /// pairs, so that its products need not wait for each other.
    #[inline(always)]
    fn small_exp(r: f32) -> f32 {
        let z = r * r;
        let high = mul_add(z, 1.381_454e-3, mul_add(r, 8.368_745e-3, 4.166_839e-2));
        mul_add(z, mul_add(z, high, mul_add(r, 0.166_665_21, 0.499_999_94)), r)
    }

    /// `(e^r - 1, t)` where `x = n ln 2 + r` and `|r| <= ln 2 / 2`; `n` stands in the low bits of `t`.
    #[inline(always)]
    fn reduced_exp(x: f32) -> (f32, f32) {
        let t = mul_add(x, LOG2_E, ROUND);
        let k = t - ROUND;
        (small_exp(mul_add(k, -LN2_LO, mul_add(k, -LN2_HI, x))), t)
    }

    /// 2^(n + more) for a normal result; `n` stands in the low bits of `t`.
    #[inline(always)]
    fn power_of_two(t: f32, more: i32) -> f32 {
        f32::from_bits(t.to_bits().wrapping_add(127).wrapping_add(more as u32) << 23)
    }

    /// `ln(2^e (1 + f))` for `1 + f` between sqrt(1/2) and sqrt(2)
    #[inline(always)]
    fn reduced_ln(f: f32, e: f32) -> f32 {
        let s = f / (2.0 + f);
        let z = s * s;
        let r = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0)))));
        let h = 0.5 * f * f;
        e * LN2_HI - ((h - (s * (h + r) + e * LN2_LO)) - f)
    }

    /// e^x; infinity above 88.73, 0 below -103.98.
    #[inline(always)]
    pub fn exp(x: f32) -> f32 {
        let x = if x > 89.0 { 89.0 } else { x };
        let x = if x < -104.0 { -104.0 } else { x };
        let (q, t) = reduced_exp(x);
        // Two factors: the power alone may be too large, or too small.
        let small = x < 0.0;
        let s = power_of_two(t, if small { 64 } else { -64 });
        mul_add(s, q, s) * if small { DOWN } else { UP }
    }

    /// The natural logarithm: minus infinity at 0, NaN below.
    #[inline(always)]
    pub fn ln(x: f32) -> f32 {
        let tiny = x < f32::MIN_POSITIVE;
        let z = if tiny { x * 33_554_432.0 } else { x };
        let i = z.to_bits().wrapping_sub(SQRT_HALF);
        let e = (i as i32 >> 23) as f32 - if tiny { 25.0 } else { 0.0 };
        let m = f32::from_bits((i & 0x007f_ffff).wrapping_add(SQRT_HALF));
        let y = reduced_ln(m - 1.0, e);
        let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
        let y = if x < 0.0 { f32::NAN } else { y };
        if x < f32::INFINITY { y } else { x }
    }

    /// The hyperbolic tangent, as accurate near 0 as elsewhere; 1 in magnitude from 9.02 on.
    #[inline(always)]
    pub fn tanh(x: f32) -> f32 {
        let y = x.abs();
        let y = if y > 10.0 { 10.0 } else { y };
        let t = mul_add(y, 2.0 * LOG2_E, ROUND);
        // One part of ln 2 is enough: where the error counts, there is little left of it in the quotient.
        let q = small_exp(mul_add(t - ROUND, -core::f32::consts::LN_2, y + y));
        let s = power_of_two(t, 0);
        (mul_add(s, q, s - 1.0) / mul_add(s, q, s + 1.0)).copysign(x)
    }

    /// `1 / (1 + exp(-x))`
    #[inline(always)]
    pub fn sigmoid(x: f32) -> f32 {
        let y = x.abs();
        let y = if y > 104.0 { 104.0 } else { y };
        let (q, t) = reduced_exp(-y);
        let s = power_of_two(t, 64) * DOWN;
        (if x < 0.0 { mul_add(s, q, s) } else { 1.0 }) / mul_add(s, q, s + 1.0)
    }

    /// `ln(1 + exp(x))`, without overflow or cancellation
    #[inline(always)]
    pub fn softplus(x: f32) -> f32 {
        let y = x.abs();
        let y = if y > 104.0 { 104.0 } else { y };
        let (q, t) = reduced_exp(-y);
        let s = power_of_two(t, 64);
        let u = mul_add(s, q, s) * DOWN;
        let upper = u > 0.414_213_56;
        let f = if upper { (u - 1.0) * 0.5 } else { u };
        let e = if upper { 1.0 } else { 0.0 };
        (if x < 0.0 { 0.0 } else { x }) + reduced_ln(f, e)
    }

    /// `(sin x, cos x, quarter turns)` of the remainder by a quarter turn
    #[inline(always)]
    fn quarter(x: f32) -> (f32, f32, i64) {
        let (r, n) = super::double::reduced_turn(f64::from(x));
        let r = r as f32;
        let z = r * r;
        let s = r * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5_040.0 + z * (1.0 / 362_880.0))));
        let c = z * z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40_320.0 + z * (-1.0 / 3_628_800.0))));
        let h = 0.5 * z;
        let w = 1.0 - h;
        (r + s, w + (((1.0 - w) - h) + c), n)
    }

    /// The sine, for `|x|` up to 10^6; beyond, accuracy fades, and the result stays between -1 and 1.
    #[inline(always)]
    pub fn sin(x: f32) -> f32 {
        let (s, c, n) = quarter(x);
        let y = if n & 1 == 0 { s } else { c };
        if n & 2 == 0 { y } else { -y }
    }

    /// The cosine, for `|x|` up to 10^6; beyond, accuracy fades, and the result stays between -1 and 1.
    #[inline(always)]
    pub fn cos(x: f32) -> f32 {
        let (s, c, n) = quarter(x);
        let y = if n & 1 == 0 { c } else { s };
        if n.wrapping_add(1) & 2 == 0 { y } else { -y }
    }

    /// The square root, correctly rounded; NaN below 0.
    #[inline(always)]
    pub fn sqrt(x: f32) -> f32 {
        super::double::sqrt(f64::from(x)) as f32
    }

    /// The largest integer that is not above `x`
    #[inline(always)]
    pub fn floor(x: f32) -> f32 {
        let a = x.abs();
        let t = ((a + 8_388_608.0) - 8_388_608.0).copysign(x);
        let t = if t > x { t - 1.0 } else { t };
        if a < 8_388_608.0 { t } else { x }
    }

    /// x^y with the special cases of IEEE 754; a negative `x` needs an integer `y`.
    #[inline(always)]
    pub fn powf(x: f32, y: f32) -> f32 {
        super::double::powf(f64::from(x), f64::from(y)) as f32
    }
}

/// `f64`
pub mod double {
    const LOG2_E: f64 = core::f64::consts::LOG2_E;
    /// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
    const LN2_HI: f64 = 6.931_471_803_691_238e-1;
    const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
    /// pi / 2 in three parts; the first two have 33 bits.
    const TURN_1: f64 = 1.570_796_326_734_125_6;
    const TURN_2: f64 = 6.077_100_506_303_966e-11;
    const TURN_3: f64 = 2.022_266_248_795_950_6e-21;
    /// 1.5 * 2^52: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// The bits of sqrt(1/2)
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;

    /// `a b + c`, in one rounding where the target has the instruction.
    #[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows)))]
    #[inline(always)]
    pub fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }

    /// `a b + c`, in one rounding where the target has the instruction.
    #[cfg(not(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows))))]
    #[inline(always)]
    pub fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }

    /// `(e^r - 1, n)` where `x = n ln 2 + r` and `|r| <= ln 2 / 2`
    #[inline(always)]
    fn reduced_exp(x: f64) -> (f64, i64) {
        let t = x * LOG2_E + ROUND;
        let n = t.to_bits().wrapping_sub(ROUND.to_bits()) as i64;
        let k = t - ROUND;
        let r = (x - k * LN2_HI) - k * LN2_LO;
        let p = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
        let p = 1.0 / 362_880.0 + r * (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0 + r * p));
        let p = 1.0 / 720.0 + r * (1.0 / 5_040.0 + r * (1.0 / 40_320.0 + r * p));
        let p = 0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * p)));
        (r + r * r * p, n)
    }

    /// 2^n for a normal result
    #[inline(always)]
    fn power_of_two(n: i64) -> f64 {
        f64::from_bits((n.wrapping_add(1023) as u64) << 52)
    }

    /// `2 atanh(s) / s - 2` for `z = s * s` up to 0.03
    #[inline(always)]
    fn atanh_tail(z: f64) -> f64 {
        let r = 2.0 / 15.0 + z * (2.0 / 17.0 + z * (2.0 / 19.0 + z * (2.0 / 21.0)));
        let r = 2.0 / 9.0 + z * (2.0 / 11.0 + z * (2.0 / 13.0 + z * r));
        z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * r)))
    }

    /// `ln(2^e (1 + f))` for `1 + f` between sqrt(1/2) and sqrt(2)
    #[inline(always)]
    fn reduced_ln(f: f64, e: f64) -> f64 {
        let s = f / (2.0 + f);
        let r = atanh_tail(s * s);
        let h = 0.5 * f * f;
        e * LN2_HI - ((h - (s * (h + r) + e * LN2_LO)) - f)
    }

    /// `(f, e)` where `x = 2^e (1 + f)`, for positive finite `x`
    #[inline(always)]
    fn split_exponent(x: f64) -> (f64, f64) {
        let tiny = x < f64::MIN_POSITIVE;
        let z = if tiny { x * 18_014_398_509_481_984.0 } else { x };
        let i = z.to_bits().wrapping_sub(SQRT_HALF);
        let e = (i as i64 >> 52) as u64;
        let e = f64::from_bits(ROUND.to_bits().wrapping_add(e)) - ROUND;
        let m = f64::from_bits((i & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
        (m - 1.0, e - if tiny { 54.0 } else { 0.0 })
    }

    /// e^x; infinity above 709.79, 0 below -745.14.
    #[inline(always)]
    pub fn exp(x: f64) -> f64 {
        let x = if x > 710.0 { 710.0 } else { x };
        let x = if x < -746.0 { -746.0 } else { x };
        let (q, n) = reduced_exp(x);
        let half = n >> 1;
        (1.0 + q) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }

    /// The natural logarithm: minus infinity at 0, NaN below.
    #[inline(always)]
    pub fn ln(x: f64) -> f64 {
        let (f, e) = split_exponent(x);
        let y = reduced_ln(f, e);
        let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
        let y = if x < 0.0 { f64::NAN } else { y };
        if x < f64::INFINITY { y } else { x }
    }

    /// The hyperbolic tangent, as accurate near 0 as elsewhere; 1 in magnitude from 19.1 on.
    #[inline(always)]
    pub fn tanh(x: f64) -> f64 {
        let y = 2.0 * x.abs();
        let y = if y > 44.0 { 44.0 } else { y };
        let (q, n) = reduced_exp(y);
        let scale = power_of_two(n);
        let t = scale * q + (scale - 1.0);
        (t / (t + 2.0)).copysign(x)
    }

    /// `1 / (1 + exp(-x))`
    #[inline(always)]
    pub fn sigmoid(x: f64) -> f64 {
        let e = exp(-x.abs());
        (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
    }

    /// `ln(1 + exp(x))`, without overflow or cancellation
    #[inline(always)]
    pub fn softplus(x: f64) -> f64 {
        let u = exp(-x.abs());
        let upper = u > 0.414_213_562_373_095;
        let f = if upper { (u - 1.0) * 0.5 } else { u };
        let e = if upper { 1.0 } else { 0.0 };
        (if x < 0.0 { 0.0 } else { x }) + reduced_ln(f, e)
    }

    /// `(r, n)` where `x = n pi / 2 + r` and `|r| <= pi / 4`; NaN of an infinity
    #[inline(always)]
    pub(super) fn reduced_turn(x: f64) -> (f64, i64) {
        const EIGHTH: f64 = core::f64::consts::FRAC_PI_4;
        let t = x * core::f64::consts::FRAC_2_PI + ROUND;
        let n = t.to_bits().wrapping_sub(ROUND.to_bits()) as i64;
        let k = t - ROUND;
        let r = ((x - k * TURN_1) - k * TURN_2) - k * TURN_3;
        let r = if r > EIGHTH { EIGHTH } else { r };
        (if r < -EIGHTH { -EIGHTH } else { r }, n)
    }

    /// `(sin x, cos x, quarter turns)` of the remainder by a quarter turn
    #[inline(always)]
    fn quarter(x: f64) -> (f64, f64, i64) {
        let (r, n) = reduced_turn(x);
        let z = r * r;
        let s = 1.0 / 6_227_020_800.0 + z * (-1.0 / 1_307_674_368_000.0 + z * (1.0 / 355_687_428_096_000.0));
        let s = -1.0 / 5_040.0 + z * (1.0 / 362_880.0 + z * (-1.0 / 39_916_800.0 + z * s));
        let s = r * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * s));
        let c = -1.0 / 87_178_291_200.0 + z * (1.0 / 20_922_789_888_000.0 + z * (-1.0 / 6_402_373_705_728_000.0));
        let c = 1.0 / 40_320.0 + z * (-1.0 / 3_628_800.0 + z * (1.0 / 479_001_600.0 + z * c));
        let c = z * z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * c));
        let h = 0.5 * z;
        let w = 1.0 - h;
        (r + s, w + (((1.0 - w) - h) + c), n)
    }

    /// The sine, for `|x|` up to 10^6; beyond, accuracy fades, and the result stays between -1 and 1.
    #[inline(always)]
    pub fn sin(x: f64) -> f64 {
        let (s, c, n) = quarter(x);
        let y = if n & 1 == 0 { s } else { c };
        if n & 2 == 0 { y } else { -y }
    }

    /// The cosine, for `|x|` up to 10^6; beyond, accuracy fades, and the result stays between -1 and 1.
    #[inline(always)]
    pub fn cos(x: f64) -> f64 {
        let (s, c, n) = quarter(x);
        let y = if n & 1 == 0 { c } else { s };
        if n.wrapping_add(1) & 2 == 0 { y } else { -y }
    }

    /// `(p, q)` where `p + q = a b` exactly (Dekker 1971), short of overflow
    #[inline(always)]
    fn exact_product(a: f64, b: f64) -> (f64, f64) {
        let halves = |x: f64| {
            let c = 134_217_729.0 * x;
            let high = c - (c - x);
            (high, x - high)
        };
        let ((ah, al), (bh, bl)) = (halves(a), halves(b));
        let p = a * b;
        (p, ((ah * bh - p) + ah * bl + al * bh) + al * bl)
    }

    /// The square root, by Newton's iteration on its reciprocal; NaN below 0.
    #[inline(always)]
    pub fn sqrt(x: f64) -> f64 {
        // An even exponent out of the way keeps the iteration off overflow and underflow.
        let tiny = x < 1e-200;
        let huge = x > 1e200;
        let up = if tiny { 3.402_823_669_209_385e38 } else { 1.0 };
        let down = if huge { 2.938_735_877_055_719e-39 } else { up };
        let z = if tiny { x * 1.157_920_892_373_162e77 } else { x };
        let z = if huge { x * 8.636_168_555_094_445e-78 } else { z };
        let mut y = f64::from_bits(0x5fe6_eb50_c7b5_37a9_u64.wrapping_sub(z.to_bits() >> 1));
        y = y * (1.5 - 0.5 * z * y * y);
        y = y * (1.5 - 0.5 * z * y * y);
        y = y * (1.5 - 0.5 * z * y * y);
        y = y * (1.5 - 0.5 * z * y * y);
        let s = z * y;
        let (p, q) = exact_product(s, s);
        let s = s + 0.5 * y * ((z - p) - q);
        let s = if x == 0.0 { x } else { s / down };
        let s = if x < 0.0 { f64::NAN } else { s };
        if x < f64::INFINITY { s } else { x }
    }

    /// The largest integer that is not above `x`
    #[inline(always)]
    pub fn floor(x: f64) -> f64 {
        let a = x.abs();
        let t = ((a + 4_503_599_627_370_496.0) - 4_503_599_627_370_496.0).copysign(x);
        let t = if t > x { t - 1.0 } else { t };
        if a < 4_503_599_627_370_496.0 { t } else { x }
    }

    /// `(h, l)` where `h + l = a + b` exactly (Knuth 1969), short of overflow
    #[inline(always)]
    fn exact_sum(a: f64, b: f64) -> (f64, f64) {
        let high = a + b;
        let v = high - a;
        (high, (a - (high - v)) + (b - v))
    }

    /// `ln(x)` in two parts, for positive finite `x`
    #[inline(always)]
    fn long_ln(x: f64) -> (f64, f64) {
        let (f, e) = split_exponent(x);
        // s + t = f / (2 + f), where 2 + f = d + l
        let d = 2.0 + f;
        let l = f - (d - 2.0);
        let s = f / d;
        let (p, q) = exact_product(s, d);
        let t = (((f - p) - q) - s * l) / d;
        let (high, low) = exact_sum(e * LN2_HI, 2.0 * s);
        exact_sum(high, low + (2.0 * t + e * LN2_LO + s * atanh_tail(s * s)))
    }

    /// x^y with the special cases of IEEE 754; a negative `x` needs an integer `y`. At most 4 ulp while the result
    /// lies between 1e-30 and 1e30, at most 32 elsewhere.
    #[inline(always)]
    pub fn powf(x: f64, y: f64) -> f64 {
        let a = x.abs();
        let (high, low) = long_ln(a);
        let (p, q) = exact_product(high, y);
        let q = q + low * y;
        // Zeros and infinities, and exponents so large that the exact product overflows, take the plain product.
        let plain = y * ln(a);
        let exact = plain.abs() < 1e3;
        let r = if exact { exp(p) } else { exp(plain) };
        let r = if exact & (r < f64::INFINITY) { r + r * q } else { r };
        let whole = floor(y) == y;
        let odd = whole & (floor(0.5 * y) != 0.5 * y);
        let negative = x.is_sign_negative();
        let r = if negative & odd { -r } else { r };
        let r = if (x < 0.0) & !whole & (a < f64::INFINITY) {
            f64::NAN
        } else {
            r
        };
        let r = if (a == 1.0) & (y.abs() == f64::INFINITY) {
            1.0
        } else {
            r
        };
        if (y == 0.0) | (x == 1.0) { 1.0 } else { r }
    }
}

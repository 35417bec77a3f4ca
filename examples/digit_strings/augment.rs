//! Many speakers out of a few: what makes the same string of digits sound as if said by another, elsewhere.
//!
//! All of it acts on energies of mel bands in nats, frame by frame. The per-string normalisation of the model takes away any
//! channel and level, so these matter only together with the noise.

use rnn_runtime::draw::Stream;

pub const BANDS: usize = 24;
pub type Frame = [f64; BANDS];

/// The highest frequency of the bands, in Hz.
const NYQUIST: f64 = 4000.0;

/// How one string of the training part is said: a vocal tract and a pace.
pub struct Speaker {
    /// Where each band is read in the original, in bands.
    bands: [f64; BANDS],
    pace: f64,
}

impl Speaker {
    pub fn draw(random: &mut Stream) -> Speaker {
        let (factor, wave) = (log_uniform(random, 0.78, 1.28), between(random, -0.7, 0.7));
        let mut bands = warp(factor);
        for (i, band) in bands.iter_mut().enumerate() {
            // Tracts differ by more than their length.
            *band += wave * (std::f64::consts::TAU * (i as f64 + 0.5) / BANDS as f64).sin();
        }
        Speaker {
            bands,
            pace: log_uniform(random, 0.7, 1.4),
        }
    }

    /// One digit: warped, at the speaker's pace and a little off it (Ko et al. 2015), louder or softer.
    pub fn say(&self, digit: &[Frame], shortest: usize, random: &mut Stream) -> Vec<Frame> {
        let pace = self.pace * log_uniform(random, 0.85, 1.18);
        let level = 0.5 * random.normal();
        let frames = ((digit.len() as f64 * pace).round() as usize).max(shortest);
        let step = (digit.len() - 1) as f64 / (frames - 1) as f64;
        let frame = |i: usize| {
            let (before, after, share) = between_rows(i as f64 * step, digit.len());
            let mixed: Frame = mix(&digit[before], &digit[after], share);
            read(&mixed, &self.bands).map(|x| x + level)
        };
        (0..frames).map(frame).collect()
    }
}

/// Vocal tract length perturbation (Jaitly & Hinton 2013), as where each band is read, in bands: frequencies times a factor, linear
/// above 3 kHz so that the highest stays where it is.
fn warp(factor: f64) -> [f64; BANDS] {
    let knee = 3000.0 * f64::min(1.0, 1.0 / factor);
    std::array::from_fn(|band| {
        let f = hertz((band + 1) as f64 * mel(NYQUIST) / (BANDS + 1) as f64);
        let warped = if f < knee {
            f * factor
        } else {
            NYQUIST - (NYQUIST - knee * factor) / (NYQUIST - knee) * (NYQUIST - f)
        };
        mel(warped) / mel(NYQUIST) * (BANDS + 1) as f64 - 1.0
    })
}

pub fn warped(string: &[Frame], factor: f64) -> Vec<Frame> {
    let bands = warp(factor);
    string.iter().map(|f| read(f, &bands)).collect()
}

fn read(frame: &Frame, bands: &[f64; BANDS]) -> Frame {
    bands.map(|at| {
        let (below, above, share) = between_rows(at, BANDS);
        frame[below] * (1.0 - share) + frame[above] * share
    })
}

/// A microphone that favours some bands, and noise of 4 to 11 nats below the loudest.
pub fn room(string: &mut [Frame], random: &mut Stream) {
    let mut energies: Vec<f64> = string.iter().flatten().copied().collect();
    let rank = energies.len() * 19 / 20;
    let loud = *energies.select_nth_unstable_by(rank, f64::total_cmp).1;
    let noise = loud - between(random, 4.0, 11.0);
    let (mut channel, mut colour) = (0.0, noise);
    for band in 0..BANDS {
        channel += 0.2 * random.normal();
        colour += 0.15 * random.normal();
        for frame in &mut *string {
            let (speech, noise) = (frame[band] + channel, colour + 0.3 * random.normal());
            let louder = speech.max(noise);
            frame[band] = louder + ((speech - louder).exp() + (noise - louder).exp()).ln();
        }
    }
}

/// Nothing is heard in some bands, nor for some moments: SpecAugment (Park et al. 2019), one moment for every other digit.
pub fn mask(string: &mut [Frame], digits: usize, random: &mut Stream) {
    let average: Frame = std::array::from_fn(|band| string.iter().map(|f| f[band]).sum::<f64>() / string.len() as f64);
    let overall = average.iter().sum::<f64>() / BANDS as f64;
    let width = random.below(5) as usize;
    let from = random.below((BANDS - width + 1) as u64) as usize;
    for frame in &mut *string {
        frame[from..from + width].fill(overall);
    }
    for _ in 0..digits / 2 {
        let width = (random.below(7) as usize).min(string.len());
        let from = random.below((string.len() - width + 1) as u64) as usize;
        string[from..from + width].fill(average);
    }
}

fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

fn hertz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

fn between(random: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * random.uniform()
}

fn log_uniform(random: &mut Stream, low: f64, high: f64) -> f64 {
    between(random, low.ln(), high.ln()).exp()
}

/// The rows on either side of a place among `rows`, and the share of the second.
fn between_rows(place: f64, rows: usize) -> (usize, usize, f64) {
    let place = place.clamp(0.0, (rows - 1) as f64);
    let before = place as usize;
    (before, (before + 1).min(rows - 1), place - before as f64)
}

fn mix(a: &Frame, b: &Frame, share: f64) -> Frame {
    std::array::from_fn(|band| a[band] * (1.0 - share) + b[band] * share)
}

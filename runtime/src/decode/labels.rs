//! The likeliest labels that frames spell: prefix search with a beam (Graves 2012, section 7.5.3; Hannun et al. 2014).
//!
//! Many alignments spell the same labels, so beginnings are compared by the sum over all of theirs: of those that end in a
//! blank and, since equal labels need a blank between them, separately of those that do not.

use std::collections::BTreeMap;

/// The logarithms of the probabilities of the alignments of one beginning.
#[derive(Clone, Copy)]
struct Mass {
    blank: f64,
    label: f64,
}

const NONE: Mass = Mass {
    blank: f64::NEG_INFINITY,
    label: f64::NEG_INFINITY,
};

impl Mass {
    fn total(self) -> f64 {
        add(self.blank, self.label)
    }
}

/// log(exp a + exp b)
fn add(a: f64, b: f64) -> f64 {
    let (most, least) = if a >= b { (a, b) } else { (b, a) };
    if least == f64::NEG_INFINITY {
        return most;
    }
    most + (least - most).exp().ln_1p()
}

/// The labels of frames with the logarithm of their probability, the likeliest first; of equals the smaller labels. A frame
/// has the logarithm of the probability of each class, the last being the blank. After each frame the likeliest `width`
/// beginnings are gone on with: where these are all that there are, the probabilities are exact, else they are too small
/// rather than too large.
pub(super) fn labels(frames: &[Vec<f64>], width: usize) -> Vec<(Vec<usize>, f64)> {
    let start = Mass { blank: 0.0, ..NONE };
    let mut beam: Vec<(Vec<usize>, Mass)> = vec![(Vec::new(), start)];
    for frame in frames {
        let mut next: BTreeMap<Vec<usize>, Mass> = BTreeMap::new();
        let Some((blank, classes)) = frame.split_last() else {
            return Vec::new();
        };
        for (said, mass) in &beam {
            let same = next.entry(said.clone()).or_insert(NONE);
            same.blank = add(same.blank, mass.total() + blank);
            if let Some(&last) = said.last() {
                same.label = add(same.label, mass.label + classes[last]);
            }
            for (class, log_p) in classes.iter().enumerate() {
                // A class that comes without a blank before it is still the one that stands there.
                let before = if said.last() == Some(&class) {
                    mass.blank
                } else {
                    mass.total()
                };
                if before + log_p > f64::NEG_INFINITY {
                    let longer = [&said[..], &[class]].concat();
                    let longer = next.entry(longer).or_insert(NONE);
                    longer.label = add(longer.label, before + log_p);
                }
            }
        }
        beam = next
            .into_iter()
            .filter(|(_, m)| m.total() > f64::NEG_INFINITY)
            .collect();
        beam.sort_by(|a, b| b.1.total().total_cmp(&a.1.total()));
        beam.truncate(width);
    }
    beam.into_iter().map(|(said, mass)| (said, mass.total())).collect()
}

/// Frames that spell these labels, as few as can be.
pub(super) fn spelling(labels: &[usize], blank: usize) -> Vec<usize> {
    let mut frames: Vec<usize> = Vec::with_capacity(labels.len());
    for &label in labels {
        if frames.last() == Some(&label) {
            frames.push(blank);
        }
        frames.push(label);
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::super::sample::{collapse, log_softmax};
    use super::*;
    use crate::draw::Stream;

    fn frames(seed: u64, steps: usize, classes: usize) -> Vec<Vec<f64>> {
        let mut random = Stream::new(seed, "frames", 0);
        let mut frame = || {
            let logits: Vec<f64> = (0..classes).map(|_| 2.0 * random.normal()).collect();
            log_softmax(&logits)
        };
        (0..steps).map(|_| frame()).collect()
    }

    /// Every labelling with its probability, the likeliest first: the sum over all alignments.
    fn all(frames: &[Vec<f64>], classes: usize) -> Vec<(Vec<usize>, f64)> {
        let mut sums: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for number in 0..classes.pow(frames.len() as u32) {
            let path: Vec<usize> = (0..frames.len())
                .map(|t| number / classes.pow(t as u32) % classes)
                .collect();
            let p: f64 = path.iter().zip(frames).map(|(&c, f)| f[c]).sum();
            *sums.entry(collapse(&path, classes - 1)).or_insert(0.0) += p.exp();
        }
        let mut all: Vec<(Vec<usize>, f64)> = sums.into_iter().filter(|(_, p)| *p > 0.0).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    }

    #[test]
    fn a_wide_beam_knows_every_labelling() {
        for (seed, (steps, classes)) in [(0, 3), (1, 3), (2, 4), (3, 3), (4, 3), (5, 3), (5, 4)]
            .into_iter()
            .enumerate()
        {
            let frames = frames(seed as u64, steps, classes);
            let (found, expected) = (labels(&frames, 10_000), all(&frames, classes));
            assert_eq!(found.len(), expected.len());
            for ((said, log_p), (labels, p)) in found.iter().zip(&expected) {
                assert_eq!(said, labels, "{steps} {classes}");
                assert!((log_p.exp() - p).abs() < 1e-12, "{log_p} {p}");
            }
        }
    }

    #[test]
    fn a_narrow_beam_promises_no_more_than_there_is() {
        for seed in 0..20 {
            let frames = frames(seed, 5, 4);
            let expected = all(&frames, 4);
            for width in [1, 2, 5] {
                let found = labels(&frames, width);
                assert!(found.len() <= width && !found.is_empty());
                for (said, log_p) in found {
                    let p = expected
                        .iter()
                        .find(|(labels, _)| *labels == said)
                        .expect("a labelling")
                        .1;
                    assert!(log_p.exp() <= p + 1e-12);
                }
            }
        }
    }

    #[test]
    fn impossible_classes_are_never_said() {
        let never = f64::NEG_INFINITY;
        let frames = vec![vec![0.0, never, never]; 3];
        assert_eq!(labels(&frames, 8), [(vec![0], 0.0)]);
        let frames = [
            vec![0.0, never, never],
            vec![never, never, 0.0],
            vec![0.0, never, never],
        ];
        assert_eq!(labels(&frames, 8), [(vec![0, 0], 0.0)]);
        assert_eq!(labels(&[vec![f64::NAN; 3]], 8), []);
    }

    #[test]
    fn spellings_are_read_as_they_were_written() {
        for labels in [vec![], vec![1], vec![1, 1, 0, 0, 0, 1], vec![0, 1, 0]] {
            assert_eq!(collapse(&spelling(&labels, 2), 2), labels);
        }
    }
}

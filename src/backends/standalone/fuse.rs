//! Sums of products that one loop alone reads are computed with it, some units at a time: the sums of all gates of these
//! units stay in registers, and while they are squashed the weights of the next ones come from memory.

use super::plan::{Bias, Plan, Step, Sum};
use crate::system::{Binary, Op, Value};
use std::collections::{BTreeMap, BTreeSet};

impl Plan<'_> {
    /// Moves every such sum into its loop.
    pub(super) fn fuse(&mut self, live: &[Value]) {
        let mut into: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (p, step) in self.steps.iter().enumerate() {
            if let Step::Affine { out, .. } = step
                && let Some(reader) = self.only_loop(*out, live)
            {
                into.entry(reader).or_default().push(p);
            }
        }
        let moved: BTreeSet<usize> = into.values().flatten().copied().collect();
        let mut fused: BTreeMap<usize, Vec<Sum>> = BTreeMap::new();
        for (&reader, sums) in &into {
            for &p in sums {
                if let Step::Affine { out, sum } = &self.steps[p] {
                    fused.entry(reader).or_default().push(Sum {
                        out: *out,
                        affine: sum.clone(),
                        biases: self.biases(*out, reader),
                    });
                }
            }
        }
        let steps = std::mem::take(&mut self.steps);
        for (p, mut step) in steps.into_iter().enumerate() {
            if moved.contains(&p) {
                continue;
            }
            if let Step::Loop { sums, .. } = &mut step {
                sums.extend(fused.remove(&p).unwrap_or_default());
            }
            self.rehome(step);
        }
    }

    /// The one loop that reads this value, whole parts of it as long as the loop.
    fn only_loop(&self, out: Value, live: &[Value]) -> Option<usize> {
        if self.system.roots.iter().any(|r| self.view(r.value).base == out) {
            return None;
        }
        let mut found = None;
        for &v in live.iter().filter(|v| self.view(**v).base == **v) {
            for a in self.system.op(v).args() {
                let view = self.view(a);
                if view.base != out {
                    continue;
                }
                let home = self.home_of(v)?;
                let Step::Loop { len, .. } = self.steps[home] else {
                    return None;
                };
                let parts = self.system.ty(a).size() == len
                    && view.offset.is_multiple_of(len)
                    && self.system.ty(out).size().is_multiple_of(len);
                if !parts || found.is_some_and(|f| f != home) {
                    return None;
                }
                found = Some(home);
            }
        }
        found
    }

    /// Additions of something known to a part that nothing else reads.
    fn biases(&self, out: Value, reader: usize) -> BTreeMap<usize, Bias> {
        let Step::Loop { len, values, .. } = &self.steps[reader] else {
            return BTreeMap::new();
        };
        let mut readers: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        for &v in values {
            for a in self.system.op(v).args() {
                let view = self.view(a);
                if view.base == out {
                    readers.entry(view.offset / len).or_default().push(v);
                }
            }
        }
        let mut biases = BTreeMap::new();
        for (part, readers) in readers {
            let &[v] = &readers[..] else {
                continue;
            };
            let Op::Binary(Binary::Add, a, b) = *self.system.op(v) else {
                continue;
            };
            let known = if self.fixed[a.index()] { a } else { b };
            if self.fixed[known.index()] {
                biases.insert(part, Bias { result: v, bias: known });
            }
        }
        biases
    }
}

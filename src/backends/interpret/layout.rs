//! Where each value's rows lie: example after example, each as long as it is. There is no padding.

use crate::system::{AxisId, AxisKind, AxisSet, System};

/// As many axes as an [`AxisSet`] can hold.
const AXES: usize = 64;

/// The length of every example along every axis.
pub(super) struct Extents {
    pub examples: usize,
    axes: usize,
    /// By example, then axis; a last entry is for values that run over no batch.
    lengths: Vec<usize>,
}

impl Extents {
    /// `lengths` is by axis, then example; the first axis says how many examples there are.
    pub fn new(system: &System, lengths: &[Vec<usize>]) -> Extents {
        let (examples, axes) = (lengths[0].len(), system.axes.len());
        let of = |e: usize, a: usize| match system.axes[a].kind {
            AxisKind::Batch => 1,
            AxisKind::Steps(n) => n,
            AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => lengths
                [system.steps_of(AxisId(a as u8)).0 as usize]
                .get(e)
                .copied()
                .unwrap_or(0),
        };
        let lengths = (0..=examples)
            .flat_map(|e| (0..axes).map(move |a| (e, a)))
            .map(|(e, a)| of(e, a))
            .collect();
        Extents {
            examples,
            axes,
            lengths,
        }
    }

    /// Of an example; of a value without examples where `example` is their number.
    pub fn length(&self, example: usize, axis: AxisId) -> usize {
        self.lengths[example * self.axes + axis.0 as usize]
    }

    pub fn longest(&self, axis: AxisId) -> usize {
        (0..self.examples).map(|e| self.length(e, axis)).max().unwrap_or(0)
    }
}

/// Where the rows of a value lie in its buffer.
pub(super) struct Layout {
    pub axes: AxisSet,
    /// The elements of a row: the features at one position.
    pub row: usize,
    /// Of the buffer.
    pub len: usize,
    /// The first element of each example, and the number of elements in all.
    base: Vec<usize>,
    /// By example, then axis; 0 along an axis that the value does not run over.
    strides: Vec<usize>,
    system_axes: usize,
}

impl Layout {
    pub fn new(extents: &Extents, axes: AxisSet, row: usize) -> Layout {
        let range = examples(extents, axes);
        let mut strides = vec![0; range.len() * extents.axes];
        let mut base = vec![0];
        for (i, e) in range.enumerate() {
            let mut size = row;
            for a in (1..extents.axes)
                .rev()
                .map(|a| AxisId(a as u8))
                .filter(|&a| axes.contains(a))
            {
                strides[i * extents.axes + a.0 as usize] = size;
                size *= extents.length(e, a);
            }
            base.push(base[i] + size);
        }
        Layout {
            axes,
            row,
            len: base[base.len() - 1],
            base,
            strides,
            system_axes: extents.axes,
        }
    }

    /// The elements of one example, or all where there is no batch.
    pub fn example(&self, example: usize) -> std::ops::Range<usize> {
        let e = self.entry(example);
        self.base[e]..self.base[e + 1]
    }

    pub fn stride(&self, example: usize, axis: AxisId) -> usize {
        self.strides[self.entry(example) * self.system_axes + axis.0 as usize]
    }

    fn entry(&self, example: usize) -> usize {
        if self.axes.contains(AxisId::BATCH) { example } else { 0 }
    }
}

/// The examples of a value over `axes`; for one without a batch, the entry that stands for none.
fn examples(extents: &Extents, axes: AxisSet) -> std::ops::Range<usize> {
    if axes.contains(AxisId::BATCH) {
        0..extents.examples
    } else {
        extents.examples..extents.examples + 1
    }
}

/// The steps at which the enclosing scans stand.
#[derive(Clone)]
pub(super) struct Cursor {
    axes: AxisSet,
    index: [usize; AXES],
}

impl Default for Cursor {
    fn default() -> Cursor {
        Cursor {
            axes: AxisSet::EMPTY,
            index: [0; AXES],
        }
    }
}

impl Cursor {
    pub fn fix(&mut self, axis: AxisId, step: usize) {
        self.axes = self.axes.with(axis);
        self.index[axis.0 as usize] = step;
    }

    pub fn free(&mut self, axis: AxisId) {
        self.axes = self.axes.without(axis);
    }
}

/// A position of a value: an example and a step along each axis.
pub(super) struct Position {
    pub example: usize,
    index: [usize; AXES],
}

impl Position {
    pub fn step(&self, axis: AxisId) -> usize {
        self.index[axis.0 as usize]
    }
}

/// Calls `f` at every position of the axes `space`, those that the cursor fixes only there, with the place of the row
/// in each layout. Examples that do not reach a fixed step are left out.
pub(super) fn positions<const N: usize>(
    extents: &Extents,
    at: &Cursor,
    space: AxisSet,
    layouts: [&Layout; N],
    mut f: impl FnMut(&Position, [usize; N]),
) {
    let fixed = space.intersect(at.axes);
    let mut free = [AxisId::BATCH; AXES];
    let mut count = 0;
    for a in space.minus(fixed).without(AxisId::BATCH).iter() {
        free[count] = a;
        count += 1;
    }
    let free = &free[..count];
    let mut p = Position {
        example: 0,
        index: at.index,
    };
    for e in examples(extents, space) {
        let reached = fixed.iter().all(|a| at.index[a.0 as usize] < extents.length(e, a));
        if !reached || free.iter().any(|&a| extents.length(e, a) == 0) {
            continue;
        }
        p.example = e;
        free.iter().for_each(|a| p.index[a.0 as usize] = 0);
        let mut rows = layouts.map(|l| {
            let steps = fixed.iter().map(|a| at.index[a.0 as usize] * l.stride(e, a));
            l.example(e).start + steps.sum::<usize>()
        });
        'steps: loop {
            f(&p, rows);
            let mut d = count;
            loop {
                if d == 0 {
                    break 'steps;
                }
                d -= 1;
                let (a, length) = (free[d], extents.length(e, free[d]));
                let step = &mut p.index[a.0 as usize];
                *step += 1;
                if *step < length {
                    (0..N).for_each(|k| rows[k] += layouts[k].stride(e, a));
                    break;
                }
                *step = 0;
                (0..N).for_each(|k| rows[k] -= layouts[k].stride(e, a) * (length - 1));
            }
        }
    }
}

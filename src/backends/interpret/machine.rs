//! Runs a program, region by region.

use super::inputs::{Inputs, Workspace};
use super::layout::{Cursor, Extents, Layout, Position, positions};
use super::number::Number;
use super::plan::Plan;
use crate::schedule::{Direction, Program, Region};
use crate::system::{AxisSet, Op, System, Value};

pub(super) struct Machine<'a, R: Clone> {
    pub system: &'a System,
    pub inputs: &'a Inputs<'a, R>,
    pub extents: Extents,
    /// The first element of each parameter.
    offsets: Vec<usize>,
    layouts: Vec<Layout>,
    buffers: Vec<Vec<R>>,
    at: Cursor,
}

impl<'a, R: Number> Machine<'a, R> {
    pub fn new(system: &'a System, plan: &Plan, inputs: &'a Inputs<'a, R>) -> Machine<'a, R> {
        let extents = Extents::new(system, &inputs.lengths);
        let layout = |(v, stored): (Value, &AxisSet)| Layout::new(&extents, *stored, system.ty(v).size());
        let layouts: Vec<Layout> = system.nodes.ids().zip(&plan.stored).map(layout).collect();
        let sizes = system.params.iter().map(|(_, p)| p.shape.iter().product::<usize>());
        let offsets = sizes.scan(0, |end, n| Some(std::mem::replace(end, *end + n))).collect();
        Machine {
            system,
            inputs,
            extents,
            offsets,
            layouts,
            buffers: vec![Vec::new(); system.nodes.len()],
            at: Cursor::default(),
        }
    }

    /// Leaves in the buffers what the plan keeps.
    pub fn run(
        mut self,
        program: &Program,
        plan: &Plan,
        pool: &mut Workspace<R>,
    ) -> (Extents, Vec<Layout>, Vec<Vec<R>>) {
        for (i, region) in program.regions.iter().enumerate() {
            for &v in &plan.computed[i] {
                if self.given(v).is_none() {
                    self.buffers[v.index()] = pool.take(self.layouts[v.index()].len);
                }
            }
            self.region(region);
            for &v in &plan.dead[i] {
                pool.give(std::mem::take(&mut self.buffers[v.index()]));
            }
        }
        for &v in &plan.kept {
            if let Some(given) = self.given(v) {
                self.buffers[v.index()] = given.to_vec();
            }
        }
        (self.extents, self.layouts, self.buffers)
    }

    fn region(&mut self, region: &Region) {
        match region {
            Region::Block { ops, .. } => ops.iter().for_each(|&v| self.step(v)),
            Region::Scan {
                axis, direction, body, ..
            } => {
                let steps = self.extents.longest(*axis);
                for i in 0..steps {
                    // Backwards, an example joins in at its own last step.
                    let step = match direction {
                        Direction::Forward => i,
                        Direction::Backward => steps - 1 - i,
                    };
                    self.at.fix(*axis, step);
                    body.iter().for_each(|r| self.region(r));
                }
                self.at.free(*axis);
            }
        }
    }

    fn step(&mut self, v: Value) {
        if self.given(v).is_none() {
            let mut out = std::mem::take(&mut self.buffers[v.index()]);
            self.compute(v, &mut out);
            self.buffers[v.index()] = out;
        }
    }

    /// The elements of a value that is not computed.
    fn given(&self, v: Value) -> Option<&[R]> {
        if let Op::Param(p) = *self.system.op(v) {
            let start = self.offsets[p.index()];
            return Some(&self.inputs.params[start..start + self.layouts[v.index()].len]);
        }
        if let Op::Data(d) = *self.system.op(v) {
            let data = &self.inputs.data[d.index()];
            let (name, len) = (&self.system.data[d].name, self.layouts[v.index()].len);
            assert!(
                data.len() == len,
                "internal error: `{name}` has {} elements where {len} belong",
                data.len()
            );
            return Some(data);
        }
        None
    }

    pub fn read(&self, v: Value) -> &[R] {
        self.given(v).unwrap_or(&self.buffers[v.index()])
    }

    pub fn layout(&self, v: Value) -> &Layout {
        &self.layouts[v.index()]
    }

    pub fn axes(&self, v: Value) -> AxisSet {
        self.system.ty(v).axes
    }

    /// Visits the positions of `space`, with the place of each value's row.
    pub fn rows<const N: usize>(&self, space: AxisSet, values: [Value; N], f: impl FnMut(&Position, [usize; N])) {
        positions(&self.extents, &self.at, space, values.map(|v| self.layout(v)), f);
    }
}

//! Where stored values lie: parts of a concatenation within it, and values that are never needed at the same time in
//! one buffer.

use super::access::Access;
use super::plan::{Kernel, Plan, Storage};
use super::space::Space;
use crate::system::{Elem, Op, Value};
use std::collections::BTreeMap;

/// The memory of a value: from `offset` on in each row, of `stride` elements, of what `owner` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub owner: Value,
    pub stride: usize,
    pub offset: usize,
}

/// Gives parts of a stored concatenation no memory of their own, where both are computed in the same loop.
pub fn find_homes(plan: &mut Plan) {
    let mut homes = BTreeMap::new();
    for kernel in plan.stages.iter().flat_map(|s| &s.kernels) {
        let Kernel::Rows { ops, .. } = kernel else {
            continue;
        };
        for &c in ops {
            let (Op::Concat(parts), Some(_)) = (plan.system.op(c), plan.storage.get(&c)) else {
                continue;
            };
            let mut offset = 0;
            for &p in parts {
                let n = plan.size(p);
                let at = plan.access(p);
                let whole =
                    at == Access {
                        base: at.base,
                        offset: 0,
                        broadcast: false,
                    } && n == plan.size(at.base);
                if whole
                    && n > 1
                    && ops.contains(&at.base)
                    && plan.storage.contains_key(&at.base)
                    && is_loop(plan, at.base)
                {
                    let home = Home {
                        owner: c,
                        stride: plan.size(c),
                        offset,
                    };
                    homes.entry(at.base).or_insert(home);
                }
                offset += n;
            }
        }
    }
    for (part, home) in &homes {
        if let (Some(part), Some(whole)) = (plan.storage.remove(part), plan.storage.get_mut(&home.owner)) {
            *whole = part.max(*whole);
        }
    }
    plan.homes = homes;
}

/// A part that is itself a concatenation would need its own array.
fn is_loop(plan: &Plan, v: Value) -> bool {
    matches!(
        plan.system.op(v),
        Op::Unary(..) | Op::Binary(..) | Op::Select { .. } | Op::Place { .. } | Op::OneHot(_)
    )
}

/// Lets values share a buffer whose lives, counted in regions, do not touch.
pub fn share_buffers(plan: &mut Plan) {
    let mut lives: BTreeMap<Value, (usize, usize)> = BTreeMap::new();
    for (s, stage) in plan.stages.iter().enumerate() {
        for v in stage.kernels.iter().flat_map(|k| k.values()) {
            if plan.storage.contains_key(&v) {
                lives.entry(v).or_insert((s, s));
            }
            for (x, _) in plan.reads(v) {
                if let Some(life) = lives.get_mut(&plan.home(x).owner) {
                    life.1 = life.1.max(s);
                }
            }
        }
    }
    for root in &plan.system.roots {
        if let Some(life) = lives.get_mut(&plan.home(plan.access(root.value).base).owner) {
            life.1 = usize::MAX;
        }
    }
    let mut by_start: Vec<(Value, (usize, usize))> = lives.into_iter().collect();
    by_start.sort_by_key(|(v, life)| (life.0, *v));
    // The buffers of one kind, each with its owner and the end of what it holds last.
    let mut free: BTreeMap<(Space, usize, bool), Vec<(Value, usize)>> = BTreeMap::new();
    let mut shared = BTreeMap::new();
    for (v, (start, end)) in by_start {
        let index = matches!(plan.system.ty(v).elem, Elem::Index(_));
        // The rows of a step are few: sharing them is not worth a name.
        if plan.storage[&v] != Storage::Whole {
            continue;
        }
        let buffers = free.entry((plan.space(v), plan.size(v), index)).or_default();
        match buffers.iter_mut().find(|(_, until)| *until < start) {
            Some((owner, until)) => {
                *until = end;
                shared.insert(v, *owner);
            }
            None => buffers.push((v, end)),
        }
    }
    plan.shared = shared;
}

impl Plan {
    /// Whether a value has memory: its own, or within a concatenation.
    pub fn is_stored(&self, v: Value) -> bool {
        self.storage.contains_key(&v) || self.homes.contains_key(&v)
    }

    pub fn home(&self, v: Value) -> Home {
        let own = Home {
            owner: v,
            stride: self.size(v),
            offset: 0,
        };
        self.homes.get(&v).copied().unwrap_or(own)
    }

    /// The value whose buffer this one is held in.
    pub fn buffer_of(&self, v: Value) -> Value {
        self.shared.get(&v).copied().unwrap_or(v)
    }

    /// Every buffer, by its first holder.
    pub fn buffers(&self) -> impl Iterator<Item = (Value, Storage)> {
        let own = self.storage.iter().filter(|(v, _)| !self.shared.contains_key(v));
        own.map(|(v, s)| (*v, *s))
    }
}

//! Types of values: an element type, a feature shape, and the set of axes the value runs over.

/// An axis of a system. The batch is axis 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AxisId(pub u8);

impl AxisId {
    pub const BATCH: AxisId = AxisId(0);
}

#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub name: String,
    pub kind: AxisKind,
    /// A second name of another sequence's steps (`axis s: like t;`): each example has that one's length.
    pub like: Option<AxisId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// The examples.
    Batch,
    /// A sequence; each example has its own length.
    Sequence,
    /// The same number of steps for every example.
    Steps(usize),
    /// The nodes of a tree, children before parents.
    Tree,
    /// The vertices of a graph.
    Graph,
}

/// A set of axes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AxisSet(u64);

impl AxisSet {
    pub const EMPTY: AxisSet = AxisSet(0);
    /// Once per example.
    pub const BATCH: AxisSet = AxisSet(1);

    pub fn of(axes: &[AxisId]) -> AxisSet {
        axes.iter().fold(AxisSet::EMPTY, |s, &a| s.with(a))
    }
    pub fn contains(self, a: AxisId) -> bool {
        self.0 & (1 << a.0) != 0
    }
    pub fn with(self, a: AxisId) -> AxisSet {
        AxisSet(self.0 | (1 << a.0))
    }
    pub fn without(self, a: AxisId) -> AxisSet {
        AxisSet(self.0 & !(1 << a.0))
    }
    pub fn union(self, o: AxisSet) -> AxisSet {
        AxisSet(self.0 | o.0)
    }
    pub fn minus(self, o: AxisSet) -> AxisSet {
        AxisSet(self.0 & !o.0)
    }
    pub fn intersect(self, o: AxisSet) -> AxisSet {
        AxisSet(self.0 & o.0)
    }
    pub fn is_subset(self, o: AxisSet) -> bool {
        self.0 & !o.0 == 0
    }
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }
    /// In increasing order of id: the batch first.
    pub fn iter(self) -> impl Iterator<Item = AxisId> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = left.trailing_zeros() as u8;
            left &= left.wrapping_sub(1);
            (next < 64).then_some(AxisId(next))
        })
    }
}

impl std::fmt::Debug for AxisSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|a| a.0)).finish()
    }
}

/// The type of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elem {
    Real,
    /// One of so many classes. A position that a shift leaves without a value holds *nothing*: looking it up gives
    /// zeros. *Nothing* is -1 in the interpreter and `u32::MAX` in generated code.
    Index(usize),
    /// A truth value, 0 or 1; arithmetic may read it as a real.
    Bit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    pub elem: Elem,
    /// The feature shape; empty for a scalar. An `Index` is a scalar.
    pub shape: Vec<usize>,
    pub axes: AxisSet,
}

impl Type {
    pub fn real(shape: &[usize], axes: AxisSet) -> Type {
        Type {
            elem: Elem::Real,
            shape: shape.to_vec(),
            axes,
        }
    }

    /// The number of elements at one position of the axes.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_scalar(&self) -> bool {
        self.shape.is_empty()
    }
}

//! Where the rows of a value lie.

use crate::system::{AxisId, AxisKind, AxisSet, System, Type, Value};

/// The positions that a value has a row of features for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// One row in all.
    Once,
    /// A row an example, in the order of the examples.
    Examples,
    /// A row for each example and each of its steps along an axis, packed step by step.
    Steps(AxisId),
}

/// Something that this back end does not compile yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    pub what: String,
    /// The value, for its name and span.
    pub value: Option<Value>,
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the Rust back end does not compile {} yet", self.what)
    }
}

impl Space {
    pub fn of(system: &System, ty: &Type) -> Result<Space, Unsupported> {
        let unsupported = |what: &str| {
            let axes: Vec<&str> = ty.axes.iter().map(|a| system.axis_info(a).name.as_str()).collect();
            Err(Unsupported {
                what: format!("{what} ({})", axes.join(", ")),
                value: None,
            })
        };
        match ty.axes.without(AxisId::BATCH).iter().collect::<Vec<_>>()[..] {
            [] if ty.axes.is_empty() => Ok(Space::Once),
            [] => Ok(Space::Examples),
            [_] if !ty.axes.contains(AxisId::BATCH) => unsupported("a value over an axis without the batch"),
            [axis] => match system.axis_info(axis).kind {
                AxisKind::Sequence | AxisKind::Steps(_) => Ok(Space::Steps(axis)),
                AxisKind::Batch => unreachable!("the batch is axis 0"),
                AxisKind::Tree => unsupported("a value over a tree"),
                AxisKind::Graph => unsupported("a value over a graph"),
            },
            _ => unsupported("a value over several sequence axes at once"),
        }
    }

    pub fn axes(self) -> AxisSet {
        match self {
            Space::Once => AxisSet::EMPTY,
            Space::Examples => AxisSet::BATCH,
            Space::Steps(a) => AxisSet::BATCH.with(a),
        }
    }
}

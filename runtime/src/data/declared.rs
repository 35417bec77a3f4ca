//! An input or target as a model declares it, before its sizes are known.

use crate::model::ModelSpec;

#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub name: String,
    pub target: bool,
    /// Of classes; else of reals or bits.
    pub index: bool,
    /// The number of classes, or the dimensions of the features; the names of those that only the data can say.
    pub sizes: Vec<Option<String>>,
    /// The names of the sequence axes that it runs over.
    pub axes: Vec<String>,
}

impl Declared {
    /// What a model whose sizes are all known declares.
    pub fn of(spec: &ModelSpec) -> Vec<Declared> {
        let declared = spec.data.iter().map(|d| Declared {
            name: d.name.clone(),
            target: d.target,
            index: d.classes.is_some(),
            sizes: vec![None; d.shape.len() + usize::from(d.classes.is_some())],
            axes: d.axes.iter().map(|&a| spec.axes[a].name.clone()).collect(),
        });
        declared.collect()
    }

    /// The name of the number of classes.
    pub fn classes(&self) -> Option<&str> {
        self.sizes.first().filter(|_| self.index)?.as_deref()
    }
}

//! What a compiled (or interpreted) model offers to the training loop.

use crate::batch::Batch;
use crate::metric::Formula;
use crate::real::Real;
use serde::{Deserialize, Serialize};

/// A model as the training loop sees it. Parameters and gradients are flat: `spec().params[i]` lies at its `offset`.
pub trait Model<R: Real>: Sync {
    /// Buffers for one shard, reused from step to step; grows to the largest batch seen and then allocates no more.
    type Workspace: Send;

    fn spec(&self) -> &ModelSpec;

    fn workspace(&self) -> Self::Workspace;

    /// Adds the gradient of the loss to `gradients` and writes `spec().numbers` values to `metrics`, the loss
    /// first. Sums are over the shard, denominators over the whole batch: adding over shards gives the batch's values.
    fn train(
        &self,
        workspace: &mut Self::Workspace,
        params: &[R],
        gradients: &mut [R],
        batch: &Batch<R>,
        draws: Draws,
        metrics: &mut [f64],
    );

    /// The same values without drawing, without gradients. `outputs` receives, where given, each of `spec().outputs`.
    fn evaluate(
        &self,
        workspace: &mut Self::Workspace,
        params: &[R],
        batch: &Batch<R>,
        metrics: &mut [f64],
        outputs: Option<&mut Vec<Vec<R>>>,
    );

    /// How many bytes of values a step of training or evaluation on this batch takes, where it keeps to a bound. Those of
    /// parameters and data do not count; 0 where the model does not know.
    ///
    /// # Errors
    /// The least that it can keep to.
    fn bytes(&self, _batch: &Batch<R>, _bound: usize) -> Result<usize, usize> {
        Ok(0)
    }

    /// Keeps later calls with this workspace to so many bytes, where [`Model::bytes`] says that batches do.
    fn set_bound(&self, _workspace: &mut Self::Workspace, _bytes: usize) {}
}

/// What random draws of a step depend on besides the example, the position and the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Draws {
    pub seed: u64,
    /// The number of the training step.
    pub step: u64,
}

/// The shape of a model, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ModelSpec {
    pub name: String,
    /// The batch is axis 0.
    pub axes: Vec<AxisSpec>,
    pub data: Vec<DataSpec>,
    pub params: Vec<ParamSpec>,
    /// `loss` first.
    pub metrics: Vec<MetricSpec>,
    /// How many numbers a batch gives, of which metrics are made.
    pub numbers: usize,
    pub outputs: Vec<OutputSpec>,
}

impl ModelSpec {
    /// The axis that says how long an example is along an axis.
    pub fn steps_of(&self, axis: usize) -> usize {
        self.axes[axis].like.unwrap_or(axis)
    }

    /// The number of parameters, those never trained included: the length of the flat arena.
    pub fn param_len(&self) -> usize {
        self.params.last().map_or(0, |p| p.offset + p.len())
    }

    pub fn metric_names(&self) -> Vec<String> {
        self.metrics.iter().map(|m| m.name.clone()).collect()
    }
}

/// What is reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSpec {
    pub name: String,
    pub formula: Formula,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisSpec {
    pub name: String,
    /// The number of steps where it is the same for every example.
    pub steps: Option<usize>,
    /// The axis whose lengths it has, where it is that one's second name.
    #[serde(default)]
    pub like: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    pub name: String,
    pub target: bool,
    /// The number of classes of an index; none for reals and bits.
    pub classes: Option<usize>,
    pub shape: Vec<usize>,
    /// Without the batch; empty for once per example.
    pub axes: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamSpec {
    pub name: String,
    pub shape: Vec<usize>,
    pub init: Init,
    pub trained: bool,
    pub offset: usize,
}

impl ParamSpec {
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a parameter is drawn; of a matrix [n, m], fan-in is m and fan-out n.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    Zeros,
    Const(f64),
    Uniform { low: f64, high: f64 },
    Normal { mean: f64, std: f64 },
    Glorot,
    He,
    Lecun,
    Orthogonal,
    Identity(f64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputSpec {
    pub name: String,
    pub classes: Option<usize>,
    pub shape: Vec<usize>,
    pub axes: Vec<usize>,
}

//! What compiled models compute with: matrix products on packed panels, rows of packed buffers, folds over rows and
//! along sequences. The only `unsafe` of the project is in [`tile`].

pub mod fold;
pub mod pairs;
pub mod panels;
pub mod product;
pub mod rows;
pub mod steps;
pub mod tile;

pub use fold::{argmax, dot, max, sum};
pub use pairs::{PairScratch, Pairs};
pub use panels::{Panels, View};
pub use product::{Outer, Scratch, outer_products, product};
pub use rows::{
    NOTHING, accumulate, bit, column, grow, index_column, look_up, number, pick, row, row_mut, scatter, scatter_all,
    slot, slot_mut,
};
pub use steps::{
    Way, edge, edge_index, max_all, max_rows, max_steps, reverse, reverse_index, sum_all, sum_rows, sum_steps,
};
pub use tile::Kernel;

use crate::batch::Batch;
use crate::model::Draws;

/// What the functions of a compiled model share during one call.
#[derive(Clone, Copy)]
pub struct Call<'a, R> {
    pub params: &'a [R],
    pub batch: &'a Batch<R>,
    pub draws: Draws,
    /// Whether sums over a sequence go on from what their buffers hold: those of the segments before.
    pub add: bool,
}

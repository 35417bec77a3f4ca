//! What compiled models compute with: matrix products on packed panels, rows of packed buffers, folds over rows and
//! along sequences. The only `unsafe` of the project is in [`tile`].

pub mod fold;
pub mod panels;
pub mod product;
pub mod rows;
pub mod steps;
pub mod tile;

pub use fold::{argmax, dot, max, sum};
pub use panels::{Panels, View};
pub use product::{Scratch, product};
pub use rows::{
    NOTHING, accumulate, bit, column, grow, index_column, look_up, number, pick, row, row_mut, scatter, slot, slot_mut,
};
pub use steps::{edge, edge_index, max_rows, max_steps, reverse, reverse_index, sum_rows, sum_steps};
pub use tile::Kernel;

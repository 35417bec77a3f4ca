//! Training steps of the cell `elman` over the grid.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin elman`

rnn_benches::grid!("elman", 1, elman);

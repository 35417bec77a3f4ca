//! Training steps of the cell `gru` over the grid.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin gru`

rnn_benches::grid!("gru", 3, gru);

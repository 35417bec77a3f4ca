//! Training steps of the cell `lstm` over the grid.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin lstm`

rnn_benches::grid!("lstm", 4, lstm);

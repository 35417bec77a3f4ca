//! Training steps of the cell `lstm_peephole` over the grid.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin peephole`

rnn_benches::grid!("peephole", 4, lstm_peephole);

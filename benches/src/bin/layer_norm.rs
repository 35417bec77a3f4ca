//! Training steps of the cell `lstm_layer_norm` over the grid.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin layer_norm`

rnn_benches::grid!("layer_norm", 4, lstm_layer_norm);

//! Training steps of a cell nobody has published over the grid: as fast as the LSTM at equal products, or the compiler
//! knows cells by name.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin invented`

rnn_benches::grid!("invented", 4, tidal, {
    /// Two leaky states that pull at each other; the gate `w` says how far.
    cell tidal(n)(x) -> h {
        w: [n] = sigmoid(affine(x, h[t-1], bias: 1));
        a: [n] = sigmoid(affine(x, h[t-1]));
        u: [n] = tanh(affine(x, h[t-1]));
        v: [n] = softplus(affine(x, h[t-1]));
        low = w * low[t-1] + (1 - w) * u;
        high = a * high[t-1] + (1 - a) * (low - h[t-1]);
        h = tanh(low + v * high);
    }
});

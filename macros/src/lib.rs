//! `rnn! { ... }`: a recurrent network written inline in Rust.

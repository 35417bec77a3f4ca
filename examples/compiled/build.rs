fn main() {
    rnnc::build::compile(&["src/parity.rnn"]);
}

rnn::include_rnn!("nowhere.rnn");

fn main() {}

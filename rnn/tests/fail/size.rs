rnn::rnn! {
    model reader(n) {
        input x: [2] over t;
        target y: [2] over t;
        y ~ normal(affine(x |> gru(n)), 1);
    }
}

fn main() {}

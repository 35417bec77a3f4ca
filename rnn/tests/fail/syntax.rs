rnn::rnn! {
    model reader() {
        input x: [2] over t;
        target y: [2] over t;
        h = ;
        y ~ normal(affine(h), 1);
    }
}

fn main() {}

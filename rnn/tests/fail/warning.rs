#![deny(warnings)]

rnn::rnn! {
    pub model reader() {
        input x: [2] over t;
        target y: [2] over t;
        param spare: [2];
        y ~ normal(affine(x), 1);
    }
}

fn main() {}

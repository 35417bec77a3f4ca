//! Several errors of one text, and of its training.

rnn::rnn! {
    model reader(n = 4) {
        input x: [2] over t;
        target y: [3] over t;
        h = tanh(affine(x, g));
        y ~ normal(softmax(h), 1, 2);
    }

    train reader {
        optimizer adam(lrr: 0.1);
    }

    train writer {
        batch 3;
    }
}

fn main() {}

//! A misspelt name; the types stand nevertheless, so nothing else is wrong with this program.

rnn::rnn! {
    /// Reads.
    model reader(n = 4) {
        input x: [2] over t;
        target y: index[3] over t;
        h = lstm(n)(x);
        logits = affine(hh);
        y ~ categorical(logits);
        metric right = accuracy(y, logits);
        output state = h;
    }
}

fn main() {
    let mut reader: Reader = Reader::new(1);
    let x = rnn::ndarray::Array2::<f32>::zeros((3, 2));
    let y = rnn::ndarray::Array1::<u32>::zeros(3);
    let example = ReaderExample { x: x.view(), y: y.view() };
    let metrics = reader.train_step([example]).unwrap();
    println!("{} {}", metrics.loss, metrics.right);
    let outputs = reader.forward([ReaderInputs { x: x.view() }]).unwrap();
    println!("{:?}", outputs[0].state);
    reader.save("weights.safetensors").unwrap();
}

rnn::rnn! {
    model echo() {
        input x: [2] over t;
        input who: index[3];
        target text: index[5] over t;
        logits: [5] = affine(text[t-1] |> embed(3) |> gru(4), x, embed(2)(who));
        text ~ categorical(logits);
        metric right = accuracy(text, logits);
    }

    train echo {
        stop at_least(1, on: valid_rigth);
    }
}

/// What is used of the types is there all the same.
fn main() -> Result<(), rnn::Error> {
    let x = rnn::ndarray::Array2::<f32>::zeros((3, 2));
    let how = rnn::decode::Search {
        how: rnn::decode::How::Sample(Default::default()),
        count: 1,
    };
    let echo: Echo = Echo::new(1);
    let said = echo.generate([EchoInputs { x: x.view(), who: 1 }], &how, 3)?;
    println!("{:?}", said[0][0].text);
    let mut stream = echo.stream(1)?;
    println!("{:?}", stream.step(x.row(0))?.text_logits);
    stream.observe(2)
}

//! A network written inline, trained by the runtime's loop on a text this program makes itself.
//!
//! `cargo run --release -p rnn --example inline`

use rnn::regime::Regime;
use rnn::train::report::Lines;
use std::error::Error;

rnn::rnn! {
    /// Learns to count: the symbols are the ten digits and a new line.
    model digits(vocab = 11, n = 24) {
        target text: index[vocab] over t;
        text ~ categorical(affine(text[t-1] |> embed(8) |> gru(n)));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("rnn-inline-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let text: String = (0..4000).map(|i| format!("{}\n", i % 500)).collect();
    std::fs::write(folder.join("numbers.txt"), text)?;

    let regime = Regime::from_json(
        r#"{"data": {"chars": {"path": "numbers.txt", "window": 32, "split": 0.9}},
            "optimizer": {"adam": {"lr": 0.005}}, "batch": 32, "epochs": 4}"#,
    )?;
    let mut data = rnn::data::open(&regime.data, &folder, &[], None)?;
    let run = rnn::train::Run {
        out: folder.join("run"),
        ..Default::default()
    };
    let outcome = rnn::train::train::<f32, _>(&Digits::new(), &mut *data, &regime, &run, &mut Lines::new(2.0))?;
    println!("best validation loss: {:.4} nats a symbol", outcome.best_loss);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

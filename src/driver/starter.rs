//! What `rnnc new` makes: a specification to read and change, a text to train on, a page that says what to do.

/// The files of a new folder, by name. `model` is an identifier.
pub fn files(model: &str) -> Vec<(String, String)> {
    vec![
        (format!("{model}.rnn"), SPEC.replace("MODEL", model)),
        ("input.txt".into(), text()),
        ("README.md".into(), README.replace("MODEL", model)),
        (".gitignore".into(), "/runs\n".into()),
    ]
}

/// An identifier of the language made from a folder's name.
pub fn identifier(name: &str) -> String {
    let kept = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    });
    let word = kept.collect::<String>().trim_matches('_').to_string();
    match word.chars().next() {
        Some(c) if c.is_ascii_alphabetic() => word,
        Some(_) => format!("net_{word}"),
        None => "net".into(),
    }
}

const SPEC: &str = r#"edition 2026;

/// A character-level language model: it reads a text and learns to say which character comes next.
model MODEL(vocab, n = 96) {
    // A sequence of characters. `vocab`, how many different ones there are, is bound by the data.
    target text: index[vocab] over t;

    // The truth of the step before, as a vector of 32 learned numbers.
    x = text[t-1] |> embed(32);

    // One LSTM of n units. Change it to gru(n), or to stack(2, lstm(n)); or write your own cell:
    // `rnnc std lstm` shows how this one is written.
    h = x |> lstm(n);

    // In training: the loss. In generation: what the next character is drawn from.
    text ~ categorical(affine(h));
}

train MODEL {
    data      chars("input.txt", window: 64, split: 0.9);
    optimizer adam(lr: 5e-3);
    clip      norm(1.0);
    batch     16;
    epochs    8;
    seed      1;
}
"#;

const README: &str = r#"# MODEL

    rnnc check MODEL.rnn          # is it right?
    rnnc train MODEL.rnn          # writes runs/MODEL/: weights, metrics, a plot of the loss
    rnnc generate MODEL.rnn --weights runs/MODEL/weights.safetensors --prime "The "
    rnnc build MODEL.rnn --weights runs/MODEL/weights.safetensors --out MODEL-rs

`input.txt` is a made-up text to start with. Put your own in its place, or train on another file with
`rnnc train MODEL.rnn --data other.txt`.

Settings can be tried without editing the file: `rnnc train MODEL.rnn -D n=256 --set train.optimizer.lr=1e-3`.
"#;

/// Some 20 kB of simple sentences, always the same.
fn text() -> String {
    const WHO: &[&str] = &[
        "the miller",
        "a sailor",
        "the old cat",
        "her brother",
        "the baker",
        "a small bird",
        "the king",
    ];
    const DID: &[&str] = &["carried", "found", "sold", "painted", "hid", "dreamt of", "mended"];
    const WHAT: &[&str] = &[
        "a lantern",
        "the blue door",
        "seven apples",
        "a wooden boat",
        "the clock",
        "some bread",
    ];
    const WHERE: &[&str] = &[
        "by the river",
        "in the tower",
        "under the bridge",
        "at the market",
        "behind the hill",
    ];
    const WHEN: &[&str] = &[
        "in the morning",
        "before the rain",
        "on a Sunday",
        "when the bells rang",
        "at last",
    ];
    let mut draw = Draw(20_260_101);
    let mut text = String::new();
    while text.len() < 20_000 {
        for _ in 0..4 + draw.below(4) {
            let parts = [WHO, DID, WHAT, WHERE].map(|words| words[draw.below(words.len())]);
            let mut sentence = parts.join(" ");
            if draw.below(2) == 0 {
                sentence = format!("{}, {sentence}", WHEN[draw.below(WHEN.len())]);
            }
            let (first, rest) = sentence.split_at(1);
            text.push_str(&format!("{}{rest}. ", first.to_uppercase()));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// Knuth's MMIX generator: good enough to vary sentences.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        assert_eq!(identifier("my-net"), "my_net");
        assert_eq!(identifier("2nd"), "net_2nd");
        assert_eq!(identifier("..."), "net");
        assert_eq!(identifier("Été"), "t");
    }

    #[test]
    fn the_text_varies() {
        let text = text();
        assert!(text.len() < 25_000 && text.lines().count() > 20, "{text}");
        assert!(text.is_ascii());
    }
}

//! A trained model as a crate of its own: `counting` was written by `rnnc build` from `examples/counting.rnn` and the weights
//! in `examples/counting.safetensors`, and depends on nothing. It knows strings of so many `a`s and as many `b`s.
//!
//! `cargo run --release -p generated -- aaabbb aabbb`

use counting::Counting;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    for string in &given {
        match belongs(string) {
            Ok(()) => println!("{string} is of the language"),
            Err(at) => println!("{string} is not: after {:?} it expects something else", &string[..at]),
        }
    }
    if given.is_empty() {
        let string = |n: usize| "a".repeat(n) + &"b".repeat(n);
        let counted = (1..1000).take_while(|n| belongs(&string(*n)).is_ok()).count();
        println!("trained on up to 10 of each, it counts to {counted}");
    }
}

/// Whether each symbol may follow those before it, and the end all of them; else where not.
fn belongs(string: &str) -> Result<(), usize> {
    const END: usize = 0;
    let mut model = Counting::new();
    let mut legal = model.step(END).legal_logits;
    let ends = [(string.len(), END)];
    for (at, symbol) in string.char_indices().map(|(at, c)| (at, symbol(c))).chain(ends) {
        // A logit above zero is more likely than not.
        if legal.get(symbol).is_none_or(|logit| *logit <= 0.0) {
            return Err(at);
        }
        legal = model.step(symbol).legal_logits;
    }
    Ok(())
}

/// The class of a letter; of others none.
fn symbol(letter: char) -> usize {
    match letter {
        'a' => 1,
        'b' => 2,
        _ => usize::MAX,
    }
}

//! Changes to a text: mostly of tokens and statements, so that many mutants still compile.

use rnn_runtime::draw::Stream;

const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "0.5",
    "1e9",
    "1e-9",
    "1e308",
    "1e999",
    "4294967296",
    "1000000",
    "9007199254740993",
];

/// Words and signs of the language, and what stands around a name in expressions.
const WORDS: &[&str] = &[
    "(", ")", "[", "]", "{", "}", ";", ":", ",", ".", "..", "...", "=", "==", "~", "+", "++", "-", "->", "|>", "@",
    "*", "/", "%", "<", "over", "when", "until", "for", "in", "model", "train", "cell", "param", "input", "target",
    "axis", "loss", "output", "metric", "assert", "module", "real", "bit", "index", "layer", "fn", "const", "use",
    "fixed", "metric", "edition", "like", "[t-1]", "[t+1]", "[0]", "[end]", ".c", "é", "\u{0}",
];

const FUNCTIONS: &str = "exp log tanh sum mean min max first last reverse argmax onehot stop_gradient draw softmax transpose sign floor sqrt \
     norm affine linear dense embed lstm gru backward residual layer_norm dropout log_softmax elman where";

/// A text of the corpus with one to three changes.
pub fn mutant(corpus: &[(String, String)], random: &mut Stream) -> String {
    let pick = |random: &mut Stream| &corpus[below(random, corpus.len())].1;
    let mut tokens = tokens(pick(random));
    let mut noise = 0;
    for _ in 0..1 + below(random, 3) {
        match below(random, 24) {
            0 => noise += 1,
            1..=3 => splice(&mut tokens, pick(random), random),
            _ => change(&mut tokens, random),
        }
    }
    let mut text = String::new();
    for token in &tokens {
        text.push_str(token);
        text.push(
            if token == ";" || token == "{" || token == "}" || token.starts_with("///") {
                '\n'
            } else {
                ' '
            },
        );
    }
    for _ in 0..noise {
        let mut bytes = text.into_bytes();
        let at = below(random, bytes.len().max(1));
        let byte = random.next_u32() as u8;
        match below(random, 3) {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    text
}

fn below(random: &mut Stream, n: usize) -> usize {
    random.below(n as u64) as usize
}

fn change(tokens: &mut Vec<String>, random: &mut Stream) {
    if tokens.is_empty() {
        return;
    }
    let at = below(random, tokens.len());
    let length = 1 + below(random, 4);
    let end = (at + length).min(tokens.len());
    let other = below(random, tokens.len());
    match below(random, 24) {
        0 => drop(tokens.drain(at..end)),
        1 => {
            let copy = tokens[at..end].to_vec();
            tokens.splice(other..other, copy);
        }
        2 => tokens.swap(at, other),
        3 => tokens.insert(at, WORDS[below(random, WORDS.len())].into()),
        4..=7 => {
            if let Some(at) = from(tokens, at, |i| tokens[i].starts_with(|c: char| c.is_ascii_digit())) {
                tokens[at] = NUMBERS[below(random, NUMBERS.len())].into();
            }
        }
        // A statement again somewhere else, or gone.
        8..=9 => {
            let (start, end) = statement(tokens, at);
            let copy = tokens[start..end].to_vec();
            match below(random, 2) {
                0 => drop(tokens.drain(start..end)),
                _ => {
                    let to = statement(tokens, other).0;
                    tokens.splice(to..to, copy);
                }
            }
        }
        what => {
            if let (Some(at), Some(other)) = (
                from(tokens, at, |i| is_read(tokens, i)),
                from(tokens, other, |i| is_read(tokens, i)),
            ) {
                let functions: Vec<&str> = FUNCTIONS.split_whitespace().collect();
                let function = functions[below(random, functions.len())];
                let shift = ["[t-1]", "[t+1]", "[t-3]", "[0]", "[t]", "[k-1]"][below(random, 6)];
                let (name, another) = (tokens[at].clone(), tokens[other].clone());
                tokens[at] = match what {
                    10..=13 => another,
                    14 | 15 => function.into(),
                    16 | 17 => format!("{function}({name})"),
                    18..=20 => name + shift,
                    21 => format!("{name} * {another}"),
                    22 => format!("{name} ++ {another}"),
                    _ => format!("{name} + {another}{shift}"),
                };
            }
        }
    }
}

/// A statement of another text in place of one here, or before it.
fn splice(tokens: &mut Vec<String>, other: &str, random: &mut Stream) {
    let other = self::tokens(other);
    if tokens.is_empty() || other.is_empty() {
        return;
    }
    let (start, end) = statement(&other, below(random, other.len()));
    let here = statement(tokens, below(random, tokens.len()));
    let to = if below(random, 2) == 0 {
        here.0..here.1
    } else {
        here.0..here.0
    };
    tokens.splice(to, other[start..end].to_vec());
}

/// A name, and no keyword.
fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !WORDS.contains(&token)
}

/// Where a name stands in an expression: not where it is defined, called, or names a step.
fn is_read(tokens: &[String], at: usize) -> bool {
    const BEFORE: [&str; 16] = [
        ";", "{", "}", "input", "target", "output", "metric", "param", "module", "axis", "over", "[", "cell", "layer",
        "model", "fn",
    ];
    const AFTER: [&str; 6] = ["(", ":", "=", "{", "~", "->"];
    is_name(&tokens[at])
        && !at.checked_sub(1).is_none_or(|i| BEFORE.contains(&tokens[i].as_str()))
        && !tokens.get(at + 1).is_none_or(|t| AFTER.contains(&t.as_str()))
}

/// The first token from `at` on, around the end, that `holds`.
fn from(tokens: &[String], at: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    (at..tokens.len()).chain(0..at).find(|i| holds(*i))
}

/// From behind the `;` or bracket before a token to the `;` after it.
fn statement(tokens: &[String], at: usize) -> (usize, usize) {
    let ends = |t: &String| t == ";" || t == "{" || t == "}";
    let start = tokens[..at].iter().rposition(ends).map_or(0, |i| i + 1);
    let end = tokens[at..]
        .iter()
        .position(|t| t == ";")
        .map_or(tokens.len(), |i| at + i + 1);
    (start, end)
}

/// Words, numbers, strings, comments on a line of their own, and signs.
fn tokens(text: &str) -> Vec<String> {
    const SIGNS: [&str; 11] = ["...", "..", "==", "!=", "<=", ">=", "->", "|>", "++", "//", "~"];
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |i| i + 2)
        } else if first.is_alphanumeric() || first == '_' {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            let mut end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            if first.is_ascii_digit() && rest[end..].starts_with('.') && !rest[end..].starts_with("..") {
                end += 1 + rest[end + 1..].find(|c| !part(c)).unwrap_or(rest.len() - end - 1);
            }
            end
        } else {
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s));
            sign.map_or(first.len_utf8(), |s| s.len())
        };
        let token = &rest[..length];
        if !token.starts_with("//") || token.starts_with("///") {
            out.push(token.to_string());
        }
        rest = rest[length..].trim_start();
    }
    out
}

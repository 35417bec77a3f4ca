//! The symbols that classes stand for.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one symbol is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tokens {
    /// A value of a table as it stands there: a label, a word.
    #[default]
    Values,
    /// A character of a text.
    Characters,
    /// A word of a text, between white space.
    Words,
    /// A byte of a file; class `i` is the byte `i`, whatever the file holds.
    Bytes,
}

/// Class `i` is `symbols[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Vocabulary {
    pub tokens: Tokens,
    pub symbols: Vec<String>,
    /// What stands for every symbol that is not among them; without, such a symbol is an error.
    pub unknown: Option<u32>,
    /// What a line's end is in a text of words.
    pub line_end: Option<u32>,
    classes: BTreeMap<String, u32>,
}

/// A vocabulary as it is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    #[serde(default)]
    tokens: Tokens,
    symbols: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line_end: Option<u32>,
}

impl From<Saved> for Vocabulary {
    fn from(saved: Saved) -> Vocabulary {
        let classes = saved.symbols.iter().cloned().zip(0..).collect();
        Vocabulary {
            tokens: saved.tokens,
            symbols: saved.symbols,
            unknown: saved.unknown,
            line_end: saved.line_end,
            classes,
        }
    }
}

impl From<Vocabulary> for Saved {
    fn from(v: Vocabulary) -> Saved {
        Saved {
            tokens: v.tokens,
            symbols: v.symbols,
            unknown: v.unknown,
            line_end: v.line_end,
        }
    }
}

impl Vocabulary {
    /// The distinct characters of a text, in order of their code points.
    pub fn of(text: &str) -> Vocabulary {
        let characters: BTreeSet<char> = text.chars().collect();
        let symbols = characters.into_iter().map(String::from).collect();
        Vocabulary::new(Tokens::Characters, symbols)
    }

    /// These symbols, in this order.
    pub fn new(tokens: Tokens, symbols: Vec<String>) -> Vocabulary {
        Saved {
            tokens,
            symbols,
            unknown: None,
            line_end: None,
        }
        .into()
    }

    /// All 256 bytes.
    pub fn bytes() -> Vocabulary {
        let symbol = |b: u8| match b {
            0..128 => char::from(b).to_string(),
            _ => format!("\\x{b:02x}"),
        };
        Vocabulary::new(Tokens::Bytes, (0..=u8::MAX).map(symbol).collect())
    }

    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The class of a symbol, or of what stands for unknown ones.
    pub fn index(&self, symbol: &str) -> Option<u32> {
        self.classes.get(symbol).copied().or(self.unknown)
    }

    /// The classes of a text, or the first symbol that is not here and the number of those before it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, (usize, String)> {
        let class = |(at, symbol): (usize, &str)| self.index(symbol).ok_or_else(|| (at, symbol.to_owned()));
        match self.tokens {
            Tokens::Bytes => Ok(text.bytes().map(u32::from).collect()),
            Tokens::Characters => {
                let mut utf8 = [0; 4];
                let of = |(at, c): (usize, char)| class((at, c.encode_utf8(&mut utf8)));
                text.chars().enumerate().map(of).collect()
            }
            Tokens::Words | Tokens::Values => {
                let mut classes = Vec::new();
                for line in text.split_inclusive('\n') {
                    for word in line.split_whitespace() {
                        classes.push(class((classes.len(), word))?);
                    }
                    classes.extend(self.line_end.filter(|_| line.ends_with('\n')));
                }
                Ok(classes)
            }
        }
    }

    /// How a class reads within a text, after what is there already: words are set apart by a space.
    pub fn piece(&self, class: u32, first: bool) -> String {
        let symbol = self.symbols.get(class as usize).map_or("", String::as_str);
        match self.tokens {
            Tokens::Characters | Tokens::Bytes => symbol.to_owned(),
            Tokens::Words | Tokens::Values if self.line_end == Some(class) => "\n".into(),
            Tokens::Words | Tokens::Values if first => symbol.to_owned(),
            Tokens::Words | Tokens::Values => format!(" {symbol}"),
        }
    }

    /// The text of some classes; what is not a class is left out.
    pub fn decode(&self, classes: &[u32]) -> String {
        if self.tokens == Tokens::Bytes {
            let bytes: Vec<u8> = classes.iter().filter_map(|&c| u8::try_from(c).ok()).collect();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut text = String::new();
        for &class in classes.iter().filter(|&&c| (c as usize) < self.len()) {
            let first = text.is_empty() || text.ends_with('\n');
            text += &self.piece(class, first);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_both_ways() {
        let v = Vocabulary::of("naïve\n");
        assert_eq!(v.symbols, ["\n", "a", "e", "n", "v", "ï"]);
        assert_eq!(v.encode("vé").unwrap_err(), (1, "é".into()));
        assert_eq!(v.decode(&v.encode("naïve").unwrap()), "naïve");
        assert_eq!((v.index("e"), v.index("é")), (Some(2), None));
        let json = serde_json::to_string(&v).unwrap();
        assert_eq!(json, r#"{"tokens":"characters","symbols":["\n","a","e","n","v","ï"]}"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&json).unwrap(), v);
    }

    #[test]
    fn words_both_ways() {
        let symbols = ["<eos>", "<unk>", "a", "cat"].map(String::from);
        let mut v = Vocabulary::new(Tokens::Words, symbols.to_vec());
        assert_eq!(v.encode("a  dog").unwrap_err(), (1, "dog".into()));
        (v.line_end, v.unknown) = (Some(0), Some(1));
        let classes = v.encode(" a cat \n\na dog").unwrap();
        assert_eq!(classes, [2, 3, 0, 0, 2, 1]);
        assert_eq!(v.decode(&classes), "a cat\n\na <unk>");
    }

    #[test]
    fn bytes_both_ways() {
        let v = Vocabulary::bytes();
        assert_eq!((v.len(), v.encode("é").unwrap()), (256, vec![0xc3, 0xa9]));
        assert_eq!(v.decode(&[0xc3, 0xa9, 0x41]), "éA");
    }
}

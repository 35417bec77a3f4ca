//! The symbols that classes stand for.

use serde::{Deserialize, Serialize};

/// The distinct characters of a text, in order of their code points: class `i` is `symbols[i]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vocabulary {
    pub symbols: Vec<char>,
}

impl Vocabulary {
    pub fn of(text: &str) -> Vocabulary {
        let mut seen = vec![false; char::MAX as usize + 1];
        for c in text.chars() {
            seen[c as usize] = true;
        }
        let symbols = (0..=u32::from(char::MAX))
            .filter(|&c| seen[c as usize])
            .filter_map(char::from_u32);
        Vocabulary {
            symbols: symbols.collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The class of a character.
    pub fn index(&self, c: char) -> Option<u32> {
        self.symbols.iter().position(|&s| s == c).map(|i| i as u32)
    }

    /// The classes of a text, or the place in characters of the first symbol it does not have.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, usize> {
        let mut classes = vec![u32::MAX; self.symbols.iter().map(|&c| c as usize + 1).max().unwrap_or(0)];
        for (i, &c) in self.symbols.iter().enumerate() {
            classes[c as usize] = i as u32;
        }
        let class = |c: char| classes.get(c as usize).copied().filter(|&i| i != u32::MAX);
        text.chars().enumerate().map(|(at, c)| class(c).ok_or(at)).collect()
    }

    /// The text of some classes; what is not a class is left out.
    pub fn decode(&self, classes: &[u32]) -> String {
        classes.iter().filter_map(|&i| self.symbols.get(i as usize)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let v = Vocabulary::of("naïve\n");
        assert_eq!(v.symbols, ['\n', 'a', 'e', 'n', 'v', 'ï']);
        assert_eq!(v.encode("vé").unwrap_err(), 1);
        assert_eq!(v.decode(&v.encode("naïve").unwrap()), "naïve");
        assert_eq!((v.index('e'), v.index('é')), (Some(2), None));
        assert_eq!(serde_json::to_string(&v).unwrap(), r#"["\n","a","e","n","v","ï"]"#);
    }
}

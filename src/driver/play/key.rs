//! What is pressed, and how a script writes it.

/// A key of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Tab,
    Run,
    Back,
    Left,
    Right,
    Up,
    Down,
}

/// How scripts name the keys that are no characters; `<lt>` is `<`.
const NAMES: [(&str, Key); 9] = [
    ("Tab", Key::Tab),
    ("C-r", Key::Run),
    ("BS", Key::Back),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("CR", Key::Char('\n')),
    ("lt", Key::Char('<')),
];

/// The keys of a script: characters as they are, others by their names, `<Tab>`, `<C-r>`, `<BS>`, `<Left>`, `<Right>`,
/// `<Up>`, `<Down>`, `<CR>`, `<lt>`.
///
/// # Errors
/// A name of no key.
pub fn script(text: &str) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '<' {
            keys.push(Key::Char(c));
            continue;
        }
        let name = rest.split_once('>').map_or(rest, |(name, _)| name);
        let Some((_, key)) = NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) else {
            let known: Vec<String> = NAMES.iter().map(|(n, _)| format!("<{n}>")).collect();
            return Err(format!("`<{name}>` is no key; there are {}", known.join(" ")));
        };
        keys.push(*key);
        rest = rest[name.len()..].strip_prefix('>').unwrap_or("");
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_keys() {
        let keys = script("aé<Tab><c-r>\n<lt>").expect("keys");
        let expected = [
            Key::Char('a'),
            Key::Char('é'),
            Key::Tab,
            Key::Run,
            Key::Char('\n'),
            Key::Char('<'),
        ];
        assert_eq!(keys, expected);
        assert!(script("a<b").is_err_and(|why| why.contains("`<b>`")));
    }
}

//! Near misses: what someone probably meant.

/// The candidate nearest to a word, if one is near: at most a third of the longer's letters apart, or one, but never all
/// of either's. Capitals do not count. Of several the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = |w: &str| w.chars().count();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&word, &c.to_lowercase()), c))
        .filter(|(apart, c)| {
            let (short, long) = (letters(&word).min(letters(c)), letters(&word).max(letters(c)));
            apart * 3 <= long.max(3) && *apart < short
        })
        .min_by_key(|(apart, _)| *apart)
        .map(|(_, c)| c)
}

/// `a, b and c`
pub fn listed(words: &[&str]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => (*one).into(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_is_a_slip_of_some_letters() {
        assert_eq!(nearest("lstmm", ["gru", "lstm"]), Some("lstm"));
        assert_eq!(nearest("Tanh", ["tan", "tanh"]), Some("tanh"));
        assert_eq!(nearest("sofmtax", ["softmax"]), Some("softmax"));
        assert_eq!(nearest("x", ["y"]), None, "one letter is no slip for another");
        assert_eq!(nearest("attention", ["affine"]), None);
    }
}

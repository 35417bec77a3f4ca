//! Elements of MathML.

/// A formula that stands by itself in a line of text.
pub fn math(inner: &str) -> String {
    format!("<math>{inner}</math>")
}

/// A name: one letter slanted, a word upright, the name of a Greek letter as the letter.
pub fn identifier(name: &str) -> String {
    format!("<mi>{}</mi>", escape(greek(name).unwrap_or(name)))
}

pub(super) fn linked(name: &str, href: Option<String>) -> String {
    match href {
        Some(href) => format!("<mi><a href=\"{}\">{}</a></mi>", escape(&href), escape(name)),
        None => identifier(name),
    }
}

pub(super) fn op(sign: &str) -> String {
    format!("<mo>{}</mo>", escape(sign))
}

/// An operator with no room around it.
pub(super) fn tight(sign: &str) -> String {
    format!("<mo lspace=\"0\" rspace=\"0\">{}</mo>", escape(sign))
}

/// Brackets, as tall as what is between them.
pub(super) fn fence(open: &str, inner: &str, close: &str) -> String {
    let tall = ["<mfrac", "<mtable", "<munder"].iter().any(|tag| inner.contains(tag));
    let side = |sign: &str, form: &str| format!("<mo form=\"{form}\" fence=\"true\" stretchy=\"{tall}\">{sign}</mo>");
    format!("<mrow>{}{inner}{}</mrow>", side(open, "prefix"), side(close, "postfix"))
}

pub(super) fn words(text: &str) -> String {
    format!("<mtext>{}</mtext>", escape(text))
}

pub(super) fn listed(parts: &[String]) -> String {
    parts.join(&op(","))
}

/// Marks below and above to the right of a base.
pub(super) fn indexed(base: &str, below: &[String], above: &[String]) -> String {
    let below = match below {
        [] => None,
        parts => Some(format!("<mrow>{}</mrow>", listed(parts))),
    };
    let above = match above {
        [] => None,
        parts => Some(format!("<mrow>{}</mrow>", parts.concat())),
    };
    match (below, above) {
        (None, None) => base.to_string(),
        (Some(below), None) => format!("<msub>{base}{below}</msub>"),
        (None, Some(above)) => format!("<msup>{base}{above}</msup>"),
        (Some(below), Some(above)) => format!("<msubsup>{base}{below}{above}</msubsup>"),
    }
}

/// A number as it is read: `10^30` rather than thirty zeros.
pub(super) fn number(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        let written = format!("{x:e}");
        let (digits, power) = written.split_once('e').unwrap_or((&written, "0"));
        let power = match power.strip_prefix('-') {
            Some(power) => format!("<mrow><mo form=\"prefix\">−</mo><mn>{power}</mn></mrow>"),
            None => format!("<mn>{power}</mn>"),
        };
        let ten = format!("<msup><mn>10</mn>{power}</msup>");
        return match digits {
            "1" => ten,
            _ => format!("<mrow><mn>{digits}</mn><mo>×</mo>{ten}</mrow>"),
        };
    }
    format!("<mn>{x}</mn>")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn greek(name: &str) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 22] = [
        ("alpha", "α"),
        ("beta", "β"),
        ("gamma", "γ"),
        ("delta", "δ"),
        ("epsilon", "ε"),
        ("eps", "ε"),
        ("zeta", "ζ"),
        ("eta", "η"),
        ("theta", "θ"),
        ("kappa", "κ"),
        ("lambda", "λ"),
        ("mu", "μ"),
        ("nu", "ν"),
        ("xi", "ξ"),
        ("pi", "π"),
        ("rho", "ρ"),
        ("sigma", "σ"),
        ("tau", "τ"),
        ("phi", "φ"),
        ("chi", "χ"),
        ("psi", "ψ"),
        ("omega", "ω"),
    ];
    LETTERS.iter().find(|(n, _)| *n == name).map(|(_, letter)| *letter)
}

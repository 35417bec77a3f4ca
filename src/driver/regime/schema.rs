//! What a `train` block may say: every setting, its forms and their ranges, as a table.

use serde_json::{Map, Value, json};

/// What one value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number, 1 or more.
    Count,
    /// A whole number, 0 or more.
    Natural,
    /// Above 0.
    Positive,
    /// 0 or more.
    NonNegative,
    /// Above 0 and below 1.
    Fraction,
    /// From 0, below 1.
    BelowOne,
    /// From 0 to 1.
    Share,
    Text,
    /// Of memory: a whole number, written with its unit.
    Bytes,
    /// True or false.
    Flag,
    /// One name or text, or a list of them.
    Names,
    Number,
    /// A name that the model knows.
    Word,
    Words(&'static [&'static str]),
}

/// One argument of a form. The first may have no name: it is written without one, and its value stands under the form's
/// own name, the others beside it: `patience(3, on: valid_loss)` is `{patience: 3, on: valid_loss}`.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// One way to write a setting's value: `adam(lr: 1e-3)`.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub name: &'static str,
    /// In the order in which they may be given without names; what several forms have in common is a list of its own.
    pub params: &'static [&'static [Param]],
}

#[derive(Clone, Copy, Debug)]
pub enum Shape {
    One(Kind),
    /// The forms, and those of the language that this compiler does not have yet.
    Forms(&'static [Form], &'static [&'static str]),
    /// Names with names: `p: y`.
    Names,
    /// A setting of the language that this compiler does not have yet.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub key: &'static str,
    pub value: Shape,
    /// How it is written, for messages.
    pub example: &'static str,
    /// False where the training loop need not know: the only form that there is so far is also the default, or it is for the
    /// compiler.
    pub kept: bool,
}

const fn required(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: false,
    }
}

const fn form(name: &'static str, params: &'static [&'static [Param]]) -> Form {
    Form { name, params }
}

const fn setting(key: &'static str, value: Shape, example: &'static str) -> Setting {
    Setting {
        key,
        value,
        example,
        kept: true,
    }
}

const LR: Param = optional("lr", Kind::NonNegative);
const EPS: Param = optional("eps", Kind::NonNegative);
const BETA1: Param = optional("beta1", Kind::BelowOne);
const BETA2: Param = optional("beta2", Kind::BelowOne);
const FLOOR: Param = optional("floor", Kind::Share);

// Of drawn tasks.
const LENGTH: Param = optional("length", Kind::Count);
const SYMBOLS: Param = optional("symbols", Kind::Count);
const SHORTEST: Param = optional("shortest", Kind::Natural);
const LONGEST: Param = optional("longest", Kind::Natural);
const EXAMPLES: Param = optional("examples", Kind::Count);
const HELD_OUT: Param = optional("valid", Kind::Natural);
const FRESH: Param = optional("fresh", Kind::Flag);

// Of files.
const PATH: Param = required("path", Kind::Text);
const VALID: Param = optional("valid", Kind::Text);
const TEST: Param = optional("test", Kind::Text);
const SPLIT: Param = optional("split", Kind::Fraction);
const WINDOW: Param = optional("window", Kind::Count);
const MIN_COUNT: Param = optional("min_count", Kind::Count);
const TEST_SPLIT: Param = optional("test_split", Kind::Fraction);
const SHUFFLE: Param = optional("shuffle", Kind::Natural);
const PART: Param = optional("part", Kind::Text);
const COLUMNS: Param = optional("columns", Kind::Names);
const WORDS: Param = optional("words", Kind::Names);
const CHARACTERS: Param = optional("characters", Kind::Names);
const UNKNOWN: Param = optional("unknown", Kind::Names);
const SYMBOLIC: Param = optional("symbols", Kind::Names);
const STANDARDIZE: Param = optional("standardize", Kind::Names);
const ON: Param = optional("on", Kind::Names);
const SEPARATOR: Param = optional("separator", Kind::Text);
const NAMES: Param = optional("names", Kind::Names);
const QUOTE: Param = optional("quote", Kind::Flag);
const GROUP: Param = optional("group", Kind::Text);
const OFFSETS: Param = optional("offsets", Kind::Names);
const LENGTHS: Param = optional("lengths", Kind::Names);

/// Of each text, of each kind of table, of tables with texts in them, and of each drawn task.
const TEXT: &[Param] = &[PATH, WINDOW, SPLIT, VALID, TEST];
const TABLE: &[Param] = &[
    PATH,
    VALID,
    TEST,
    SPLIT,
    TEST_SPLIT,
    SHUFFLE,
    PART,
    COLUMNS,
    UNKNOWN,
    MIN_COUNT,
    SYMBOLIC,
    STANDARDIZE,
    WINDOW,
];
const TEXTS: &[Param] = &[WORDS, CHARACTERS];
const DRAWN: &[Param] = &[EXAMPLES, HELD_OUT, FRESH];

pub const SETTINGS: &[Setting] = &[
    setting(
        "data",
        Shape::Forms(
            &[
                form("chars", &[TEXT]),
                form("bytes", &[TEXT]),
                form("words", &[TEXT, &[MIN_COUNT]]),
                form("csv", &[TABLE, TEXTS, &[SEPARATOR, NAMES, QUOTE, GROUP]]),
                form("npz", &[TABLE, &[OFFSETS, LENGTHS]]),
                form("jsonl", &[TABLE, TEXTS, &[ON]]),
                form(
                    "adding",
                    &[&[LENGTH, optional("variant", Kind::Words(&["original", "le"]))], DRAWN],
                ),
                form("copying", &[&[LENGTH, optional("blanks", Kind::Count), SYMBOLS], DRAWN]),
                form("counting", &[&[SHORTEST, LONGEST], DRAWN]),
                form("echo", &[&[LENGTH, optional("lag", Kind::Natural), SYMBOLS], DRAWN]),
                form("letters", &[&[optional("words", Kind::Count)], DRAWN]),
                form("lorenz", &[&[LENGTH, optional("dt", Kind::Positive)], DRAWN]),
                form(
                    "mackey_glass",
                    &[
                        &[LENGTH, optional("tau", Kind::Count), optional("horizon", Kind::Natural)],
                        DRAWN,
                    ],
                ),
                form("moving_average", &[&[LENGTH, optional("keep", Kind::BelowOne)], DRAWN]),
                form("narma", &[&[LENGTH], DRAWN]),
                form("parity", &[&[SHORTEST, LONGEST], DRAWN]),
                form(
                    "reber",
                    &[
                        &[
                            optional("grammar", Kind::Words(&["embedded", "plain"])),
                            optional("strings", Kind::Count),
                        ],
                        DRAWN,
                    ],
                ),
                form("reversal", &[&[SHORTEST, LONGEST, SYMBOLS], DRAWN]),
                form("sorting", &[&[SHORTEST, LONGEST, SYMBOLS], DRAWN]),
                form("temporal_order", &[&[LENGTH, optional("relevant", Kind::Count)], DRAWN]),
                form("temporal_xor", &[&[LENGTH], DRAWN]),
            ],
            &[],
        ),
        "data chars(\"input.txt\", window: 128, split: 0.9);",
    ),
    Setting {
        kept: false,
        ..setting(
            "method",
            Shape::Forms(&[form("bptt", &[])], &["rtrl", "reservoir", "layerwise", "hebbian"]),
            "method bptt;",
        )
    },
    Setting {
        kept: false,
        ..setting(
            "teacher",
            Shape::Forms(&[form("always", &[])], &["never", "scheduled", "mix"]),
            "teacher always;",
        )
    },
    Setting {
        kept: false,
        ..setting("force", Shape::Names, "force p: y;")
    },
    setting(
        "optimizer",
        Shape::Forms(
            &[
                form("sgd", &[&[LR]]),
                form("momentum", &[&[LR, optional("momentum", Kind::BelowOne)]]),
                form("nesterov", &[&[LR, optional("momentum", Kind::BelowOne)]]),
                form("rmsprop", &[&[LR, optional("decay", Kind::BelowOne), EPS]]),
                form("adagrad", &[&[LR, EPS]]),
                form("adam", &[&[LR, BETA1, BETA2, EPS]]),
                form(
                    "adamw",
                    &[&[LR, BETA1, BETA2, EPS, optional("decay", Kind::NonNegative)]],
                ),
            ],
            &[],
        ),
        "optimizer adam(lr: 1e-3);",
    ),
    setting(
        "schedule",
        Shape::Forms(
            &[
                form("constant", &[]),
                form(
                    "step",
                    &[&[optional("every", Kind::Count), optional("factor", Kind::Positive)]],
                ),
                form("exponential", &[&[optional("factor", Kind::Positive)]]),
                form("cosine", &[&[optional("warmup", Kind::Natural), FLOOR]]),
                form(
                    "plateau",
                    &[&[
                        optional("patience", Kind::Count),
                        optional("factor", Kind::Fraction),
                        FLOOR,
                    ]],
                ),
            ],
            &[],
        ),
        "schedule cosine(warmup: 200);",
    ),
    setting(
        "clip",
        Shape::Forms(
            &[
                form("norm", &[&[required("", Kind::Positive)]]),
                form("value", &[&[required("", Kind::Positive)]]),
            ],
            &[],
        ),
        "clip norm(1.0);",
    ),
    setting("penalty", Shape::Later, "penalty l2(1e-5);"),
    setting("batch", Shape::One(Kind::Count), "batch 32;"),
    setting("epochs", Shape::One(Kind::Count), "epochs 20;"),
    setting("steps", Shape::One(Kind::Count), "steps 10000;"),
    setting("seed", Shape::One(Kind::Natural), "seed 7;"),
    setting("precision", Shape::One(Kind::Words(&["f32", "f64"])), "precision f32;"),
    setting("threads", Shape::One(Kind::Count), "threads 2;"),
    setting("memory", Shape::One(Kind::Bytes), "memory 512MB;"),
    setting(
        "stop",
        Shape::Forms(
            &[
                form("patience", &[&[required("", Kind::Count), optional("on", Kind::Word)]]),
                form("at_most", &[&[required("", Kind::Number), optional("on", Kind::Word)]]),
                form("at_least", &[&[required("", Kind::Number), optional("on", Kind::Word)]]),
            ],
            &[],
        ),
        "stop patience(3, on: valid_loss);",
    ),
    setting(
        "checkpoint",
        Shape::Forms(&[form("every", &[&[required("", Kind::Natural)]])], &[]),
        "checkpoint every(1);",
    ),
];

/// From here on not every whole number is one in double precision.
pub const UNCOUNTED: f64 = 9e15;

pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.key == key)
}

impl Kind {
    /// What it must be, to follow "must be".
    pub fn wanted(self) -> String {
        match self {
            Kind::Count => "a whole number, 1 or more".into(),
            Kind::Natural => "a whole number, 0 or more".into(),
            Kind::Positive => "a number above 0".into(),
            Kind::NonNegative => "a number, 0 or more".into(),
            Kind::Fraction => "a number above 0 and below 1".into(),
            Kind::BelowOne => "a number from 0, below 1".into(),
            Kind::Share => "a number from 0 to 1".into(),
            Kind::Bytes => "an amount of memory above 0, such as `512MB`".into(),
            Kind::Text => "a text in double quotes".into(),
            Kind::Flag => "`true` or `false`".into(),
            Kind::Names => "a name, a text in double quotes, or a list of them: `[a, \"b\"]`".into(),
            Kind::Number => "a number".into(),
            Kind::Word => "a name".into(),
            Kind::Words(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
        }
    }

    pub fn is_whole(self) -> bool {
        matches!(self, Kind::Count | Kind::Natural)
    }

    /// Whether a number lies in the range; false for kinds that are not numbers.
    pub fn holds(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Kind::Count | Kind::Bytes => x >= 1.0 && x.fract() == 0.0,
                Kind::Natural => x >= 0.0 && x.fract() == 0.0,
                Kind::Positive => x > 0.0,
                Kind::NonNegative => x >= 0.0,
                Kind::Fraction => x > 0.0 && x < 1.0,
                Kind::BelowOne => (0.0..1.0).contains(&x),
                Kind::Share => (0.0..=1.0).contains(&x),
                Kind::Number => true,
                Kind::Text | Kind::Flag | Kind::Names | Kind::Word | Kind::Words(_) => false,
            }
    }
}

impl Form {
    pub fn params(&self) -> impl Iterator<Item = &'static Param> + Clone + use<> {
        self.params.iter().copied().flatten()
    }

    /// Whether its first argument stands under the form's own name.
    pub fn opens(&self) -> bool {
        self.params().next().is_some_and(|p| p.name.is_empty())
    }

    /// The key that a parameter's value stands under.
    pub fn key(&self, param: &Param) -> &'static str {
        match param.name {
            "" => self.name,
            name => name,
        }
    }

    /// The path of a parameter's value from its setting.
    pub fn path(&self, setting: &str, param: &Param) -> String {
        match self.opens() {
            true => format!("{setting}.{}", self.key(param)),
            false => format!("{setting}.{}.{}", self.name, param.name),
        }
    }

    /// The tree of the form with these arguments.
    pub fn tree(&self, arguments: Map<String, Value>) -> Value {
        match (self.params().next(), self.opens()) {
            (None, _) => self.name.into(),
            (_, true) => arguments.into(),
            (_, false) => json!({ self.name: arguments }),
        }
    }

    /// The form that a tree is of, and its arguments.
    pub fn of(tree: &Value, forms: &'static [Form]) -> Option<(&'static Form, Map<String, Value>)> {
        match tree {
            Value::String(word) => forms.iter().find(|f| f.name == word).map(|f| (f, Map::new())),
            Value::Object(map) => {
                let form = forms.iter().find(|f| map.contains_key(f.name))?;
                match (form.opens(), &map[form.name]) {
                    (true, _) => Some((form, map.clone())),
                    (false, Value::Object(arguments)) if map.len() == 1 => Some((form, arguments.clone())),
                    (false, Value::Null) if map.len() == 1 => Some((form, Map::new())),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_lists_every_setting() {
        let reference = include_str!("../../../docs/language.md");
        let table = reference.split("| setting | meaning |").nth(1).unwrap();
        let table = table.split("\n\n").next().unwrap();
        for setting in SETTINGS {
            let Shape::Forms(forms, _) = setting.value else {
                assert!(
                    matches!(setting.value, Shape::Later) || table.contains(&format!("`{}", setting.key)),
                    "{}",
                    setting.key
                );
                continue;
            };
            let rows = table.lines().filter(|l| l.contains(&format!("`{}", setting.key)));
            let row: String = rows.collect();
            for form in forms {
                // Drawn tasks have a table of their own.
                let own = reference.lines().find(|l| l.starts_with(&format!("| `{}(", form.name)));
                let row = own.unwrap_or(&row);
                assert!(row.contains(form.name), "{} {}", setting.key, form.name);
                let common = |p: &Param| own.is_some() && DRAWN.iter().any(|c| c.name == p.name);
                for param in form.params().filter(|p| !p.name.is_empty() && !common(p)) {
                    assert!(
                        row.contains(param.name),
                        "{} {}({})",
                        setting.key,
                        form.name,
                        param.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_example_is_of_its_setting() {
        for setting in SETTINGS {
            assert!(
                setting.example.starts_with(setting.key) && setting.example.ends_with(';'),
                "{}",
                setting.key
            );
        }
    }
}

//! Every code a diagnostic can carry, with its one-line title. The longer story of each, with an example that fails and
//! the example mended, is `docs/errors/CODE.md`, shown by `rnnc explain CODE`.
//!
//! E00xx syntax, E01xx names, E02xx shapes and types, E03xx time and causality, E04xx models and training,
//! E09xx internal; W0xxx warnings.

/// A diagnostic's code, for instance `E0203`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($code);)*
        /// Every code with its title, in order.
        pub const ALL: &[(Code, &str)] = &[$(($name, $title)),*];
    };
}

codes! {
    SYNTAX = "E0001", "the text does not follow the grammar";
    NESTING = "E0002", "expressions are nested too deeply";
    NOT_TEXT = "E0003", "a source file is not UTF-8 text";
    EDITION = "E0004", "an unknown edition of the language";
    NUMBER = "E0005", "a number that cannot be represented";
    UNKNOWN_NAME = "E0101", "a name that nothing defines";
    DUPLICATE = "E0102", "a name that is defined twice";
    ARGUMENTS = "E0103", "a wrong number of arguments, or an argument no parameter takes";
    NOT_CALLABLE = "E0104", "a value used as a function, or a function used as a value";
    MISSING_FILE = "E0105", "a file that `use` names cannot be read";
    UNBOUND_SIZE = "E0106", "a size that nothing binds";
    SHAPE = "E0201", "two shapes that must agree do not";
    SHAPE_UNKNOWN = "E0202", "a shape that cannot be inferred";
    ELEMENT = "E0203", "a value of the wrong element type";
    AXIS = "E0204", "a value over the wrong axes";
    COMPILE_TIME = "E0205", "something that must be known at compile time is not";
    ASSERTION = "E0206", "an `assert` does not hold";
    RECURSION = "E0207", "a module that contains itself";
    CYCLE = "E0301", "a cycle of equations with no delay in it";
    DIRECTIONS = "E0302", "a cycle of equations that looks both ways in time";
    INITIAL = "E0303", "an initial value that does not fit its state";
    NO_AXIS = "E0304", "a step index where no axis is known";
    FUTURE_TARGET = "E0305", "a target read where it is not yet known";
    NO_OBJECTIVE = "E0401", "a model with nothing to train and nothing to compute";
    OBSERVATION = "E0402", "an observation that does not fit its target";
    SETTING = "E0403", "a training setting that is unknown or wrong";
    DOUBLE_SOFTMAX = "E0404", "a softmax under a distribution that takes logits";
    DATA = "E0405", "a data source that cannot be read or does not fit the model";
    NOT_STREAMABLE = "E0406", "a model that cannot run one step at a time";
    UNSUPPORTED = "E0499", "a part of the language that this version cannot build";
    UNUSED = "W0101", "a definition that nothing uses";
    UNUSED_SIZE = "W0102", "a size that nothing uses";
    UNUSED_ARGUMENT = "W0103", "an input of a function, a layer or a cell that it does not use";
    UNUSED_DECLARATION = "W0104", "a module or an axis that nothing names";
    STRAY_DOC = "W0105", "a doc comment that documents nothing";
    INTERNAL = "E0901", "an internal error of the compiler";
}

/// The title of a code, if there is such a code.
pub fn find(code: &str) -> Option<(Code, &'static str)> {
    ALL.iter().copied().find(|(c, _)| c.0.eq_ignore_ascii_case(code))
}

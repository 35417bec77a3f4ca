//! What the compiler itself knows by name, for hover and completion.

pub struct Builtin {
    pub name: &'static str,
    pub written: &'static str,
    pub says: &'static str,
}

const fn builtin(name: &'static str, written: &'static str, says: &'static str) -> Builtin {
    Builtin { name, written, says }
}

pub const FUNCTIONS: &[Builtin] = &[
    builtin("exp", "exp(x)", "Elementwise."),
    builtin("log", "log(x)", "The natural logarithm, elementwise."),
    builtin("sqrt", "sqrt(x)", "Elementwise."),
    builtin("abs", "abs(x)", "Elementwise."),
    builtin("sign", "sign(x)", "-1, 0 or 1, elementwise."),
    builtin("sin", "sin(x)", "Elementwise."),
    builtin("cos", "cos(x)", "Elementwise."),
    builtin("tanh", "tanh(x)", "Elementwise."),
    builtin("sigmoid", "sigmoid(x)", "1 / (1 + exp(-x)), elementwise."),
    builtin(
        "softplus",
        "softplus(x)",
        "log(1 + exp(x)) without overflow, elementwise.",
    ),
    builtin("relu", "relu(x)", "max(x, 0), elementwise."),
    builtin("floor", "floor(x)", "Elementwise."),
    builtin(
        "min",
        "min(a, b), min(x), min(x, over: t)",
        "Of two elementwise; of one over its features or an axis.",
    ),
    builtin(
        "max",
        "max(a, b), max(x), max(x, over: t)",
        "Of two elementwise; of one over its features or an axis.",
    ),
    builtin("pow", "pow(a, b)", "`a` to the power `b`, elementwise."),
    builtin(
        "where",
        "where(c, a, b)",
        "`a` where the condition holds, else `b`, elementwise.",
    ),
    builtin("slice", "slice(x, start, length)", "So many features from `start` on."),
    builtin("dot", "dot(a, b)", "The sum of the products of the features."),
    builtin(
        "outer",
        "outer(a, b)",
        "The matrix of all products of two vectors' features.",
    ),
    builtin("transpose", "transpose(w)", "Of a matrix."),
    builtin(
        "reshape",
        "reshape(x, n, m)",
        "The same features, row after row, as a matrix.",
    ),
    builtin(
        "sum",
        "sum(x), sum(x, over: t)",
        "Over the features, or over an axis or some of its steps.",
    ),
    builtin(
        "mean",
        "mean(x), mean(x, over: t)",
        "Over the features, or over an axis or some of its steps.",
    ),
    builtin("argmax", "argmax(x)", "Which feature is the largest, as an index."),
    builtin("onehot", "onehot(y)", "A vector with a one at the index."),
    builtin("stop_gradient", "stop_gradient(x)", "A constant for the derivative."),
    builtin(
        "first",
        "first(h), first(h, over: k)",
        "The first step of an axis, each example's own.",
    ),
    builtin(
        "last",
        "last(h), last(h, over: k)",
        "The last step of an axis, each example's own.",
    ),
    builtin(
        "reverse",
        "reverse(h), reverse(h, over: k)",
        "The steps in opposite order, each example by its own length.",
    ),
    builtin(
        "draw",
        "draw(x)",
        "Independent uniform numbers in [0, 1), one for each entry of `x`.",
    ),
    builtin("total", "total(x)", "The sum over all data; in a `metric`."),
    builtin("average", "average(x)", "The average over all data; in a `metric`."),
    builtin(
        "each",
        "each(m, over: s)",
        "A module applied at each step of an axis by itself, with the same parameters.",
    ),
    builtin("count", "count(k)", "A number itself, or the length of a list."),
    builtin(
        "nth",
        "nth(l, k, m)",
        "The module at place `l` of a list of modules, or `m` with that entry of a list of sizes.",
    ),
    builtin("training", "training", "Holds in training and not in evaluation."),
];

pub const DISTRIBUTIONS: &[Builtin] = &[
    builtin(
        "categorical",
        "categorical(logits), categorical(prob: p)",
        "Of an `index`: one of its classes.",
    ),
    builtin("bernoulli", "bernoulli(logits)", "Of bits."),
    builtin("normal", "normal(mean, std)", "Of numbers."),
    builtin("laplace", "laplace(mean, scale)", "Of numbers."),
    builtin(
        "mixture",
        "mixture(logits, mean, std)",
        "Of numbers: a mixture of normals with diagonal covariance.",
    ),
    builtin(
        "ctc",
        "ctc(logits)",
        "Of labels along an axis of their own, spelt by frames along another.",
    ),
];

/// How a parameter is drawn.
pub const DRAWS: &[Builtin] = &[
    builtin("zeros", "zeros", "All zero."),
    builtin("constant", "constant(v)", "All the same."),
    builtin("uniform", "uniform(a, b)", "Uniform from `a` to `b`."),
    builtin("normal", "normal(mean, std)", "Normal."),
    builtin(
        "glorot",
        "glorot",
        "Uniform in ±sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010); the default.",
    ),
    builtin("he", "he", "Normal with deviation sqrt(2 / fan_in) (He et al. 2015)."),
    builtin("lecun", "lecun", "Uniform in ±1 / sqrt(fan_in) (LeCun et al. 1998)."),
    builtin(
        "orthogonal",
        "orthogonal",
        "A random orthogonal matrix (Saxe et al. 2014).",
    ),
    builtin(
        "identity",
        "identity(s)",
        "`s` times the identity (Le, Jaitly & Hinton 2015).",
    ),
];

pub const TYPES: &[Builtin] = &[
    builtin("real", "real", "One number."),
    builtin("index", "index[n]", "One of n classes."),
    builtin("bit", "bit, bit[n]", "True or false, or n of these."),
];

pub fn find(name: &str) -> impl Iterator<Item = &'static Builtin> {
    [FUNCTIONS, DISTRIBUTIONS, DRAWS, TYPES]
        .into_iter()
        .flatten()
        .filter(move |b| b.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference names them all.
    #[test]
    fn the_reference_knows_them() {
        let reference = include_str!("../../docs/language.md");
        for builtin in [FUNCTIONS, DISTRIBUTIONS, DRAWS, TYPES].into_iter().flatten() {
            assert!(reference.contains(builtin.name), "{}", builtin.name);
        }
    }
}

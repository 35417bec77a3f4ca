// The grammar of `.rnn` files for editors. `grammar/rnn.pest` is the one that the compiler goes by.

/// <reference types="tree-sitter-cli/dsl" />

// Loosest first.
const PREC = { pipe: 1, compare: 2, concat: 3, add: 4, multiply: 5, matmul: 6, minus: 7, postfix: 8 };

const separated = (rule) => seq(rule, repeat(seq(",", rule)));
const one = (words) => (words.length > 1 ? choice(...words) : words[0]);
const listed = (rule) => optional(seq(separated(rule), optional(",")));

module.exports = grammar({
  name: "rnn",

  extras: ($) => [/\s/, /\uFEFF/, $.comment],

  word: ($) => $.name,

  // A `///` of its own is a doc comment, one more slash makes it a plain one.
  conflicts: ($) => [[$.size, $.input]],

  rules: {
    file: ($) => seq(optional($.edition), repeat(choice($.doc, $._item))),

    // Three slashes and no fourth.
    doc: (_) => token(/\/\/\/([^\/\n][^\n]*)?/),
    comment: (_) => token(choice(/\/\/([^\/\n][^\n]*)?/, /\/\/\/\/[^\n]*/)),

    // Items

    edition: ($) => seq("edition", $.number, ";"),
    _item: ($) => choice($.use, $.const, $.fn, $.layer, $.model, $.train),
    use: ($) => seq("use", $.string, ";"),
    const: ($) => seq("const", field("name", $.name), "=", $._expression, ";"),
    fn: ($) => seq("fn", field("name", $.name), $.inputs, $.outputs, $.body),
    layer: ($) =>
      seq(choice("layer", "cell"), field("name", $.name), optional($.sizes), $.inputs, $.outputs, $.body),
    model: ($) => seq("model", field("name", $.name), optional($.sizes), $.body),
    train: ($) => seq("train", field("model", $.name), optional(seq("as", field("name", $.name))), $.settings),

    sizes: ($) => prec(1, seq("(", listed($.size), ")")),
    size: ($) => seq(field("name", $.name), optional(seq("=", $._expression))),
    inputs: ($) => seq("(", listed($.input), ")"),
    input: ($) => seq(field("name", $.name), optional(seq("over", field("axis", $.name))), optional("...")),
    outputs: ($) => seq("->", separated($.name)),

    settings: ($) => seq("{", repeat(choice($.doc, $.setting)), "}"),
    setting: ($) => seq(field("key", $.name), optional(separated($.argument)), ";"),

    // Statements

    body: ($) => seq("{", repeat(choice($.doc, $._statement)), "}"),
    _statement: ($) =>
      choice(
        $.declaration,
        $.axis,
        $.parameter,
        $.module,
        $.loss,
        $.metric,
        $.output,
        $.assert,
        $.equation,
        $.observation,
        $.for,
      ),
    declaration: ($) => seq(choice("input", "target"), field("name", $.name), ":", $._type, optional($.over), ";"),
    axis: ($) => seq("axis", field("name", $.name), ":", choice($.like, $._expression), ";"),
    like: ($) => prec(1, seq("like", $.name)),
    parameter: ($) =>
      seq(choice("param", "fixed"), field("name", $.name), ":", $._shape, optional(seq("~", $._expression)), ";"),
    module: ($) => seq("module", field("name", $.name), "=", $._expression, ";"),
    loss: ($) => seq("loss", $._expression, ";"),
    metric: ($) => seq("metric", field("name", $.name), "=", $._expression, ";"),
    output: ($) => seq("output", field("name", $.name), optional(seq("=", $._expression)), ";"),
    assert: ($) => seq("assert", $._expression, optional(seq(",", $.string)), ";"),
    equation: ($) =>
      seq(
        field("target", $.place),
        optional(seq(":", $._shape)),
        "=",
        field("value", $._expression),
        optional(seq("when", field("when", $._expression))),
        ";",
      ),
    observation: ($) =>
      seq(field("target", $.name), "~", $._expression, optional(seq("until", $._expression)), ";"),
    for: ($) => seq("for", field("name", $.name), "in", choice($.range, $.name), $.body),
    range: ($) => seq($._expression, "..", $._expression),

    place: ($) => seq($.name, repeat(seq(".", $.name)), optional(seq("[", $._expression, "]"))),

    _type: ($) => choice($.index_type, $.bit_type, $._shape),
    index_type: ($) => seq("index", "[", $._expression, "]"),
    bit_type: ($) => seq("bit", optional($.shape)),
    _shape: ($) => choice("real", $.shape),
    shape: ($) => seq("[", listed(choice($.infer, $._expression)), "]"),
    infer: (_) => "_",
    over: ($) => seq("over", separated($.axis_use)),
    axis_use: ($) => seq($.name, optional(seq(":", $.name))),

    // Expressions

    _expression: ($) => choice($.binary, $.unary, $._postfix),
    binary: ($) =>
      choice(
        ...[
          [PREC.pipe, ["|>"]],
          [PREC.compare, ["==", "!=", "<", "<=", ">", ">="]],
          [PREC.concat, ["++"]],
          [PREC.add, ["+", "-"]],
          [PREC.multiply, ["*", "/", "%"]],
          [PREC.matmul, ["@"]],
        ].map(([level, operators]) =>
          prec.left(level, seq($._expression, field("operator", one(operators)), $._expression)),
        ),
      ),
    unary: ($) => prec(PREC.minus, seq("-", $._expression)),
    _postfix: ($) => choice($.call, $.index, $.field, $._primary),
    call: ($) => prec(PREC.postfix, seq(field("function", $._postfix), "(", listed($.argument), ")")),
    index: ($) => prec(PREC.postfix, seq($._postfix, "[", $._expression, "]")),
    field: ($) => prec(PREC.postfix, seq($._postfix, ".", field("name", $.name))),
    argument: ($) => seq(optional(seq(field("label", $._label), ":")), $._expression, optional("...")),
    // Any word can be a label.
    _label: ($) =>
      choice(
        $.name,
        ...["edition", "use", "const", "fn", "layer", "cell", "model", "train", "input", "target", "axis", "param"]
          .concat(["fixed", "module", "loss", "metric", "output", "assert", "for", "in", "when", "until", "as"])
          .concat(["over", "like", "real", "index", "bit"])
          .map((word) => alias(word, $.name)),
      ),

    _primary: ($) => choice($.number, $.string, $.name, $.group, $.list, $._soft),
    // Keywords of types and of axes are names elsewhere, and `const(v)` draws.
    _soft: ($) =>
      prec(-1, choice(...["over", "like", "real", "index", "bit", "const"].map((word) => alias(word, $.name)))),
    group: ($) => seq("(", $._expression, ")"),
    list: ($) => seq("[", listed($._expression), "]"),

    name: (_) => /[A-Za-z_][A-Za-z0-9_]*/,
    number: (_) => /[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9][0-9_]*|[kMG]B)?/,
    string: (_) => /"(\\[^\n]|[^"\\\n])*"/,
  },
});

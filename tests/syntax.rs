//! The parser from outside: trees, spans, messages, recovery, and texts that are meant to break it.

use rnnc::diagnostics::{Diagnostics, render};
use rnnc::source::Sources;
use rnnc::syntax::{self, ast};

fn parse(text: &str) -> (Sources, ast::File, Diagnostics) {
    let mut sources = Sources::default();
    sources.add("other.rnn", "model other {}");
    let file = sources.add("spec.rnn", text);
    let (tree, found) = syntax::parse(&sources, file);
    (sources, tree, found)
}

/// The dump of a text without mistakes.
fn dump(text: &str) -> String {
    let (sources, tree, found) = parse(text);
    assert!(found.is_empty(), "{}", render(&found, &sources, false));
    syntax::dump(&tree)
}

/// The right side of `y = ...;`, as dumped.
fn expr(text: &str) -> String {
    let dump = dump(&format!("model m {{ y = {text}; }}"));
    dump.split("equation y = ").nth(1).unwrap().trim_end().to_string()
}

/// What is reported about a text: code, message and the text under the primary label.
fn reports(text: &str) -> Vec<(String, String, String)> {
    let (sources, _, found) = parse(text);
    let report = |d: &rnnc::diagnostics::Diagnostic| {
        let under = sources.slice(d.labels[0].span).to_string();
        (d.code.to_string(), d.message.clone(), under)
    };
    found.list.iter().map(report).collect()
}

#[test]
fn every_construct() {
    let expected = include_str!("specs/every_construct.dump");
    let dump = dump(include_str!("specs/every_construct.rnn"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/specs/every_construct.dump"),
            &dump,
        )
        .unwrap();
        return;
    }
    assert_eq!(dump, expected);
}

#[test]
fn every_spec_of_the_project_parses() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("std"), root.join("examples")];
    let mut specs = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rnn") {
                dump(&std::fs::read_to_string(&path).unwrap());
                specs += 1;
            }
        }
    }
    assert!(specs > 0);
}

/// The same text must work within `rnn! { ... }`.
#[test]
fn specs_are_rust_tokens() {
    let spec = include_str!("specs/every_construct.rnn");
    assert!(spec.parse::<proc_macro2::TokenStream>().is_ok());
}

#[test]
fn long_lines_are_not_printed_whole() {
    let (sources, _, found) = parse(&format!("model m {{ h == a; {} }}", "h = a; ".repeat(10_000)));
    let text = render(&found, &sources, false);
    assert!(text.contains("help: an equation has one `=`: `=`"), "{text}");
    assert!(text.len() < 1000);
}

#[test]
fn precedence() {
    assert_eq!(expr("a + b * c @ d"), "(+ a (* b (@ c d)))");
    assert_eq!(expr("i * g @ x"), "(* i (@ g x))");
    assert_eq!(expr("a - b - c"), "(- (- a b) c)");
    assert_eq!(expr("a / b % c"), "(% (/ a b) c)");
    assert_eq!(expr("a ++ b + c ++ d"), "(++ (++ a (+ b c)) d)");
    assert_eq!(expr("a ++ b < c |> f |> g(1)"), "(|> (|> (< (++ a b) c) f) (call g 1))");
    assert_eq!(expr("-a @ -b[t-1]"), "(@ (neg a) (neg (at b (- t 1))))");
    assert_eq!(expr("--a * (b + c)"), "(* (neg (neg a)) (+ b c))");
    assert_eq!(
        expr("f(n)(x, xs..., over: t).c[0]"),
        "(at (field (call (call f n) x xs... over: t) c) 0)"
    );
    assert_eq!(expr("(a < b) == (c >= d)"), "(== (< a b) (>= c d))");
    assert_eq!(expr("[1_000, 2.5e-3, 1e3, -0.5]"), "(list 1000 0.0025 1000 (neg 0.5))");
    assert_eq!(expr("formula + inner + used"), "(+ (+ formula inner) used)");
}

#[test]
fn spans_cover_what_was_written() {
    let text = "model m {\n  // c\n  y = f ( a , -b ) /* */ ;\n}".replace("/* */", "// end\n ");
    let (sources, tree, _) = parse(&text);
    let ast::Item::Model(model) = &tree.items[0] else {
        panic!()
    };
    assert_eq!(sources.slice(model.span), text);
    assert!(sources.slice(model.body[0].span).starts_with("y = f"));
    assert!(sources.slice(model.body[0].span).ends_with(";"));
    let ast::StmtKind::Equation { target, value, .. } = &model.body[0].kind else {
        panic!()
    };
    assert_eq!(sources.slice(target.span), "y");
    assert_eq!(sources.slice(value.span), "f ( a , -b )");
    let ast::ExprKind::Call { args, .. } = &value.kind else {
        panic!()
    };
    assert_eq!(sources.slice(args[1].value.span), "-b");
}

#[test]
fn messages() {
    let cases = [
        ("h = a + ;", "expected an expression, found `;`", ";"),
        ("h = f(a b);", "expected `)` or `,`, found `b`", "b"),
        ("h = f(a;", "expected `)` or `,`, found `;`", ";"),
        ("h = a);", "unexpected closing `)`", ")"),
        ("h;", "expected `:`, `=` or `~`, found `;`", ";"),
        ("h = a b;", "expected `;` after the equation, found `b`", "b"),
        ("h = a\n c = 3;", "expected `;` after the equation, found `c`", ""),
        ("h = a", "expected `;` after the equation, found `}`", ""),
        ("h: [n = 3;", "expected `,` or `]`, found `=`", "="),
        ("input x [40];", "expected `:`, found `[`", "["),
        ("input x: [40] over ;", "expected a name, found `;`", ";"),
        (
            "input x: foo;",
            "expected a type: `real`, `[n]`, `index[n]` or `bit[n]`, found `foo`",
            "foo",
        ),
        ("param W: 3;", "expected a shape in brackets, found `3`", "3"),
        ("h == a;", "expected `=`, found `==`", "=="),
        ("h := a;", "`:=` is not an operator", ":="),
        ("h <- a;", "`<-` is not an operator", "<-"),
        ("h += a;", "`+=` is not an operator", "+="),
        ("h = a ** 2;", "`**` is not an operator", "**"),
        ("h = a .* b;", "`.*` is not an operator", ".*"),
        ("assert n = 2;", "expected an operator or `;`, found `=`", "="),
        ("axis k = 3;", "expected `:`, found `=`", "="),
        ("h = f(over = t);", "expected `,` or `)`, found `=`", "="),
        ("loss = 3;", "the keyword `loss` cannot be a name", "loss"),
        ("h = output + 1;", "the keyword `output` cannot be a name", "output"),
        ("x.cell = 1;", "the keyword `cell` cannot be a name", "cell"),
        ("for l of xs {}", "expected `in`, found `of`", "of"),
        ("for l in 1..=k {}", "`..=` is not an operator", "..="),
        ("for l in 1...k {}", "expected `..`, found `...`", "..."),
        ("for l in 1..k;", "expected `{` after this `for`, found `;`", ""),
        ("h = xs...;", "`...` outside a call", "..."),
        ("f(x);", "a call that gives nothing a name", "f("),
        ("let h = 3;", "there is no `let` in this language", "let"),
        ("h = if a b;", "there is no `if` in this language", "if"),
        ("return h;", "there is no `return` in this language", "return"),
        ("3 = h;", "expected a statement, found `3`", "3"),
        (";", "expected a statement, found `;`", ";"),
        ("h = a < b < c;", "comparisons do not chain", "<"),
        ("h' = 3;", "an unknown character `'`", "'"),
        ("h = a ⊙ b;", "an unknown character `⊙`", "⊙"),
        ("h = x^2;", "an unknown character `^`", "^"),
        ("h = 2x2;", "`2x2` is neither a number nor a name", "2x2"),
        ("h = f(\"abc);", "a string that is not closed", "\"abc); }"),
        ("h = \"\\q\";", "an unknown escape `\\q`", "\\q"),
        ("h = a /// doc\n + b;", "a doc comment within a statement", "/// doc"),
        ("h = a /* c */ + b;", "a comment in `/* */`", "/* c */"),
    ];
    for (body, message, under) in cases {
        let text = format!("model m {{ {body} }}");
        let expected = vec![("E0001".to_string(), message.to_string(), under.to_string())];
        assert_eq!(reports(&text), expected, "{text}");
    }
}

#[test]
fn messages_about_items() {
    let cases = [
        ("h = 3;", "expected an item, found `h`", "h"),
        ("modle a {}", "expected an item, found `modle`", "modle"),
        ("}", "expected an item, found `}`", "}"),
        ("model a {\n h = 1;", "this `{` is never closed", "{"),
        ("model a {\n h = 1;\nmodel b {}", "this `{` is never closed", "{"),
        ("model a { for x in xs { for y in ys {", "this `{` is never closed", "{"),
        ("cell f(n)(x) {}", "expected `->`, found `{`", "{"),
        (
            "model a() h = 3;",
            "expected `{` after the head of this `model`, found `h`",
            "h",
        ),
        (
            "const N = 3\nmodel a {}",
            "expected `;` after this `const`, found the keyword `model`",
            "",
        ),
        ("use foo;", "expected a string, found `foo`", "foo"),
        ("train a { batch = 32; }", "expected a value, found `=`", "="),
        (
            "train a { batch 32 epochs 20; }",
            "expected `;` after the setting `batch`, found `epochs`",
            "epochs",
        ),
        ("train a { 3; }", "expected a setting, found `3`", "3"),
    ];
    for (text, message, under) in cases {
        let expected = vec![("E0001".to_string(), message.to_string(), under.to_string())];
        assert_eq!(reports(text), expected, "{text}");
    }
}

#[test]
fn editions_and_numbers() {
    let only = |text: &str| reports(text).into_iter().map(|r| r.0).collect::<Vec<_>>();
    assert_eq!(only("edition 2025;\nmodel a {}"), ["E0004"]);
    assert_eq!(only("edition 2026;\nedition 2026;"), ["E0004"]);
    assert_eq!(only("model a {}\nedition 2026;"), ["E0004"]);
    assert_eq!(only("const A = 1e400;"), ["E0005"]);
    assert_eq!(only("const A = 1e-400;"), ["E0005"]);
    assert_eq!(only("const A = 9007199254740993;"), ["E0005"]);
    assert!(only("const A = 9007199254740992 + 0e-400;").is_empty());
    assert!(only("").is_empty());
}

#[test]
fn a_mistake_costs_one_statement() {
    let text = "model a {\n x = ;\n y = 1\n z = 2;\n for q in { w = 3; }\n for l in 1..2 { u = (; v = 4; }\n}\n\
                cell b( -> c { k = 5; }\nmodel d {\n m = 6;\n\nmodel e { n = 7; }";
    let (sources, tree, found) = parse(text);
    let lines: Vec<usize> = found
        .list
        .iter()
        .map(|d| sources.position(d.labels[0].span).0)
        .collect();
    assert_eq!(lines, [2, 3, 5, 6, 8, 9], "{}", render(&found, &sources, false));
    let expected = "file\n  model a sizes ()\n    error\n    equation y = 1\n    equation z = 2\n    error\n    \
                    for l in 1..2\n      error\n      equation v = 4\n  model d sizes ()\n    equation m = 6\n  \
                    model e sizes ()\n    equation n = 7\n";
    assert_eq!(syntax::dump(&tree), expected);
}

/// Runs on the stack that threads have by default, where unoptimised frames of the parser are large.
fn on_a_small_stack(check: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(check)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn nothing_nests_too_deep() {
    on_a_small_stack(|| {
        let n = 10_000;
        let in_model = |body: String| format!("model m {{ h = {body}; }}");
        let texts = [
            in_model("(".repeat(20 * n) + "a" + &")".repeat(n)),
            in_model("(".repeat(n) + "a" + &")".repeat(n)),
            in_model("[".repeat(n) + &"]".repeat(n)),
            in_model("f(".repeat(n) + &")".repeat(n)),
            in_model("a[".repeat(n) + "a" + &"]".repeat(n)),
            in_model("-".repeat(2 * n) + "a"),
            in_model("a |> ".repeat(n) + "a"),
            in_model("a + ".repeat(2 * n) + "a"),
            in_model("a".to_string() + &".b".repeat(n)),
            in_model("a".to_string() + &"(x)".repeat(n)),
            format!("model m {{ {} }}", "for l in 1..2 { ".repeat(n) + &"}".repeat(n)),
        ];
        for text in texts {
            let codes: Vec<String> = reports(&text).into_iter().map(|r| r.0).collect();
            assert_eq!(codes, ["E0002"], "{}", &text[..40]);
        }
    });
}

#[test]
fn what_is_within_the_limits_parses() {
    on_a_small_stack(|| {
        let depth = syntax::MAX_NESTING;
        dump(&format!(
            "model m {{ h = {}a{}; }}",
            "f(".repeat(depth),
            ")".repeat(depth)
        ));
        dump(&format!("model m {{ h = {}a; }}", "a + ".repeat(syntax::MAX_DEPTH - 1)));
        let blocks = syntax::MAX_BLOCKS - 1;
        dump(&format!(
            "model m {{ {}{} }}",
            "for l in 1..2 {".repeat(blocks),
            "}".repeat(blocks)
        ));
        dump(&format!("model m {{ h = f({}); }}", "a, ".repeat(20_000)));
    });
}

#[test]
fn a_text_that_is_no_spec_is_given_up_on() {
    let found = parse(&"lorem ipsum; ".repeat(10_000)).2;
    assert!(found.list.len() < 100);
    let found = parse(&format!("model m {{ {} }}", "h = 1e999; ".repeat(10_000))).2;
    assert!(found.list.len() < 100);
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(syntax::decode("a.rnn", b"model m {}".to_vec()).unwrap(), "model m {}");
    let d = syntax::decode("a.rnn", b"model m {\n h\xff".to_vec()).unwrap_err();
    assert_eq!(d.code.0, "E0003");
    assert!(d.notes[0].contains("line 2, byte 12"), "{:?}", d.notes);
}

#[test]
fn rendering_is_by_position_and_shows_mends() {
    let (sources, _, mut found) = parse("model m {\n  h = a\n  c = ;\n}\n");
    found.list.reverse();
    let expected = "error[E0001]: expected `;` after the equation, found `c`
 --> spec.rnn:2:8
  |
2 |   h = a
  |        ^ expected `;` here
  |
help: end it with `;`
  |
2 |   h = a;
  |        +

error[E0001]: expected an expression, found `;`
 --> spec.rnn:3:7
  |
3 |   c = ;
  |       ^ expected an expression here

";
    assert_eq!(render(&found, &sources, false), expected);
    assert!(render(&found, &sources, true).contains("\x1b["));
}

//! No match over the operations has a wildcard arm, so that the compiler lists every place that a new one concerns.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_match_over_the_operations_has_a_wildcard() {
    let mut wrong = Vec::new();
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let tokens: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
        if wildcards(tokens) > 0 {
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is typeset covers the syntax tree in the same way.
#[test]
fn no_match_over_the_syntax_tree_in_what_is_typeset_has_a_wildcard() {
    let trees = [
        "ExprKind", "StmtKind", "BinaryOp", "UnaryOp", "ElemExpr", "AxisExpr", "ForRange", "Dim",
    ];
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/typeset")) {
        let text = fs::read_to_string(&file).unwrap();
        for tree in trees {
            assert_eq!(
                wildcards_over(tree, text.parse().unwrap()),
                0,
                "{}: {tree}",
                file.display()
            );
        }
    }
}

#[test]
fn wildcards_are_found() {
    let of = |text: &str| wildcards(text.parse().unwrap());
    assert_eq!(of("match op { Op::Const(_) => 1, _ => 0 }"), 1);
    assert_eq!(
        of("fn f() { match (a, op) { (_, Op::Const(_)) if x => { 1 } _ => 0 } }"),
        1
    );
    assert_eq!(of("match op { _ if stored => 0, Op::Const(_) => 1 }"), 0);
    assert_eq!(of("match n { 0 => Op::Const(1.0), _ => Op::Training }"), 0);
    assert_eq!(
        of("match op { Op::Const(_) => 1, Op::Training => match n { 0 => 1, _ => 2 } }"),
        0
    );
    assert_eq!(of("match f { BinaryOp::Add => 1, _ => 2 }"), 0);
}

fn wildcards(tokens: TokenStream) -> usize {
    wildcards_over("Op", tokens)
}

/// How many blocks of arms have both a pattern with `Op::` and an arm `_`, where that is the enumeration.
fn wildcards_over(what: &str, tokens: TokenStream) -> usize {
    let mut found = 0;
    for tree in tokens.clone() {
        if let TokenTree::Group(group) = tree {
            found += wildcards_over(what, group.stream());
            if group.delimiter() == Delimiter::Brace {
                let patterns = patterns(group.stream());
                let wild = |p: &Vec<TokenTree>| matches!(&p[..], [TokenTree::Ident(i)] if i == "_");
                found += usize::from(patterns.iter().any(wild) && patterns.iter().any(|p| names_operation(what, p)));
            }
        }
    }
    found
}

/// The patterns of arms, as far as this is a block of arms: what stands before each `=>`.
fn patterns(block: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut out, mut pattern, mut in_body) = (Vec::new(), Vec::new(), false);
    let mut tokens = block.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        let then = |c: char| matches!(&tree, TokenTree::Punct(p) if p.as_char() == c);
        let arrow = then('=')
            && matches!(&tree, TokenTree::Punct(p) if p.spacing() == Spacing::Joint)
            && matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '>');
        if arrow && !in_body {
            tokens.next();
            out.push(std::mem::take(&mut pattern));
            // A block ends an arm without a comma.
            in_body = !matches!(tokens.peek(), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace);
            if !in_body {
                tokens.next();
                tokens.next_if(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ','));
            }
        } else if in_body {
            in_body = !then(',');
        } else {
            pattern.push(tree);
        }
    }
    out
}

fn names_operation(what: &str, pattern: &[TokenTree]) -> bool {
    let named = |pair: &[TokenTree]| matches!(pair, [TokenTree::Ident(i), TokenTree::Punct(p)] if i == what && p.as_char() == ':');
    let inside = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => names_operation(what, &group.stream().into_iter().collect::<Vec<_>>()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    };
    pattern.windows(2).any(named) || pattern.iter().any(inside)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

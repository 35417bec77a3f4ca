//! The committed parser is what `grammar/rnn.pest` generates. `UPDATE=1 cargo test --test grammar` rewrites it.

use quote::quote;

const HEADER: &str = "// Generated from grammar/rnn.pest by tests/grammar.rs; UPDATE=1 rewrites it.\n\n";

#[test]
fn committed_parser_is_generated_from_the_grammar() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let grammar = std::fs::read_to_string(root.join("grammar/rnn.pest")).unwrap();
    let derive = quote! {
        #[grammar_inline = #grammar]
        pub struct Grammar;
    };
    let parser = pest_generator::derive_parser(derive, false);
    let file: syn::File = syn::parse2(quote! { pub struct Grammar; #parser }).unwrap();
    let generated = format!("{HEADER}{}", prettyplease::unparse(&file));

    let path = root.join("src/syntax/grammar.rs");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "src/syntax/grammar.rs is stale: run UPDATE=1 cargo test --test grammar"
    );
}

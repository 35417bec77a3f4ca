//! What rustc says of wrong specifications: at the right token, the text of the diagnostics of files.

#[test]
fn errors_and_warnings() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
}

//! Every example as the macro sees it, and how long that takes.

use super::expand;
use crate::dress::Dresses;
use crate::replay::replay;
use proc_macro2::TokenTree;
use rnnc::driver::load::{load, load_text};
use rnnc::driver::models;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let files = std::fs::read_dir(folder).expect("examples");
    let mut paths: Vec<PathBuf> = files.map(|f| f.expect("file").path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "rnn"));
    paths.sort();
    paths
}

/// The text, with a default for each size that data would bind.
fn bound(path: &Path) -> String {
    let loaded = load(path).expect("an example");
    let mut text = std::fs::read_to_string(path).expect("an example");
    let all = models::all(&loaded).into_iter();
    let mut free: Vec<usize> = all
        .flat_map(|m| models::free(m, &[]))
        .map(|size| size.span.end as usize)
        .collect();
    free.sort();
    for end in free.into_iter().rev() {
        text.insert_str(end, " = 97");
    }
    text
}

#[test]
fn examples_have_their_sizes() {
    let text = bound(&examples()[0].with_file_name("char_lm.rnn"));
    assert!(text.contains("vocab = 97"), "{text}");
    let loaded = load_text("char_lm.rnn", &text, Path::new("."));
    assert!(loaded.diagnostics.list.is_empty());
}

/// Of this thread, where the system counts it: what other programs take does not matter then.
fn processor_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counted.and_then(|s| s.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// `cargo test -p rnn-macros --config profile.dev.opt-level=0 expansion -- --ignored --nocapture`: as macros are built unless
/// a user's profile says otherwise. With `--release`, as they are with `[profile.dev.build-override] opt-level = 3`.
#[test]
#[ignore = "minutes without optimisation"]
fn time_of_expansion() {
    let mut longest = Duration::ZERO;
    for path in examples() {
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        let source: proc_macro2::TokenStream = bound(&path).parse().expect("tokens");
        let folder = path.parent().expect("folder");
        let once = || {
            let start = processor_time();
            let tokens = expand(folder, &replay(source.clone()), &Dresses::new());
            let time = processor_time() - start;
            let failed = tokens
                .clone()
                .into_iter()
                .any(|t| matches!(&t, TokenTree::Ident(i) if i == "compile_error"));
            assert!(!failed, "{name}: {tokens}");
            (time, tokens.to_string().len())
        };
        let (time, size) = (0..3).map(|_| once()).min().expect("three times");
        println!(
            "{name:28} {:7.1} ms  {:5} kB of code",
            time.as_secs_f64() * 1e3,
            size / 1000
        );
        longest = longest.max(time);
    }
    println!("{:28} {:7.1} ms", "the longest", longest.as_secs_f64() * 1e3);
}

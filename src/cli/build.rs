use super::args::Build;
use super::shell::Shell;
use super::{next, spec};
use crate::backends::spec::model_spec;
use crate::backends::standalone::{self, Export, Precision};
use crate::driver::trained::Trained;
use crate::driver::{Failure, compile, models, ship};
use crate::rewrite::rescale;
use crate::source::FileId;
use rnn_runtime::data::Tokens;
use serde_json::json;

pub fn run(args: &Build, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let system = spec::elaborate(&loaded, model, &sizes, shell)?;
    let mut params = trained.arena(&model_spec(&system))?;
    let (system, scales) = rescale(system, &trained.scales());
    params.extend(scales);
    let system = compile::inference(&system);
    let source = loaded.sources.file(FileId(0));
    let package = args
        .out
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let text = trained.weights.meta.encoding.text();
    let characters: Option<Vec<char>> = text
        .filter(|v| v.tokens == Tokens::Characters)
        .map(|v| v.symbols.iter().flat_map(|s| s.chars()).collect());
    let files = standalone::emit(&Export {
        system: &system,
        params: &params,
        vocabulary: characters.as_deref(),
        outputs: &args.output,
        precision: if args.f64 { Precision::F64 } else { Precision::F32 },
        name: &package,
        spec: Some(&source.text),
    })?;
    ship::write(&args.out, &files)?;
    let bytes: usize = files.values().map(Vec::len).sum();
    if shell.json {
        shell.document(&json!({ "kind": "crate", "folder": args.out, "files": files.len(), "bytes": bytes }));
    }
    shell.say(&format!(
        "made the crate `{package}` in {}: {} files, {} kB\n\nnext\n    cd {}\n    cargo test\n    \
         cargo run --release --example generate",
        args.out.display(),
        files.len(),
        bytes.div_ceil(1000),
        next::quoted(&args.out)
    ));
    Ok(())
}

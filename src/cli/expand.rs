use super::args::Expand;
use super::shell::Shell;
use super::spec;
use crate::driver::{Failure, expand, models, write};

/// Where several models are meant, one after the other.
pub fn run(args: &Expand, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let items = match &args.spec.model {
        None => models::all(&loaded),
        Some(_) => vec![spec::model(&args.spec, &loaded, None)?],
    };
    if items.is_empty() {
        spec::model(&args.spec, &loaded, None)?;
    }
    let mut texts = Vec::new();
    for item in items {
        let known = spec::known_sizes(&args.spec, &loaded, item, shell);
        let system = spec::equations(&args.spec, &loaded, item, &known, shell)?;
        texts.push(expand::expand(&system)?);
    }
    let text = texts.join("\n");
    match &args.out {
        Some(path) => write::file(path, text.as_bytes()),
        None => {
            shell.print(&text);
            Ok(())
        }
    }
}

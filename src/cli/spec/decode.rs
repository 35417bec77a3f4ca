//! What the command line says of a model that says its targets itself.

use super::super::args;
use super::super::shell::Shell;
use crate::driver::decode::Decoder;
use crate::driver::load::Loaded;
use crate::driver::regime::Chosen;
use crate::driver::{Failure, cargo};
use rnn_runtime::data::Part;
use rnn_runtime::decode::{Examples, How, Request, Sampling, Search};
use rnn_runtime::regime::Precision;

pub fn search(args: &args::Search, temperature: f64) -> Search {
    let how = match args.beam {
        Some(width) => How::Beam {
            width: width as usize,
            penalty: args.length_penalty,
        },
        None => How::Sample(Sampling {
            temperature: args.temperature.unwrap_or(temperature),
            top_k: args.top_k.map(|k| k as usize),
            top_p: args.top_p,
            seed: args.seed,
        }),
    };
    Search { how, count: 1 }
}

pub fn examples(args: &args::Search, chosen: &Chosen, loaded: &Loaded, part: Option<Part>) -> Examples {
    Examples {
        source: chosen.regime.data.clone(),
        base: loaded.folder.clone(),
        part,
        seed: chosen.regime.seed,
        batch: chosen.regime.batch,
        most: args.examples,
        given: args.given,
    }
}

/// Builds the decoder where there is a toolchain, and runs it.
pub fn run(
    decoder: &Decoder,
    request: &Request,
    chosen: Option<&Chosen>,
    interpret: bool,
    shell: &Shell,
) -> Result<(), Failure> {
    let precision = chosen.map_or(Precision::F32, |c| c.regime.precision);
    decoder.run(
        request,
        precision,
        interpret || !cargo::available(),
        shell.quiet || shell.json,
    )
}

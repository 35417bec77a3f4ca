//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use rnn_runtime::data::Part;
use std::path::PathBuf;

/// The recurrent network compiler: recurrence equations in, trained networks and specialised Rust out.
#[derive(Debug, Parser)]
#[command(name = "rnnc", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub look: Look,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Debug)]
pub struct Look {
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print results and diagnostics as JSON on the standard output, one document a line
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a folder with a specification to start from and a small text to train on
    New(New),
    /// Check a specification
    Check(Check),
    /// Say what is right but hardly meant, and mend it
    Lint(Lint),
    /// Lay specifications out in the one canonical way
    Fmt(Fmt),
    /// Print a model's equations in the language, names, sizes and modules resolved
    Expand(Expand),
    /// Draw a model: its values and what they read, its schedule
    Graph(Graph),
    /// Print what a stage of the compiler makes of a specification
    Emit(Emit),
    /// Train a model
    Train(Train),
    /// Evaluate a trained model on the validation part of its data, or on other data
    Eval(Eval),
    /// Let a trained model write
    Generate(Generate),
    /// Watch a trained model predict, and its states move, step by step
    Play(Play),
    /// Make one page of a training run: curves, samples, states, attention, adjoints, a model card
    Report(Report),
    /// Make a standalone Rust crate of a trained model: no dependencies, no allocation, weights inside
    Build(Build),
    /// Compare a model's gradients with finite differences
    Gradcheck(Gradcheck),
    /// List the standard library, or print the source of one of its items
    Std(Std),
    /// Write reference pages of specifications, or of the standard library: equations typeset, parameters, links
    Doc(Doc),
    /// Tell the longer story of a diagnostic's code
    Explain(Explain),
    /// Speak the language server protocol over the standard input and output
    Lsp,
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Args, Debug)]
pub struct New {
    /// The folder to make; its last part names the model
    pub name: PathBuf,
}

/// A specification, and what it is compiled with.
#[derive(Args, Debug)]
pub struct Spec {
    /// The specification; `-` reads the standard input
    pub file: PathBuf,
    /// The model, where the file has several
    pub model: Option<String>,
    /// Bind a size of the model: `-D n=512`
    #[arg(short = 'D', value_name = "NAME=NUMBER", value_parser = size)]
    pub define: Vec<(String, f64)>,
    /// The training regime, where the file has several
    #[arg(long, value_name = "NAME")]
    pub regime: Option<String>,
    /// Data to use in place of what the specification names
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Change a training setting: `--set train.optimizer.lr=1e-3`
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub spec: Spec,
    /// Tell what each model is: its connectivity, states, latency, parameters, costs and schedule
    #[arg(long)]
    pub explain: bool,
}

#[derive(Args, Debug)]
pub struct Lint {
    /// The specification; `-` reads the standard input
    pub file: PathBuf,
    /// Mend what can be mended without a doubt; of the standard input, print the result
    #[arg(long)]
    pub fix: bool,
    /// Fail where a warning is left
    #[arg(long)]
    pub deny: bool,
}

#[derive(Args, Debug)]
pub struct Fmt {
    /// The specifications; `-` reads the standard input and prints the result
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing; print what would change, and fail if anything would
    #[arg(long)]
    pub check: bool,
}

#[derive(Args, Debug)]
pub struct Expand {
    #[command(flatten)]
    pub spec: Spec,
    /// Write to a file rather than the standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Detail {
    /// A cell is one node
    Modules,
    /// A value that the source names is one
    Values,
    /// Every operation is one
    Ops,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// Values, and what they read
    Folded,
    /// The same over a few steps, a column a step
    Unrolled,
    /// What runs when, and why
    Schedule,
    /// How long values are kept
    Memory,
}

#[derive(Args, Debug)]
pub struct Graph {
    #[command(flatten)]
    pub spec: Spec,
    /// What is drawn of the model
    #[arg(long, value_enum, default_value_t = View::Folded)]
    pub view: View,
    /// Of the schedule and the memory: of evaluation, rather than of a step of training
    #[arg(long)]
    pub evaluation: bool,
    /// How much of the model is drawn [default: values; of the unrolled one modules]
    #[arg(long, value_enum)]
    pub detail: Option<Detail>,
    /// The steps of the unrolled model
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=32))]
    pub steps: u32,
    /// The columns of a picture of text [default: those of the terminal, else 80]
    #[arg(long, value_name = "N")]
    pub width: Option<usize>,
    /// The file of the picture: an SVG where it ends so, else text
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The syntax tree
    Ast,
    /// The equations, names and modules resolved
    System,
    /// The equations of the loss's derivative beside them
    Adjoint,
    /// The schedule of both
    Program,
    /// The generated Rust module
    Rust,
    /// The training settings
    Regime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Yaml,
}

#[derive(Args, Debug)]
pub struct Emit {
    #[command(flatten)]
    pub spec: Spec,
    #[arg(long, value_enum)]
    pub stage: Stage,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// With a program: the one that evaluates, rather than the one that trains
    #[arg(long)]
    pub evaluation: bool,
    /// With a program: what was decided for each of its regions and is expected to cost, and where every value lives
    #[arg(long)]
    pub costs: bool,
    /// Write to a file rather than the standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Train {
    #[command(flatten)]
    pub spec: Spec,
    /// The folder for weights, metrics and plot [default: a new one under `runs/`]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Go on from the folder's last checkpoint
    #[arg(long)]
    pub resume: bool,
    /// Train with the interpreter: slow, but needs no Rust toolchain
    #[arg(long)]
    pub interpret: bool,
    /// Threads; results do not depend on their number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Passes over the data
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
}

#[derive(Args, Debug)]
pub struct Eval {
    #[command(flatten)]
    pub spec: Spec,
    /// Evaluate with the interpreter, as is done where there is no Rust toolchain
    #[arg(long)]
    pub interpret: bool,
    /// The trained weights
    #[arg(long, short, value_name = "FILE")]
    pub weights: PathBuf,
    /// The part of the data: `train`, `valid`, `test` or `all` [default: `valid`, or `all` where there is none]
    #[arg(long, value_name = "PART", value_parser = Part::of)]
    pub part: Option<Part>,
    /// Let the model say its targets and compare them with the data's
    #[arg(long)]
    pub decode: bool,
    #[command(flatten)]
    pub search: Search,
}

#[derive(Args, Debug)]
pub struct Generate {
    #[command(flatten)]
    pub spec: Spec,
    /// The trained weights
    #[arg(long, short, value_name = "FILE")]
    pub weights: PathBuf,
    /// Run the model by the interpreter, as is done where there is no Rust toolchain
    #[arg(long)]
    pub interpret: bool,
    #[command(flatten)]
    pub search: Search,
    /// So many sequences from each start: draws, or the best of a beam
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub count: u32,
    /// Text to start from
    #[arg(long, default_value = "", value_name = "TEXT", hide_default_value = true)]
    pub prime: String,
    /// Of a model with inputs, the part of the data to start from: `train`, `valid`, `test` or `all` [default: all of
    /// `--data`, else `valid`]
    #[arg(long, value_name = "PART", value_parser = Part::of)]
    pub part: Option<Part>,
}

/// How a model that is free to say its targets does so.
#[derive(Args, Debug)]
pub struct Search {
    /// Search for the likeliest sequence, going on with the N likeliest beginnings
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536), conflicts_with_all = ["temperature", "top_k", "top_p"])]
    pub beam: Option<u32>,
    /// With a beam, sequences are compared by log p / length^A
    #[arg(long, value_name = "A", default_value_t = 0.0, requires = "beam", allow_negative_numbers = true, value_parser = temperature)]
    pub length_penalty: f64,
    /// Draw; below 1 safer, above 1 wilder; 0 takes the likeliest symbol each time [default: 1, in evaluation 0]
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Draw from the K likeliest symbols only
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub top_k: Option<u32>,
    /// Draw from the likeliest symbols that together have this probability
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = probability)]
    pub top_p: Option<f64>,
    /// The same seed draws the same
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// At most so many steps, symbols of a text for instance [default: 500 of a model without inputs, else 100]
    #[arg(long, visible_alias = "max-length", value_name = "N")]
    pub length: Option<usize>,
    /// Only the first N examples
    #[arg(long, value_name = "N")]
    pub examples: Option<usize>,
    /// Take the first N steps of each example from its targets
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub given: usize,
}

#[derive(Args, Debug)]
pub struct Doc {
    /// The specifications, each with the files that it uses; without any the standard library
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The standard library too
    #[arg(long)]
    pub std: bool,
    /// The folder for the pages
    #[arg(long, value_name = "DIR", default_value = "doc")]
    pub out: PathBuf,
}

#[derive(Args, Debug)]
pub struct Play {
    #[command(flatten)]
    pub spec: Spec,
    /// The trained weights
    #[arg(long, short, value_name = "FILE")]
    pub weights: PathBuf,
    /// Press these keys, `<Tab>` for those that are no characters, and print what is to be seen after each
    #[arg(long, value_name = "KEYS")]
    pub script: Option<String>,
    /// The steps that Ctrl-R takes
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub run: u32,
    /// Draw; below 1 safer, above 1 wilder; 0 takes the likeliest symbol each time
    #[arg(long, default_value_t = 1.0, value_name = "T", allow_negative_numbers = true, value_parser = temperature)]
    pub temperature: f64,
    /// The same seed draws the same
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Of a model with inputs, the part of the data: `train`, `valid`, `test` or `all` [default: all of `--data`, else
    /// `valid`]
    #[arg(long, value_name = "PART", value_parser = Part::of)]
    pub part: Option<Part>,
    /// The example to start with, from 1
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub example: u32,
}

#[derive(Args, Debug)]
pub struct Report {
    /// The folder of a training run
    pub run: PathBuf,
    /// Its specification [default: the file it was trained from, else the text saved with its weights]
    #[arg(long, value_name = "SPEC")]
    pub spec: Option<PathBuf>,
    /// Data to use in place of what it was trained on
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// The page [default: `report.html` in the folder of the run]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Build {
    #[command(flatten)]
    pub spec: Spec,
    /// The trained weights
    #[arg(long, short, value_name = "FILE")]
    pub weights: PathBuf,
    /// The folder of the new crate
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Keep only this output, and what it needs; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub output: Vec<String>,
    /// Compute in f64 rather than f32
    #[arg(long)]
    pub f64: bool,
}

#[derive(Args, Debug)]
pub struct Gradcheck {
    #[command(flatten)]
    pub spec: Spec,
    /// Entries to check of each parameter
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub entries: usize,
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The largest relative error that passes
    #[arg(long, default_value_t = 1e-6, value_name = "E")]
    pub tolerance: f64,
}

#[derive(Args, Debug)]
pub struct Std {
    /// A cell, layer or function
    pub name: Option<String>,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// For instance E0203
    pub code: String,
}

#[derive(Args, Debug)]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: Shell,
}

fn size(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("a size is bound by NAME=NUMBER")?;
    let number: f64 = value.trim().parse().map_err(|_| format!("`{value}` is not a number"))?;
    if !number.is_finite() {
        return Err(format!("`{value}` is not finite"));
    }
    Ok((name.trim().to_string(), number))
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a setting is changed by KEY=VALUE")?;
    Ok((key.trim().to_string(), value.trim().to_string()))
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(t) if t.is_finite() && t >= 0.0 => Ok(t),
        _ => Err("a temperature is a number from 0 up".into()),
    }
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if p > 0.0 && p <= 1.0 => Ok(p),
        _ => Err("a probability is above 0 and at most 1".into()),
    }
}

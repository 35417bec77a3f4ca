//! Joins utterances of single digits to strings of three to seven, each by one speaker: data for `digit_strings.rnn`.
//!
//! `cargo run --release --example digit_strings -- INPUT.npz examples/data/digit_strings.jsonl`
//!
//! and `--apart 4,5`, `--train 3000`, `--test 600`, `--seed 1`.
//!
//! The input holds the arrays `feat` [frames of all, 13], `offset` [utterances + 1], `digit`, `speaker` and `take`. Strings for
//! the test are made of takes 0 to 4, those for validation of takes 5 to 9, those to train on of all others; or, with
//! `--apart`, those for the test of all takes of some speakers, of whom the other parts hold nothing.

use rnn_runtime::Error;
use rnn_runtime::data::{self, Declared, Part, Pass, Values};
use rnn_runtime::draw::Stream;
use rnn_runtime::model::{AxisSpec, DataSpec, ModelSpec};
use rnn_runtime::regime::Regime;
use std::fmt::Write;
use std::path::Path;

const FEATURES: usize = 13;

struct Utterance {
    frames: Vec<f64>,
    digit: u32,
    speaker: u32,
    take: u32,
}

struct Options {
    paths: [String; 2],
    apart: Vec<u32>,
    train: usize,
    test: usize,
    seed: u64,
}

fn main() {
    if let Err(why) = options().and_then(|o| join(&o).map_err(|e| e.to_string())) {
        eprintln!("error: {why}");
        std::process::exit(1);
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        paths: Default::default(),
        apart: vec![],
        train: 3000,
        test: 600,
        seed: 1,
    };
    let (mut args, mut paths) = (std::env::args().skip(1), Vec::new());
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
        let number = |x: &str| x.parse().map_err(|_| format!("`{x}` is no number"));
        match arg.as_str() {
            "--apart" => {
                options.apart = value()?
                    .split(',')
                    .map(|x| number(x).map(|x| x as u32))
                    .collect::<Result<_, _>>()?
            }
            "--train" => options.train = number(&value()?)? as usize,
            "--test" => options.test = number(&value()?)? as usize,
            "--seed" => options.seed = number(&value()?)?,
            _ => paths.push(arg),
        }
    }
    options.paths = paths
        .try_into()
        .map_err(|_| "two paths are needed: the utterances, and the strings to write")?;
    Ok(options)
}

fn join(options: &Options) -> Result<(), Error> {
    let [input, output] = &options.paths;
    let utterances = read(input)?;
    let part = |u: &Utterance| match (options.apart.is_empty(), options.apart.contains(&u.speaker)) {
        (false, true) => "test",
        (false, false) if u.take < 5 => "valid",
        (true, _) if u.take < 5 => "test",
        (true, _) if u.take < 10 => "valid",
        _ => "train",
    };
    let mut text = String::new();
    for (name, count) in [
        ("train", options.train),
        ("valid", options.test / 2),
        ("test", options.test),
    ] {
        let these: Vec<&Utterance> = utterances.iter().filter(|u| part(u) == name).collect();
        let mut random = Stream::new(options.seed, name, 0);
        for _ in 0..count {
            let mut any = |from: &[&Utterance]| random.below(from.len().max(1) as u64) as usize;
            let Some(first) = these.get(any(&these)) else {
                return Err(Error::Data(format!("{input}: no utterances for the part `{name}`")));
            };
            let by_one: Vec<&Utterance> = these.iter().copied().filter(|u| u.speaker == first.speaker).collect();
            let length = 3 + random.below(5) as usize;
            let chosen: Vec<&Utterance> = (0..length)
                .map(|_| by_one[random.below(by_one.len() as u64) as usize])
                .collect();
            line(&mut text, name, &chosen);
        }
    }
    if let Some(folder) = Path::new(output).parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::Data(format!("{}: {e}", folder.display())))?;
    }
    std::fs::write(output, text).map_err(|e| Error::Data(format!("{output}: {e}")))
}

fn line(text: &mut String, part: &str, string: &[&Utterance]) {
    let digits: Vec<String> = string.iter().map(|u| u.digit.to_string()).collect();
    let frames = string.iter().flat_map(|u| u.frames.chunks(FEATURES));
    let frames = frames.map(|f| f.iter().map(|x| format!("{x:.3}")).collect::<Vec<_>>().join(","));
    let frames: Vec<String> = frames.map(|f| format!("[{f}]")).collect();
    let (digits, frames) = (digits.join(","), frames.join(","));
    writeln!(
        text,
        "{{\"part\":\"{part}\",\"digit\":[{digits}],\"sound\":[{frames}]}}"
    )
    .expect("text grows");
}

fn read(path: &str) -> Result<Vec<Utterance>, Error> {
    let slot = |name: &str, classes, axes: &[usize]| DataSpec {
        name: name.into(),
        target: false,
        classes,
        shape: if classes.is_none() { vec![FEATURES] } else { vec![] },
        axes: axes.to_vec(),
    };
    let axis = |name: &str| AxisSpec {
        name: name.into(),
        steps: None,
        like: None,
    };
    let spec = ModelSpec {
        axes: vec![axis("batch"), axis("t")],
        data: vec![
            slot("feat", None, &[1]),
            slot("digit", Some(10), &[]),
            slot("speaker", Some(100), &[]),
            slot("take", Some(1000), &[]),
        ],
        ..ModelSpec::default()
    };
    let source = serde_json::json!({"data": {"npz": {"path": path, "offsets": ["offset"]}}}).to_string();
    let regime = Regime::from_json(&source)?;
    let mut data = data::open(&regime.data, Path::new(""), &Declared::of(&spec), None)?;
    data.bind(&spec)?;
    let pass = Pass {
        part: Part::Whole,
        seed: 0,
        epoch: 0,
    };
    let utterance = |i| {
        let mut columns = data.example(pass, i).columns.into_iter();
        let Some(Values::Real(frames)) = columns.next() else {
            panic!("features are real");
        };
        let mut class = || match columns.next() {
            Some(Values::Index(x)) => x[0],
            other => panic!("{other:?} is no class"),
        };
        Utterance {
            frames,
            digit: class(),
            speaker: class(),
            take: class(),
        }
    };
    Ok((0..data.examples(Part::Whole)).map(utterance).collect())
}

//! Joins utterances of single digits to strings of three to seven, each by one speaker: data for `digit_strings.rnn`.
//!
//! `cargo run --release --example digit_strings -- INPUT.npz examples/data/digit_strings.jsonl`
//!
//! and `--apart 4,5`, `--step 1`, `--every 3`, `--train 9000`, `--test 600`, `--seed 1`, `--views`.
//!
//! The input holds the arrays `feat` [frames of all, 24], energies of mel bands in steps of so many nats, `offset`
//! [utterances + 1], `digit`, `speaker` and `take`. Strings for the test are made of takes 0 to 4, those for validation of takes 5
//! to 9, those to train on of all others; or, with `--apart`, those for the test of all takes of some speakers, of whom the other
//! parts hold nothing. Strings to train on are changed as `augment.rs` says; all are averaged over `every` frames, of which the
//! cepstrum is written. With `--views` there are no strings to train on, and the others come three times: as they were said, and
//! as a longer and a shorter vocal tract would have said them.

mod augment;

use augment::{BANDS, Frame, Speaker};
use rnn_runtime::Error;
use rnn_runtime::data::{self, Declared, Part, Pass, Values};
use rnn_runtime::draw::Stream;
use rnn_runtime::model::{AxisSpec, DataSpec, ModelSpec};
use rnn_runtime::regime::Regime;
use std::fmt::Write;
use std::path::Path;

/// Coefficients of the cepstrum.
const CEPSTRUM: usize = 13;

/// How much longer and shorter.
const VIEW: f64 = 1.14;

struct Utterance {
    frames: Vec<Frame>,
    digit: u32,
    speaker: u32,
    take: u32,
}

struct Options {
    paths: [String; 2],
    apart: Vec<u32>,
    step: f64,
    every: usize,
    views: bool,
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
        step: 1.0,
        every: 3,
        views: false,
        train: 9000,
        test: 600,
        seed: 1,
    };
    let (mut args, mut paths) = (std::env::args().skip(1), Vec::new());
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
        let number = |x: &str| x.parse::<u64>().map_err(|_| format!("`{x}` is no number"));
        match arg.as_str() {
            "--apart" => {
                options.apart = value()?
                    .split(',')
                    .map(|x| number(x).map(|x| x as u32))
                    .collect::<Result<_, _>>()?
            }
            "--step" => {
                let step = value()?;
                options.step = step.parse().map_err(|_| format!("`{step}` is no number"))?
            }
            "--views" => options.views = true,
            "--every" => options.every = number(&value()?)?.max(1) as usize,
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
    let utterances = read(input, options.step)?;
    let part = |u: &Utterance| match (options.apart.is_empty(), options.apart.contains(&u.speaker)) {
        (false, true) => "test",
        (false, false) if u.take < 5 => "valid",
        (true, _) if u.take < 5 => "test",
        (true, _) if u.take < 10 => "valid",
        _ => "train",
    };
    let cosines = cosines();
    let mut text = String::new();
    let parts = [
        ("train", options.train),
        ("valid", options.test / 2),
        ("test", options.test),
    ];
    for (name, count) in parts.into_iter().skip(usize::from(options.views)) {
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
            let plain = || -> Vec<Frame> { chosen.iter().flat_map(|u| u.frames.iter().copied()).collect() };
            let sounds = match name {
                "train" => vec![("sound", changed(&chosen, options.every, &mut random))],
                _ if options.views => vec![
                    ("sound", plain()),
                    ("lower", augment::warped(&plain(), 1.0 / VIEW)),
                    ("higher", augment::warped(&plain(), VIEW)),
                ],
                _ => vec![("sound", plain())],
            };
            line(&mut text, name, &chosen, options.every, &sounds, &cosines);
        }
    }
    if let Some(folder) = Path::new(output).parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::Data(format!("{}: {e}", folder.display())))?;
    }
    let part = format!("{output}.part");
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, output))
        .map_err(|e| Error::Data(format!("{output}: {e}")))
}

/// The string as said by a speaker who does not exist.
fn changed(string: &[&Utterance], every: usize, random: &mut Stream) -> Vec<Frame> {
    let speaker = Speaker::draw(random);
    // Two averaged frames a digit are enough for equal neighbours with a blank between them.
    let say = |u: &&Utterance| speaker.say(&u.frames, 2 * every, random);
    let mut frames: Vec<Frame> = string.iter().flat_map(say).collect();
    augment::room(&mut frames, random);
    augment::mask(&mut frames, string.len(), random);
    frames
}

fn average(frames: &[Frame], every: usize) -> Vec<Frame> {
    let mean = |rows: &[Frame]| std::array::from_fn(|band| rows.iter().map(|f| f[band]).sum::<f64>() / every as f64);
    frames.chunks_exact(every).map(mean).collect()
}

/// What each band adds to each coefficient: the orthonormal DCT-II.
fn cosines() -> [Frame; CEPSTRUM] {
    std::array::from_fn(|k| {
        let scale = f64::sqrt(if k == 0 { 1.0 } else { 2.0 } / BANDS as f64);
        std::array::from_fn(|band| scale * (std::f64::consts::PI * k as f64 * (band as f64 + 0.5) / BANDS as f64).cos())
    })
}

fn line(
    text: &mut String,
    part: &str,
    string: &[&Utterance],
    every: usize,
    sounds: &[(&str, Vec<Frame>)],
    cosines: &[Frame; CEPSTRUM],
) {
    let digits: Vec<String> = string.iter().map(|u| u.digit.to_string()).collect();
    let coefficient = |wave: &Frame, f: &Frame| wave.iter().zip(f).map(|(w, x)| w * x).sum::<f64>();
    let cepstrum = |f: &Frame| cosines.each_ref().map(|wave| format!("{:.2}", coefficient(wave, f)));
    write!(text, "{{\"part\":\"{part}\",\"digit\":[{}]", digits.join(",")).expect("text grows");
    for (name, sound) in sounds {
        let frames = average(sound, every);
        let frames: Vec<String> = frames.iter().map(|f| format!("[{}]", cepstrum(f).join(","))).collect();
        write!(text, ",\"{name}\":[{}]", frames.join(",")).expect("text grows");
    }
    text.push_str("}\n");
}

fn read(path: &str, step: f64) -> Result<Vec<Utterance>, Error> {
    let slot = |name: &str, classes, axes: &[usize]| DataSpec {
        name: name.into(),
        target: false,
        classes,
        shape: if classes.is_none() { vec![BANDS] } else { vec![] },
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
        let Some(Values::Real(energies)) = columns.next() else {
            return Err(Error::Data(format!("{path}: `feat` holds no numbers")));
        };
        let mut class = || match columns.next() {
            Some(Values::Index(x)) => Ok(x[0]),
            _ => Err(Error::Data(format!(
                "{path}: utterance {i} has no digit, speaker or take"
            ))),
        };
        let frame = |row: &[f64]| std::array::from_fn(|band| step * row[band]);
        let frames: Vec<Frame> = energies.chunks_exact(BANDS).map(frame).collect();
        if frames.is_empty() {
            return Err(Error::Data(format!("{path}: utterance {i} has no frames")));
        }
        Ok(Utterance {
            frames,
            digit: class()?,
            speaker: class()?,
            take: class()?,
        })
    };
    (0..data.examples(Part::Whole)).map(utterance).collect()
}

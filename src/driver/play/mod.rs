//! A trained model at work, to be watched: what is typed, or an example of data, is fed to it step by step, with a way
//! back.

pub mod frame;
mod key;
mod watched;

pub use frame::Frame;
pub use key::{Key, script};
pub use watched::Watched;

use super::failure::Failure;
use super::trained::Trained;
use super::{compile, sample};
use crate::backends::spec::model_spec;
use crate::backends::stepper::Memory;
use crate::rewrite::stream::Sampler;
use crate::system::System;
use frame::Piece;
use rnn_runtime::data::{Dataset, Example, Part, Pass, Tokens, Vocabulary};
use rnn_runtime::decode::show::Writer;
use rnn_runtime::decode::{Sampling, draw};
use rnn_runtime::draw::Stream;

pub struct Play {
    watched: Watched,
    source: Source,
    /// From before the first step to now.
    moments: Vec<Moment>,
    sampling: Sampling,
    /// The steps that one key takes.
    run: usize,
    note: Option<String>,
}

/// Where the steps come from.
enum Source {
    /// The model's one target, symbol by symbol.
    Typed {
        target: Sampler,
        vocabulary: Vocabulary,
        word: String,
    },
    Data {
        dataset: Box<dyn Dataset>,
        pass: Pass,
        index: usize,
        example: Example,
    },
}

/// A place to go back to.
struct Moment {
    memory: Memory<f64>,
    /// Of the step that led here; of a model that is typed to, what it expects next.
    outputs: Vec<Vec<f64>>,
    said: Option<Said>,
    surprise: Option<f64>,
    random: Stream,
}

#[derive(Clone, Copy)]
struct Said {
    class: usize,
    drawn: bool,
}

/// How a model is played with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub sampling: Sampling,
    /// The steps that one key takes.
    pub run: usize,
}

/// A part of the data, by the example that is shown first.
pub struct Examples {
    pub dataset: Box<dyn Dataset>,
    pub part: Part,
    pub seed: u64,
    pub first: usize,
}

/// A trained model, ready to be watched.
///
/// # Errors
/// `E0406` for a model that cannot run step by step; weights of another model.
pub fn watch(system: &System, trained: &Trained) -> Result<Watched, Failure> {
    let inference = compile::inference(system);
    let spec = model_spec(&inference);
    let params = trained.arena(&spec)?;
    let streaming = compile::streaming(system)?;
    Ok(Watched::new(
        streaming,
        spec,
        params,
        trained.weights.meta.encoding.clone(),
    ))
}

impl Play {
    /// By what is typed, where [`Watched::symbol`] says that nothing else is read.
    pub fn typed(watched: Watched, target: Sampler, settings: Settings) -> Play {
        let vocabulary = watched.vocabulary(&target);
        let word = String::new();
        Play::new(
            watched,
            Source::Typed {
                target,
                vocabulary,
                word,
            },
            settings,
        )
    }

    /// By examples of data.
    ///
    /// # Errors
    /// No example there.
    pub fn data(watched: Watched, examples: Examples, settings: Settings) -> Result<Play, Failure> {
        let Examples {
            dataset,
            part,
            seed,
            first,
        } = examples;
        let count = dataset.examples(part);
        if first >= count {
            let text = format!(
                "there is no example {} in `{}`, which has {count}",
                first + 1,
                part.name()
            );
            return Err(Failure::message(text).help("`--part train|valid|test|all` names another part"));
        }
        let pass = Pass { part, seed, epoch: 0 };
        let example = dataset.example(pass, first);
        let source = Source::Data {
            dataset,
            pass,
            index: first,
            example,
        };
        Ok(Play::new(watched, source, settings))
    }

    fn new(watched: Watched, source: Source, settings: Settings) -> Play {
        let mut play = Play {
            watched,
            source,
            moments: Vec::new(),
            sampling: settings.sampling,
            run: settings.run,
            note: None,
        };
        play.start();
        play
    }

    fn start(&mut self) {
        let outputs = match &self.source {
            Source::Typed { .. } => {
                self.watched.reset(None);
                self.watched.step(None)
            }
            Source::Data { example, .. } => {
                self.watched.reset(Some(example));
                Vec::new()
            }
        };
        self.moments = vec![Moment {
            memory: self.watched.memory(),
            outputs,
            said: None,
            surprise: None,
            random: Stream::new(self.sampling.seed, "generate", 0),
        }];
    }

    pub fn press(&mut self, key: Key) {
        self.note = None;
        match &self.source {
            Source::Typed { .. } => self.press_typed(key),
            Source::Data { .. } => self.press_data(key),
        }
    }

    fn press_typed(&mut self, key: Key) {
        match key {
            Key::Char(c) => self.type_char(c),
            Key::Tab => self.accept(),
            Key::Run => {
                for _ in 0..self.run {
                    if !self.draw() {
                        break;
                    }
                }
            }
            Key::Back | Key::Left => self.back(),
            Key::Up => self.heat(0.1),
            Key::Down => self.heat(-0.1),
            Key::Right => {
                self.draw();
            }
        }
    }

    fn press_data(&mut self, key: Key) {
        match key {
            Key::Right | Key::Char(_) | Key::Tab => {
                self.advance();
            }
            Key::Run => {
                for _ in 0..self.run {
                    if !self.advance() {
                        break;
                    }
                }
            }
            Key::Left | Key::Back => self.back(),
            Key::Down => self.example(|i| i.checked_add(1)),
            Key::Up => self.example(|i| i.checked_sub(1)),
        }
    }

    fn now(&self) -> &Moment {
        self.moments.last().expect("internal error: a play without a start")
    }

    fn back(&mut self) {
        if let Source::Typed { word, .. } = &mut self.source
            && word.pop().is_some()
        {
            return;
        }
        if self.moments.len() == 1 {
            self.note = Some("this is the start".into());
            return;
        }
        self.moments.pop();
        let Play { watched, moments, .. } = self;
        let now = moments.last().expect("internal error: a play without a start");
        watched.go_back(&now.memory);
    }

    fn heat(&mut self, by: f64) {
        let t = ((self.sampling.temperature + by) * 10.0).round() / 10.0;
        self.sampling.temperature = t.max(0.0);
    }

    /// Letters of a word wait for its end; characters and bytes are symbols by themselves.
    fn type_char(&mut self, c: char) {
        let Source::Typed { vocabulary, word, .. } = &mut self.source else {
            return;
        };
        let symbols = match vocabulary.tokens {
            Tokens::Characters | Tokens::Bytes => c.to_string(),
            Tokens::Words | Tokens::Values if !c.is_whitespace() => {
                word.push(c);
                return;
            }
            Tokens::Words | Tokens::Values => std::mem::take(word) + if c == '\n' { "\n" } else { " " },
        };
        match sample::encode(vocabulary, &symbols) {
            Ok(classes) => classes.into_iter().for_each(|class| {
                self.feed(class as usize, false);
            }),
            Err(unknown) => self.note = Some(unknown.to_string().lines().next().unwrap_or_default().into()),
        }
    }

    /// The likeliest symbol that starts with the letters so far.
    fn accept(&mut self) {
        let Source::Typed {
            target,
            vocabulary,
            word,
        } = &mut self.source
        else {
            return;
        };
        let logits = &self.moments[self.moments.len() - 1].outputs[target.params[0]];
        let starts = |class: &usize| {
            vocabulary
                .symbols
                .get(*class)
                .is_some_and(|s| s.starts_with(word.as_str()))
        };
        let fits = (0..logits.len()).filter(|c| word.is_empty() || starts(c));
        // Of equals the first.
        let best = fits.reduce(|a, b| if logits[b] > logits[a] { b } else { a });
        match best {
            Some(class) => {
                word.clear();
                self.feed(class, false);
            }
            None => self.note = Some(format!("no symbol starts with {word:?}")),
        }
    }

    /// One draw of the model; whether there is more to come.
    fn draw(&mut self) -> bool {
        let Source::Typed { target, .. } = &self.source else {
            return false;
        };
        let mut random = self.now().random.clone();
        let logits = [self.now().outputs[target.params[0]].as_slice()];
        let class = draw(target.dist, &logits, &self.sampling, &mut random)[0] as usize;
        let fed = self.feed(class, true);
        if let (true, Some(now)) = (fed, self.moments.last_mut()) {
            now.random = random;
        }
        fed && !self.ended()
    }

    /// The symbol that ends a sequence has been said.
    fn ended(&self) -> bool {
        let Source::Typed { target, .. } = &self.source else {
            return false;
        };
        target.until.is_some() && self.now().said.map(|s| s.class) == target.until
    }

    /// A symbol, and a step to what follows it.
    fn feed(&mut self, class: usize, drawn: bool) -> bool {
        let Source::Typed { target, .. } = &self.source else {
            return false;
        };
        if self.ended() {
            self.note = Some("the sequence has ended; backspace goes back".into());
            return false;
        }
        let surprise = Watched::surprise(target, &self.now().outputs, &[class as f64]);
        self.watched.say(target.target, class);
        let outputs = self.watched.step(None);
        self.moments.push(Moment {
            memory: self.watched.memory(),
            outputs,
            said: Some(Said { class, drawn }),
            surprise: Some(surprise),
            random: self.now().random.clone(),
        });
        true
    }

    /// The example's next step.
    fn advance(&mut self) -> bool {
        let t = self.moments.len() - 1;
        let Source::Data { example, .. } = &self.source else {
            return false;
        };
        if t == self.watched.steps(example) {
            self.note = Some("the example ends here".into());
            return false;
        }
        let outputs = self.watched.step(Some((example, t)));
        self.watched.observe(example, t);
        self.moments.push(Moment {
            memory: self.watched.memory(),
            surprise: self.watched.surprise_of(&outputs, example, t),
            outputs,
            said: None,
            random: self.now().random.clone(),
        });
        true
    }

    fn example(&mut self, other: impl Fn(usize) -> Option<usize>) {
        let Source::Data {
            dataset,
            pass,
            index,
            example,
        } = &mut self.source
        else {
            return;
        };
        match other(*index).filter(|i| *i < dataset.examples(pass.part)) {
            Some(i) => {
                (*index, *example) = (i, dataset.example(*pass, i));
                self.start();
            }
            None => self.note = Some("there is no other example".into()),
        }
    }

    /// What there is to see now.
    pub fn frame(&self) -> Frame {
        let now = self.now();
        let steps = self.moments.len() - 1;
        let surprises: Vec<f64> = self.moments.iter().filter_map(|m| m.surprise).collect();
        let mean = surprises.iter().sum::<f64>() / surprises.len().max(1) as f64;
        let mut frame = Frame {
            model: self.watched.spec().name.clone(),
            step: steps,
            surprise: now.surprise.map(|last| (last, mean)),
            states: self.watched.states(matches!(self.source, Source::Typed { .. })),
            note: self.note.clone(),
            ..Frame::default()
        };
        match &self.source {
            Source::Typed { vocabulary, word, .. } => {
                let mut writer = Writer::after(vocabulary, &[]);
                let said = self.moments.iter().filter_map(|m| m.said);
                let piece = |s: Said| Piece {
                    text: writer.write(s.class as u32),
                    drawn: s.drawn,
                };
                frame.text = said.map(piece).collect();
                frame.pending.clone_from(word);
                frame.temperature = Some(self.sampling.temperature);
                frame.outputs = self.watched.outputs(&now.outputs, None);
            }
            Source::Data {
                dataset,
                pass,
                index,
                example,
            } => {
                frame.example = Some((*index, dataset.examples(pass.part)));
                frame.steps = Some(self.watched.steps(example));
                let at = steps.checked_sub(1);
                frame.inputs = at.map_or(Vec::new(), |t| self.watched.inputs(example, t));
                frame.outputs = self.watched.outputs(&now.outputs, at.map(|t| (example, t)));
            }
        }
        frame
    }
}

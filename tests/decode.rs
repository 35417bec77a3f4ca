//! Models that say what their targets are: the probability of what they say is the one that evaluation gives it, beams find
//! the likeliest string where they are wide enough, draws come as often as they should.

#![cfg(feature = "cli")]

#[path = "common/mod.rs"]
mod common;

use rnn_runtime::data::assemble::assemble;
use rnn_runtime::data::{Example, Values};
use rnn_runtime::decode::{How, Machine, Sampling, Search, Sequence, Start, collapse, search};
use rnn_runtime::{Model, ModelSpec};
use rnnc::backends::interpret::Interpreted;
use rnnc::driver::compile;
use rnnc::driver::decode::Decoder;

/// Numbers that look random.
fn number(i: usize) -> f64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 29;
    (x % 20_001) as f64 / 10_000.0 - 1.0
}

struct Case {
    decoder: Decoder,
    evaluated: Interpreted,
    params: Vec<f64>,
}

fn case(text: &str) -> Case {
    let system = common::system(text, &[]);
    let decoder = Decoder::new(&system).unwrap_or_else(|f| panic!("{text}\n{f:?}"));
    let params = (0..decoder.plan.model.param_len()).map(|i| 1.5 * number(i)).collect();
    let evaluated = Interpreted::new(&compile::training(&system), &compile::evaluation(&system));
    Case {
        decoder,
        evaluated,
        params,
    }
}

impl Case {
    fn spec(&self) -> &ModelSpec {
        &self.decoder.plan.model
    }

    /// An example of these lengths along its sequences, in order.
    fn example(&self, seed: usize, lengths: &[usize]) -> Example {
        let spec = self.spec();
        let mut sequences = lengths.iter();
        let mut axes: Vec<usize> = Vec::new();
        for axis in &spec.axes {
            let same = axis.like.map(|root| axes[root]);
            axes.push(same.or(axis.steps).unwrap_or_else(|| *sequences.next().unwrap()));
        }
        let columns = spec.data.iter().enumerate().map(|(d, data)| {
            let positions: usize = data.axes.iter().map(|a| axes[*a]).product();
            let numbers =
                (0..positions * data.shape.iter().product::<usize>()).map(|i| number(seed * 1000 + d * 100 + i));
            match data.classes {
                Some(n) => Values::Index(numbers.map(|x| ((x + 1.0) * 5000.0) as u32 % n as u32).collect()),
                None => Values::Real(numbers.collect()),
            }
        });
        Example {
            columns: columns.collect(),
            lengths: axes,
        }
    }

    fn search(&self, examples: &[Example], how: How, longest: usize, count: usize) -> Vec<Vec<Sequence>> {
        let mut machine = Machine::new(&self.decoder.plan, self.decoder.interpreted(), &self.params);
        let start = |(id, example): (usize, &Example)| Start {
            example: example.clone(),
            id: id as u64,
            prime: Vec::new(),
            longest,
        };
        let starts: Vec<Start> = examples.iter().enumerate().map(start).collect();
        let settings = Search { how, count };
        // Nothing is left of what a machine has read before.
        let others: Vec<Start> = starts.iter().cloned().rev().collect();
        search(&mut machine, &others, &settings, &mut |_, _| {}).unwrap();
        search(&mut machine, &starts, &settings, &mut |_, _| {}).unwrap()
    }

    /// The logarithm of the probability that evaluation gives to a sequence as the example's targets.
    fn log_p(&self, example: &Example, said: &Sequence) -> f64 {
        let (spec, plan) = (self.spec(), &self.decoder.plan);
        let mut example = example.clone();
        if let Some(t) = plan.axis {
            example.lengths[t] = said.steps.len();
        }
        for (k, drawn) in plan.draws.iter().enumerate() {
            let d = spec.data.iter().position(|d| d.name == drawn.target).unwrap();
            let values = said.steps.iter().flat_map(|s| s[k].iter().copied());
            example.columns[d] = match drawn.classes {
                Some(_) => Values::Index(values.map(|x| x as u32).collect()),
                None => Values::Real(values.collect()),
            };
        }
        let batch = &assemble::<f64>(spec, &[0], &[example], 1)[0];
        let (mut metrics, mut workspace) = (vec![0.0; spec.metrics.len()], Model::<f64>::workspace(&self.evaluated));
        self.evaluated
            .evaluate(&mut workspace, &self.params, batch, &mut metrics, None);
        -metrics[0] * said.steps.len() as f64
    }
}

impl Case {
    /// The logarithm of the probability that evaluation gives to the labels of the one target, by its frames.
    fn log_p_of_labels(&self, example: &Example, labels: &[usize]) -> f64 {
        let spec = self.spec();
        let mut example = example.clone();
        let d = spec.data.iter().position(|d| d.target).unwrap();
        example.lengths[spec.data[d].axes[0]] = labels.len();
        example.columns[d] = Values::Index(labels.iter().map(|&c| c as u32).collect());
        let batch = &assemble::<f64>(spec, &[0], &[example], 1)[0];
        let (mut metrics, mut workspace) = (vec![0.0; spec.metrics.len()], Model::<f64>::workspace(&self.evaluated));
        self.evaluated
            .evaluate(&mut workspace, &self.params, batch, &mut metrics, None);
        -metrics[0]
    }
}

fn sampling(seed: u64) -> How {
    How::Sample(Sampling {
        seed,
        ..Sampling::default()
    })
}

/// Models, each with the lengths of some examples along its sequences.
const MODELS: &[(&str, &[&[usize]])] = &[
    // A language model.
    (
        "model m { target y: index[4] over t; y ~ categorical(affine(y[t-1] |> embed(3) |> stack(2, lstm(4)))) until 0; }",
        &[&[0]],
    ),
    // From the last state of an encoder.
    (
        "model m { input x: index[5] over s; target y: index[4] over t; \
         e = x |> embed(3) |> gru(4); d = y[t-1] |> embed(3) |> gru(4); d[0] = tanh(affine(last(e))); \
         y ~ categorical(affine(d)) until 0; }",
        &[&[3, 0], &[0, 0], &[1, 0], &[5, 0]],
    ),
    // From all states, with attention; the context is fed back.
    (
        "model m { input x: index[5] over s; target y: index[4] over t; \
         e = x |> embed(3) |> bidirectional(gru(4)); keys: [6] = linear(e); \
         d = gru(4)(embed(3)(y[t-1]) ++ c[t-1]); d[0] = tanh(affine(last(e))); \
         score = dot(keys, tanh(linear(d))) ; w = exp(score - max(score, over: s)); a = w / sum(w, over: s); \
         c = sum(a * e, over: s); \
         y ~ categorical(affine(d, c)) until 0; }",
        &[&[3, 0], &[1, 0], &[6, 0], &[6, 0]],
    ),
    // With the attention of the step before.
    (
        "model m { input x: [2] over s; target y: index[4] over t; \
         e = x |> gru(3); d = gru(4)(embed(3)(y[t-1]) ++ mean(e, over: s)); \
         hidden: [5] = tanh(affine(e, d)); score = sum(hidden) + a[t-1]; w = exp(score - max(score, over: s)); a = w / sum(w, over: s); \
         y ~ categorical(affine(d, sum(a * e, over: s))) until 0; }",
        &[&[3, 0], &[1, 0], &[6, 0], &[2, 0]],
    ),
    // The encoder looks at itself.
    (
        "model m { input x: index[5] over s; target y: index[4] over t; \
         e = x |> embed(4) |> positions(4) |> self_attention(4); d = gru(4)(embed(3)(y[t-1]) ++ c[t-1]); \
         c = bilinear_attention(d, e, e, over: s); y ~ categorical(affine(d, c)) until 0; }",
        &[&[3, 0], &[1, 0], &[4, 0]],
    ),
    // A language model without a state.
    (
        "model m { target y: index[4] over t; \
         y ~ categorical(affine(y[t-1] |> embed(4) |> positions(4) |> stack(2, self_attention(4, heads: 2)))) until 0; }",
        &[&[0]],
    ),
    // It looks at what was said before, and at what is given for all steps, known ones of both sides.
    (
        "model m { input x: index[5] over t; target y: index[4] over t; axis s: like t; \
         e = x |> embed(3) |> bidirectional(gru(2)); q: [4] = affine(y[t-1]); f = y |> embed(4); \
         given = sum(softmax(dot(q, e[s]), over: s) * e[s], over: s); \
         said = sum(softmax(dot(q, f[s]) + sum(e[s]), over: s < t) * (f[s] + e[s]), over: s < t); \
         y ~ categorical(affine(given, said, e)); }",
        &[&[3], &[0], &[1], &[5]],
    ),
    // Of an encoder and of its own past.
    (
        "model m { input x: index[5] over s; target y: index[4] over t; axis r: like t; \
         e = x |> embed(3) |> gru(4); d = y[t-1] |> embed(4) |> self_attention(4); \
         y ~ categorical(affine(d, bilinear_attention(d, e, e, over: s), mean(d[r], over: t - 2 < r <= t))) until 0; }",
        &[&[3, 0], &[1, 0], &[6, 0], &[0, 0]],
    ),
    // Tags that see each other and the whole sentence.
    (
        "model m { input x: index[5] over t; target y: index[4] over t; \
         h = x |> embed(3) |> bidirectional(lstm(4)); y ~ categorical(affine(h, y[t-1])); }",
        &[&[3], &[0], &[1], &[5]],
    ),
    // Tags that do not.
    (
        "model m { input x: [2] over t; target y: index[4] over t; y ~ categorical(affine(x |> bidirectional(gru(3)))); }",
        &[&[3], &[0], &[1]],
    ),
    // Once per example.
    (
        "model m { input x: [2] over t; target y: index[4]; y ~ categorical(affine(last(x |> gru(3)))); }",
        &[&[3], &[0], &[1]],
    ),
    // Two targets at a time, one of them of numbers, and an input at each step.
    (
        "model m { input x: [2] over t; input k: [3]; target y: index[4] over t; target z: [2] over t; \
         h = gru(4)(x ++ embed(3)(y[t-1]) ++ z[t-1] ++ z[t-3] ++ k); y ~ categorical(affine(h)); \
         z ~ normal(affine(h), exp(0.1 * dot(h, h))); }",
        &[&[3], &[0], &[1], &[5]],
    ),
    // Bits and one deviation for all, no inputs at all.
    (
        "model m { target b: bit[3] over t; target z: real over t; axis k: 3; h: [4] = tanh(affine(b[t-1], z[t-1], h[t-1])); \
         r: [4] = tanh(affine(h, r[k-1])); \
         b ~ bernoulli(affine(last(r, over: k))); z ~ laplace(sum(0.3 * h), 0.3); }",
        &[&[0]],
    ),
];

#[test]
fn what_is_said_has_the_probability_that_evaluation_gives_it() {
    for (text, lengths) in MODELS {
        let case = case(text);
        let examples: Vec<Example> = lengths.iter().enumerate().map(|(i, l)| case.example(i, l)).collect();
        let mut searches = vec![
            sampling(1),
            How::Sample(Sampling {
                temperature: 0.0,
                ..Sampling::default()
            }),
        ];
        if case.decoder.plan.classes().is_some() {
            searches.extend([1, 3].map(|width| How::Beam { width, penalty: 0.6 }));
        }
        for how in searches {
            for (example, said) in examples.iter().zip(case.search(&examples, how, 7, 3)) {
                assert!(!said.is_empty());
                for s in said {
                    let expected = case.log_p(example, &s);
                    assert!(
                        s.steps.is_empty() || (s.log_p - expected).abs() < 1e-11,
                        "{text}\n{how:?} {s:?} {expected}"
                    );
                }
            }
        }
    }
}

/// Every string over the symbols that ends, or is as long as can be.
fn strings(symbols: usize, end: u32, most: usize) -> Vec<Vec<u32>> {
    let mut open = vec![vec![]];
    let mut all = Vec::new();
    for length in 1..=most {
        let longer = open
            .iter()
            .flat_map(|s: &Vec<u32>| (0..symbols as u32).map(move |k| [&s[..], &[k]].concat()));
        let (done, rest): (Vec<_>, Vec<_>) = longer.partition(|s| s[length - 1] == end || length == most);
        all.extend(done);
        open = rest;
    }
    all
}

fn as_sequence(symbols: &[u32]) -> Sequence {
    Sequence {
        steps: symbols.iter().map(|&k| vec![vec![f64::from(k)]]).collect(),
        log_p: 0.0,
        ended: false,
    }
}

#[test]
fn a_wide_beam_finds_the_likeliest_of_all_strings() {
    for (text, lengths) in &MODELS[..4] {
        let case = case(text);
        let example = case.example(7, lengths[0]);
        let most = 3;
        let all: Vec<(f64, Vec<u32>)> = strings(4, 0, most)
            .into_iter()
            .map(|s| (case.log_p(&example, &as_sequence(&s)), s))
            .collect();
        let total: f64 = all.iter().map(|(p, _)| p.exp()).sum();
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        for penalty in [0.0, 0.7, 1.0] {
            let worth = |(p, s): &(f64, Vec<u32>)| p / (s.len() as f64).powf(penalty);
            let mut ranked = all.clone();
            ranked.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
            let found = &case.search(
                std::slice::from_ref(&example),
                How::Beam { width: 300, penalty },
                most,
                5,
            )[0];
            for (found, (p, s)) in found.iter().zip(&ranked) {
                assert_eq!(found.symbols(), *s, "{text} {penalty}");
                assert!((found.log_p - p).abs() < 1e-11);
            }
            let one = &case.search(
                std::slice::from_ref(&example),
                How::Beam { width: 1, penalty: 0.0 },
                most,
                1,
            )[0];
            let greedy = How::Sample(Sampling {
                temperature: 0.0,
                ..Sampling::default()
            });
            let greedy = &case.search(std::slice::from_ref(&example), greedy, most, 1)[0];
            assert_eq!(one[0].symbols(), greedy[0].symbols());
        }
    }
}

#[test]
fn strings_are_drawn_as_often_as_they_are_likely() {
    let case = case(MODELS[2].0);
    let example = case.example(3, MODELS[2].1[0]);
    let n = 2000;
    let drawn = &case.search(std::slice::from_ref(&example), sampling(5), 3, n)[0];
    for s in strings(4, 0, 3) {
        let p = case.log_p(&example, &as_sequence(&s)).exp();
        let share = drawn.iter().filter(|d| d.symbols() == s).count() as f64 / n as f64;
        let deviation = (p * (1.0 - p) / n as f64).sqrt();
        assert!((share - p).abs() < 4.5 * deviation + 1e-4, "{s:?} {share} {p}");
    }
}

#[test]
fn an_example_says_the_same_in_any_company() {
    for (text, lengths) in MODELS {
        let case = case(text);
        let examples: Vec<Example> = lengths.iter().enumerate().map(|(i, l)| case.example(i, l)).collect();
        let how = match case.decoder.plan.classes() {
            Some(_) => How::Beam { width: 3, penalty: 1.0 },
            None => How::Sample(Sampling {
                temperature: 0.0,
                ..Sampling::default()
            }),
        };
        let together = case.search(&examples, how, 6, 2);
        for (example, together) in examples.iter().zip(together) {
            let alone = &case.search(std::slice::from_ref(example), how, 6, 2)[0];
            for (a, b) in alone.iter().zip(&together) {
                assert!((a.log_p - b.log_p).abs() < 1e-12 && a.steps.len() == b.steps.len());
            }
        }
    }
}

#[test]
fn labels_that_frames_spell_have_the_probability_that_evaluation_gives_them() {
    let case = case(
        "model m { input x: [2] over t; target y: index[2] over s; y ~ ctc(affine(x |> bidirectional(gru(3)))); }",
    );
    let examples = [[4, 0], [0, 0], [1, 0], [5, 0]].map(|lengths| case.example(4, &lengths));
    for penalty in [0.0, 1.0] {
        let wide = How::Beam { width: 500, penalty };
        for (example, said) in examples.iter().zip(case.search(&examples, wide, usize::MAX, 500)) {
            let total: f64 = said.iter().map(|s| s.log_p.exp()).sum();
            assert!((total - 1.0).abs() < 1e-9, "{total}");
            let worth: Vec<f64> = said
                .iter()
                .map(|s| s.log_p / (labels(s).len().max(1) as f64).powf(penalty))
                .collect();
            assert!(worth.is_sorted_by(|a, b| a >= b), "{worth:?}");
            for s in &said {
                let expected = case.log_p_of_labels(example, &labels(s));
                assert!((s.log_p - expected).abs() < 1e-9, "{s:?} {expected}");
            }
        }
    }
    // Given labels have no frames of their own.
    let mut machine = Machine::new(&case.decoder.plan, case.decoder.interpreted(), &case.params);
    let start = Start {
        example: examples[0].clone(),
        id: 0,
        prime: vec![vec![vec![1.0]]],
        longest: 9,
    };
    let settings = Search {
        how: sampling(1),
        count: 1,
    };
    let refused = search(&mut machine, &[start], &settings, &mut |_, _| {}).unwrap_err();
    assert!(refused.to_string().contains("frames spell them"), "{refused}");
}

/// Of two kinds and a blank.
fn labels(said: &Sequence) -> Vec<usize> {
    let frames: Vec<usize> = said.symbols().into_iter().map(|c| c as usize).collect();
    collapse(&frames, 2)
}

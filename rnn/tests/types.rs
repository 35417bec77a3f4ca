//! What the types that `rnn!` makes do.

use rnn::decode::{DistKind, How, Sampling, Search, draw};
use rnn::draw::Stream;
use rnn::ndarray::{Array1, Array2, ArrayView2, Axis, array};
use rnn::train::{Run, report::Quiet};
use rnn::{Error, Real};

rnn::rnn! {
    const HIDDEN = 6;

    /// Reads vectors and says a class a step, and one for all.
    #[allow(missing_docs)]
    pub(crate) model reader(n = HIDDEN) {
        /// What is measured.
        input x: [2] over t;
        input who: index[3];
        input weight: real;
        target y: index[4] over t;
        h = (x ++ embed(2)(who)) |> lstm(n);
        logits = affine(h);
        y ~ categorical(logits);
        metric right = accuracy(y, logits);
        output state = h;
        output all = mean(h, over: t) * weight;
    }

    train reader {
        optimizer adam(lr: 0.02);
        batch     4;
        epochs    3;
    }

    train reader as slow {
        optimizer sgd(lr: 0.001);
    }

    model echo() {
        target text: index[5] over t;
        text ~ categorical(affine(text[t-1] |> embed(3) |> gru(4)));
    }
}

mod inner {
    rnn::rnn! {
        pub model filter() {
            input x: real over t;
            target y: real over t;
            h = leaky_sum(x);
            y ~ normal(h, 1);
        }

        cell leaky_sum(a = 0.5)(x) -> h {
            h: real = a * h[t-1] + x;
        }
    }
}

macro_rules! regressor {
    ($name:ident, $units:expr) => {
        rnn::rnn! {
            model $name() {
                input x: [1] over t;
                target y: [1];
                y ~ normal(affine(last(x |> gru($units), over: t)), 1);
            }
        }
    };
}
regressor!(from_a_macro, 2 + 1);

struct Sequence<R> {
    x: Array2<R>,
    y: Array1<u32>,
}

fn sequences<R: Real>(lengths: &[usize]) -> Vec<Sequence<R>> {
    let sequence = |(i, &n): (usize, &usize)| Sequence {
        x: Array2::from_shape_fn((n, 2), |(t, k)| R::of(((i + 3 * t + k) % 5) as f64 - 2.0)),
        y: Array1::from_shape_fn(n, |t| ((i + t) % 4) as u32),
    };
    lengths.iter().enumerate().map(sequence).collect()
}

fn example<R: Real>(s: &Sequence<R>) -> ReaderExample<'_, R> {
    ReaderExample {
        x: s.x.view(),
        who: 1,
        weight: R::ONE,
        y: s.y.view(),
    }
}

fn learns<R: Real>() {
    let data = sequences::<R>(&[3, 0, 5, 1]);
    let mut reader = Reader::<R>::new(3);
    let first = reader.train_step(data.iter().map(example)).unwrap();
    for _ in 0..60 {
        reader.train_step(data.iter().map(example)).unwrap();
    }
    let last = reader.evaluate(data.iter().map(example)).unwrap();
    assert!(last.loss < 0.5 * first.loss && last.right > 0.9, "{first:?} {last:?}");
    assert_eq!(reader.network().steps(), 61);
}

#[test]
fn both_precisions_learn() {
    learns::<f32>();
    learns::<f64>();
}

#[test]
fn outputs_are_arrays_of_each_example() {
    let data = sequences::<f64>(&[3, 0, 5]);
    let mut reader = Reader::<f64>::new(1);
    fn inputs(s: &Sequence<f64>) -> ReaderInputs<'_, f64> {
        ReaderInputs {
            x: s.x.view(),
            who: 2,
            weight: 2.0,
        }
    }
    let together = reader.forward(data.iter().map(inputs)).unwrap();
    for (s, outputs) in data.iter().zip(&together) {
        assert_eq!(outputs.y_logits.shape(), [s.y.len(), 4]);
        assert_eq!(outputs.state.shape(), [s.y.len(), 6]);
        let alone = &reader.forward([inputs(s)]).unwrap()[0];
        assert!((&alone.y_logits - &outputs.y_logits).iter().all(|d| d.abs() < 1e-12));
        if let Some(mean) = outputs.state.mean_axis(Axis(0)) {
            assert!((2.0 * mean - &outputs.all).iter().all(|d| d.abs() < 1e-12));
        }
    }
    assert!(reader.forward(std::iter::empty()).unwrap().is_empty());
}

#[test]
fn arrays_are_checked() {
    let mut reader: Reader = Reader::new(1);
    let (x, y) = (array![[1f32, 2.0], [3.0, 4.0]], array![0u32, 1]);
    let of = |x: ArrayView2<'static, f32>, y: &'static [u32]| ReaderExample {
        x,
        who: 0,
        weight: 1.0,
        y: y.into(),
    };
    let x: &'static Array2<f32> = Box::leak(Box::new(x));
    let wrong = |e: ReaderExample<'static, f32>| match Reader::new(1).train_step([e]) {
        Err(Error::Data(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        wrong(of(x.view(), &[0])),
        "`y` of `reader`: 1 steps over `t`, and `x` has 2"
    );
    assert_eq!(
        wrong(of(x.view(), &[0, 4])),
        "`y` of `reader`: position 1 is class 4, and there are 4"
    );
    let narrow = x.slice(rnn::ndarray::s![.., ..1]);
    assert_eq!(
        wrong(of(narrow, &[0, 1])),
        "`x` of `reader`: the array has shape [2, 1], and [t, 2] is asked for"
    );
    let none: [ReaderExample<'_, f32>; 0] = [];
    assert!(matches!(reader.train_step(none), Err(Error::Data(_))));
    // A view that is not contiguous is as good as any.
    let turned = x.t().to_owned();
    let examples = [of(x.view(), &[0, 1])];
    let straight = reader.evaluate(examples).unwrap();
    let turned: &'static Array2<f32> = Box::leak(Box::new(turned));
    assert_eq!(reader.evaluate([of(turned.t(), &[0, 1])]).unwrap(), straight);
    assert_eq!(y.len(), 2);
}

#[test]
fn regimes_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = sequences::<f32>(&[4, 2, 3, 5, 1, 6, 2, 2]);
    let mut reader: Reader = Reader::new(7);
    assert_eq!(Reader::<f32>::regime().batch, 4);
    assert_eq!(Reader::<f32>::slow_regime().optimizer.lr(), 0.001);
    let run = Run {
        out: folder.path().join("run"),
        ..Run::default()
    };
    let (train, valid) = data.split_at(6);
    let outcome = reader
        .fit(train.iter().map(example), valid.iter().map(example), &run, &mut Quiet)
        .unwrap();
    assert_eq!((outcome.rows.len(), outcome.steps), (3, 6));
    let trained = reader.evaluate(valid.iter().map(example)).unwrap();
    assert!((trained.loss - outcome.best_loss).abs() < 1e-6);

    let path = folder.path().join("weights.safetensors");
    reader.save(&path).unwrap();
    let mut again: Reader = Reader::new(8);
    again.load(&path).unwrap();
    assert_eq!(again.network().params(), reader.network().params());
    assert_eq!(again.clone().evaluate(valid.iter().map(example)).unwrap(), trained);
    let before = again.network().params().to_vec();
    let mut other: Echo = Echo::new(1);
    assert!(other.load(&path).is_err());
    assert!(again.load(folder.path().join("nothing")).is_err());
    assert_eq!(again.network().params(), before);
}

#[test]
fn seeds_and_steps_repeat() {
    let data = sequences::<f32>(&[3, 4]);
    let run = || {
        let mut reader: Reader = Reader::new(5);
        for _ in 0..3 {
            reader.train_step(data.iter().map(example)).unwrap();
        }
        reader.network().params().to_vec()
    };
    assert_eq!(run(), run());
}

#[test]
fn models_of_modules_functions_and_macros() {
    rnn::rnn! {
        model local(n = 3) {
            input x: [1] over t;
            target y: bit[1];
            logit = affine(mean(x |> gru(n), over: t));
            y ~ bernoulli(logit);
        }
    }
    let x = array![[1f64], [0.0]];
    let mut local = Local::<f64>::new(1);
    let metrics = local
        .evaluate([LocalExample {
            x: x.view(),
            y: rnn::ndarray::aview1(&[1.0]),
        }])
        .unwrap();
    assert!(metrics.loss > 0.0);

    let (x, y) = (array![1f32, 0.0, 0.0], array![1f32, 0.5, 0.25]);
    let mut filter: inner::Filter = inner::Filter::new(1);
    let outputs = filter.forward([inner::FilterInputs { x: x.view() }]).unwrap();
    assert_eq!(outputs[0].y_mean, y);

    let (x, y) = (array![[1f32]], array![2f32]);
    let mut made: FromAMacro = FromAMacro::new(1);
    let example = FromAMacroExample {
        x: x.view(),
        y: y.view(),
    };
    assert!(made.train_step([example]).is_ok());

    let text = array![0u32, 1, 2];
    let mut echo: Echo = Echo::new(1);
    let outputs = echo.forward([EchoExample { text: text.view() }]).unwrap();
    assert_eq!(outputs[0].text_logits.shape(), [3, 5]);
}

rnn::include_rnn!(pub "specs/tagger.rnn");

#[test]
fn models_of_files() {
    let words = array![0u32, 3, 1];
    let mut tagger: Tagger = Tagger::new(1);
    let outputs = tagger.forward([TaggerInputs { word: words.view() }]).unwrap();
    assert_eq!(outputs[0].tag_logits.shape(), [3, 3]);
}

rnn::rnn! {
    model scores() {
        input key: [2] over s;
        input query: [2] over t;
        target y: [1] over t;
        output score = dot(query, key);
        y ~ normal(affine(query), 1);
    }
}

#[test]
fn outputs_over_two_axes() {
    let arrays = |n: usize, k: usize| Array2::from_shape_fn((n, 2), |(i, j)| (3 * i + j * k) as f64 - 2.0);
    let data: Vec<(Array2<f64>, Array2<f64>)> = [(2, 3), (4, 1), (0, 2), (3, 0), (1, 5)]
        .map(|(s, t)| (arrays(s, 2), arrays(t, 5)))
        .into();
    let mut scores = Scores::<f64>::new(1);
    let inputs = data.iter().map(|(key, query)| ScoresInputs {
        key: key.view(),
        query: query.view(),
    });
    let outputs = scores.forward(inputs).unwrap();
    for ((key, query), outputs) in data.iter().zip(&outputs) {
        assert_eq!(outputs.score, key.dot(&query.t()));
    }
}

fn drawn(seed: u64, count: usize) -> Search {
    let sampling = Sampling {
        seed,
        ..Sampling::default()
    };
    Search {
        how: How::Sample(sampling),
        count,
    }
}

/// What a model says is drawn, step by step, from what it makes of all that it said before.
fn says<R: Real>() {
    let mut echo = Echo::<R>::new(4);
    let said = echo.generate(&[3, 1], &drawn(9, 2), 6).unwrap();
    assert_eq!(said.len(), 2);
    let mut text = vec![3u32, 1];
    let mut random = Stream::new(9, "generate", 0);
    for t in 2..8 {
        let mut whole = Array1::from(text.clone());
        whole.append(Axis(0), array![0].view()).unwrap();
        let outputs = echo.forward([EchoExample { text: whole.view() }]).unwrap();
        let logits: Vec<f64> = outputs[0].text_logits.row(t).iter().map(|x| x.to_f64()).collect();
        let sampling = Sampling {
            seed: 9,
            ..Sampling::default()
        };
        text.push(draw(DistKind::Categorical, &[&logits], &sampling, &mut random)[0] as u32);
    }
    assert_eq!(said[0].text.to_vec(), text);
    assert!(!said[0].ended && said[0].log_p < 0.0);
    assert_eq!(echo.generate(&[3, 1], &drawn(9, 2), 6).unwrap(), said);
    assert!(echo.generate(&[], &drawn(9, 1), 0).unwrap()[0].text.is_empty());
    let wrong = echo.generate(&[5], &drawn(9, 1), 6).unwrap_err().to_string();
    assert!(wrong.contains("`text` of `echo`: class 5, and there are 5"), "{wrong}");
}

#[test]
fn models_say_what_they_would() {
    says::<f32>();
    says::<f64>();
}

rnn::rnn! {
    /// From a sequence to another.
    model translator() {
        input source: index[6] over s;
        target words: index[4] over t;
        enc = source |> embed(3) |> bidirectional(gru(3));
        d[0] = tanh(affine(first(enc)));
        context = additive_attention(d[t-1], enc, enc, n: 3, over: s);
        read: [5] = affine(words[t-1], context);
        d: [6] = gru(6)(read);
        words ~ categorical(affine(d)) until 0;
    }

    /// Looks back at all of its steps, and says numbers and bits.
    model looker() {
        input x: [2] over t;
        target y: [3] over t;
        target on: bit[2] over t;
        axis s: like t;
        k: [4] = linear(x, y[t-1]);
        score = dot(linear(x), k[s]);
        weight = softmax(score, over: s <= t);
        h = sum(weight * k[s], over: s <= t);
        y ~ normal(affine(h), 0.1);
        on ~ bernoulli(affine(h));
        output weight;
    }
}

#[test]
fn answers_to_inputs() {
    let sources = [array![1u32, 5, 2], array![0u32], array![]];
    let mut translator: Translator = Translator::new(2);
    let inputs = || sources.iter().map(|s| TranslatorInputs { source: s.view() });
    let said = translator.generate(inputs(), &drawn(1, 3), 7).unwrap();
    assert_eq!(said.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
    for (source, said) in sources
        .iter()
        .zip(&said)
        .flat_map(|(s, all)| all.iter().map(move |one| (s, one)))
    {
        // The log-probability is that of the same words as a target.
        let mut words = said.words.clone();
        if said.ended {
            words.append(Axis(0), array![0].view()).unwrap();
        }
        assert!(said.ended || words.len() == 7);
        let example = TranslatorExample {
            source: source.view(),
            words: words.view(),
        };
        let loss = translator.evaluate([example]).unwrap().loss * words.len() as f64;
        assert!((loss + said.log_p).abs() < 1e-4, "{loss} {}", said.log_p);
    }
    let beam = Search {
        how: How::Beam { width: 4, penalty: 0.0 },
        count: 2,
    };
    let best = translator.generate(inputs(), &beam, 7).unwrap();
    assert!(best.iter().all(|b| b[0].log_p >= b[1].log_p));

    // The steps are the inputs'.
    let x = Array2::from_shape_fn((5, 2), |(i, j)| (i * 2 + j) as f64 * 0.3 - 1.0);
    let looker = Looker::<f64>::new(3);
    let said = looker
        .generate([LookerInputs { x: x.view() }], &drawn(1, 1), usize::MAX)
        .unwrap();
    assert_eq!(
        (said[0][0].y.shape(), said[0][0].on.shape()),
        (&[5, 3][..], &[5, 2][..])
    );
}

fn near<R: Real>(a: impl IntoIterator<Item = R>, b: impl IntoIterator<Item = R>) {
    let (a, b): (Vec<R>, Vec<R>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(&b).all(|(a, b)| (a.to_f64() - b.to_f64()).abs() < 1e-5));
}

/// Steps one by one are the whole sequence; a running value is that of the sequence so far.
fn streams<R: Real>() {
    let data = &sequences::<R>(&[5])[0];
    let mut reader = Reader::<R>::new(3);
    let whole = |reader: &mut Reader<R>, n: usize| {
        let x = data.x.slice(rnn::ndarray::s![..n, ..]);
        let inputs = ReaderInputs {
            x,
            who: 1,
            weight: R::of(2.0),
        };
        reader.forward([inputs]).unwrap().remove(0)
    };
    let mut prefixes: Vec<ReaderOutputs<R>> = (1..=5).map(|n| whole(&mut reader, n)).collect();
    let all = prefixes.pop().unwrap();
    let mut stream = reader.stream(1, R::of(2.0)).unwrap();
    for t in 0..5 {
        let step = stream.step(data.x.row(t)).unwrap();
        near(step.y_logits, all.y_logits.row(t).to_owned());
        near(step.state, all.state.row(t).to_owned());
        near(step.all, prefixes.get(t).unwrap_or(&all).all.clone());
        assert_eq!(stream.steps(), t + 1);
    }
    let wrong = stream
        .step(Array1::from_elem(3, R::ZERO).view())
        .unwrap_err()
        .to_string();
    assert!(
        wrong.contains("`x` of `reader`: a step has shape [2], and this has [3]"),
        "{wrong}"
    );
    assert_eq!(stream.steps(), 5);
    assert!(reader.stream(3, R::ONE).is_err());
}

#[test]
fn steps_as_they_come() {
    streams::<f32>();
    streams::<f64>();

    let text = array![2u32, 0, 4, 4];
    let mut echo = Echo::<f64>::new(1);
    let whole = echo.forward([EchoExample { text: text.view() }]).unwrap();
    let mut stream = echo.stream().unwrap();
    assert!(stream.observe(1).is_err());
    for (t, &symbol) in text.iter().enumerate() {
        near(
            stream.step().unwrap().text_logits,
            whole[0].text_logits.row(t).to_owned(),
        );
        let unread = stream.step().unwrap_err().to_string();
        assert!(unread.contains("have not been observed"), "{unread}");
        assert!(stream.observe(5).is_err());
        stream.observe(symbol).unwrap();
    }

    let arrays = |n: usize| Array2::from_shape_fn((4, n), |(i, j)| ((i * 5 + j * 3) % 7) as f64 * 0.3 - 1.0);
    let (x, y, on) = (arrays(2), arrays(3), arrays(2).mapv(|v| f64::from(v > 0.0)));
    let mut looker = Looker::<f64>::new(3);
    let whole = looker.forward([LookerExample {
        x: x.view(),
        y: y.view(),
        on: on.view(),
    }]);
    let whole = whole.unwrap().remove(0);
    let mut stream = looker.stream().unwrap();
    for t in 0..4 {
        let step = stream.step(x.row(t)).unwrap();
        near(step.y_mean, whole.y_mean.row(t).to_owned());
        near(step.on_logits, whole.on_logits.row(t).to_owned());
        near(step.weight, whole.weight.slice(rnn::ndarray::s![t, ..=t]).to_owned());
        stream.observe(y.row(t)).unwrap();
    }
}

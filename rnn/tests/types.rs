//! What the types that `rnn!` makes do.

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

//! What each drawn task gives, against what its paper says.

use rnn_runtime::ModelSpec;
use rnn_runtime::data::{self, Dataset, Declared, Example, Part, Pass, Values};
use rnn_runtime::model::{AxisSpec, DataSpec};
use rnn_runtime::regime::{Regime, Source};
use std::path::Path;

fn source(json: &str) -> Source {
    Regime::from_json(&format!(r#"{{"data": {{{json}}}}}"#)).unwrap().data
}

fn axis(name: &str) -> AxisSpec {
    AxisSpec {
        name: name.into(),
        steps: None,
        like: None,
    }
}

fn slot(name: &str, classes: Option<usize>, shape: &[usize], axes: &[usize]) -> DataSpec {
    DataSpec {
        name: name.into(),
        target: false,
        classes,
        shape: shape.to_vec(),
        axes: axes.to_vec(),
    }
}

fn spec(slots: &[DataSpec]) -> ModelSpec {
    let axes = 1 + slots.iter().flat_map(|s| s.axes.iter().copied()).max().unwrap_or(0);
    ModelSpec {
        name: "m".into(),
        axes: ["batch", "t", "s"][..axes].iter().map(|a| axis(a)).collect(),
        data: slots.to_vec(),
        ..ModelSpec::default()
    }
}

fn open(json: &str, slots: &[DataSpec]) -> Box<dyn Dataset> {
    let mut data = data::open(&source(json), Path::new(""), &[], None).unwrap();
    data.bind(&spec(slots)).unwrap_or_else(|e| panic!("{e}"));
    data
}

fn pass(part: Part, epoch: u64) -> Pass {
    Pass { part, seed: 1, epoch }
}

fn examples(json: &str, slots: &[DataSpec]) -> Vec<Example> {
    let data = open(json, slots);
    let examples: Vec<Example> = (0..300).map(|i| data.example(pass(Part::Train, 0), i)).collect();
    for e in &examples {
        for (slot, values) in slots.iter().zip(&e.columns) {
            let positions: usize = slot.axes.iter().map(|&a| e.lengths[a]).product();
            match (values, slot.classes) {
                (Values::Index(x), Some(n)) => {
                    assert_eq!(x.len(), positions, "{json}");
                    assert!(x.iter().all(|&c| (c as usize) < n), "{json}: a class of {}", slot.name);
                }
                (Values::Real(x), None) => {
                    assert_eq!(x.len(), positions * slot.shape.iter().product::<usize>(), "{json}");
                    assert!(x.iter().all(|x| x.is_finite()));
                }
                _ => panic!("{json}: {} is of another kind", slot.name),
            }
        }
    }
    examples
}

fn index(e: &Example, column: usize) -> &[u32] {
    match &e.columns[column] {
        Values::Index(x) => x,
        Values::Real(_) => panic!("no index"),
    }
}

fn real(e: &Example, column: usize) -> &[f64] {
    match &e.columns[column] {
        Values::Real(x) => x,
        Values::Index(_) => panic!("no reals"),
    }
}

const PAIRS: fn() -> [DataSpec; 2] = || [slot("x", None, &[2], &[1]), slot("y", None, &[], &[])];

#[test]
fn adding() {
    let mut lengths = std::collections::BTreeSet::new();
    for e in examples(r#""adding": {"length": 100}"#, &PAIRS()) {
        let (x, y) = (real(&e, 0), real(&e, 1)[0]);
        lengths.insert(e.lengths[1]);
        let pairs: Vec<&[f64]> = x.chunks(2).collect();
        let marked: Vec<usize> = (0..pairs.len()).filter(|&t| pairs[t][1] == 1.0).collect();
        assert!(marked.len() == 2 || marked.len() == 1 && pairs[0][0] == 0.0);
        assert!(marked[0] < 10 || pairs[0][0] == 0.0);
        assert!(*marked.last().unwrap() < 49);
        let sum: f64 = marked.iter().map(|&t| pairs[t][0]).sum();
        assert!((y - (0.5 + sum / 4.0)).abs() < 1e-15);
        assert_eq!((pairs[0][1], pairs.last().unwrap()[1]), (-1.0, -1.0));
        assert!(x.iter().all(|x| x.abs() <= 1.0));
    }
    assert_eq!((*lengths.first().unwrap(), *lengths.last().unwrap()), (100, 110));
    let mut squares = 0.0;
    for e in examples(r#""adding": {"length": 20, "variant": "le"}"#, &PAIRS()) {
        let (x, y) = (real(&e, 0), real(&e, 1)[0]);
        let sum: f64 = x.chunks(2).map(|p| p[0] * p[1]).sum();
        assert_eq!((sum, e.lengths[1]), (y, 20));
        squares += (y - 1.0) * (y - 1.0) / 300.0;
    }
    // The error of always guessing 1 is 1/6.
    assert!((squares - 1.0 / 6.0).abs() < 0.04, "{squares}");
}

#[test]
fn symbols_that_come_again() {
    let sequence = |x, y| [slot("x", Some(x), &[], &[1]), slot("y", Some(y), &[], &[1])];
    for e in examples(
        r#""copying": {"length": 3, "blanks": 5, "symbols": 2}"#,
        &sequence(4, 3),
    ) {
        let (x, y) = (index(&e, 0), index(&e, 1));
        assert_eq!(x.len(), 11);
        assert_eq!((&x[3..7], x[7], &x[8..]), (&[0; 4][..], 3, &[0; 3][..]));
        assert_eq!((&y[..8], &y[8..]), (&[0; 8][..], &x[..3]));
    }
    for e in examples(r#""echo": {"length": 9, "lag": 3}"#, &sequence(4, 4)) {
        assert_eq!(
            (&index(&e, 1)[..3], &index(&e, 1)[3..]),
            (&[0; 3][..], &index(&e, 0)[..6])
        );
    }
    for e in examples(r#""parity": {"shortest": 0, "longest": 5}"#, &sequence(2, 2)) {
        let ones: u32 = index(&e, 0).iter().sum();
        assert!(index(&e, 1).last().is_none_or(|&y| y == ones % 2));
    }
}

#[test]
fn strings_to_other_strings() {
    let both = [slot("x", Some(8), &[], &[2]), slot("y", Some(9), &[], &[1])];
    for e in examples(r#""reversal": {"shortest": 0}"#, &both) {
        let mut x = index(&e, 0).to_vec();
        x.reverse();
        x.push(8);
        assert_eq!(x, index(&e, 1));
    }
    for e in examples(r#""sorting": {}"#, &both) {
        let mut x = index(&e, 0).to_vec();
        x.sort_unstable();
        x.push(8);
        assert_eq!(x, index(&e, 1));
    }
}

fn string() -> [DataSpec; 3] {
    [
        slot("x", Some(7), &[], &[1]),
        slot("y", Some(7), &[], &[1]),
        slot("legal", None, &[7], &[1]),
    ]
}

#[test]
fn reber() {
    let mut lengths = 0;
    for e in examples(r#""reber": {}"#, &string()) {
        let (x, y) = (index(&e, 0), index(&e, 1));
        let letters = |s: &[u32]| {
            s.iter()
                .map(|&i| "BTSXPVE".as_bytes()[i as usize] as char)
                .collect::<String>()
        };
        let whole = letters(&[x, &y[y.len() - 1..]].concat());
        assert!(whole.starts_with("BTB") || whole.starts_with("BPB"), "{whole}");
        assert!(whole.ends_with(&format!("E{}E", &whole[1..2])), "{whole}");
        for (t, legal) in real(&e, 2).chunks(7).enumerate() {
            assert_eq!(legal[y[t] as usize], 1.0);
            let expected = match t {
                1 => 1.0,
                t if t + 2 >= x.len() => 1.0,
                _ => 2.0,
            };
            let sum: f64 = legal.iter().sum();
            assert!(sum == expected || sum == 1.0 && t == x.len() - 3, "{whole} {t}");
        }
        lengths += whole.len();
    }
    // 7 symbols of frame and choice, and on average 6 more.
    assert!((10..14).contains(&(lengths / 300)), "{}", lengths / 300);
    let long = examples(r#""reber": {"grammar": "plain", "strings": 50}"#, &string());
    assert!(index(&long[0], 0).iter().filter(|&&s| s == 0).count() == 50);
}

#[test]
fn counting_and_letters() {
    let slots = [
        slot("x", Some(3), &[], &[1]),
        slot("y", Some(3), &[], &[1]),
        slot("legal", None, &[3], &[1]),
    ];
    for e in examples(r#""counting": {"shortest": 1, "longest": 3}"#, &slots) {
        let n = (index(&e, 0).len() - 1) / 2;
        assert_eq!(index(&e, 0), [vec![0], vec![1; n], vec![2; n]].concat());
        assert_eq!(index(&e, 1), [vec![1; n], vec![2; n], vec![0]].concat());
        let sums: Vec<f64> = real(&e, 2).chunks(3).map(|l| l.iter().sum()).collect();
        let mut expected = vec![1.0; 2 * n + 1];
        expected[1..=n].fill(2.0);
        assert_eq!(sums, expected);
        assert!(
            index(&e, 1)
                .iter()
                .zip(real(&e, 2).chunks(3))
                .all(|(&y, l)| l[y as usize] == 1.0)
        );
    }
    let slots = [slot("x", Some(6), &[], &[1]), slot("vowel", None, &[], &[1])];
    for e in examples(r#""letters": {"words": 9}"#, &slots) {
        let text: String = index(&e, 0)
            .iter()
            .map(|&i| "bdgaiu".as_bytes()[i as usize] as char)
            .collect();
        let left = text.replace("ba", "").replace("dii", "").replace("guuu", "");
        assert_eq!(left, "");
        assert_eq!(real(&e, 1).iter().filter(|&&v| v == 0.0).count(), 9);
    }
    let slots = [slot("x", Some(2), &[], &[1]), slot("known", None, &[], &[1])];
    for e in examples(r#""temporal_xor": {"length": 30}"#, &slots) {
        let (x, known) = (index(&e, 0), real(&e, 1));
        for t in (0..29).filter(|&t| known[t] == 1.0) {
            assert_eq!(x[t + 1], x[t] ^ x[t - 1]);
        }
    }
}

#[test]
fn temporal_order() {
    for relevant in [2, 3] {
        let slots = [slot("x", Some(8), &[], &[1]), slot("y", Some(1 << relevant), &[], &[])];
        for e in examples(&format!(r#""temporal_order": {{"relevant": {relevant}}}"#), &slots) {
            let x = index(&e, 0);
            let marks: Vec<u32> = x.iter().filter(|&&s| s == 4 || s == 5).copied().collect();
            assert_eq!((marks.len(), x[0], x[x.len() - 1]), (relevant, 6, 7));
            let class = marks.iter().fold(0, |c, m| 2 * c + m - 4);
            assert_eq!(class, index(&e, 1)[0]);
            assert!((100..=110).contains(&x.len()));
        }
    }
}

#[test]
fn series() {
    let scalar = [slot("x", None, &[], &[1]), slot("y", None, &[], &[1])];
    for (task, mean, low, high) in [
        ("mackey_glass", -0.07, -0.8, 0.5),
        ("narma", 0.25, 0.0, 0.5),
        ("moving_average", 0.0, -6.0, 6.0),
    ] {
        let all = examples(&format!(r#""{task}": {{"length": 400}}"#), &scalar);
        let x: Vec<f64> = all.iter().flat_map(|e| real(e, 0).to_vec()).collect();
        let m = x.iter().sum::<f64>() / x.len() as f64;
        assert!((m - mean).abs() < 0.03, "{task}: {m}");
        assert!(x.iter().all(|x| (low..=high).contains(x)), "{task}");
    }
    let e = &examples(r#""mackey_glass": {"length": 50, "horizon": 3}"#, &scalar)[0];
    assert_eq!(real(e, 0)[3..], real(e, 1)[..47]);
    let e = &examples(r#""narma": {"length": 50}"#, &scalar)[0];
    let (u, y) = (real(e, 0), real(e, 1));
    for t in 10..49 {
        let sum: f64 = y[t - 9..=t].iter().sum();
        let next = 0.3 * y[t] + 0.05 * y[t] * sum + 1.5 * u[t - 8] * u[t + 1] + 0.1;
        assert!((y[t + 1] - next).abs() < 1e-12);
    }
    let vector = [slot("x", None, &[3], &[1]), slot("y", None, &[3], &[1])];
    let e = &examples(r#""lorenz": {"length": 2000}"#, &vector)[0];
    assert_eq!(real(e, 0)[3..], real(e, 1)[..5997]);
    let (least, most) = real(e, 0)
        .chunks(3)
        .fold((9.0, -9.0), |(a, b), s| (f64::min(a, s[0]), f64::max(b, s[0])));
    assert!(least < -1.0 && most > 1.0, "both wings are visited");
}

#[test]
fn what_an_example_depends_on() {
    let data = open(r#""adding": {}"#, &PAIRS());
    let of = |part, seed, epoch, i| data.example(Pass { part, seed, epoch }, i);
    let one = of(Part::Train, 1, 0, 0);
    assert_eq!(one, of(Part::Train, 1, 0, 0));
    for other in [
        of(Part::Train, 1, 0, 1),
        of(Part::Train, 1, 1, 0),
        of(Part::Train, 2, 0, 0),
        of(Part::Valid, 1, 0, 0),
    ] {
        assert_ne!(one, other);
    }
    assert_ne!(of(Part::Valid, 1, 1, 0), of(Part::Valid, 1, 2, 0));
    let kept = open(r#""adding": {"fresh": false}"#, &PAIRS());
    let of = |epoch| kept.example(pass(Part::Train, epoch), 3);
    assert_eq!(of(0), of(7));
    assert_eq!(kept.examples(Part::Valid), 256);
}

#[test]
fn models_that_ask_for_something_else() {
    let message = |json: &str, slots: &[DataSpec]| {
        let mut data = data::open(&source(json), Path::new(""), &[], None).unwrap();
        data.bind(&spec(slots)).unwrap_err().to_string()
    };
    let [x, y] = PAIRS();
    let z = slot("z", None, &[], &[]);
    let said = message(r#""adding": {}"#, &[x.clone(), z]);
    assert!(
        said.contains("asks for `z: real`, and the task gives `x: [2] over t`, `y: real`"),
        "{said}"
    );
    let said = message(r#""adding": {}"#, &[slot("x", None, &[3], &[1]), y.clone()]);
    assert!(said.contains("`x: [3] over t`"), "{said}");
    let said = message(r#""adding": {}"#, &[slot("x", None, &[2], &[]), y.clone()]);
    assert!(said.contains("`x: [2]`"), "{said}");
    let same = [slot("x", Some(8), &[], &[1]), slot("y", Some(9), &[], &[1])];
    assert!(message(r#""reversal": {}"#, &same).contains("another length"));
    let mut fixed = spec(&[x, y]);
    fixed.axes[1].steps = Some(3);
    let mut data = data::open(&source(r#""adding": {}"#), Path::new(""), &[], None).unwrap();
    assert!(data.bind(&fixed).unwrap_err().to_string().contains("is fixed"));
}

#[test]
fn settings_out_of_range() {
    for (json, expected) in [
        (r#""adding": {"length": 5}"#, "`data.adding.length`: must be at least 6"),
        (r#""adding": {"lenght": 5}"#, "unknown field `lenght`"),
        (r#""reversal": {"shortest": 5, "longest": 4}"#, "at least `shortest`"),
        (r#""temporal_order": {"relevant": 4}"#, "must be 2 or 3"),
        (r#""narma": {"length": 100000000}"#, "at most 10000000"),
        (r#""echo": {"examples": 0}"#, "`data.echo.examples`"),
    ] {
        let message = Regime::from_json(&format!(r#"{{"data": {{{json}}}}}"#))
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{json}: {message}");
    }
}

#[test]
fn a_second_name_of_an_axis_has_its_lengths() {
    let slots = [slot("x", Some(10), &[], &[1]), slot("y", Some(9), &[], &[1])];
    let mut model = spec(&slots);
    let second = AxisSpec {
        like: Some(1),
        ..axis("s")
    };
    model.axes.push(second);
    let mut data = data::open(
        &source(r#""copying": {"length": 3, "blanks": 2}"#),
        Path::new(""),
        &[],
        None,
    )
    .unwrap();
    data.bind(&model).unwrap_or_else(|e| panic!("{e}"));
    let e = data.example(pass(Part::Train, 0), 0);
    assert_eq!(e.lengths[1], e.lengths[2]);
}

#[test]
fn sizes_are_those_that_types_name() {
    let asks = |name: &str, index, size: &str| Declared {
        name: name.into(),
        target: false,
        index,
        sizes: vec![Some(size.into())],
        axes: vec!["t".into()],
    };
    let sizes = |json: &str, declared: &[Declared]| {
        let data = data::open(&source(json), Path::new(""), declared, None).unwrap();
        data.sizes()
    };
    let all = [
        asks("legal", false, "n"),
        asks("y", true, "symbols"),
        asks("z", true, "m"),
    ];
    let bound = [("n".to_owned(), 7), ("symbols".to_owned(), 7)];
    assert_eq!(sizes(r#""reber": {}"#, &all), bound);
    let one = [asks("x", true, "k"), asks("y", true, "k")];
    assert_eq!(sizes(r#""reversal": {"symbols": 4}"#, &one), [("k".to_owned(), 5)]);
    assert_eq!(sizes(r#""adding": {}"#, &[]), []);
}

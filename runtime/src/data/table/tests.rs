use super::*;
use crate::data::{Part, Pass, Values};
use std::io::Write;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in files {
        std::fs::write(dir.path().join(file), text).unwrap();
    }
    dir
}

fn declared(name: &str, index: bool, sizes: &[Option<&str>], axes: &[&str]) -> Declared {
    Declared {
        name: name.into(),
        target: false,
        index,
        sizes: sizes.iter().map(|s| s.map(str::to_owned)).collect(),
        axes: axes.iter().map(|a| (*a).to_owned()).collect(),
    }
}

/// `x: [d] over t`, `y: index[k] over t`, `z: index[m]`.
fn xyz() -> Vec<Declared> {
    vec![
        declared("x", false, &[Some("d")], &["t"]),
        declared("y", true, &[Some("k")], &["t"]),
        declared("z", true, &[Some("m")], &[]),
    ]
}

fn spec(declared: &[Declared], sizes: &[(String, usize)]) -> ModelSpec {
    let axis = |name: &str| AxisSpec {
        name: name.into(),
        steps: None,
        like: None,
    };
    let size = |s: &Option<String>| {
        let name = s.as_ref().unwrap();
        sizes.iter().find(|(n, _)| n == name).map_or(1, |(_, n)| *n)
    };
    let mut axes = vec![axis("batch")];
    let mut data = Vec::new();
    for d in declared {
        let of: Vec<usize> = d
            .axes
            .iter()
            .map(|a| match axes.iter().position(|x| x.name == *a) {
                Some(i) => i,
                None => {
                    axes.push(axis(a));
                    axes.len() - 1
                }
            })
            .collect();
        let shape: Vec<usize> = d.sizes.iter().map(size).collect();
        data.push(DataSpec {
            name: d.name.clone(),
            target: d.target,
            classes: d.index.then(|| shape[0]),
            shape: if d.index { vec![] } else { shape },
            axes: of,
        });
    }
    ModelSpec {
        name: "m".into(),
        axes,
        data,
        ..ModelSpec::default()
    }
}

fn open(settings: &regime::Table, format: Format, dir: &Path, declared: &[Declared]) -> Result<Table, Error> {
    let mut table = Table::open(settings, format, dir, declared, None)?;
    let sizes = table.sizes.clone();
    table.bind(&spec(declared, &sizes))?;
    Ok(table)
}

fn csv(path: &str) -> regime::Table {
    regime::Table {
        split: Some(1.0),
        ..regime::Table::new(path)
    }
}

fn example(table: &Table, part: Part, index: usize) -> Example {
    let pass = Pass {
        part,
        seed: 0,
        epoch: 0,
    };
    table.example(pass, index)
}

fn error(settings: &regime::Table, format: Format, dir: &Path, declared: &[Declared]) -> String {
    open(settings, format, dir, declared).err().unwrap().to_string()
}

#[test]
fn rows_between_empty_lines() {
    let text = "\nx1,y,x2,z\n1,a,2,p\n3,b,4,p\n\n\n5,a,6,q\n";
    let dir = folder(&[("a.csv", text), ("crlf.csv", &text.replace('\n', "\r\n"))]);
    for file in ["a.csv", "crlf.csv"] {
        let table = open(&csv(file), Format::Csv, dir.path(), &xyz()).unwrap();
        assert_eq!(table.examples(Part::Train), 2);
        let sizes: Vec<(&str, usize)> = table.sizes.iter().map(|(n, s)| (n.as_str(), *s)).collect();
        assert_eq!(sizes, [("d", 2), ("k", 2), ("m", 2)]);
        assert_eq!(table.encoding.vocabularies["z"].symbols, ["p", "q"]);
        let first = example(&table, Part::Train, 0);
        assert_eq!(first.lengths, [1, 2]);
        assert_eq!(
            first.columns,
            [
                Values::Real(vec![1.0, 2.0, 3.0, 4.0]),
                Values::Index(vec![0, 1]),
                Values::Index(vec![0])
            ]
        );
        assert_eq!(example(&table, Part::Train, 1).lengths, [1, 1]);
    }
}

#[test]
fn groups_windows_names_and_renamed_columns() {
    let rows = "7 1 a 0\n8 2 b 2\n7 3 c 0\n8 4 d 2\n8 5 e 2\n";
    let dir = folder(&[("a.txt", rows)]);
    let settings = regime::Table {
        names: ["id", "v", "w", "c"].map(String::from).to_vec(),
        separator: Some("space".into()),
        group: Some("id".into()),
        columns: ["x = v", "y=w", "z = c"].map(String::from).to_vec(),
        ..csv("a.txt")
    };
    let table = open(&settings, Format::Csv, dir.path(), &xyz()).unwrap();
    let second = example(&table, Part::Train, 1);
    assert_eq!(second.lengths, [1, 3]);
    assert_eq!(second.columns[0], Values::Real(vec![2.0, 4.0, 5.0]));
    assert_eq!(second.columns[2], Values::Index(vec![2]));
    assert_eq!(table.sizes[2], ("m".to_owned(), 3));
    let windows = regime::Table {
        window: Some(2),
        ..settings
    };
    let table = open(&windows, Format::Csv, dir.path(), &xyz()).unwrap();
    assert_eq!(table.examples(Part::Train), 3);
    let last = example(&table, Part::Train, 2);
    assert_eq!(
        (last.lengths, last.columns[2].clone()),
        (vec![1, 1], Values::Index(vec![2]))
    );
    assert_eq!(last.columns[0], Values::Real(vec![5.0]));
}

#[test]
fn texts_in_cells_are_sequences() {
    let dir = folder(&[("a.csv", "y,z\n\"ab\",p\nb,q\n")]);
    let data = vec![
        declared("y", true, &[Some("k")], &["t"]),
        declared("z", true, &[Some("m")], &[]),
    ];
    let settings = regime::Table {
        characters: vec!["y".into()],
        ..csv("a.csv")
    };
    let table = open(&settings, Format::Csv, dir.path(), &data).unwrap();
    assert_eq!(example(&table, Part::Train, 0).columns[0], Values::Index(vec![0, 1]));
    assert_eq!(example(&table, Part::Train, 1).lengths, [1, 1]);
}

#[test]
fn lines_of_json_over_two_axes_with_empty_sequences() {
    let text = r#"{"source": "the cat", "goal": ["le", "chat"], "v": [[1, 2], [3, 4.5]]}

{"source": "", "goal": ["le"], "v": [[0, 1]]}"#;
    let dir = folder(&[("a.jsonl", text)]);
    let data = vec![
        declared("source", true, &[Some("V")], &["s"]),
        declared("goal", true, &[Some("V")], &["t"]),
        declared("v", false, &[Some("d")], &["t"]),
    ];
    let table = open(&csv("a.jsonl"), Format::Jsonl, dir.path(), &data).unwrap();
    // The same size, the same vocabulary.
    assert_eq!(
        table.encoding.vocabularies["source"].symbols,
        ["cat", "chat", "le", "the"]
    );
    assert_eq!(table.sizes, [("V".to_owned(), 4), ("d".to_owned(), 2)]);
    let first = example(&table, Part::Train, 0);
    assert_eq!(
        (first.lengths, first.columns[0].clone()),
        (vec![1, 2, 2], Values::Index(vec![3, 0]))
    );
    let second = example(&table, Part::Train, 1);
    assert_eq!(
        (second.lengths, second.columns[0].clone()),
        (vec![1, 0, 1], Values::Index(vec![]))
    );
    assert_eq!(second.columns[2], Values::Real(vec![0.0, 1.0]));
}

#[test]
fn bits_that_are_on() {
    let dir = folder(&[("a.jsonl", "{\"x\": [[0, 2], [], [1]]}")]);
    let data = [declared("x", false, &[Some("n")], &["t"])];
    let settings = regime::Table {
        on: vec!["x".into()],
        ..csv("a.jsonl")
    };
    let table = open(&settings, Format::Jsonl, dir.path(), &data).unwrap();
    let bits = vec![1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(example(&table, Part::Train, 0).columns, [Values::Real(bits)]);
    let mut few = spec(&data, &[("n".to_owned(), 2)]);
    few.data[0].shape = vec![2];
    let mut table = Table::open(&settings, Format::Jsonl, dir.path(), &data, None).unwrap();
    let message = table.bind(&few).unwrap_err().to_string();
    assert!(
        message.contains("a.jsonl:1, `x`: expected bits from 0 to 1, found [0, 2]"),
        "{message}"
    );
}

fn npz(path: &Path, arrays: &[(&str, &str, &str, Vec<u8>)]) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, kind, shape, data) in arrays {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
        archive.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
        archive.write_all(header.as_bytes()).unwrap();
        archive.write_all(data).unwrap();
    }
    archive.finish().unwrap();
}

fn floats(x: &[f32]) -> Vec<u8> {
    x.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn arrays_packed_and_padded() {
    let dir = folder(&[]);
    let data = [
        declared("x", false, &[Some("d")], &["t"]),
        declared("z", true, &[Some("m")], &[]),
    ];
    npz(
        &dir.path().join("packed.npz"),
        &[
            ("x", "<f4", "(3, 2)", floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            ("z", "|u1", "(2,)", vec![4, 1]),
            (
                "o",
                "<i4",
                "(3,)",
                [0i32, 1, 3].iter().flat_map(|x| x.to_le_bytes()).collect(),
            ),
            ("test", "|u1", "(2,)", vec![1, 0]),
        ],
    );
    let settings = regime::Table {
        offsets: vec!["o".into()],
        part: Some("test".into()),
        ..regime::Table::new("packed.npz")
    };
    let table = open(&settings, Format::Npz, dir.path(), &data).unwrap();
    assert_eq!(
        [Part::Train, Part::Valid, Part::Test].map(|p| table.examples(p)),
        [1, 0, 1]
    );
    let train = example(&table, Part::Train, 0);
    assert_eq!(
        train.columns,
        [Values::Real(vec![3.0, 4.0, 5.0, 6.0]), Values::Index(vec![1])]
    );
    assert_eq!(example(&table, Part::Test, 0).lengths, [1, 1]);
    npz(
        &dir.path().join("padded.npz"),
        &[
            ("x", "<f4", "(2, 2, 1)", floats(&[1.0, f32::NAN, 3.0, 4.0])),
            ("z", "|u1", "(2,)", vec![0, 1]),
            ("n", "|u1", "(2,)", vec![1, 2]),
        ],
    );
    let settings = regime::Table {
        lengths: vec!["t = n".into()],
        ..csv("padded.npz")
    };
    let table = open(&settings, Format::Npz, dir.path(), &data).unwrap();
    assert_eq!(example(&table, Part::Train, 0).columns[0], Values::Real(vec![1.0]));
    let message = error(&csv("padded.npz"), Format::Npz, dir.path(), &data);
    assert!(
        message.contains("`x`: expected a finite number in example 1, step 2, found NaN"),
        "{message}"
    );
}

#[test]
fn parts_by_share_by_order_drawn_and_by_file() {
    let rows: String = (0..10).map(|i| format!("{i},{i}\n")).collect();
    let dir = folder(&[("a.csv", &format!("x,y\n{rows}")), ("b.csv", "x,y\n10,0\n")]);
    let data = [declared("x", false, &[], &[]), declared("y", true, &[Some("k")], &[])];
    let xs = |settings: &regime::Table, part| -> Vec<f64> {
        let table = open(settings, Format::Csv, dir.path(), &data).unwrap();
        let x = |i| match &example(&table, part, i).columns[0] {
            Values::Real(x) => x[0],
            Values::Index(_) => panic!("an index"),
        };
        (0..table.examples(part)).map(x).collect()
    };
    let settings = regime::Table {
        split: Some(0.6),
        test_split: Some(0.2),
        ..regime::Table::new("a.csv")
    };
    let parts = |s: &regime::Table| [Part::Train, Part::Valid, Part::Test].map(|p| xs(s, p));
    let in_order = [vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], vec![6.0, 7.0], vec![8.0, 9.0]];
    assert_eq!(parts(&settings), in_order);
    let drawn = regime::Table {
        shuffle: Some(3),
        ..settings
    };
    let [train, valid, test] = parts(&drawn);
    assert_ne!(train, in_order[0]);
    let mut all = [train, valid, test].concat();
    all.sort_by(f64::total_cmp);
    assert_eq!(all, in_order.concat());
    assert_eq!(xs(&drawn, Part::Train), xs(&drawn, Part::Train));
    let files = regime::Table {
        valid: Some("b.csv".into()),
        ..regime::Table::new("a.csv")
    };
    assert_eq!(parts(&files), [in_order.concat(), vec![10.0], vec![]]);
}

#[test]
fn the_training_part_says_what_is_rare_and_what_is_standard() {
    let dir = folder(&[("a.csv", "x,y\n1,a\n3,a\n5,b\n"), ("b.csv", "x,y\n7,c\n")]);
    let data = [
        declared("x", false, &[Some("d")], &["t"]),
        declared("y", true, &[Some("k")], &["t"]),
    ];
    let settings = regime::Table {
        test: Some("b.csv".into()),
        unknown: vec!["y".into()],
        standardize: vec!["x".into()],
        ..csv("a.csv")
    };
    let table = open(&settings, Format::Csv, dir.path(), &data).unwrap();
    assert_eq!(table.encoding.vocabularies["y"].symbols, ["<unk>", "a"]);
    let std = (8.0f64 / 3.0).sqrt();
    let test = example(&table, Part::Test, 0).columns;
    assert_eq!(test, [Values::Real(vec![4.0 / std]), Values::Index(vec![0])]);
    // What was learnt is kept to, whatever other data say.
    let saved = table.encoding.clone();
    let other = Table::open(&csv("b.csv"), Format::Csv, dir.path(), &data, Some(&saved)).unwrap();
    assert_eq!(other.encoding, saved);
    assert_eq!(
        serde_json::from_str::<Encoding>(&serde_json::to_string(&saved).unwrap()).unwrap(),
        saved
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let dir = folder(&[
        ("ok.csv", "x,y,z\n1,0,0\n2,1,0\n"),
        ("near.csv", "x,why,z\n1,0,0\n"),
        ("nan.csv", "x,y,z\n1,0,0\n\nNaN,1,1\n"),
        ("word.csv", "x,y,z\n1,0,0\nabc,1,0\n"),
        ("empty.csv", ""),
        ("header.csv", "x,y,z\n"),
        ("short.csv", "x,y,z\n1,0\n"),
        ("gap.csv", "x,y,z\n1,,0\n"),
        ("negative.csv", "x,y,z\n1,-1,0\n"),
        ("varies.csv", "x,y,z\n1,0,0\n1,0,1\n"),
        ("bad.jsonl", "{\"x\": [[1]], \"y\": [0], \"z\": 0}\n{\"x\": [[1]"),
        ("key.jsonl", "{\"xs\": [[1]], \"y\": [0], \"z\": 0}"),
        ("null.jsonl", "{\"x\": [[1], [null]], \"y\": [0], \"z\": 0}"),
        ("ragged.jsonl", "{\"x\": [[1], [1, 2]], \"y\": [0], \"z\": 0}"),
        ("lengths.jsonl", "{\"x\": [[1], [1]], \"y\": [0], \"z\": 0}"),
        ("single.jsonl", "{\"x\": 3, \"y\": [0], \"z\": 0}"),
        ("empty.jsonl", "\n"),
        ("no.npz", "PK?"),
    ]);
    for (file, expected) in [
        ("none.csv", "cannot read"),
        ("near.csv", "near.csv: there is no column `y`; it has `x`, `why`, `z`"),
        ("nan.csv", "nan.csv:4, `x`: expected a finite number, found \"NaN\""),
        ("word.csv", "word.csv:3, `x`: expected a number, found \"abc\""),
        ("empty.csv", "empty.csv is empty: expected a line of column names"),
        ("header.csv", "header.csv has no rows"),
        ("short.csv", "short.csv:2: expected 3 columns, found 2"),
        ("gap.csv", "gap.csv:2, `y`: expected a symbol, and there is nothing"),
        (
            "negative.csv",
            "negative.csv:2, `y`: expected a class, a whole number from 0 on, found \"-1\"",
        ),
        (
            "varies.csv",
            "varies.csv:3, `z`: expected \"0\" as in the rows before, found \"1\"",
        ),
        ("bad.jsonl", "bad.jsonl:2:10: expected a JSON object a line"),
        ("key.jsonl", "key.jsonl:1: there is no key `x`; it has `xs`, `y`, `z`"),
        (
            "null.jsonl",
            "null.jsonl:1: `x`: at step 2, expected a number, found null",
        ),
        (
            "ragged.jsonl",
            "ragged.jsonl:1: `x`: at step 2, expected lists of 1 entries, found one of 2",
        ),
        (
            "lengths.jsonl",
            "lengths.jsonl:1, `y`: 1 steps of `y` where `x` has 2, over the same axis",
        ),
        (
            "single.jsonl",
            "single.jsonl:1: `x`: expected a list, one entry a step, found 3",
        ),
        ("empty.jsonl", "empty.jsonl is empty"),
        ("no.npz", "is not an archive of arrays"),
    ] {
        let format = match file.rsplit('.').next() {
            Some("csv") => Format::Csv,
            Some("npz") => Format::Npz,
            _ => Format::Jsonl,
        };
        let message = error(&csv(file), format, dir.path(), &xyz());
        assert!(message.contains(expected), "{file}: {message}");
    }
    let near = [declared("xx_long", false, &[], &[])];
    let columns = regime::Table {
        columns: vec!["xx_long = zz".into()],
        ..csv("ok.csv")
    };
    let message = error(&columns, Format::Csv, dir.path(), &near);
    assert!(message.contains("there is no column `zz`"), "{message}");
    let message = error(
        &regime::Table {
            standardize: vec!["xs".into()],
            ..csv("ok.csv")
        },
        Format::Csv,
        dir.path(),
        &[declared("xyz", false, &[], &[])],
    );
    assert!(message.contains("no input or target `xs`"), "{message}");
}

#[test]
fn labels_out_of_range_and_symbols_that_are_new() {
    let dir = folder(&[("a.csv", "y\n0\n7\n"), ("b.csv", "y\na\nb\n"), ("c.csv", "y\na\nc\n")]);
    let data = [declared("y", true, &[None], &[])];
    let mut table = Table::open(&csv("a.csv"), Format::Csv, dir.path(), &data, None).unwrap();
    let mut spec = spec(&[declared("y", true, &[Some("k")], &[])], &[("k".to_owned(), 7)]);
    let message = table.bind(&spec).unwrap_err().to_string();
    assert!(
        message.contains("a.csv:3, `y`: expected a class from 0 to 6, found 7"),
        "{message}"
    );
    let mut table = Table::open(&csv("b.csv"), Format::Csv, dir.path(), &data, None).unwrap();
    let message = table.bind(&spec).unwrap_err().to_string();
    assert!(message.contains("7 classes, and the data 2 symbols"), "{message}");
    spec.data[0].classes = Some(2);
    table.bind(&spec).unwrap();
    let saved = table.encoding.clone();
    let message = Table::open(&csv("c.csv"), Format::Csv, dir.path(), &data, Some(&saved))
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.contains("c.csv:3, `y`: \"c\" is not in the vocabulary"),
        "{message}"
    );
}

/// Whatever a file holds, it is read or refused.
#[test]
fn damaged_files_are_no_panic() {
    let dir = folder(&[
        ("a.csv", "id,x,y,z\n1,1.5,a,0\n1,2,b,0\n\n2,\"3\",\u{e9},1\n"),
        (
            "a.jsonl",
            "{\"x\": [[1, 2], [3, 4]], \"y\": [\"a\", \"b\"], \"z\": 1}\n{\"x\": [], \"y\": \"\", \"z\": 0}\n",
        ),
    ]);
    npz(
        &dir.path().join("a.npz"),
        &[
            ("x", "<f4", "(3, 2)", floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            (
                "y",
                "<U1",
                "(3,)",
                [97u32, 98, 99].iter().flat_map(|c| c.to_le_bytes()).collect(),
            ),
            ("z", "|u1", "(2,)", vec![4, 1]),
            (
                "o",
                "<i4",
                "(3,)",
                [0i32, 1, 3].iter().flat_map(|x| x.to_le_bytes()).collect(),
            ),
        ],
    );
    let mut random = crate::draw::Stream::new(1, "damage", 0);
    for (file, format) in [
        ("a.csv", Format::Csv),
        ("a.jsonl", Format::Jsonl),
        ("a.npz", Format::Npz),
    ] {
        let settings = regime::Table {
            offsets: vec!["o".into()],
            standardize: vec!["x".into()],
            ..regime::Table::new(format!("damaged-{file}"))
        };
        let whole = std::fs::read(dir.path().join(file)).unwrap();
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len() as u64) as usize;
                match random.below(4) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = random.below(256) as u8,
                    2 => bytes[at] = b"\n,\"[]{}0-e"[random.below(10) as usize],
                    _ => bytes.insert(at, b"\n,\"[]{}0-e"[random.below(10) as usize]),
                }
            }
            std::fs::write(dir.path().join(&settings.path), &bytes).unwrap();
            if let Ok(table) = open(&settings, format, dir.path(), &xyz()) {
                for part in [Part::Train, Part::Valid, Part::Test, Part::Whole] {
                    (0..table.examples(part)).for_each(|i| drop(example(&table, part, i)));
                }
            }
        }
    }
}

#[test]
fn packed_files_are_unpacked() {
    let dir = folder(&[]);
    let file = std::fs::File::create(dir.path().join("a.csv.gz")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    packer.write_all(b"x\n1\n2\n").unwrap();
    packer.finish().unwrap();
    let data = [declared("x", false, &[], &["t"])];
    let table = open(&csv("a.csv.gz"), Format::Csv, dir.path(), &data).unwrap();
    assert_eq!(example(&table, Part::Train, 0).columns, [Values::Real(vec![1.0, 2.0])]);
}

//! `rnnc doc`: pages are whole, links lead somewhere, equations cover the language.

use rnnc::driver::doc::{Book, Page};
use rnnc::driver::load;
use rnnc::source::{FileId, Sources};
use rnnc::syntax::ast::Item;
use rnnc::syntax::parse;
use rnnc::typeset::{self, Scope};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn specs(folder: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    let mut all: Vec<PathBuf> = all.map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.extension().is_some_and(|e| e == "rnn"));
    all.sort();
    all
}

/// Every page of the standard library and of these files.
fn pages(files: &[PathBuf]) -> Vec<Page> {
    let mut book = Book::default();
    for path in files {
        book.add(load::load(path).unwrap());
    }
    book.add_standard();
    book.pages()
}

/// Panics where a tag is not closed, or an attribute has no quotes.
fn whole(name: &str, text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(script) = rest.strip_prefix("<script>") {
            rest = &script[script.find("</script>").expect(name) + "</script>".len()..];
            continue;
        }
        let end = rest.find('>').unwrap_or_else(|| panic!("{name}: {}", &rest[..40]));
        let tag = &rest[1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{name}: <{tag}>");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}: </{closed}>");
        } else if !tag.starts_with('!') && !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{name}: {open:?}");
    for (at, _) in text.match_indices('&') {
        let entity: String = text[at + 1..].chars().take_while(|c| *c != ';').take(6).collect();
        assert!(
            ["amp", "lt", "gt", "quot"].contains(&entity.as_str()),
            "{name}: &{entity}"
        );
    }
}

#[test]
fn pages_are_whole_and_links_lead_somewhere() {
    let examples = specs("examples");
    let some: Vec<PathBuf> = examples.into_iter().step_by(5).collect();
    let pages = pages(&some);
    let mut anchors = BTreeSet::new();
    for page in &pages {
        assert!(anchors.insert(page.name.clone()), "{} twice", page.name);
        for (at, _) in page.text.match_indices(" id=\"") {
            let id = page.text[at + 5..].split('"').next().unwrap();
            assert!(
                anchors.insert(format!("{}#{id}", page.name)),
                "{}#{id} twice",
                page.name
            );
        }
    }
    for page in &pages {
        whole(&page.name, &page.text);
        assert!(
            !page.text.contains("src=") && !page.text.contains("url("),
            "{}",
            page.name
        );
        for (at, _) in page.text.match_indices("href=\"") {
            let href = page.text[at + 6..].split('"').next().unwrap();
            let address = match href.starts_with('#') {
                true => format!("{}{href}", page.name),
                false => href.to_string(),
            };
            assert!(anchors.contains(&address), "{}: {href} leads nowhere", page.name);
        }
    }
    let cells = &pages.iter().find(|p| p.name == "std-cells.html").unwrap().text;
    golden("lstm.html", article(cells, "lstm"));
    let tasks = &pages.iter().find(|p| p.name == "std-simple.html").unwrap().text;
    golden("clockwork.html", article(tasks, "clockwork"));
    let sums = &pages.iter().find(|p| p.name == "std-functions.html").unwrap().text;
    golden("log_softmax.html", article(sums, "log_softmax"));
}

/// An item without what uses it.
fn article<'a>(page: &'a str, id: &str) -> &'a str {
    let from = page.find(&format!("<article id=\"{id}\">")).unwrap();
    &page[from..from + page[from..].find("<dt>Uses").unwrap()]
}

fn golden(name: &str, found: &str) {
    let path = Path::new(ROOT).join("tests/doc").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        found,
        "BLESS=1 rewrites {name}"
    );
}

/// Also of what no compiler accepts yet: the syntax tree alone is enough.
#[test]
fn every_construct_is_typeset() {
    let mut files = [
        specs("std"),
        specs("examples"),
        specs("tests/specs"),
        specs("tests/explain"),
    ]
    .concat();
    files.retain(|p| p.file_stem().is_some_and(|s| s != "layout"));
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let mut sources = Sources::default();
        let file: FileId = sources.add("spec.rnn", text.as_str());
        let (tree, _) = parse(&sources, file);
        for item in &tree.items {
            let (sizes, inputs, body) = match item {
                Item::Fn(i) => (&[][..], &i.inputs[..], &i.body),
                Item::Layer(i) => (&i.sizes[..], &i.inputs[..], &i.body),
                Item::Model(i) => (&i.sizes[..], &[][..], &i.body),
                Item::Use(_) | Item::Const(_) | Item::Train(_) => continue,
            };
            let set = typeset::equations(body, &Scope::of_body(sizes, inputs, body), &|_| None);
            whole(&path.display().to_string(), &set);
        }
    }
}

/// What the syntax tree of one equation is on paper, without the tags.
#[test]
fn signs_of_paper() {
    let of = |equation: &str| {
        let mut sources = Sources::default();
        let file = sources.add("spec.rnn", format!("cell f(n)(x) -> h {{ {equation} }}"));
        let (tree, found) = parse(&sources, file);
        assert!(!found.has_errors(), "{equation}");
        let Item::Layer(item) = &tree.items[0] else { panic!() };
        let mut scope = Scope::of_body(&item.sizes, &item.inputs, &item.body);
        for name in ["x", "h"] {
            scope.axes.insert(name.into(), vec!["t".into()]);
        }
        let set = typeset::equations(&item.body, &scope, &|_| None);
        let mut out = String::new();
        for part in set.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap();
            match tag.trim_start_matches('/') {
                "msub" | "msubsup" if tag.starts_with('/') => out.push('}'),
                "msub" | "msubsup" => out.push('{'),
                "msup" | "mfrac" | "msqrt" if tag.starts_with('/') => out.push('}'),
                "msup" | "mfrac" | "msqrt" => out.push_str(&format!("{tag}{{")),
                _ => {}
            }
            out.push_str(text.trim());
        }
        out.replace("&lt;", "<").replace("&gt;", ">")
    };
    assert_eq!(of("h = x * h[t-1];"), "{ht}={xt}⊙{ht−1}");
    assert_eq!(of("h = n * x + 2 * x;"), "{ht}=n·{xt}+2{xt}");
    assert_eq!(of("h = x - (x - x);"), "{ht}={xt}−({xt}−{xt})");
    assert_eq!(of("h = (x + x) * x / 2;"), "{ht}=mfrac{({xt}+{xt})⊙{xt}2}");
    assert_eq!(of("h = -x * x;"), "{ht}=(−{xt})⊙{xt}");
    assert_eq!(of("h = tanh(x) ++ sigmoid(x) ++ x;"), "{ht}=[tanh({xt});σ({xt});{xt}]");
    assert_eq!(
        of("h = where(x > 0, x, exp(x));"),
        "{ht}={{xt}if{xt}>0exp({xt})otherwise"
    );
    assert_eq!(of("h = (x == 1) * x;"), "{ht}=[{xt}=1]⊙{xt}");
    assert_eq!(of("h = x when t % 2 == 0;"), "{ht}={{xt}iftmod2=0{ht−1}otherwise");
    assert_eq!(of("h = sum(x * x) / sqrt(n);"), "{ht}=mfrac{∑{xt}⊙{xt}msqrt{n}}");
    assert_eq!(of("h = sum(x + x);"), "{ht}=∑({xt}+{xt})");
    assert_eq!(
        of("z[0] = x; for l in 1..n { z[l] = z[l-1]; } h = z[n];"),
        "msup{z(0)}={xt}msup{z(l)}=msup{z(l−1)}forl=1,…,n{ht}=msup{z(n)}"
    );
    assert_eq!(of("h = slice(x, n, n);"), "{ht}={xt}[n:2n]");
    assert_eq!(of("h: [n, 4 * x] = x |> m;"), "{ht}={xt}▷m∈msup{ℝn×4{dx}}");
    assert_eq!(
        of("h = dot(x, x) * x; h[0] = 1e30;"),
        "{ht}=msup{{xt}⊤}{xt}·{xt}{h0}=msup{1030}"
    );
}

#[test]
fn the_program_writes_pages() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doc");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let run = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_rnnc"))
            .args(args)
            .current_dir(&folder)
            .output()
            .unwrap();
        (
            out.status.code(),
            String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap(),
        )
    };
    fs::write(folder.join("index.rnn"), "use \"parts.rnn\";\n\n/// One <b>cell</b>: see `half`.\nmodel net {\n    input x: [3] over t;\n    h: [2] = half(affine(x, h[t-1]));\n    output h;\n}\n").unwrap();
    fs::write(folder.join("parts.rnn"), "fn half(x) -> y { y = x / 2; }\n").unwrap();
    let (code, said) = run(&["doc", "index.rnn", "parts.rnn", "--out", "pages"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "3 pages; start with pages/index.html\n")
    );
    let page = fs::read_to_string(folder.join("pages/index-2.html")).unwrap();
    assert!(
        page.contains("<a href=\"parts.html#half\"><code>half</code></a>"),
        "{page}"
    );
    assert!(page.contains("&lt;b&gt;cell"), "{page}");
    let parts = fs::read_to_string(folder.join("pages/parts.html")).unwrap();
    assert!(
        parts.contains("<dt>Used by</dt><dd><a href=\"index-2.html#model-net\">net</a></dd>"),
        "{parts}"
    );
    fs::write(
        folder.join("wrong.rnn"),
        "model net {\n    input x: [3] over t;\n    output y = z;\n}\n",
    )
    .unwrap();
    let (code, said) = run(&["doc", "wrong.rnn", "--out", "none"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("error[E0101]"), "{said}");
    assert!(!folder.join("none").exists());
    let (code, said) = run(&["doc", "absent.rnn"]);
    assert!(code == Some(1) && said.contains("absent.rnn"), "{said}");
}

//! The language server, spoken to by a client over its standard input and output.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    folder: PathBuf,
    last: i64,
    /// What was published last of each text.
    published: Vec<(String, Value)>,
}

impl Client {
    fn new(name: &str) -> Client {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lsp").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rnnc"))
            .arg("lsp")
            .env("RNNC_CACHE", folder.join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let published = Vec::new();
        let mut client = Client {
            child,
            to,
            from,
            folder,
            last: 0,
            published,
        };
        let answer = client.ask("initialize", json!({ "capabilities": {} }));
        assert!(answer["capabilities"]["hoverProvider"].as_bool().unwrap(), "{answer}");
        client.tell("initialized", json!({}));
        client
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.folder.join(file).display())
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        write!(
            self.to.as_mut().unwrap(),
            "Content-Length: {}\r\n\r\n{text}",
            text.len()
        )
        .unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "method": method, "params": params }));
    }

    fn response(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(json!({ "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
            self.keep(&message);
        }
    }

    fn keep(&mut self, message: &Value) {
        assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
        let uri = message["params"]["uri"].as_str().unwrap().to_string();
        self.published.retain(|(u, _)| *u != uri);
        self.published.push((uri, message["params"].clone()));
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let response = self.response(method, params);
        assert!(response["error"].is_null(), "{method}: {response}");
        response["result"].clone()
    }

    fn open(&mut self, file: &str, text: &str) {
        let document = json!({ "uri": self.uri(file), "languageId": "rnn", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, file: &str, version: i64, text: &str) {
        let document = json!({ "uri": self.uri(file), "version": version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    /// Waits for what is said of a version of a text.
    fn diagnostics(&mut self, file: &str, version: i64) -> Vec<Value> {
        let uri = self.uri(file);
        loop {
            let found = self
                .published
                .iter()
                .find(|(u, p)| *u == uri && p["version"] == version);
            if let Some((_, params)) = found {
                return params["diagnostics"].as_array().unwrap().clone();
            }
            let message = self.receive();
            self.keep(&message);
        }
    }

    /// A request about the place marked by `§` in the text, which must be open without the mark.
    #[track_caller]
    fn at(&mut self, method: &str, file: &str, marked: &str, more: Value) -> Value {
        let params = self.place(file, marked, more);
        self.ask(method, params)
    }

    fn place(&self, file: &str, marked: &str, more: Value) -> Value {
        let before = marked.split('§').next().unwrap();
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap().encode_utf16().count();
        let mut params = json!({
            "textDocument": { "uri": self.uri(file) }, "position": { "line": line, "character": character },
        });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    }

    fn labels(&mut self, file: &str, version: i64, marked: &str) -> Vec<String> {
        self.change(file, version, &marked.replacen('§', "", 1));
        let list = self.at("textDocument/completion", file, marked, json!({}));
        let list = list.as_array().unwrap();
        list.iter().map(|c| c["label"].as_str().unwrap().to_string()).collect()
    }

    fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.to = None;
        assert!(self.child.wait().unwrap().success());
    }
}

const SPEC: &str = "/// Words.
model words(vocab, n = 8) {
    input word: index[vocab] over t;
    target tag: index[3] over t;
    h = word |> embed(4) |> lstm(n);
    logits = affine(h);
    tag ~ categorical(logits);
    output c = h.c;
}
";

/// The text with a `§` before the nth occurrence of a word.
fn mark(text: &str, word: &str, nth: usize) -> String {
    let (at, _) = text.match_indices(word).nth(nth).unwrap();
    format!("{}§{}", &text[..at], &text[at..])
}

#[test]
fn hovers_say_what_a_name_is() {
    let mut client = Client::new("hover");
    client.open("words.rnn", SPEC);
    assert_eq!(client.diagnostics("words.rnn", 1), [] as [Value; 0]);
    let mut says = |word: &str, nth: usize, texts: &[&str]| {
        let hover = client.at("textDocument/hover", "words.rnn", &mark(SPEC, word, nth), json!({}));
        let value = hover["contents"]["value"].as_str().unwrap_or_default();
        texts
            .iter()
            .for_each(|t| assert!(value.contains(t), "{word}: {t} is missing in\n{value}"));
    };
    // 97 stands in for `vocab`: an embedding of 4 x 97, and four gates of 8 x (4 + 8 + 1).
    says(
        "h =",
        0,
        &[
            "`h: [8] over t`",
            "state: read at `t-1`",
            "step by step along t",
            "804 parameters, were vocab = 97",
        ],
    );
    says(
        "logits",
        0,
        &[
            "`logits: [3] over t`",
            "no state",
            "all steps of t at once",
            "27 parameters",
        ],
    );
    says(
        "word:",
        0,
        &["input word: index[vocab] over t", "`word: index[vocab] over t`"],
    );
    says(
        "lstm",
        0,
        &[
            "cell lstm(n, forget_bias = 1)(x) -> h",
            "Hochreiter & Schmidhuber 1997",
            "std/cells.rnn",
        ],
    );
    says("words(", 0, &["model words(vocab, n = 8)", "Words.", "831 parameters"]);
    says("n)", 0, &["n"]);
    says("c;", 0, &["c = f * c[t-1] + i * g"]);
    says("categorical", 0, &["categorical(prob: p)"]);
    let nothing = client.at("textDocument/hover", "words.rnn", &mark(SPEC, "{", 0), json!({}));
    assert!(nothing.is_null(), "{nothing}");
    client.end();
}

#[test]
fn definitions_lead_into_the_standard_library() {
    let mut client = Client::new("definition");
    client.open("words.rnn", SPEC);
    let found = client.at(
        "textDocument/definition",
        "words.rnn",
        &mark(SPEC, "lstm", 0),
        json!({}),
    );
    let path = found["uri"].as_str().unwrap().strip_prefix("file://").unwrap();
    let line = found["range"]["start"]["line"].as_u64().unwrap() as usize;
    let text = fs::read_to_string(path).unwrap();
    assert!(text.lines().nth(line).unwrap().starts_with("cell lstm("), "{found}");
    // The library's own file is a text like any other.
    client.open("cells.rnn", &text);
    assert_eq!(client.diagnostics("cells.rnn", 1), [] as [Value; 0]);
    let own = client.at("textDocument/definition", "words.rnn", &mark(SPEC, "h)", 0), json!({}));
    assert_eq!(
        (&own["uri"], &own["range"]["start"]["line"]),
        (&json!(client.uri("words.rnn")), &json!(4))
    );
    let places = client.at(
        "textDocument/references",
        "words.rnn",
        &mark(SPEC, "h =", 0),
        json!({ "context": { "includeDeclaration": true } }),
    );
    assert_eq!(places.as_array().unwrap().len(), 3, "{places}");
    let marks = client.at(
        "textDocument/documentHighlight",
        "words.rnn",
        &mark(SPEC, "tag:", 0),
        json!({}),
    );
    assert_eq!(marks.as_array().unwrap().len(), 2, "{marks}");
    client.end();
}

#[test]
fn names_are_changed_everywhere() {
    let mut client = Client::new("rename");
    let cells = "cell mine(n, keep = 0.5)(x) -> h {\n    h: [n] = keep * h[t-1] + linear(x);\n}\n";
    let spec = "use \"cells.rnn\";\nmodel m {\n    input x: [3] over t;\n    y = mine(x, n: 4, keep: 0.9);\n    output y;\n}\n";
    fs::write(client.folder.join("cells.rnn"), "").unwrap();
    // What is open counts, not what is on the disk.
    client.open("cells.rnn", cells);
    client.open("m.rnn", spec);
    assert_eq!(client.diagnostics("m.rnn", 1), [] as [Value; 0]);
    let edits = |answer: &Value| -> Vec<(String, usize)> {
        let files = answer["documentChanges"].as_array().unwrap().iter();
        files
            .map(|f| {
                let uri = f["textDocument"]["uri"].as_str().unwrap();
                (
                    uri.rsplit('/').next().unwrap().to_string(),
                    f["edits"].as_array().unwrap().len(),
                )
            })
            .collect()
    };
    let answer = client.at(
        "textDocument/rename",
        "m.rnn",
        &mark(spec, "mine", 0),
        json!({ "newName": "ours" }),
    );
    assert_eq!(edits(&answer), [("m.rnn".into(), 1), ("cells.rnn".into(), 1)]);
    let answer = client.at(
        "textDocument/rename",
        "m.rnn",
        &mark(spec, "keep", 0),
        json!({ "newName": "stay" }),
    );
    assert_eq!(edits(&answer), [("m.rnn".into(), 1), ("cells.rnn".into(), 2)]);
    let answer = client.at(
        "textDocument/rename",
        "m.rnn",
        &mark(spec, "y =", 0),
        json!({ "newName": "z" }),
    );
    assert_eq!(edits(&answer), [("m.rnn".into(), 2)]);
    for (word, to, why) in [
        ("linear", "x", "standard library"),
        ("mine", "model", "cannot be a name"),
        ("mine", "a b", "cannot be a name"),
        ("keep", "n", "already defined"),
        ("->", "x", "nothing"),
    ] {
        let params = client.place("cells.rnn", &mark(cells, word, 0), json!({ "newName": to }));
        let answer = client.response("textDocument/rename", params);
        assert!(answer["error"]["message"].as_str().unwrap().contains(why), "{answer}");
    }
    let range = client.at("textDocument/prepareRename", "m.rnn", &mark(spec, "mine", 0), json!({}));
    assert_eq!(range["end"]["character"], 12);
    client.end();
}

#[test]
fn completion_knows_the_place() {
    let mut client = Client::new("completion");
    client.open("c.rnn", "");
    let mut version = 1;
    for (marked, there, not_there) in [
        ("§", &["model", "cell", "train"][..], &["lstm", "input"][..]),
        ("mod§", &["model"], &["input"]),
        (
            "model m {\n    §\n}\n",
            &["input", "target", "output"],
            &["model", "adam"],
        ),
        ("cell c(n)(x) -> h {\n    §\n}\n", &["param", "x", "n"], &["input"]),
        (
            "model m {\n    input x: [3] over t;\n    h = §\n}\n",
            &["x", "lstm", "softmax", "tanh", "t"],
            &["input", "adam"],
        ),
        (
            "model m {\n    input x: [3] over t;\n    h = lstm(8)(x);\n    c = h.§;\n}\n",
            &["c", "i", "f"],
            &["x", "lstm"],
        ),
        (
            "model m {\n    target y: real;\n    y ~ §\n}\n",
            &["normal", "categorical"],
            &["lstm"],
        ),
        (
            "model m {\n    param w: [3] ~ §\n}\n",
            &["glorot", "zeros"],
            &["categorical"],
        ),
        ("model m {\n    input x: §\n}\n", &["index", "real", "bit"], &["lstm"]),
        (
            "model m {\n    input x: [3] over t;\n    y = sum(x, over: §);\n}\n",
            &["t"],
            &["x"],
        ),
        ("model m {}\ntrain §", &["m"], &["lstm"]),
        (
            "model m {}\ntrain m {\n    §\n}\n",
            &["data", "optimizer", "batch"],
            &["input"],
        ),
        (
            "model m {}\ntrain m {\n    optimizer §\n}\n",
            &["adam", "sgd"],
            &["chars"],
        ),
        (
            "model m {}\ntrain m {\n    optimizer adam(§);\n}\n",
            &["lr", "beta1"],
            &["adam"],
        ),
    ] {
        version += 1;
        let labels = client.labels("c.rnn", version, marked);
        let has = |l: &&&str| labels.iter().any(|x| x == **l);
        assert!(there.iter().all(|l| has(&l)), "{marked}: {labels:?}");
        assert!(!not_there.iter().any(|l| has(&l)), "{marked}: {labels:?}");
    }
    client.end();
}

#[test]
fn diagnostics_come_with_their_fixes() {
    let mut client = Client::new("fixes");
    let text = "model m {\n    input x: [3] over t;\n    h = lstmm(8)(x);\n    output h;\n}\n";
    client.open("m.rnn", text);
    let found = client.diagnostics("m.rnn", 1);
    assert_eq!(
        (found.len(), &found[0]["code"], &found[0]["range"]["start"]["line"]),
        (1, &json!("E0101"), &json!(2))
    );
    let uri = client.uri("m.rnn");
    let params =
        json!({ "textDocument": { "uri": uri }, "range": found[0]["range"], "context": { "diagnostics": [] } });
    let actions = client.ask("textDocument/codeAction", params);
    assert_eq!(
        actions[0]["edit"]["documentChanges"][0]["edits"][0]["newText"], "lstm",
        "{actions}"
    );
    // Half-written text, as it is typed.
    for (i, end) in (0..SPEC.len()).step_by(19).enumerate() {
        client.change("m.rnn", 2 + i as i64, &SPEC[..end]);
        let place = client.place("m.rnn", &format!("{}§", &SPEC[..end]), json!({}));
        client.ask("textDocument/completion", place.clone());
        client.ask("textDocument/hover", place);
    }
    client.change("m.rnn", 1000, "model m {\n    é = ;\n");
    assert!(!client.diagnostics("m.rnn", 1000).is_empty());
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    let answer = client.response(
        "textDocument/hover",
        json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } }),
    );
    assert!(answer["error"]["message"].as_str().unwrap().contains("not open"));
    let answer = client.response("textDocument/unheardOf", json!({}));
    assert_eq!(answer["error"]["code"], -32601);
    client.end();
}

#[test]
fn a_text_is_outlined_hinted_coloured_and_laid_out() {
    let mut client = Client::new("whole");
    client.open("words.rnn", SPEC);
    let document = json!({ "uri": client.uri("words.rnn") });
    let outline = client.ask("textDocument/documentSymbol", json!({ "textDocument": document }));
    assert_eq!(outline[0]["name"], "words");
    let inside = outline[0]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap());
    assert_eq!(inside.collect::<Vec<_>>(), ["word", "tag", "h", "logits", "c"]);
    let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = client.ask(
        "textDocument/inlayHint",
        json!({ "textDocument": document, "range": all }),
    );
    let hints = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|h| (h["position"]["line"].as_u64().unwrap(), h["label"].as_str().unwrap()));
    assert_eq!(hints.collect::<Vec<_>>(), [(4, ": [8] over t"), (5, ": [3] over t")]);
    let colours = client.ask("textDocument/semanticTokens/full", json!({ "textDocument": document }));
    assert_eq!(colours["data"].as_array().unwrap().len() % 5, 0);
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let edits = client.ask(
        "textDocument/formatting",
        json!({ "textDocument": document, "options": options }),
    );
    assert_eq!(edits, json!([]));
    client.change("words.rnn", 2, "model m{output y=1;}");
    let edits = client.ask(
        "textDocument/formatting",
        json!({ "textDocument": document, "options": options }),
    );
    assert_eq!(edits[0]["newText"], "model m {\n    output y = 1;\n}\n");
    client.change("words.rnn", 3, "model m{output y=;}");
    let edits = client.ask(
        "textDocument/formatting",
        json!({ "textDocument": document, "options": options }),
    );
    assert!(edits.is_null());
    client.end();
}

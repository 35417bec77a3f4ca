//! What a model says, as text or as JSON.

use super::plan::Drawn;
use super::request::Request;
use super::sample::{DistKind, collapse};
use super::search::Sequence;
use crate::data::{Encoding, Tokens, Vocabulary};
use crate::error::Error;
use serde_json::json;
use std::io::Write;

/// Writes sequences. Text without data appears symbol by symbol; failures to write are told at the end.
pub struct Show<'a> {
    request: &'a Request,
    encoding: &'a Encoding,
    out: &'a mut dyn Write,
    failed: Option<std::io::Error>,
    /// The one text that is being written.
    live: Option<Writer<'a>>,
    sequences: usize,
}

impl<'a> Show<'a> {
    pub fn new(request: &'a Request, encoding: &'a Encoding, out: &'a mut dyn Write) -> Show<'a> {
        let mut show = Show {
            request,
            encoding,
            out,
            failed: None,
            live: None,
            sequences: 0,
        };
        let alone = request.data.is_none() && request.search.count == 1 && !request.json;
        if let (true, Some(vocabulary)) = (alone, show.text()) {
            show.print(&vocabulary.decode(&request.prime));
            show.live = Some(Writer::after(vocabulary, &request.prime));
        }
        show
    }

    /// The vocabulary of a model that says a text.
    fn text(&self) -> Option<&'a Vocabulary> {
        let vocabulary = self
            .request
            .plan
            .classes()
            .and(self.vocabulary(&self.request.plan.draws[0]));
        vocabulary.filter(|v| v.tokens != Tokens::Values)
    }

    fn vocabulary(&self, drawn: &Drawn) -> Option<&'a Vocabulary> {
        self.encoding.vocabularies.get(&drawn.target)
    }

    fn print(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        if let (Err(e), None) = (written, &self.failed) {
            self.failed = Some(e);
        }
    }

    pub fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// A step as soon as it is drawn.
    pub fn step(&mut self, _place: usize, step: &[Vec<f64>]) {
        if let Some(writer) = &mut self.live {
            let piece = writer.write(step[0][0] as u32);
            self.print(&piece);
        }
    }

    /// All that was said from one start.
    pub fn sequences(&mut self, example: usize, said: &[Sequence]) {
        // A beam is known at its end only.
        let beam = matches!(self.request.search.how, super::How::Beam { .. });
        if self.live.take().is_some() && !beam {
            return self.line("");
        }
        for (rank, sequence) in said.iter().enumerate() {
            match self.request.json {
                true => self.document(example, rank, sequence),
                false => self.lines(sequence),
            }
            self.sequences += 1;
        }
    }

    fn document(&mut self, example: usize, rank: usize, said: &Sequence) {
        let request = self.request;
        if let (Some(vocabulary), None) = (self.text(), &request.data) {
            let prime = vocabulary.decode(&request.prime);
            let text = vocabulary.decode(&said.symbols());
            let seed = match request.search.how {
                super::How::Sample(s) => Some(s.seed),
                super::How::Beam { .. } => None,
            };
            let value = json!({ "kind": "text", "text": text, "prime": prime, "seed": seed, "log_p": said.log_p });
            return self.line(&value.to_string());
        }
        let mut value = json!({
            "kind": "sequence", "example": example, "rank": rank, "log_p": said.log_p, "ended": said.ended,
        });
        for (k, drawn) in request.plan.draws.iter().enumerate() {
            value["said"][&drawn.target] = match self.labels(drawn, said, k) {
                Some(labels) => labels.into(),
                None => said.steps.iter().map(|s| json!(self.raw(drawn, &s[k]))).collect(),
            };
        }
        self.line(&value.to_string());
    }

    fn lines(&mut self, said: &Sequence) {
        let request = self.request;
        if let [drawn] = &request.plan.draws[..]
            && let Some(labels) = self.labels(drawn, said, 0)
        {
            let text = self.text().is_some();
            return match self.vocabulary(drawn).filter(|_| text) {
                Some(vocabulary) => self.line(&vocabulary.decode(&symbols(drawn, said, 0))),
                None => self.line(&labels.join(" ")),
            };
        }
        // A line a step: what each observation drew, separated by commas; an empty line between sequences.
        if self.sequences > 0 {
            self.line("");
        }
        for step in &said.steps {
            let values = request
                .plan
                .draws
                .iter()
                .zip(step)
                .flat_map(|(drawn, x)| self.raw(drawn, x));
            let row: Vec<String> = values.map(|x| x.to_string()).collect();
            self.line(&row.join(","));
        }
    }

    /// What the symbols of a target stand for.
    fn labels(&self, drawn: &Drawn, said: &Sequence, k: usize) -> Option<Vec<String>> {
        drawn.classes?;
        let vocabulary = self.vocabulary(drawn);
        let label = |class: u32| match vocabulary.and_then(|v| v.symbols.get(class as usize)) {
            Some(symbol) => symbol.clone(),
            None => class.to_string(),
        };
        Some(symbols(drawn, said, k).into_iter().map(label).collect())
    }

    /// Numbers as they are in the data, where the model was trained on standardised ones.
    fn raw(&self, drawn: &Drawn, value: &[f64]) -> Vec<f64> {
        match self.encoding.scales.get(&drawn.target) {
            Some(scale) => value
                .iter()
                .zip(scale.std.iter().zip(&scale.mean))
                .map(|(x, (s, m))| x * s + m)
                .collect(),
            None => value.to_vec(),
        }
    }

    /// # Errors
    /// The first failure to write.
    pub fn finish(self) -> Result<(), Error> {
        match self.failed {
            Some(e) => Err(Error::write("the standard output".as_ref())(e)),
            None => Ok(()),
        }
    }
}

/// The symbols of a target without the one that ends them; of frames the labels that they spell.
pub fn symbols(drawn: &Drawn, said: &Sequence, k: usize) -> Vec<u32> {
    let symbols = said.steps.iter().map(|s| s[k][0] as usize);
    let mut symbols: Vec<usize> = symbols.take_while(|s| drawn.until != Some(*s)).collect();
    if let (DistKind::Ctc, Some(classes)) = (drawn.dist, drawn.classes) {
        symbols = collapse(&symbols, classes - 1);
    }
    symbols.into_iter().map(|s| s as u32).collect()
}

/// Symbols as the text that they are, one by one.
pub struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    /// At the start of a line.
    first: bool,
    /// Bytes that do not make a character yet.
    pending: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub fn after(vocabulary: &'a Vocabulary, prime: &[u32]) -> Writer<'a> {
        let last = prime.last().copied();
        Writer {
            vocabulary,
            first: last.is_none() || last == vocabulary.line_end,
            pending: Vec::new(),
        }
    }

    pub fn write(&mut self, symbol: u32) -> String {
        match self.vocabulary.tokens {
            Tokens::Bytes => {
                self.pending.extend(u8::try_from(symbol));
                match str::from_utf8(&self.pending) {
                    Err(e) if e.error_len().is_none() => return String::new(),
                    Ok(_) | Err(_) => {}
                }
                String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
            }
            Tokens::Characters | Tokens::Words | Tokens::Values => {
                let piece = self.vocabulary.piece(symbol, self.first);
                self.first = piece == "\n";
                piece
            }
        }
    }
}

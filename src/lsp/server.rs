//! Messages in and out.

use super::analysis::{self, Analysis};
use super::{completion, definition, diagnostics, formatting, hints, hover, rename, symbols, text, tokens, uri};
use crate::driver::Failure;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{self as note, Notification as _};
use lsp_types::request::{self as ask, Request as _};
use lsp_types::*;
use serde_json::{Value, to_value};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Serves one client over the standard input and output until it says goodbye.
///
/// # Errors
/// The client does not keep to the protocol, or is gone.
pub fn serve() -> Result<(), Failure> {
    let (connection, threads) = Connection::stdio();
    let lost = |e: &dyn std::fmt::Display| Failure::message(format!("the editor's connection: {e}"));
    let capabilities = to_value(capabilities()).unwrap_or_default();
    connection.initialize(capabilities).map_err(|e| lost(&e))?;
    let mut server = Server {
        connection,
        open: BTreeMap::new(),
    };
    server.run().map_err(|e| lost(&e))?;
    drop(server);
    threads.join().map_err(|e| lost(&e))
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncKind::FULL.into()),
        hover_provider: Some(true.into()),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(true.into()),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".into()]),
            ..Default::default()
        }),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..Default::default()
            }
            .into(),
        ),
        ..Default::default()
    }
}

struct Open {
    uri: Uri,
    path: PathBuf,
    text: String,
    version: i32,
    /// None where a text has changed since.
    analysis: Option<Rc<Analysis>>,
    published: bool,
}

struct Server {
    connection: Connection,
    /// The open texts by URI.
    open: BTreeMap<String, Open>,
}

type Lost = Box<dyn std::error::Error + Send + Sync>;

impl Server {
    fn run(&mut self) -> Result<(), Lost> {
        loop {
            // What is wrong is said once the client has nothing more to say: keys come faster than a text is checked.
            let message = match self.connection.receiver.try_recv() {
                Ok(message) => message,
                Err(_) => {
                    self.publish()?;
                    match self.connection.receiver.recv() {
                        Ok(message) => message,
                        Err(_) => return Ok(()),
                    }
                }
            };
            match message {
                Message::Request(request) if self.connection.handle_shutdown(&request)? => return Ok(()),
                Message::Request(request) => {
                    let response = self.answer(request);
                    self.connection.sender.send(response.into())?;
                }
                Message::Notification(notification) => self.notice(notification)?,
                Message::Response(_) => {}
            }
        }
    }

    fn notice(&mut self, notification: Notification) -> Result<(), Lost> {
        let params = notification.params;
        match notification.method.as_str() {
            note::DidOpenTextDocument::METHOD => {
                let DidOpenTextDocumentParams { text_document: doc } = serde_json::from_value(params)?;
                self.set(doc.uri, doc.version, doc.text);
            }
            note::DidChangeTextDocument::METHOD => {
                let change: DidChangeTextDocumentParams = serde_json::from_value(params)?;
                if let Some(last) = change.content_changes.into_iter().next_back() {
                    self.set(change.text_document.uri, change.text_document.version, last.text);
                }
            }
            note::DidCloseTextDocument::METHOD => {
                let DidCloseTextDocumentParams { text_document: doc } = serde_json::from_value(params)?;
                self.open.remove(doc.uri.as_str());
                self.forget();
                self.say(doc.uri, Vec::new(), None)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, uri: Uri, version: i32, text: String) {
        let path = uri::path(&uri).unwrap_or_else(|| PathBuf::from(uri.as_str()));
        let key = uri.as_str().to_string();
        let open = Open {
            uri,
            path,
            text,
            version,
            analysis: None,
            published: false,
        };
        self.open.insert(key, open);
        self.forget();
    }

    /// A text may be used by any other.
    fn forget(&mut self) {
        for open in self.open.values_mut() {
            open.analysis = None;
            open.published = false;
        }
    }

    fn publish(&mut self) -> Result<(), Lost> {
        for key in self.open.keys().cloned().collect::<Vec<_>>() {
            if self.open[&key].published {
                continue;
            }
            let found = self.guarded(|server| {
                let analysis = server.analysis(&key)?;
                Ok(diagnostics::diagnostics(&analysis))
            });
            let Some(open) = self.open.get_mut(&key) else { continue };
            open.published = true;
            let (uri, version) = (open.uri.clone(), open.version);
            // A text that brings the compiler down keeps what was said of it.
            if let Ok(found) = found {
                self.say(uri, found, Some(version))?;
            }
        }
        Ok(())
    }

    fn say(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) -> Result<(), Lost> {
        let params = PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        };
        let method = note::PublishDiagnostics::METHOD.to_string();
        self.connection.sender.send(Notification::new(method, params).into())?;
        Ok(())
    }

    /// What is known of an open text; found out where that has not been done.
    fn analysis(&mut self, key: &str) -> Result<Rc<Analysis>, String> {
        let open = self.open.get(key).ok_or("this text is not open")?;
        if let Some(analysis) = &open.analysis {
            return Ok(Rc::clone(analysis));
        }
        let read = |path: &Path| match self.open.values().find(|o| o.path == path) {
            Some(open) => Ok(open.text.clone().into_bytes()),
            None => std::fs::read(path),
        };
        let analysis = Rc::new(analysis::analyse(&open.path, &open.text, &read));
        if let Some(open) = self.open.get_mut(key) {
            open.analysis = Some(Rc::clone(&analysis));
        }
        Ok(analysis)
    }

    /// An internal error ends a request, not the server.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Server) -> Result<T, String>) -> Result<T, String> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(done) => done,
            Err(_) => Err("internal error of the compiler".into()),
        }
    }

    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        match self.guarded(|server| server.result(&method, params)) {
            Ok(Some(result)) => Response::new_ok(id, result),
            Ok(None) => Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("no request `{method}`")),
            Err(why) => Response::new_err(id, ErrorCode::RequestFailed as i32, why),
        }
    }

    /// The result of a request; none of one that this server does not know.
    fn result(&mut self, method: &str, params: Value) -> Result<Option<Value>, String> {
        let result = match method {
            ask::HoverRequest::METHOD => {
                let p: HoverParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position_params)?;
                to_value(hover::hover(&analysis, offset))
            }
            ask::GotoDefinition::METHOD => {
                let p: GotoDefinitionParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position_params)?;
                to_value(definition::definition(&analysis, offset))
            }
            ask::References::METHOD => {
                let p: ReferenceParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position)?;
                to_value(definition::references(&analysis, offset))
            }
            ask::DocumentHighlightRequest::METHOD => {
                let p: DocumentHighlightParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position_params)?;
                to_value(definition::highlights(&analysis, offset))
            }
            ask::Completion::METHOD => {
                let p: CompletionParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position)?;
                to_value(completion::completion(&analysis, offset))
            }
            ask::PrepareRenameRequest::METHOD => {
                let (analysis, offset) = self.place(&read(params)?)?;
                to_value(rename::prepare(&analysis, offset)?)
            }
            ask::Rename::METHOD => {
                let p: RenameParams = read(params)?;
                let (analysis, offset) = self.place(&p.text_document_position)?;
                to_value(rename::rename(&analysis, offset, &p.new_name)?)
            }
            ask::Formatting::METHOD => {
                let p: DocumentFormattingParams = read(params)?;
                let open = self
                    .open
                    .get(p.text_document.uri.as_str())
                    .ok_or("this text is not open")?;
                to_value(formatting::formatting(&open.text))
            }
            ask::InlayHintRequest::METHOD => {
                let p: InlayHintParams = read(params)?;
                let analysis = self.analysis(p.text_document.uri.as_str())?;
                to_value(hints::hints(&analysis, bytes(&analysis, p.range)))
            }
            ask::DocumentSymbolRequest::METHOD => {
                let p: DocumentSymbolParams = read(params)?;
                to_value(symbols::symbols(&*self.analysis(p.text_document.uri.as_str())?))
            }
            ask::CodeActionRequest::METHOD => {
                let p: CodeActionParams = read(params)?;
                let analysis = self.analysis(p.text_document.uri.as_str())?;
                to_value(diagnostics::fixes(
                    &analysis,
                    &p.text_document.uri,
                    bytes(&analysis, p.range),
                ))
            }
            ask::SemanticTokensFullRequest::METHOD => {
                let p: SemanticTokensParams = read(params)?;
                let analysis = self.analysis(p.text_document.uri.as_str())?;
                to_value(SemanticTokens {
                    result_id: None,
                    data: tokens::tokens(&analysis),
                })
            }
            _ => return Ok(None),
        };
        result.map(Some).map_err(|e| e.to_string())
    }

    fn place(&mut self, at: &TextDocumentPositionParams) -> Result<(Rc<Analysis>, usize), String> {
        let analysis = self.analysis(at.text_document.uri.as_str())?;
        let offset = text::offset(analysis.text(), at.position);
        Ok((analysis, offset))
    }
}

fn read<P: serde::de::DeserializeOwned>(params: Value) -> Result<P, String> {
    serde_json::from_value(params).map_err(|e| e.to_string())
}

fn bytes(analysis: &Analysis, range: Range) -> std::ops::Range<usize> {
    text::offset(analysis.text(), range.start)..text::offset(analysis.text(), range.end)
}

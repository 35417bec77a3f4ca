// Starts `rnnc lsp` and hands it the editor's `.rnn` texts.

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("rnn").get("server.path");
  client = new LanguageClient("rnn", "rnnc", { command, args: ["lsp"] }, { documentSelector: [{ language: "rnn" }] });
  return client.start();
};

exports.deactivate = () => client?.stop();

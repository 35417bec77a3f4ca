(doc) @comment.documentation
(comment) @comment
(string) @string
(number) @number
(name) @variable

[
  "edition" "use" "const" "loss" "assert" "module" "metric" "output" "param" "fixed" "axis" "input" "target"
] @keyword
["fn" "layer" "cell" "model" "train" "as"] @keyword.type
["for" "in"] @keyword.repeat
["when" "until"] @keyword.conditional
["over" "like"] @keyword
["real" "index" "bit"] @type.builtin
(infer) @type.builtin

(fn name: (name) @function)
(layer name: (name) @type)
(model name: (name) @type)
(train model: (name) @type)
(size name: (name) @variable.parameter)
(input name: (name) @variable.parameter)
(argument label: (name) @variable.parameter)
(setting key: (name) @property)
(parameter name: (name) @property)
(field name: (name) @property)
(call function: (name) @function.call)
(binary operator: "|>" (name) @function.call)

[
  "=" "~" "|>" "==" "!=" "<" "<=" ">" ">=" "++" "+" "-" "*" "/" "%" "@" "->" ".." "..."
] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "."] @punctuation.delimiter

//! The tree as text, one line a statement: operators in front of their operands, so that precedence shows.

use std::fmt::Write;

use super::ast::*;

/// A file's tree, for `rnnc emit --stage ast`. Two files with the same dump mean the same.
pub fn dump(file: &File) -> String {
    let mut out = Dump { text: String::new() };
    out.line(0, "file");
    if let Some((year, _)) = file.edition {
        out.line(1, format_args!("edition {year}"));
    }
    for item in &file.items {
        out.item(item);
    }
    out.text
}

struct Dump {
    text: String,
}

impl Dump {
    fn line(&mut self, level: usize, text: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{:1$}{text}", "", 2 * level);
    }

    fn doc(&mut self, level: usize, doc: &[String]) {
        for line in doc {
            self.line(level, format_args!("doc {line:?}"));
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Use(i) => self.line(1, format_args!("use {:?}", i.path)),
            Item::Const(i) => {
                self.doc(1, &i.doc);
                self.line(1, format_args!("const {} = {}", i.name.name, expr(&i.value)));
            }
            Item::Fn(i) => {
                self.doc(1, &i.doc);
                self.line(
                    1,
                    format_args!(
                        "fn {} inputs ({}) outputs ({})",
                        i.name.name,
                        inputs(&i.inputs),
                        names(&i.outputs)
                    ),
                );
                self.body(&i.body, 2);
            }
            Item::Layer(i) => {
                self.doc(1, &i.doc);
                let kind = if i.cell { "cell" } else { "layer" };
                let (sizes, inputs, outputs) = (sizes(&i.sizes), inputs(&i.inputs), names(&i.outputs));
                self.line(
                    1,
                    format_args!(
                        "{kind} {} sizes ({sizes}) inputs ({inputs}) outputs ({outputs})",
                        i.name.name
                    ),
                );
                self.body(&i.body, 2);
            }
            Item::Model(i) => {
                self.doc(1, &i.doc);
                self.line(1, format_args!("model {} sizes ({})", i.name.name, sizes(&i.sizes)));
                self.body(&i.body, 2);
            }
            Item::Train(i) => {
                self.doc(1, &i.doc);
                let name = i.name.as_ref().map(|n| format!(" as {}", n.name)).unwrap_or_default();
                self.line(1, format_args!("train {}{name}", i.model.name));
                for s in &i.settings {
                    self.line(2, format_args!("setting {}{}", s.key.name, args(&s.values)));
                }
            }
        }
    }

    fn body(&mut self, body: &[Stmt], level: usize) {
        for stmt in body {
            self.doc(level, &stmt.doc);
            self.line(level, head(&stmt.kind));
            if let StmtKind::For { body, .. } = &stmt.kind {
                self.body(body, level + 1);
            }
        }
    }
}

/// A statement, without the body of a `for`.
fn head(stmt: &StmtKind) -> String {
    match stmt {
        StmtKind::Declare { role, name, ty } => {
            let role = match role {
                Role::Input => "input",
                Role::Target => "target",
            };
            format!("{role} {}: {}", name.name, type_expr(ty))
        }
        StmtKind::Axis { name, kind } => match kind {
            AxisExpr::Steps(e) => format!("axis {}: {}", name.name, expr(e)),
            AxisExpr::Like(other) => format!("axis {}: like {}", name.name, other.name),
        },
        StmtKind::Param {
            trained,
            name,
            shape,
            init,
        } => {
            let word = if *trained { "param" } else { "fixed" };
            let init = init.as_ref().map(|e| format!(" ~ {}", expr(e))).unwrap_or_default();
            format!("{word} {}: {}{init}", name.name, dims(shape))
        }
        StmtKind::Module { name, value } => format!("module {} = {}", name.name, expr(value)),
        StmtKind::Equation {
            target,
            shape,
            value,
            when,
        } => {
            let shape = shape.as_ref().map(|s| format!(": {}", dims(s))).unwrap_or_default();
            let when = when.as_ref().map(|e| format!(" when {}", expr(e))).unwrap_or_default();
            format!("equation {}{shape} = {}{when}", place(target), expr(value))
        }
        StmtKind::Observe { target, dist, until } => {
            let until = until
                .as_ref()
                .map(|e| format!(" until {}", expr(e)))
                .unwrap_or_default();
            format!("observe {} ~ {}{until}", target.name, expr(dist))
        }
        StmtKind::Loss { value } => format!("loss {}", expr(value)),
        StmtKind::Metric { name, value } => format!("metric {} = {}", name.name, expr(value)),
        StmtKind::Output { name, value } => {
            let value = value.as_ref().map(|e| format!(" = {}", expr(e))).unwrap_or_default();
            format!("output {}{value}", name.name)
        }
        StmtKind::Assert { cond, message } => {
            let message = message.as_ref().map(|m| format!(", {m:?}")).unwrap_or_default();
            format!("assert {}{message}", expr(cond))
        }
        StmtKind::For { var, range, .. } => match range {
            ForRange::Range { from, to } => format!("for {} in {}..{}", var.name, expr(from), expr(to)),
            ForRange::Each(name) => format!("for {} in {}", var.name, name.name),
        },
        StmtKind::Error => "error".to_string(),
    }
}

fn place(place: &Place) -> String {
    let path: Vec<&str> = place.path.iter().map(|p| p.name.as_str()).collect();
    let index = place
        .index
        .as_ref()
        .map(|e| format!("[{}]", expr(e)))
        .unwrap_or_default();
    path.join(".") + &index
}

fn type_expr(ty: &TypeExpr) -> String {
    let elem = match &ty.elem {
        ElemExpr::Real => "real".to_string(),
        ElemExpr::Array(shape) => dims(shape),
        ElemExpr::Index(e) => format!("index[{}]", expr(e)),
        ElemExpr::Bit(shape) => format!("bit{}", dims(shape)),
    };
    let axis = |a: &AxisUse| match &a.kind {
        Some(kind) => format!("{}: {}", a.name.name, kind.name),
        None => a.name.name.clone(),
    };
    let over: Vec<String> = ty.over.iter().map(axis).collect();
    if over.is_empty() {
        elem
    } else {
        format!("{elem} over {}", over.join(", "))
    }
}

fn dims(dims: &[Dim]) -> String {
    let dim = |d: &Dim| match d {
        Dim::Infer(_) => "_".to_string(),
        Dim::Size(e) => expr(e),
    };
    format!("[{}]", dims.iter().map(dim).collect::<Vec<_>>().join(", "))
}

fn sizes(sizes: &[SizeParam]) -> String {
    let size = |s: &SizeParam| match &s.default {
        Some(e) => format!("{} = {}", s.name.name, expr(e)),
        None => s.name.name.clone(),
    };
    sizes.iter().map(size).collect::<Vec<_>>().join(", ")
}

fn inputs(inputs: &[InputParam]) -> String {
    let input = |i: &InputParam| {
        let over = i.over.as_ref().map_or(String::new(), |a| format!(" over {}", a.name));
        format!("{}{over}{}", i.name.name, if i.variadic { "..." } else { "" })
    };
    inputs.iter().map(input).collect::<Vec<_>>().join(", ")
}

fn names(names: &[Ident]) -> String {
    names.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Each argument with a space in front.
fn args(args: &[Arg]) -> String {
    let arg = |a: &Arg| {
        let name = a.name.as_ref().map(|n| format!("{}: ", n.name)).unwrap_or_default();
        format!(" {name}{}{}", expr(&a.value), if a.spread { "..." } else { "" })
    };
    args.iter().map(arg).collect()
}

fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Number(x) => format!("{x}"),
        ExprKind::Str(s) => format!("{s:?}"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Unary(UnaryOp::Neg, a) => format!("(neg {})", expr(a)),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", binary(*op), expr(a), expr(b)),
        ExprKind::Call { callee, args: list } => format!("(call {}{})", expr(callee), args(list)),
        ExprKind::Index { base, index } => format!("(at {} {})", expr(base), expr(index)),
        ExprKind::Field { base, name } => format!("(field {} {})", expr(base), name.name),
        ExprKind::List(list) => {
            let list: String = list.iter().map(|e| format!(" {}", expr(e))).collect();
            format!("(list{list})")
        }
        ExprKind::Error => "error".to_string(),
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::MatMul => "@",
        BinaryOp::Concat => "++",
        BinaryOp::Pipe => "|>",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
    }
}

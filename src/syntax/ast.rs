//! The typed syntax tree. Every node carries its span; what recovery skipped stands as an `Error` node, so that later
//! stages can go on and report more.

use crate::source::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    pub name: String,
    pub span: Span,
}

/// One source file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct File {
    pub edition: Option<(u32, Span)>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Use(UseItem),
    Const(ConstItem),
    Fn(FnItem),
    Layer(LayerItem),
    Model(ModelItem),
    Train(TrainItem),
}

/// `use "file.rnn";`
#[derive(Clone, Debug, PartialEq)]
pub struct UseItem {
    pub path: String,
    pub span: Span,
}

/// `const NAME = expr;`
#[derive(Clone, Debug, PartialEq)]
pub struct ConstItem {
    pub doc: Vec<String>,
    pub name: Ident,
    pub value: Expr,
    pub span: Span,
}

/// `fn name(a, b) -> y { ... }`: a pure function of values.
#[derive(Clone, Debug, PartialEq)]
pub struct FnItem {
    pub doc: Vec<String>,
    pub name: Ident,
    pub inputs: Vec<InputParam>,
    pub outputs: Vec<Ident>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

/// `layer name(sizes and modules)(inputs) -> outputs { ... }`, or `cell`, which may also refer to its own past.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerItem {
    pub doc: Vec<String>,
    pub cell: bool,
    pub name: Ident,
    pub sizes: Vec<SizeParam>,
    pub inputs: Vec<InputParam>,
    pub outputs: Vec<Ident>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

/// A size or a module, possibly with a default.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeParam {
    pub name: Ident,
    pub default: Option<Expr>,
}

/// An input; `x over t` gives the axis that it runs over a name, `xs...` takes all that remain.
#[derive(Clone, Debug, PartialEq)]
pub struct InputParam {
    pub name: Ident,
    pub over: Option<Ident>,
    pub variadic: bool,
}

/// `model name(sizes) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct ModelItem {
    pub doc: Vec<String>,
    pub name: Ident,
    pub sizes: Vec<SizeParam>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

/// `train model as name { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct TrainItem {
    pub doc: Vec<String>,
    pub model: Ident,
    pub name: Option<Ident>,
    pub settings: Vec<Setting>,
    pub span: Span,
}

/// `key value;` or `key name: value;` or `key a b;`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub key: Ident,
    pub values: Vec<Arg>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    pub doc: Vec<String>,
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Input,
    Target,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `input x: [40] over t;` or `target y: index[10];`
    Declare {
        role: Role,
        name: Ident,
        ty: TypeExpr,
    },
    /// `axis k: 3;`
    Axis {
        name: Ident,
        kind: AxisExpr,
    },
    /// `param W: [n, m] ~ glorot;` or `fixed ...`
    Param {
        trained: bool,
        name: Ident,
        shape: Vec<Dim>,
        init: Option<Expr>,
    },
    /// `module enc = lstm(128);`
    Module {
        name: Ident,
        value: Expr,
    },
    /// `name = expr;`, `name: [n] = expr when cond;`, `h[0] = expr;`, `d.c[0] = expr;`
    Equation {
        target: Place,
        shape: Option<Vec<Dim>>,
        value: Expr,
        when: Option<Expr>,
    },
    /// `y ~ categorical(logits) until 2;`
    Observe {
        target: Ident,
        dist: Expr,
        until: Option<Expr>,
    },
    Loss {
        value: Expr,
    },
    Metric {
        name: Ident,
        value: Expr,
    },
    Output {
        name: Ident,
        value: Option<Expr>,
    },
    Assert {
        cond: Expr,
        message: Option<String>,
    },
    /// `for l in 1..k { ... }` over a range (both ends included), or `for x in xs { ... }` over a variadic input
    For {
        var: Ident,
        range: ForRange,
        body: Vec<Stmt>,
    },
    /// What recovery skipped; a diagnostic has been reported.
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ForRange {
    Range { from: Expr, to: Expr },
    Each(Ident),
}

/// The left side of an equation: `h`, `h[0]`, `h[end]`, `z[l]`, `d.c[0]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub path: Vec<Ident>,
    pub index: Option<Expr>,
    pub span: Span,
}

/// The type of an input or a target.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    pub elem: ElemExpr,
    pub over: Vec<AxisUse>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ElemExpr {
    /// `real`
    Real,
    /// `[40]`, `[1, 28, 28]`
    Array(Vec<Dim>),
    /// `index[V]`
    Index(Expr),
    /// `bit` or `bit[88]`
    Bit(Vec<Dim>),
}

/// `over t`, `over n: tree`, `over v: graph`
#[derive(Clone, Debug, PartialEq)]
pub struct AxisUse {
    pub name: Ident,
    /// `tree` or `graph`; a sequence where absent.
    pub kind: Option<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AxisExpr {
    /// `axis k: 3;`
    Steps(Expr),
    /// `axis s: like t;`
    Like(Ident),
}

/// One size in a shape: an expression of sizes (a value's name means its size), or `_`, to be inferred.
#[derive(Clone, Debug, PartialEq)]
pub enum Dim {
    Infer(Span),
    Size(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    /// `%`, of sizes only
    Rem,
    /// `@`
    MatMul,
    /// `++`
    Concat,
    /// `|>`
    Pipe,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Number(f64),
    Str(String),
    /// A name, `end` among them.
    Name(String),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `f(a, name: b)`; `lstm(n)(x)` is a call of a call.
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    /// `h[t-1]`, `table[x]`, `z[l]`
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    /// `d.c`
    Field {
        base: Box<Expr>,
        name: Ident,
    },
    /// `[a, b, c]`
    List(Vec<Expr>),
    /// What recovery skipped; a diagnostic has been reported.
    Error,
}

/// `value`, `name: value`, or `xs...` (all of a variadic input).
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub name: Option<Ident>,
    pub value: Expr,
    pub spread: bool,
}

//! Random specifications, in the language's own text: a list of statements of a model, most of which compile.

use rnn_runtime::draw::Stream;

/// The statements of a model that a seed gives.
pub fn statements(seed: u64) -> Vec<String> {
    let mut writer = Writer {
        random: Stream::new(seed, "laws", 0),
        out: Vec::new(),
        values: Vec::new(),
        classes: Vec::new(),
        axes: vec!["t"],
    };
    writer.data();
    for _ in 0..3 + writer.below(5) {
        writer.equation();
    }
    writer.observations();
    writer.out
}

pub fn model(name: &str, statements: &[String]) -> String {
    format!("model {name} {{\n    {}\n}}\n", statements.join("\n    "))
}

/// A real value that has been written down.
#[derive(Clone)]
struct Real {
    name: String,
    shape: Vec<usize>,
    over: Vec<&'static str>,
}

/// An index.
#[derive(Clone)]
struct Class {
    name: String,
    classes: usize,
    over: Vec<&'static str>,
}

struct Writer {
    random: Stream,
    out: Vec<String>,
    values: Vec<Real>,
    classes: Vec<Class>,
    axes: Vec<&'static str>,
}

impl Writer {
    fn below(&mut self, n: usize) -> usize {
        self.random.below(n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn any(&mut self) -> Real {
        // Late values more often, so that equations build on each other.
        let n = self.values.len();
        let (a, b) = (self.below(n), self.below(n));
        self.values[a.max(b)].clone()
    }

    fn where_(&mut self, fits: impl Fn(&Real) -> bool) -> Option<Real> {
        let all: Vec<Real> = self.values.iter().filter(|v| fits(v)).cloned().collect();
        (!all.is_empty()).then(|| all[self.below(all.len())].clone())
    }

    fn vector(&mut self) -> Real {
        self.where_(|v| v.shape.len() == 1).expect("the input x")
    }

    fn over(&mut self, axis: &str) -> Real {
        self.where_(|v| v.over.contains(&axis)).expect("an input over the axis")
    }

    fn vector_over(&mut self, axis: &str) -> Real {
        let vector = self.where_(|v| v.over.contains(&axis) && v.shape.len() == 1);
        vector.expect("an input over the axis")
    }

    fn class(&mut self) -> Option<Class> {
        if self.classes.is_empty() {
            return None;
        }
        let i = self.below(self.classes.len());
        Some(self.classes[i].clone())
    }

    fn name(&self) -> String {
        format!("e{}", self.out.len())
    }

    fn say(&mut self, statement: String) {
        self.out.push(statement);
    }

    fn define(&mut self, name: String, expr: String, shape: &[usize], over: Vec<&'static str>) {
        self.say(format!("{name} = {expr};"));
        self.real(name, shape, over);
    }

    fn real(&mut self, name: String, shape: &[usize], over: Vec<&'static str>) {
        let shape = shape.to_vec();
        self.values.push(Real { name, shape, over });
    }

    fn data(&mut self) {
        self.say("input x: [2] over t;".into());
        self.real("x".into(), &[2], vec!["t"]);
        if self.one_in(2) {
            self.axes.push("s");
            self.say("input z: [2] over s;".into());
            self.real("z".into(), &[2], vec!["s"]);
        }
        if self.one_in(2) {
            self.say("input w: index[3] over t;".into());
            self.classes.push(Class {
                name: "w".into(),
                classes: 3,
                over: vec!["t"],
            });
        }
        if self.one_in(3) {
            self.say("input r: real over t;".into());
            self.real("r".into(), &[], vec!["t"]);
        }
        if self.one_in(3) {
            self.say("input v: [3];".into());
            self.real("v".into(), &[3], vec![]);
        }
        if self.one_in(6) {
            self.say("input bits: bit[2] over t;".into());
            self.real("bits".into(), &[2], vec!["t"]);
        }
        if self.one_in(4) {
            self.say("axis k: 3;".into());
            self.axes.push("k");
        }
        if self.one_in(4) {
            self.say("axis u: like t;".into());
            self.axes.push("u");
        }
        // The target is read a step late.
        match self.below(5) {
            0 => {
                self.say("target y: [2] over t;".into());
                self.real("y[t-1]".into(), &[2], vec!["t"]);
            }
            1 => {
                self.say("target y: index[3] over t;".into());
                self.classes.push(Class {
                    name: "y[t-1]".into(),
                    classes: 3,
                    over: vec!["t"],
                });
            }
            2 => self.say("target y: index[3];".into()),
            3 => self.say("target y: bit[2] over t;".into()),
            _ => self.say("target y: real over t;".into()),
        }
    }

    fn has(&self, axis: &str) -> bool {
        self.axes.contains(&axis)
    }

    fn along(&mut self, v: &Real) -> Option<&'static str> {
        (!v.over.is_empty()).then(|| v.over[self.below(v.over.len())])
    }

    /// Where two values run.
    fn union(a: &Real, b: &Real) -> Vec<&'static str> {
        let mut over = a.over.clone();
        over.extend(b.over.iter().filter(|x| !a.over.contains(x)));
        over
    }

    fn equation(&mut self) {
        match self.below(20) {
            0..=3 => self.state(),
            4 => self.mutual(),
            5 | 6 => self.cell(),
            7 | 8 => self.along_axis(),
            9 => self.elementwise(),
            10 => self.unary(),
            11 => self.choice(),
            12 => self.looked_up(),
            13 | 14 => self.features(),
            15 => self.attention(),
            16 => self.past(),
            17 => self.drawn(),
            18 => self.rounds(),
            _ => self.grid(),
        }
    }

    /// One or two values, of which at least one is not given once.
    fn arguments(&mut self) -> (String, Vec<&'static str>) {
        let (a, b) = (self.any(), self.any());
        let vector = |v: &Real| match v.shape.len() {
            2 => format!("reshape({}, {})", v.name, v.shape[0] * v.shape[1]),
            _ => v.name.clone(),
        };
        // A sum over both sequences grows fast.
        if self.one_in(2) || Writer::union(&a, &b).len() > 2 {
            (vector(&a), a.over)
        } else {
            (format!("{}, {}", vector(&a), vector(&b)), Writer::union(&a, &b))
        }
    }

    /// `[t-1]`, or another shift that goes the way of `sign`.
    fn shift(&mut self, axis: &str, sign: char) -> String {
        let k = self.of(&[1, 1, 1, 2, 3, 6]);
        format!("[{axis}{sign}{k}]")
    }

    fn base(&mut self, name: &str, n: usize, sign: char) {
        let at = if sign == '-' { "0" } else { "end" };
        let once = self.where_(|v| v.over.is_empty() && v.shape.len() == 1);
        match (self.below(3), once) {
            (0, Some(v)) => self.say(format!("{name}[{at}] = tanh(affine({}));", v.name)),
            (0 | 1, _) => {
                self.say(format!("param p_{name}: [{n}] ~ normal(0, 1);"));
                self.say(format!("{name}[{at}] = p_{name};"));
            }
            _ => {}
        }
    }

    fn condition(&mut self, over: &[&'static str]) -> Option<String> {
        let axis = self.of(&["t", "s"]);
        let scalar = self.where_(|v| v.shape.is_empty() && v.over.iter().all(|a| over.contains(a)));
        match (self.below(3), scalar) {
            (0 | 1, _) if over.contains(&axis) => {
                Some(format!("{axis} % {} == {}", self.of(&[2, 3]), self.of(&[0, 1])))
            }
            (_, Some(v)) => Some(format!("{} > {}", v.name, self.of(&["0", "-0.3"]))),
            _ => None,
        }
    }

    fn state(&mut self) {
        let (arguments, over) = self.arguments();
        if over.is_empty() {
            return self.unary();
        }
        let (name, n) = (self.name(), self.of(&[1, 2, 3]));
        let axis = over[self.below(over.len())];
        let sign = self.of(&['-', '-', '+']);
        let mut reads = format!("{arguments}, {name}{}", self.shift(axis, sign));
        if self.one_in(4) {
            reads += &format!(", {name}{}", self.shift(axis, sign));
        }
        let f = self.of(&["tanh", "tanh", "sigmoid", "sin"]);
        let mut right = format!("{f}(affine({reads}))");
        if self.one_in(4) {
            right = format!("0.5 * {name}[{axis}{sign}1] + {right}");
        }
        if let (true, Some(c)) = (self.one_in(4), self.condition(&over)) {
            right += &format!(" when {c}");
        }
        self.say(format!("{name}: [{n}] = {right};"));
        self.base(&name, n, sign);
        self.real(name, &[n], over);
    }

    /// Two states that read each other.
    fn mutual(&mut self) {
        let (arguments, over) = self.arguments();
        if over.is_empty() {
            return self.unary();
        }
        let (a, n) = (self.name(), self.of(&[1, 2]));
        let b = format!("{a}b");
        let axis = over[self.below(over.len())];
        let sign = self.of(&['-', '+']);
        let (first, second) = (self.shift(axis, sign), self.shift(axis, sign));
        self.say(format!("{a}: [{n}] = tanh(affine({arguments}, {b}{first}));"));
        self.say(format!(
            "{b}: [{n}] = sigmoid(affine({a}, {b}{second})) + 0.3 * {a}[{axis}{sign}1];"
        ));
        self.base(&b, n, sign);
        self.real(a, &[n], over.clone());
        self.real(b, &[n], over);
    }

    fn cell(&mut self) {
        let v = self.vector();
        let Some(axis) = self.along(&v) else {
            return self.unary();
        };
        let n = self.of(&[1, 2]);
        let cell = self.of(&["lstm", "gru", "elman", "lstm_peephole", "gru_reset_after"]);
        let over = if v.over.len() > 1 || self.one_in(6) {
            format!(", over: {axis}")
        } else {
            String::new()
        };
        let single = over.is_empty();
        let (expr, size) = match self.below(6) {
            0 if single => (format!("{} |> backward({cell}({n}))", v.name), n),
            1 if single => (format!("{} |> bidirectional({cell}({n}))", v.name), 2 * n),
            2 if single => (format!("{} |> stack(2, {cell}({n}))", v.name), n),
            3 if single && v.shape == [n] => (format!("{} |> residual({cell}({n}))", v.name), n),
            4 if single => (format!("{} |> layer_norm() |> {cell}({n})", v.name), n),
            _ => (format!("{} |> {cell}({n}{over})", v.name), n),
        };
        let name = self.name();
        self.define(name, expr, &[size], v.over);
    }

    fn along_axis(&mut self) {
        let v = self.any();
        let Some(axis) = self.along(&v) else {
            return self.unary();
        };
        let name = self.name();
        let rest: Vec<&'static str> = v.over.iter().copied().filter(|a| *a != axis).collect();
        let x = v.name.clone();
        match self.below(8) {
            0 | 1 if !x.ends_with(']') => {
                let sign = self.of(&['-', '+']);
                let shift = self.shift(axis, sign);
                self.define(name, format!("{x}{shift}"), &v.shape, v.over);
            }
            2 => self.define(name, format!("reverse({x}, over: {axis})"), &v.shape, v.over),
            3 => self.define(name, format!("{x} * sin(0.4 * {axis})"), &v.shape, v.over),
            4 => self.define(name, format!("last({x}, over: {axis})"), &v.shape, rest),
            5 => self.define(name, format!("first({x}, over: {axis})"), &v.shape, rest),
            6 => self.define(name, format!("tanh(sum({x}, over: {axis}))"), &v.shape, rest),
            _ => {
                let f = self.of(&["mean", "mean", "max", "min"]);
                // Over no step a maximum is infinite.
                self.define(name, format!("clamp({f}({x}, over: {axis}), -2, 2)"), &v.shape, rest);
            }
        }
    }

    fn elementwise(&mut self) {
        let a = self.any();
        let shape = a.shape.clone();
        let b = self.where_(|v| v.shape == shape || v.shape.is_empty()).expect("itself");
        let (x, y) = (&a.name, &b.name);
        let expr = match self.below(8) {
            0 => format!("{x} + {y}"),
            1 => format!("{x} - {y}"),
            2 => format!("tanh({x}) * {y}"),
            3 => format!("{x} / (1.5 + {y} * {y})"),
            4 => format!("max({x}, {y})"),
            5 => format!("min({x}, 0.5 * {y})"),
            6 => format!("{x} * sigmoid({y}) + (1 - sigmoid({y})) * {x}"),
            _ => format!("pow(1 + abs({x}), tanh({y}))"),
        };
        let name = self.name();
        self.define(name, expr, &a.shape, Writer::union(&a, &b));
    }

    fn unary(&mut self) {
        let a = self.any();
        let x = &a.name;
        let expr = match self.below(10) {
            0 => format!("tanh({x})"),
            1 => format!("exp(-abs({x}))"),
            2 => format!("log(1 + {x} * {x})"),
            3 => format!("sqrt(0.1 + abs({x}))"),
            4 => format!("softplus({x})"),
            5 => format!("relu({x})"),
            6 => format!("cos({x}) + 0.1 * sign({x})"),
            7 => format!("{x} + 0.1 * floor(3 * {x})"),
            8 => format!("{x} * stop_gradient({x})"),
            _ => format!("silu({x})"),
        };
        let name = self.name();
        self.define(name, expr, &a.shape, a.over);
    }

    fn choice(&mut self) {
        let a = self.any();
        let (shape, over) = (a.shape.clone(), a.over.clone());
        let b = self
            .where_(|v| v.shape == shape && v.over.iter().all(|x| over.contains(x)))
            .expect("itself");
        let class = self.class().filter(|c| c.over.iter().all(|x| over.contains(x)));
        let condition = match (class, self.condition(&over)) {
            (Some(c), _) if self.one_in(2) => format!("{} == {}", c.name, self.below(c.classes)),
            (_, Some(c)) => c,
            _ => format!("{} < 0.2", a.name),
        };
        let name = self.name();
        let other = if self.one_in(2) {
            format!("0.5 * {}", b.name)
        } else {
            "0.25".into()
        };
        self.define(name, format!("where({condition}, {}, {other})", a.name), &shape, over);
    }

    fn looked_up(&mut self) {
        let name = self.name();
        if self.one_in(3) {
            let v = self.vector();
            let over = v.over.clone();
            let classes = v.shape[0];
            self.say(format!("{name} = argmax({});", v.name));
            self.classes.push(Class { name, classes, over });
            return;
        }
        let Some(c) = self.class() else {
            return self.features();
        };
        let (w, n) = (c.name.clone(), c.classes);
        let shifted = c.over.contains(&"t") && !w.ends_with(']') && self.one_in(3);
        let w = if shifted {
            let sign = self.of(&['-', '+']);
            let shift = self.shift("t", sign);
            format!("{w}{shift}")
        } else {
            w
        };
        match self.below(5) {
            0 | 1 => self.define(name, format!("{w} |> embed(2)"), &[2], c.over),
            2 => self.define(name, format!("onehot({w})"), &[n], c.over),
            3 => {
                self.say(format!("param q_{name}: [2, {n}];"));
                self.define(name.clone(), format!("q_{name} @ {w}"), &[2], c.over);
            }
            _ => match self.where_(|v| v.shape.len() == 1 && v.shape[0] == n) {
                Some(v) => {
                    let over = Writer::union(
                        &v,
                        &Real {
                            name: String::new(),
                            shape: vec![],
                            over: c.over,
                        },
                    );
                    self.define(name, format!("{}[{w}]", v.name), &[], over);
                }
                None => self.define(name, format!("{w} |> embed(1)"), &[1], c.over),
            },
        }
    }

    fn features(&mut self) {
        let (a, b) = (self.vector(), self.vector());
        let (n, m) = (a.shape[0], b.shape[0]);
        let (x, y) = (a.name.clone(), b.name.clone());
        let over = Writer::union(&a, &b);
        let name = self.name();
        match self.below(11) {
            0 => self.define(name, format!("{x} ++ {y}"), &[n + m], over),
            1 if n == m => self.define(name, format!("dot({x}, {y})"), &[], over),
            2 => self.define(name, format!("softmax({x})"), &[n], a.over),
            3 => {
                let fold = self.of(&["sum", "mean", "max"]);
                self.define(name, format!("{fold}({x})"), &[], a.over);
            }
            4 if n * m <= 9 => self.define(name, format!("outer({x}, {y})"), &[n, m], over),
            5 if n > 1 => {
                let start = self.below(n - 1);
                let length = 1 + self.below(n - start);
                self.define(name, format!("slice({x}, {start}, {length})"), &[length], a.over);
            }
            6 => match self.where_(|v| v.shape.len() == 2) {
                Some(w) if w.shape[1] == n => {
                    let over = Writer::union(&w, &a);
                    self.define(name, format!("{} @ {x}", w.name), &[w.shape[0]], over);
                }
                Some(w) => {
                    let (r, c) = (w.shape[0], w.shape[1]);
                    self.define(name, format!("transpose({})", w.name), &[c, r], w.over);
                }
                None => self.define(name, format!("log_softmax({x})"), &[n], a.over),
            },
            7 if n * m <= 6 && over.contains(&"t") => {
                let matrix = format!("0.6 * {name}[t-1] + outer({x}, {y})");
                self.say(format!("{name}: [{n}, {m}] = {matrix};"));
                self.real(name, &[n, m], over);
            }
            8 if n == 4 => self.define(name, format!("reshape({x}, 2, 2)"), &[2, 2], a.over),
            9 => self.define(name, format!("log_sum_exp({x})"), &[], a.over),
            _ => {
                let size = self.of(&[1, 2, 3]);
                self.say(format!("{name}: [{size}] = affine({x}, {y});"));
                self.real(name, &[size], over);
            }
        }
    }

    /// Over the steps of another sequence, or all of its own.
    fn attention(&mut self) {
        if !self.has("s") {
            return self.along_axis();
        }
        let (q, k) = (self.vector_over("t"), self.vector_over("s"));
        if q.over.len() > 1 || k.over.len() > 1 {
            return self.features();
        }
        let name = self.name();
        let lag = if q.name.ends_with(']') || self.one_in(2) {
            ""
        } else {
            "[t-1]"
        };
        match self.below(3) {
            0 => {
                let expr = format!(
                    "additive_attention({}{lag}, {}, {}, n: 2, over: s)",
                    q.name, k.name, k.name
                );
                self.define(name, expr, &k.shape, q.over);
            }
            1 if q.shape == k.shape => {
                let (q_, k_) = (&q.name, &k.name);
                let expr = format!("sum(softmax(dot({q_}{lag}, {k_}), over: s) * {k_}, over: s)");
                self.define(name, expr, &k.shape, q.over);
            }
            _ => {
                let expr = format!("bilinear_attention({}{lag}, {}, {}, over: s)", q.name, k.name, k.name);
                self.define(name, expr, &k.shape, q.over);
            }
        }
    }

    /// Over some of its own steps.
    fn past(&mut self) {
        let v = self.over("t");
        if !self.has("u") || v.over.len() > 1 || v.name.ends_with(']') {
            return self.along_axis();
        }
        let (name, x) = (self.name(), v.name.clone());
        let admitted = self.of(&["u <= t", "u < t", "u > t", "t - 2 <= u <= t"]);
        let expr = match self.below(5) {
            0 => format!("mean({x}[u], over: {admitted})"),
            1 => format!("tanh(sum({x}[u] * sin(u - t), over: {admitted}))"),
            2 => format!("clamp(max({x}[u], over: {admitted}), -1, 1)"),
            3 => format!("sum(softmax(sum({x}[u]) * sum({x}), over: {admitted}) * {x}[u], over: {admitted})"),
            _ => format!("tanh(sum({x}[u] * {x}, over: u))"),
        };
        self.define(name, expr, &v.shape, v.over);
    }

    fn drawn(&mut self) {
        let a = self.any();
        let x = a.name.clone();
        let name = self.name();
        let expr = match self.below(4) {
            0 => format!("dropout({x}, p: 0.4)"),
            1 if !a.over.is_empty() => format!("dropout({x}, p: 0.3, mask: sequence)"),
            2 => format!("{x} + 0.3 * draw({x})"),
            _ => format!("where(training, 0.5 * {x}, {x})"),
        };
        self.define(name, expr, &a.shape, a.over);
    }

    /// Rounds along an axis of fixed steps.
    fn rounds(&mut self) {
        if !self.has("k") {
            return self.state();
        }
        let v = self.vector();
        let (name, n) = (self.name(), self.of(&[1, 2]));
        let own = self.of(&["", ", 0.3 * k"]);
        let (r, x) = (format!("{name}r"), v.name.clone());
        if v.over.contains(&"k") {
            return self.define(name, format!("last({x}, over: k)"), &v.shape, {
                v.over.into_iter().filter(|a| *a != "k").collect()
            });
        }
        self.say(format!("{r}: [{n}] = tanh(affine({x}{own}, {r}[k-1]));"));
        let fold = self.of(&["last", "mean", "sum", "first"]);
        self.define(name, format!("{fold}({r}, over: k)"), &[n], v.over.clone());
        let mut over = v.over;
        over.push("k");
        self.real(r, &[n], over);
    }

    /// A value over both sequences, and what comes of it.
    fn grid(&mut self) {
        if !self.has("s") {
            return self.mutual();
        }
        let (a, b) = (self.vector_over("t"), self.vector_over("s"));
        let over = Writer::union(&a, &b);
        if over.len() > 2 {
            return self.features();
        }
        let (name, n) = (self.name(), self.of(&[1, 2]));
        let g = format!("{name}g");
        self.say(format!("{g}: [{n}] = tanh(affine({}, {}));", a.name, b.name));
        let axis = self.of(&["t", "s"]);
        let other = if axis == "t" { "s" } else { "t" };
        let rest: Vec<&'static str> = over.iter().copied().filter(|x| *x != axis).collect();
        match self.below(6) {
            0 => self.define(name, format!("tanh(sum({g}, over: {axis}))"), &[n], rest),
            1 => self.define(name, format!("clamp(max({g}, over: {axis}), -1, 1)"), &[n], rest),
            2 => self.define(name, format!("{g} |> each(gru(2), over: {other})"), &[2], over.clone()),
            3 => {
                self.say(format!("{name}: [{n}] = tanh(affine({g}, {name}[{axis}-1]));"));
                self.real(name, &[n], over.clone());
            }
            4 if self.one_in(3) => {
                self.say(format!("{name} = tanh({g}) + 0.4 * max({name}[t-1], {name}[s-1]);"));
                self.real(name, &[n], over.clone());
            }
            _ => self.define(name, format!("{g}[{axis}-1] * {g}"), &[n], over.clone()),
        }
        self.real(g, &[n], over);
    }

    fn observations(&mut self) {
        let target = self.out.iter().find_map(|s| s.strip_prefix("target y: ")).expect("y");
        let target = target.to_string();
        let over: &[&'static str] = if target.ends_with("over t;") { &["t"] } else { &[] };
        let mut reads: Vec<String> = Vec::new();
        let latest: Vec<Real> = self.values.iter().rev().take(5).cloned().collect();
        for v in latest {
            let flat = match v.shape.len() {
                2 => format!("reshape({}, {})", v.name, v.shape[0] * v.shape[1]),
                _ => v.name.clone(),
            };
            let folded = v.over.iter().filter(|a| !over.contains(a));
            reads.push(folded.fold(flat, |x, a| {
                let fold = self.of(&["mean", "mean", "last"]);
                format!("{fold}({x}, over: {a})")
            }));
        }
        let reads = reads.join(", ");
        let distribution = match target.as_str() {
            "[2] over t;" => match self.below(3) {
                0 => format!("normal(affine({reads}), 1)"),
                1 => format!("laplace(affine({reads}), 0.7)"),
                _ => {
                    self.say(format!("mix: [2] = affine({reads});"));
                    "mixture(mix, reshape(affine(mix), 2, 2), exp(reshape(affine(mix), 2, 2)))".into()
                }
            },
            "index[3] over t;" | "index[3];" => format!("categorical(affine({reads}))"),
            "bit[2] over t;" => format!("bernoulli(affine({reads}))"),
            _ => {
                self.say(format!("one: [1] = affine({reads});"));
                "normal(sum(one), 1)".into()
            }
        };
        self.say(format!("y ~ {distribution};"));
        let outputs: Vec<Real> = self.values.iter().rev().take(4).cloned().collect();
        for (i, v) in outputs.iter().enumerate() {
            self.say(format!("output o{i} = {};", v.name));
        }
        if let Some(c) = self.classes.last().map(|c| c.name.clone()) {
            self.say(format!("output c = {c};"));
        }
        if self.one_in(3) {
            let v = self.any();
            let scalar = if v.shape.is_empty() {
                v.name
            } else {
                format!("sum({})", v.name)
            };
            self.say(format!("metric m = {scalar};"));
        }
    }
}

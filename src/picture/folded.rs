//! From a system to its graph: the values that the source names are the nodes, what is computed between them is part of
//! the value that needs it, and the calls that mix steps are boxes.

use super::calls::Shown;
use super::choice::Choice;
use super::graph::{Edge, EdgeKind, Graph, Group, Node, NodeKind, Step};
use super::sinks::{Sink, sinks};
use super::words::{axes, entries, param, step, summary, symbol, turned, ty};
use crate::system::graph::Graph as Dependencies;
use crate::system::{CallId, DataRole, Op, ParamId, System, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a model is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A cell is one node.
    Modules,
    /// A value that the source names is one.
    Values,
    /// Every operation is one.
    Ops,
}

/// The names of the values that a picture of an elaborated system shows.
pub fn names(system: &System) -> BTreeSet<String> {
    let graph = folded(system, Detail::Values);
    graph.nodes.into_iter().map(|n| n.tale).collect()
}

/// The graph of an elaborated system.
pub fn folded(system: &System, detail: Detail) -> Graph {
    let sinks = sinks(system);
    let roots = sinks.iter().flat_map(|s| s.values.iter().copied());
    let live = Dependencies::new(system).reachable(roots);
    let mut folder = Folder {
        s: system,
        choice: Choice::new(system, live, &sinks, detail),
        nodes: BTreeMap::new(),
        graph: Graph {
            title: system.name.clone(),
            ..Graph::default()
        },
        starts: BTreeMap::new(),
        of: BTreeMap::new(),
        params: BTreeMap::new(),
        sealed: BTreeSet::new(),
    };
    folder.boxes();
    folder.draw(sinks);
    folder.graph.close_cycles();
    folder.graph
}

struct Folder<'s> {
    s: &'s System,
    choice: Choice<'s>,
    /// The node of each anchor.
    nodes: BTreeMap<Value, usize>,
    graph: Graph,
    /// The node of what variables are before their first steps.
    starts: BTreeMap<Value, usize>,
    /// The box of each call that has one.
    of: BTreeMap<CallId, usize>,
    /// The parameters that each node reads.
    params: BTreeMap<usize, Vec<ParamId>>,
    /// The nodes that are whole calls.
    sealed: BTreeSet<usize>,
}

/// What a node reads: the value, and which step of it.
struct Read {
    from: Value,
    steps: Vec<Step>,
    delay: bool,
}

/// What is found between a node and what it reads.
#[derive(Default)]
struct Cone {
    reads: Vec<Read>,
    /// In order, each after what it needs.
    does: Vec<(Option<CallId>, String)>,
    params: Vec<ParamId>,
    /// Variables that are read before their first steps, and what they are there.
    starts: Vec<(Value, Value)>,
    seen: BTreeSet<Value>,
}

impl Folder<'_> {
    fn boxes(&mut self) {
        let used: BTreeSet<CallId> = self
            .choice
            .anchors
            .iter()
            .map(|v| self.choice.calls.around(*v))
            .collect();
        for (call, c) in self.s.calls.iter() {
            let within = |mut at: CallId| loop {
                if at == call {
                    return true;
                }
                match self.s.calls[at].within {
                    Some(outer) => at = outer,
                    None => return false,
                }
            };
            let Some(outer) = c.within else { continue };
            if self.choice.calls.shown(call) != Shown::Open || !used.iter().any(|u| within(*u)) {
                continue;
            }
            let mut outer = outer;
            while let (false, Some(next)) = (self.of.contains_key(&outer), self.s.calls[outer].within) {
                outer = next;
            }
            let name = match c.path == self.s.calls[outer].path {
                true => "",
                false => self.choice.calls.local(outer, &c.path),
            };
            // A call within an expression is called as what it calls.
            let name = name
                .strip_suffix(c.item.as_str())
                .map_or(name, |n| n.trim_end_matches('.'));
            self.of.insert(call, self.graph.boxes.len());
            self.graph.boxes.push(Group {
                name: name.into(),
                item: c.item.clone(),
                within: self.of.get(&outer).copied(),
            });
        }
        for v in self.choice.anchors.clone() {
            self.node(v, self.boxed(self.choice.calls.around(v)));
        }
    }

    /// The box around what a call computes.
    fn boxed(&self, mut call: CallId) -> Option<usize> {
        while let (false, Some(next)) = (self.of.contains_key(&call), self.s.calls[call].within) {
            call = next;
        }
        self.of.get(&call).copied()
    }

    /// The node of an anchor, without what it reads. The values of a sealed call share one.
    fn node(&mut self, v: Value, within: Option<usize>) {
        let (s, at) = (self.s, self.graph.nodes.len());
        let around = self.choice.calls.around(v);
        if self.choice.calls.shown(around) == Shown::Sealed {
            let others = self.nodes.iter().find(|(w, _)| self.choice.calls.around(**w) == around);
            let known = others.map(|(_, n)| *n);
            self.nodes.insert(v, known.unwrap_or(at));
            if known.is_none() {
                self.sealed.insert(at);
                let call = &s.calls[around];
                self.graph.nodes.push(Node {
                    kind: NodeKind::Value,
                    name: if call.path.is_empty() {
                        call.item.clone()
                    } else {
                        call.path.clone()
                    },
                    does: call.item.clone(),
                    ty: ty(s, s.ty(v)),
                    params: Vec::new(),
                    tale: call.path.clone(),
                    within,
                    axes: axes(s, s.ty(v)),
                    mirrors: false,
                });
            } else if s.nodes[v].origin.call == Some(around) && self.choice.is_output(around, v) {
                let node = &mut self.graph.nodes[self.nodes[&v]];
                (node.ty, node.axes) = (ty(s, s.ty(v)), axes(s, s.ty(v)));
            }
            return;
        }
        let (kind, name, shape) = match (s.op(v), self.choice.named.get(&v)) {
            (Op::Data(d), _) => {
                let kind = match s.data[*d].role {
                    DataRole::Input | DataRole::State => NodeKind::Input,
                    DataRole::Target => NodeKind::Target,
                };
                (kind, s.data[*d].name.clone(), &s.data[*d].ty)
            }
            (_, Some(equation)) => {
                let path = s.nodes[*equation].origin.name.as_deref().unwrap_or_default();
                (
                    NodeKind::Value,
                    self.choice.calls.local(around, path).to_string(),
                    s.ty(*equation),
                )
            }
            (op, None) => {
                let name = match op {
                    Op::Shift { x, .. } => format!("{}[{}]", self.choice.called(*x), symbol(s, op)),
                    op => step(s, op).map(|step| step.to_string()).unwrap_or_default(),
                };
                (NodeKind::Value, name, s.ty(v))
            }
        };
        let tale = self.choice.named.get(&v).and_then(|e| s.nodes[*e].origin.name.clone());
        self.nodes.insert(v, at);
        self.graph.nodes.push(Node {
            kind,
            tale: tale.unwrap_or(name.clone()),
            name: turned(&name),
            does: String::new(),
            ty: ty(s, shape),
            params: Vec::new(),
            within,
            axes: axes(s, shape),
            mirrors: matches!(s.op(v), Op::Reverse { .. }),
        });
    }

    /// Fills the nodes and connects them.
    fn draw(&mut self, sinks: Vec<Sink>) {
        let mut starts = Vec::new();
        for (v, at) in self.nodes.clone() {
            if self.choice.is_leaf(v) || matches!(self.s.op(v), Op::Data(_)) {
                continue;
            }
            let mut cone = Cone::default();
            if let Op::Edge { x, .. } | Op::Reverse { x, .. } | Op::Rename { x, .. } = self.s.op(v) {
                // The node itself tells which step it is.
                self.walk(*x, &[], false, &mut cone);
            } else {
                self.walk_below(v, &[], false, &mut cone);
            }
            self.say(v, &mut cone);
            starts.extend(self.fill(at, cone));
        }
        for sink in sinks {
            let at = self.graph.nodes.len();
            self.graph.nodes.push(Node {
                kind: sink.kind,
                tale: sink.name.clone(),
                name: sink.name,
                does: String::new(),
                ty: sink.ty,
                params: Vec::new(),
                within: None,
                axes: sink.axes,
                mirrors: false,
            });
            let mut cone = Cone::default();
            for v in sink.values {
                self.walk(v, &[], false, &mut cone);
            }
            starts.extend(self.fill(at, cone));
        }
        starts.sort();
        starts.dedup();
        for (x, init) in starts {
            self.start(x, init);
        }
        for (at, params) in std::mem::take(&mut self.params) {
            let node = &mut self.graph.nodes[at];
            node.params = match self.sealed.contains(&at) {
                true => entries(params.iter().map(|p| &self.s.params[*p])),
                false => params.iter().map(|p| param(&self.s.params[*p])).collect(),
            };
        }
    }

    fn fill(&mut self, at: usize, cone: Cone) -> Vec<(Value, Value)> {
        for read in cone.reads {
            let from = self.nodes[&read.from];
            if from == at && !read.delay {
                continue;
            }
            let kind = match read.delay {
                true => EdgeKind::Delay { back: false },
                false => EdgeKind::Flow,
            };
            let words: Vec<String> = read.steps.iter().map(Step::to_string).collect();
            let label = words.join(", ");
            self.graph.connect(Edge {
                from,
                to: at,
                kind,
                label,
                steps: read.steps,
            });
        }
        let node = &mut self.graph.nodes[at];
        let mut does: Vec<String> = Vec::new();
        for (_, word) in cone.does {
            if !does.contains(&word) && word != node.name {
                does.push(word);
            }
        }
        if node.name.is_empty() {
            node.name = summary(&does);
        } else if node.does.is_empty() {
            node.does = summary(&does);
        }
        self.reads(at, cone.params);
        cone.starts
    }

    /// Adds parameters to a node, each once.
    fn reads(&mut self, at: usize, params: Vec<ParamId>) {
        let known = self.params.entry(at).or_default();
        for param in params {
            if !known.contains(&param) {
                known.push(param);
            }
        }
    }

    /// Adds what an operation does to what a node tells.
    fn say(&self, v: Value, cone: &mut Cone) {
        match self.choice.calls.dissolved(v) {
            Some(call) => {
                // What a call needs comes before it.
                if let Some(at) = cone.does.iter().position(|(c, _)| *c == Some(call)) {
                    cone.does.remove(at);
                }
                cone.does.push((Some(call), self.s.calls[call].item.clone()));
            }
            None => {
                let word = symbol(self.s, self.s.op(v));
                if !word.is_empty() && !cone.does.iter().any(|(_, w)| *w == word) {
                    cone.does.push((None, word));
                }
            }
        }
    }

    fn walk(&self, v: Value, steps: &[Step], delay: bool, cone: &mut Cone) {
        let r = self.choice.resolve(v);
        if self.nodes.contains_key(&r) {
            cone.reads.push(Read {
                from: r,
                steps: steps.to_vec(),
                delay,
            });
            return;
        }
        if steps.is_empty() && !cone.seen.insert(r) {
            return;
        }
        if let Op::Param(p) = self.s.op(r) {
            cone.params.push(*p);
            return;
        }
        self.walk_below(r, steps, delay, cone);
        if step(self.s, self.s.op(r)).is_none() {
            self.say(r, cone);
        }
    }

    fn walk_below(&self, v: Value, steps: &[Step], delay: bool, cone: &mut Cone) {
        let op = self.s.op(v);
        let mut steps = steps.to_vec();
        steps.extend(step(self.s, op));
        if let Op::Shift { x, init, .. } = *op {
            cone.starts.extend(init.map(|i| (x, i)));
            return self.walk(x, &steps, true, cone);
        }
        for x in op.args() {
            self.walk(x, &steps, delay, cone);
        }
    }

    /// Draws what a variable is before its first step, where that is computed from the example; else its node tells.
    fn start(&mut self, x: Value, init: Value) {
        let (x, init) = (self.choice.resolve(x), self.choice.resolve(init));
        let Some(&to) = self.nodes.get(&x) else { return };
        let edge = |from| Edge {
            from,
            to,
            kind: EdgeKind::Start,
            label: String::new(),
            steps: Vec::new(),
        };
        if let Some(&from) = self.nodes.get(&init) {
            if from != to {
                self.graph.connect(edge(from));
            }
            return;
        }
        let known = self.starts.get(&init).copied();
        if let Some(from) = known {
            self.graph.connect(edge(from));
            return;
        }
        let mut cone = Cone::default();
        self.walk(init, &[], false, &mut cone);
        if cone.reads.is_empty() {
            self.reads(to, cone.params);
            return;
        }
        let at = self.graph.nodes.len();
        self.starts.insert(init, at);
        let within = self.boxed(self.choice.calls.around(init));
        self.graph.nodes.push(Node {
            kind: NodeKind::Start,
            name: format!("{}[0]", self.graph.nodes[to].name),
            does: String::new(),
            ty: ty(self.s, self.s.ty(init)),
            params: Vec::new(),
            tale: format!("{}[0]", self.graph.nodes[to].tale),
            within,
            axes: axes(self.s, self.s.ty(init)),
            mirrors: false,
        });
        self.fill(at, cone);
        self.graph.connect(edge(at));
    }
}

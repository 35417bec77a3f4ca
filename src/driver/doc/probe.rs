//! The parameters of a layer as functions of its sizes: it is called with sizes that are easily told apart, twice, and
//! what the shapes have to do with the sizes is read off both. What fits both points by chance would need two coincidences.

use crate::driver::compile;
use crate::driver::load::Loaded;
use crate::driver::models;
use crate::elaborate::elaborate;
use crate::syntax::ast::{self, ExprKind, LayerItem, ModelItem, SizeParam};
use crate::syntax::parse;
use crate::system::{Init, System};
use crate::typeset::Poly;

/// What a layer or a model owns.
pub struct Probe {
    pub parts: Vec<Part>,
    pub count: Poly,
    /// Sizes with defaults on which more depends than values: `depth = 3`.
    pub given: Vec<String>,
    pub system: System,
}

/// Parameters of one shape that are drawn alike.
pub struct Part {
    pub names: Vec<String>,
    pub shape: Vec<Poly>,
    pub drawn: String,
}

/// A name with its value at both points.
struct Variable {
    poly: Poly,
    parts: Vec<(usize, Poly)>,
    at: [usize; 2],
}

/// Numbers with many divisors, for sizes that have to be divided.
const SIZES: [[usize; 2]; 4] = [[240, 1320], [360, 840], [600, 1560], [720, 2040]];
/// Primes.
const FEATURES: [[usize; 2]; 4] = [[131, 1009], [137, 1013], [139, 1019], [149, 1021]];

/// What a call is called.
const RESULT: &str = "probed";

#[derive(Clone, Copy)]
enum Kind {
    Vector,
    Index,
    Scalar,
    /// As many features as the first size says.
    Same,
    /// One feature more than the first input has classes.
    OneMore,
}

const KINDS: [Kind; 5] = [Kind::Vector, Kind::Index, Kind::Scalar, Kind::Same, Kind::OneMore];

/// None where no call of the layer says enough: it takes modules, or fewer kinds of values than were tried.
pub fn layer(loaded: &Loaded, item: &LayerItem) -> Option<Probe> {
    let inputs: Vec<&ast::InputParam> = item.inputs.iter().filter(|i| i.name.name != "over").collect();
    if inputs.len() > FEATURES.len() - 1 || item.sizes.len() > SIZES.len() {
        return None;
    }
    let tries = KINDS.len().pow(inputs.len() as u32);
    for ascribed in [false, true] {
        for turn in 0..tries {
            let kind = |at: usize| KINDS[turn / KINDS.len().pow(at as u32) % KINDS.len()];
            let kinds: Vec<Kind> = (0..inputs.len()).map(kind).collect();
            if let Some(probe) = call(loaded, item, &inputs, &kinds, ascribed) {
                return Some(probe);
            }
        }
    }
    None
}

fn call(
    loaded: &Loaded,
    item: &LayerItem,
    inputs: &[&ast::InputParam],
    kinds: &[Kind],
    ascribed: bool,
) -> Option<Probe> {
    let mut variables = Vec::new();
    for (size, at) in wanted(&item.sizes).zip(SIZES) {
        variables.push(Variable::size(&size.name.name, at));
    }
    for ((input, kind), at) in inputs.iter().zip(kinds).zip(FEATURES) {
        match kind {
            Kind::Vector | Kind::Index => variables.push(Variable::features(&input.name.name, at)),
            Kind::Scalar | Kind::Same | Kind::OneMore => {}
        }
    }
    if ascribed {
        variables.push(Variable::features(
            &item.outputs.first()?.name,
            FEATURES[FEATURES.len() - 1],
        ));
    }
    let point = |p: usize, changed: Option<(&str, f64)>| {
        let text = text(item, inputs, kinds, ascribed, p, changed)?;
        equations(loaded, &text)
    };
    let systems = [point(0, None)?, point(1, None)?];
    let given = item.sizes.iter().filter_map(|size| {
        let ExprKind::Number(x) = size.default.as_ref()?.kind else {
            return None;
        };
        let other = if x == 0.0 { 2.0 } else { 2.0 * x };
        let changed = point(0, Some((&size.name.name, other)));
        let same = changed.is_some_and(|s| shapes(&s) == shapes(&systems[0]));
        (!same).then(|| format!("{} = {x}", size.name.name))
    });
    let given = given.collect();
    let [first, second] = systems;
    read(first, &second, &variables, given, &format!("{RESULT}."))
}

fn wanted(sizes: &[SizeParam]) -> impl Iterator<Item = &SizeParam> {
    sizes.iter().filter(|s| s.default.is_none())
}

/// A model that calls the layer once.
fn text(
    item: &LayerItem,
    inputs: &[&ast::InputParam],
    kinds: &[Kind],
    ascribed: bool,
    point: usize,
    changed: Option<(&str, f64)>,
) -> Option<String> {
    let over = item.inputs.iter().any(|i| i.name.name == "over");
    let (mut lines, mut args) = (String::new(), Vec::new());
    for (at, (input, kind)) in inputs.iter().zip(kinds).enumerate() {
        let axis = match &input.over {
            Some(axis) => axis.name.as_str(),
            None if over && at > 0 => "s",
            None => "t",
        };
        let ty = match kind {
            Kind::Vector => format!("[{}]", FEATURES[at][point]),
            Kind::Index => format!("index[{}]", FEATURES[at][point]),
            Kind::Scalar => "real".into(),
            Kind::Same => {
                wanted(&item.sizes).next()?;
                format!("[{}]", SIZES[0][point])
            }
            Kind::OneMore => format!("[{}]", FEATURES[0][point] + 1),
        };
        lines.push_str(&format!("input {}: {ty} over {axis};\n", input.name.name));
        args.push(input.name.name.clone());
    }
    for (size, at) in wanted(&item.sizes).zip(SIZES) {
        args.push(format!("{}: {}", size.name.name, at[point]));
    }
    args.extend(changed.map(|(name, x)| format!("{name}: {x}")));
    if over {
        args.push("over: s".into());
    }
    let shape = match ascribed {
        true => format!(": [{}]", FEATURES[FEATURES.len() - 1][point]),
        false => String::new(),
    };
    let name = &item.name.name;
    Some(format!(
        "model probe {{\n{lines}{RESULT}{shape} = {name}({});\noutput {RESULT};\n}}\n",
        args.join(", ")
    ))
}

fn equations(loaded: &Loaded, text: &str) -> Option<System> {
    let mut sources = loaded.sources.clone();
    let file = sources.add("<probe>", text);
    let (tree, diagnostics) = parse(&sources, file);
    let ast::Item::Model(model) = tree.items.first()? else {
        return None;
    };
    if diagnostics.has_errors() {
        return None;
    }
    let (system, diagnostics) = elaborate(loaded.unit(), model, &[]);
    system.filter(|_| !diagnostics.has_errors())
}

/// A model at its defaults, as a function of the sizes that only data bind.
pub fn model(loaded: &Loaded, item: &ModelItem) -> Option<Probe> {
    let free = models::free(item, &[]);
    let primes = FEATURES.iter().cycle();
    let variables: Vec<Variable> = free
        .iter()
        .zip(primes)
        .map(|(size, at)| Variable::size(&size.name, *at))
        .collect();
    let point = |p: usize| {
        let sizes: models::Sizes = free
            .iter()
            .zip(&variables)
            .map(|(size, v)| (size.name.clone(), v.at[p] as f64))
            .collect();
        compile::equations(loaded, item, &sizes).0
    };
    let given = item.sizes.iter().filter_map(|size| match size.default.as_ref()?.kind {
        ExprKind::Number(x) => Some(format!("{} = {x}", size.name.name)),
        _ => None,
    });
    read(point(0)?, &point(1)?, &variables, given.collect(), "")
}

/// Names the shapes of the first system by what they are in both; `prefix` goes from the names.
fn read(first: System, second: &System, variables: &[Variable], given: Vec<String>, prefix: &str) -> Option<Probe> {
    if shapes(&first).len() != shapes(second).len() {
        return None;
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut count = Poly::default();
    for ((_, p), (_, q)) in first.params.iter().zip(second.params.iter()) {
        if p.shape.len() != q.shape.len() {
            return None;
        }
        let dims = p.shape.iter().zip(&q.shape);
        let shape: Vec<Poly> = dims.map(|(a, b)| of(variables, [*a, *b])).collect::<Option<_>>()?;
        count = count.plus(&shape.iter().fold(Poly::number(1), |product, dim| product.times(dim)));
        let name = p.name.strip_prefix(prefix).unwrap_or(&p.name).to_string();
        let drawn = drawn(&p.init, p.trained);
        match parts.iter_mut().find(|part| part.shape == shape && part.drawn == drawn) {
            Some(part) => part.names.push(name),
            None => parts.push(Part {
                names: vec![name],
                shape,
                drawn,
            }),
        }
    }
    Some(Probe {
        parts,
        count,
        given,
        system: first,
    })
}

fn shapes(system: &System) -> Vec<&[usize]> {
    system.params.iter().map(|(_, p)| p.shape.as_slice()).collect()
}

impl Variable {
    fn size(name: &str, at: [usize; 2]) -> Variable {
        let parts = (2..=8).map(|n| (n, Poly::part(name, n))).collect();
        Variable {
            poly: Poly::size(name),
            parts,
            at,
        }
    }

    fn features(name: &str, at: [usize; 2]) -> Variable {
        Variable {
            poly: Poly::features(name),
            parts: Vec::new(),
            at,
        }
    }
}

/// The size that is this at both points: a number, a multiple of a variable and a little more, a part of one, a sum of two.
fn of(variables: &[Variable], size: [usize; 2]) -> Option<Poly> {
    if size[0] == size[1] {
        return Some(Poly::number(size[0] as i64));
    }
    let at_both = |f: &dyn Fn(usize) -> i64| (0..2).all(|p| f(p) == size[p] as i64);
    for v in variables {
        for (factor, more) in (1..=8).flat_map(|factor| [0, 1, 2, -1].map(|more| (factor, more))) {
            if at_both(&|p| factor * v.at[p] as i64 + more) {
                return Some(v.poly.times(&Poly::number(factor)).plus(&Poly::number(more)));
            }
        }
        for (n, part) in &v.parts {
            if let Some(factor) = (1..=8).find(|factor| at_both(&|p| factor * (v.at[p] / n) as i64)) {
                return Some(part.times(&Poly::number(factor)));
            }
        }
    }
    let pairs = variables.iter().flat_map(|v| variables.iter().map(move |w| (v, w)));
    let mut sums = pairs.filter(|(v, w)| at_both(&|p| (v.at[p] + w.at[p]) as i64));
    sums.next().map(|(v, w)| v.poly.plus(&w.poly))
}

fn drawn(init: &Init, trained: bool) -> String {
    let how = match init {
        Init::Zeros => "zeros".into(),
        Init::Const(x) => format!("constant({x})"),
        Init::Uniform { low, high } => format!("uniform({low}, {high})"),
        Init::Normal { mean, std } => format!("normal({mean}, {std})"),
        Init::Glorot => "glorot".into(),
        Init::He => "he".into(),
        Init::Lecun => "lecun".into(),
        Init::Orthogonal => "orthogonal".into(),
        Init::Identity(x) => format!("identity({x})"),
    };
    match trained {
        true => how,
        false => format!("{how}, not trained"),
    }
}

//! `rnnc graph`: what is drawn as text is as beside `tests/graph/NAME.rnn`; every example and every cell draws in every
//! detail, without anything that overlaps. `BLESS=1 cargo test --test graph` writes the texts and `docs/pictures` anew.
#![cfg(feature = "cli")]

mod common;

use rnnc::backends::rust;
use rnnc::driver::{compile, load, models};
use rnnc::picture::{
    Detail, Graph, Laid, Rect, Terminal, cards, cards_svg, cards_text, chart, chart_svg, chart_text, folded, grid_svg,
    grid_text, lay_out, names, places, svg, text, unrolled,
};
use rnnc::schedule::Program;
use rnnc::system::{RootKind, System};
use std::path::{Path, PathBuf};

const NINETY: Terminal = Terminal {
    width: 90,
    color: false,
};

/// A step of training, or evaluation of what nothing trains.
fn program(system: &System) -> Program {
    match system.root(RootKind::Loss) {
        Some(_) => compile::training(system),
        None => compile::evaluation(system),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn specs(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut specs: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "rnn")).collect();
    specs.sort();
    specs
}

/// Every model of a file, sizes that nothing binds at 40.
fn systems(path: &Path) -> Vec<System> {
    let loaded = load::load(path).unwrap_or_else(|e| panic!("{e:?}"));
    let models = models::all(&loaded);
    let system = |model: &&rnnc::syntax::ast::ModelItem| {
        let free = models::free(model, &[]).into_iter();
        let sizes: Vec<(String, f64)> = free.map(|s| (s.name.clone(), 40.0)).collect();
        let (system, found) = compile::equations(&loaded, model, &sizes);
        system.unwrap_or_else(|| panic!("{}: {found:?}", path.display()))
    };
    models.iter().map(system).collect()
}

/// Compares with a file, or writes it.
fn expect(path: &Path, got: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, got).unwrap();
    } else if std::fs::read_to_string(path).unwrap_or_default() != got {
        wrong.push(format!("other than in {}:\n{got}", path.display()));
    }
}

#[test]
fn every_model_is_drawn_as_written() {
    let mut wrong = Vec::new();
    for path in specs("tests/graph") {
        let systems = systems(&path);
        let drawn = |detail| text(&folded(&systems[0], detail), &NINETY);
        let grid = grid_text(&unrolled(&folded(&systems[0], Detail::Modules), 3), &NINETY);
        let cards = cards_text(&cards(&program(&systems[0]), &names(&systems[0])), &NINETY);
        let all = [drawn(Detail::Modules), drawn(Detail::Values), grid, cards].join("\n");
        expect(&path.with_extension("txt"), &all, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pictures_of_the_manual_are_what_the_command_gives() {
    let mut wrong = Vec::new();
    let system = &systems(&root().join("tests/graph/translator.rnn"))[0];
    let graph = folded(system, Detail::Modules);
    let drawn = svg(&graph, &lay_out(&graph));
    expect(&root().join("docs/pictures/translator.svg"), &drawn, &mut wrong);
    let grid = unrolled(&graph, 3);
    expect(&root().join("docs/pictures/unrolled.svg"), &grid_svg(&grid), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_view_of_every_example_is_drawn() {
    for path in specs("examples").into_iter().chain(specs("tests/graph")) {
        for system in systems(&path) {
            let name = format!("{} {}", path.display(), system.name);
            let grid = unrolled(&folded(&system, Detail::Modules), 3);
            assert!(!grid.cells.is_empty(), "{name}");
            let (cells, width, height) = places(&grid);
            let whole = Rect {
                x: 0.0,
                y: 0.0,
                width,
                height,
            };
            for (at, r) in cells.iter().enumerate() {
                let cell = &grid.cells[at].node.name;
                assert!(holds(&whole, r), "{name}: `{cell}` is outside of the picture");
                let other = cells[at + 1..].iter().position(|s| meet(r, s));
                assert_eq!(other, None, "{name}: `{cell}` overlaps another");
            }
            let cards = cards(&program(&system), &names(&system));
            let costs = match system.root(RootKind::Loss) {
                Some(_) => rust::costs_of_training(program(&system)),
                None => rust::costs_of_evaluation(program(&system)),
            };
            // A grid is not compiled yet.
            let chart = chart(&match costs {
                Ok(costs) => costs,
                Err(_) if system.name == "grid" => continue,
                Err(e) => panic!("{name}: {e}"),
            });
            for drawn in [grid_svg(&grid), cards_svg("a", &cards), chart_svg("a", &chart)] {
                roxmltree::Document::parse(&drawn).unwrap_or_else(|e| panic!("{name}: {e}\n{drawn}"));
            }
            for drawn in [
                grid_text(&grid, &NINETY),
                cards_text(&cards, &NINETY),
                chart_text(&chart, &NINETY),
            ] {
                assert!(
                    drawn.lines().all(|l| !l.contains('\x1b') && !l.ends_with(' ')),
                    "{name}:\n{drawn}"
                );
            }
        }
    }
}

#[test]
fn the_same_picture_each_time() {
    for path in specs("tests/graph") {
        let system = &systems(&path)[0];
        for detail in [Detail::Modules, Detail::Values, Detail::Ops] {
            let graph = folded(system, detail);
            let [a, b] = [(), ()].map(|()| svg(&graph, &lay_out(&graph)));
            assert_eq!(a, b, "{} {detail:?}", path.display());
        }
    }
}

#[test]
fn every_example_draws_without_overlaps() {
    for path in specs("examples").into_iter().chain(specs("tests/graph")) {
        for system in systems(&path) {
            for detail in [Detail::Modules, Detail::Values] {
                well_drawn(
                    &format!("{} {} {detail:?}", path.display(), system.name),
                    &folded(&system, detail),
                );
            }
        }
    }
}

#[test]
fn every_cell_draws_without_overlaps() {
    let cells = std::fs::read_dir(root().join("std"))
        .unwrap()
        .map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap());
    let mut count = 0;
    for text in cells.collect::<Vec<_>>() {
        for head in text.lines().filter_map(|l| l.strip_prefix("cell ")) {
            // Cells of one input with sizes are called alike.
            let (name, rest) = head.split_once('(').unwrap();
            let [sizes, inputs] = rest.splitn(2, ")(").collect::<Vec<_>>()[..] else {
                continue;
            };
            if !inputs.starts_with("x) ->") {
                continue;
            }
            let given = sizes.split(", ").filter(|s| !s.contains('=') && !s.is_empty()).count();
            let sizes = vec!["4"; given].join(", ");
            let spec = format!("model m {{ input x: [4] over t; h = {name}({sizes})(x); output h; }}");
            let (Some(system), ..) = common::elaborate(&spec, &[]) else {
                continue;
            };
            count += 1;
            for detail in [Detail::Values, Detail::Ops] {
                well_drawn(&format!("{name} {detail:?}"), &folded(&system, detail));
            }
        }
    }
    assert!(count > 25, "{count} cells");
}

/// All that a picture holds by itself: well-formed, inside, apart, the same each time.
fn well_drawn(name: &str, graph: &Graph) {
    let laid = lay_out(graph);
    let drawn = svg(graph, &laid);
    let xml = roxmltree::Document::parse(&drawn).unwrap_or_else(|e| panic!("{name}: {e}\n{drawn}"));
    assert_eq!(xml.root_element().tag_name().name(), "svg");
    let said: Vec<&str> = xml
        .descendants()
        .filter(|n| n.has_tag_name("text"))
        .filter_map(|n| n.text())
        .collect();
    for node in &graph.nodes {
        assert!(
            said.contains(&node.name.as_str()),
            "{name}: `{}` cannot be searched for",
            node.name
        );
    }
    let mut faults = Vec::new();
    apart(graph, &laid, &mut faults);
    lines_stay_off_nodes(graph, &laid, &mut faults);
    titles_are_clear(graph, &laid, &mut faults);
    assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
    for line in text(
        graph,
        &Terminal {
            width: 80,
            color: false,
        },
    )
    .lines()
    {
        assert!(!line.contains('\x1b') && !line.ends_with(' '), "{name}: {line:?}");
    }
}

fn meet(a: &Rect, b: &Rect) -> bool {
    let slack = 0.01;
    a.x + slack < b.x + b.width
        && b.x + slack < a.x + a.width
        && a.y + slack < b.y + b.height
        && b.y + slack < a.y + a.height
}

fn holds(a: &Rect, b: &Rect) -> bool {
    a.x <= b.x + 0.01
        && a.y <= b.y + 0.01
        && b.x + b.width <= a.x + a.width + 0.01
        && b.y + b.height <= a.y + a.height + 0.01
}

/// Nodes do not overlap, boxes are within each other or apart, and hold what is theirs and nothing else.
fn apart(graph: &Graph, laid: &Laid, faults: &mut Vec<String>) {
    let whole = Rect {
        x: 0.0,
        y: 0.0,
        width: laid.width,
        height: laid.height,
    };
    for (a, n) in graph.nodes.iter().enumerate() {
        if !holds(&whole, &laid.nodes[a]) {
            faults.push(format!("`{}` is outside of the picture", n.name));
        }
        for (b, m) in graph.nodes.iter().enumerate().skip(a + 1) {
            if meet(&laid.nodes[a], &laid.nodes[b]) {
                faults.push(format!("`{}` and `{}` overlap", n.name, m.name));
            }
        }
        let mut around = Vec::new();
        let mut at = n.within;
        while let Some(b) = at {
            around.push(b);
            at = graph.boxes[b].within;
        }
        for (b, group) in graph.boxes.iter().enumerate() {
            let inside = around.contains(&b);
            if inside && !holds(&laid.boxes[b], &laid.nodes[a]) {
                faults.push(format!("`{}` is outside of its box `{}`", n.name, group.item));
            }
            if !inside && meet(&laid.boxes[b], &laid.nodes[a]) {
                faults.push(format!("`{}` is in the box `{}` of others", n.name, group.item));
            }
        }
    }
    for (a, group) in graph.boxes.iter().enumerate() {
        if !holds(&whole, &laid.boxes[a]) {
            faults.push(format!("the box `{}` is outside of the picture", group.item));
        }
        for (b, other) in graph.boxes.iter().enumerate().skip(a + 1) {
            let (r, s) = (&laid.boxes[a], &laid.boxes[b]);
            if meet(r, s) && !holds(r, s) && !holds(s, r) {
                faults.push(format!("the boxes `{}` and `{}` cross", group.item, other.item));
            }
        }
    }
}

/// No line passes a node but its own, nor a label.
fn lines_stay_off_nodes(graph: &Graph, laid: &Laid, faults: &mut Vec<String>) {
    for (edge, line) in graph.edges.iter().zip(&laid.edges) {
        if edge.from == edge.to {
            continue;
        }
        let (from, to) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
        for w in line.pieces.iter().flat_map(|p| p.windows(2)) {
            let ((a, b), (c, d)) = (w[0], w[1]);
            let span = Rect {
                x: a.min(c) - 0.1,
                y: b.min(d),
                width: (a - c).abs() + 0.2,
                height: (b - d).abs(),
            };
            for (at, r) in laid.nodes.iter().enumerate() {
                if meet(&span, r) {
                    faults.push(format!(
                        "the line from `{from}` to `{to}` passes `{}`",
                        graph.nodes[at].name
                    ));
                }
            }
        }
    }
}

/// No line crosses the title of a box.
fn titles_are_clear(graph: &Graph, laid: &Laid, faults: &mut Vec<String>) {
    for (group, (x, y)) in graph.boxes.iter().zip(&laid.titles) {
        let dot = if group.name.is_empty() { 0 } else { 3 };
        let letters = group.name.chars().count() + dot + group.item.chars().count();
        let title = Rect {
            x: *x,
            y: y + 2.0,
            width: 6.7 * letters as f64,
            height: 10.0,
        };
        for w in laid.edges.iter().flat_map(|l| &l.pieces).flat_map(|p| p.windows(2)) {
            let ((a, b), (c, d)) = (w[0], w[1]);
            let span = Rect {
                x: a.min(c) - 0.05,
                y: b.min(d),
                width: (a - c).abs() + 0.1,
                height: (b - d).abs(),
            };
            if meet(&span, &title) {
                faults.push(format!("a line crosses the title `{} {}`", group.name, group.item));
            }
        }
    }
}

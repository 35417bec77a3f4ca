//! Pictures of a model: what to draw as data, where it goes, and the drawing.

mod calls;
mod choice;
mod face;
mod folded;
mod graph;
mod grid;
mod layout;
mod memory;
mod route;
mod schedule;
mod sheet;
mod sinks;
mod svg;
mod text;
mod unrolled;
mod words;

pub use folded::{Detail, folded, names};
pub use graph::{Edge, EdgeKind, Graph, Group, Node, NodeKind, Step};
pub use grid::{grid_svg, grid_text, places};
pub use layout::{Laid, Rect, lay_out};
pub use memory::{Chart, chart, chart_svg, chart_text};
pub use schedule::{Card, cards, cards_svg, cards_text};
pub use svg::svg;
pub use text::{Terminal, text};
pub use unrolled::{Cell, Column, Grid, Link, unrolled};

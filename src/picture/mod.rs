//! Pictures of a model: what to draw as data, where it goes, and the drawing.

mod calls;
mod choice;
mod face;
mod folded;
mod graph;
mod layout;
mod route;
mod sinks;
mod svg;
mod text;
mod words;

pub use folded::{Detail, folded};
pub use graph::{Edge, EdgeKind, Graph, Group, Node, NodeKind};
pub use layout::{Laid, Rect, lay_out};
pub use svg::svg;
pub use text::{Terminal, text};

//! A program as text, region by region.

use super::{Direction, Program, Region};
use crate::system::{System, text};
use std::fmt::Write;

/// The listing that `rnnc emit --stage program` shows.
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    for region in &program.regions {
        print_region(&program.system, region, 0, &mut out);
    }
    out
}

fn print_region(system: &System, region: &Region, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match region {
        Region::Block { ops, why } => {
            let _ = writeln!(out, "{indent}block  // {why}");
            for &v in ops {
                let _ = writeln!(out, "{indent}  {}", text::node(system, v));
            }
        }
        Region::Scan {
            axis,
            direction,
            body,
            linear,
            why,
        } => {
            let linear = if *linear { " linear" } else { "" };
            let direction = match direction {
                Direction::Forward => "forward",
                Direction::Backward => "backward",
            };
            let _ = writeln!(
                out,
                "{indent}scan {} {direction}{linear}  // {why}",
                system.axis_info(*axis).name
            );
            body.iter().for_each(|r| print_region(system, r, depth + 1, out));
        }
    }
}

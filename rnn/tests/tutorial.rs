//! The program that the tutorial ends with runs.

#[path = "../examples/tutorial.rs"]
mod tutorial;

#[test]
fn the_program_runs() {
    tutorial::main().unwrap();
}

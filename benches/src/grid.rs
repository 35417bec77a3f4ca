//! One cell over the grid: units 32 to 512, rows 1, 16 and 64, 100 steps, as many inputs as units.

use crate::peak::warn_of_the_build;
use crate::step::Run;
use rnn::Model;

pub const STEPS: usize = 100;
pub const ROWS: [usize; 3] = [1, 16, 64];

/// Operations of a training step in products: for each matrix of inputs or states by gates the forward product and the
/// gradient of the weights, for those of states also the gradient of the states. `matrices` is how many matrices of
/// units by units the cell multiplies its inputs by, and as many its states.
pub fn flops(matrices: usize, units: usize, rows: usize, steps: usize) -> f64 {
    5.0 * 2.0 * (matrices * units * units * rows * steps) as f64
}

/// The heading of what [`point`] prints.
pub const HEADING: &str = "cell,units,rows,steps,ms,gflops,peak_gflops,fraction_of_peak";

/// Measures and prints one line.
pub fn point<M: Model<f32>>(cell: &str, matrices: usize, model: &M, units: usize, rows: usize, steps: usize) {
    let time = Run::default().time(model, rows, steps);
    let speed = flops(matrices, units, rows, steps) / time.seconds;
    println!(
        "{cell},{units},{rows},{steps},{:.4},{:.1},{:.1},{:.3}",
        time.seconds * 1e3,
        speed / 1e9,
        time.peak / 1e9,
        speed / time.peak
    );
}

/// The grid of one cell. The arguments are units (`--units 64`) and rows (`--rows 16`) to look at alone.
pub struct Grid {
    units: Option<usize>,
    rows: Option<usize>,
}

impl Grid {
    pub fn from_arguments() -> Grid {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let of = |name: &str| {
            let at = arguments.iter().position(|a| a == name)?;
            let value = arguments.get(at + 1).and_then(|v| v.parse().ok());
            Some(value.unwrap_or_else(|| panic!("{name} needs a number")))
        };
        warn_of_the_build();
        println!("{HEADING}");
        Grid {
            units: of("--units"),
            rows: of("--rows"),
        }
    }

    pub fn measure<M: Model<f32>>(&self, cell: &str, matrices: usize, model: &M, units: usize) {
        if self.units.is_some_and(|u| u != units) {
            return;
        }
        for rows in self.rows.map_or(ROWS.to_vec(), |only| vec![only]) {
            point(cell, matrices, model, units, rows, STEPS);
        }
    }
}

/// The models of one cell at every size, and a `main` that measures them.
#[macro_export]
macro_rules! grid {
    ($name:literal, $matrices:literal, $cell:ident $(, { $($definition:tt)* })?) => {
        $crate::grid!(@module $cell, units_32, 32, { $($($definition)*)? });
        $crate::grid!(@module $cell, units_64, 64, { $($($definition)*)? });
        $crate::grid!(@module $cell, units_128, 128, { $($($definition)*)? });
        $crate::grid!(@module $cell, units_256, 256, { $($($definition)*)? });
        $crate::grid!(@module $cell, units_512, 512, { $($($definition)*)? });

        fn main() {
            let grid = $crate::grid::Grid::from_arguments();
            grid.measure($name, $matrices, units_32::Net::<f32>::program(), 32);
            grid.measure($name, $matrices, units_64::Net::<f32>::program(), 64);
            grid.measure($name, $matrices, units_128::Net::<f32>::program(), 128);
            grid.measure($name, $matrices, units_256::Net::<f32>::program(), 256);
            grid.measure($name, $matrices, units_512::Net::<f32>::program(), 512);
        }
    };
    (@module $cell:ident, $module:ident, $units:literal, { $($definition:tt)* }) => {
        mod $module {
            rnn::rnn! {
                $($definition)*
                pub model net() {
                    input x: [$units] over t;
                    target y: [$units] over t;
                    h = $cell($units)(x);
                    y ~ normal(h, 1.0);
                }
            }
        }
    };
}

//! Some steps on made-up inputs: `cargo run --release --example generate -- [HOW MANY]`

use counting::Counting;

fn main() {
    let steps: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(20);
    let mut model = Counting::new();
    for t in 0..steps {
        let output = model.step(t % 3);
        print!("{t}:");
        print!(" legal_logits {:?}", output.legal_logits);
        println!();
    }
}

//! Second names of axes, the numbers of steps, reductions under a condition, and which axis a cell runs along.

mod common;

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::driver::compile;
use rnnc::driver::gradcheck::{Settings, gradcheck};
use rnnc::schedule::schedule;

fn gradient_error(text: &str) -> f64 {
    gradcheck(&compile::primal(&common::system(text, &[])), &Settings::default()).error()
}

/// The values of an output, example by example; of real inputs with these values, all over `t`.
fn output(text: &str, inputs: &[&[f64]], lengths: &[usize]) -> Vec<f64> {
    let system = compile::inference(&common::system(text, &[]));
    let data: Vec<std::borrow::Cow<[f64]>> = inputs.iter().map(|d| (*d).into()).collect();
    let along = |a: &rnnc::system::Axis| match a.name.as_str() {
        "batch" => vec![1; lengths.len()],
        _ => lengths.to_vec(),
    };
    let lengths = system.axes.iter().map(along).collect();
    let program = schedule(system);
    let interpreter = Interpreter::new(&program);
    let params = rnn_runtime::init::initialise(&rnnc::backends::spec::model_spec(&program.system), 3);
    let values = interpreter.run(&Inputs::<f64>::new(params, data, lengths));
    values.flat(program.system.roots[0].value).to_vec()
}

const X: &[f64] = &[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0];

/// Of an expression over `t` with `axis s: like t;`; examples of 4, 0, 1 and 2 steps.
fn of(expr: &str) -> Vec<f64> {
    let text = format!("model m {{ input x: real over t; axis s: like t; output y = {expr}; }}");
    output(&text, &[X], &[4, 0, 1, 2])
}

#[test]
fn steps_are_numbered_from_one() {
    assert_eq!(of("x * 0 + t"), [1.0, 2.0, 3.0, 4.0, 1.0, 1.0, 2.0]);
    assert_eq!(of("x * 0 + t % 2"), [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(of("where(t % 3 == 2, x, -1)"), [-1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 2.0]);
}

#[test]
fn reductions_take_the_steps_that_a_condition_admits() {
    assert_eq!(of("sum(x[s], over: s <= t)"), [3.0, 4.0, 8.0, 9.0, 5.0, 9.0, 11.0]);
    assert_eq!(of("sum(x[s], over: s < t)"), [0.0, 3.0, 4.0, 8.0, 0.0, 0.0, 9.0]);
    assert_eq!(of("mean(x[s], over: s < t)"), [0.0, 3.0, 2.0, 8.0 / 3.0, 0.0, 0.0, 9.0]);
    assert_eq!(of("max(x[s], over: s <= t)"), [3.0, 3.0, 4.0, 4.0, 5.0, 9.0, 9.0]);
    assert_eq!(of("min(x[s], over: s >= t)"), [1.0, 1.0, 1.0, 1.0, 5.0, 2.0, 2.0]);
    assert_eq!(
        of("sum(x[s], over: t - 2 < s <= t)"),
        [3.0, 4.0, 5.0, 5.0, 5.0, 9.0, 11.0]
    );
    assert_eq!(of("sum(1, over: s < t)"), [0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 1.0]);
    assert_eq!(of("max(x[s], over: s < t)")[0], f64::NEG_INFINITY);
}

#[test]
fn a_softmax_over_admitted_steps() {
    // Rows of the weights of each step: summed over s they give 1, or 0 where nothing is admitted.
    assert_eq!(
        of("sum(softmax(x[s] * 0 + t * 0, over: s < t), over: s)"),
        [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0]
    );
    let e = |x: f64| x.exp();
    let weighted = (3.0 * e(3.0) + e(1.0)) / (e(3.0) + e(1.0));
    let found = of("sum(softmax(x[s] + 0 * t, over: s <= t) * x[s], over: s)");
    assert!((found[1] - weighted).abs() < 1e-12, "{found:?}");
    // Far from zero nothing overflows.
    let found = of("sum(softmax(1000 * x[s] + 0 * t, over: s <= t) * x[s], over: s)");
    assert!((found[3] - 4.0).abs() < 1e-12, "{found:?}");
    let found = of("log_sum_exp(x[s] + 1000 + 0 * t, over: s <= t)");
    assert!((found[1] - 1000.0 - (e(3.0) + e(1.0)).ln()).abs() < 1e-9, "{found:?}");
    let found = of("max(log_softmax(x[s] + 0 * t, over: s <= t), over: s)");
    assert!(found.iter().all(|x| x.is_finite() && *x <= 0.0), "{found:?}");
}

#[test]
fn a_second_name_reads_the_same_steps() {
    assert_eq!(of("x[s][t]"), X);
    assert_eq!(of("sum(x[s-1], over: s <= t)"), [0.0, 3.0, 4.0, 8.0, 0.0, 0.0, 9.0]);
    assert_eq!(of("last(x[s] * 2)"), [2.0, 0.0, 10.0, 4.0]);
}

#[test]
fn attention_has_true_gradients() {
    let text = "model m {
        input x: [3] over t;
        target y: [2] over t;
        axis s: like t;
        q: [4] = affine(x); k: [4] = affine(x); v: [4] = affine(x);
        score = dot(q, k[s]) / 2;
        past = sum(softmax(score, over: s < t) * v[s], over: s < t);
        window = mean(v[s], over: t - 2 <= s <= t);
        most = max(sum(v[s]), over: s <= t);
        mass = log_sum_exp(score, over: s <= t);
        clock = where(t % 4 == 0, 1, 0);
        y ~ normal(affine(past, window, most, mass, clock), 1);
    }";
    let error = gradient_error(text);
    assert!(error < 1e-6, "{error:e}");
}

#[test]
fn a_batch_gives_each_example_its_own_result() {
    let text = "model m {
        input x: real over t; axis s: like t;
        k: [3] = affine(x); q: [3] = affine(x);
        output y = sum(softmax(dot(q, k[s]), over: s <= t) * k[s], over: s <= t);
    }";
    let whole = output(text, &[X], &[4, 0, 1, 2]);
    let alone: Vec<f64> = [&X[..4], &X[..0], &X[4..5], &X[5..]]
        .iter()
        .flat_map(|x| output(text, &[*x], &[x.len()]))
        .collect();
    assert_eq!(whole, alone);
}

#[test]
fn a_cell_is_told_its_axis() {
    let along = |layer: &str| {
        format!(
            "model m {{ input x: [3] over t; input z: [3] over s; target y: [2];
               both: [3] = tanh(affine(x, z));
               h = {layer};
               y ~ normal(affine(last(mean(h, over: s), over: t)), 1); }}"
        )
    };
    for layer in [
        "lstm(both, n: 3, over: t)",
        "both |> lstm(3, over: t)",
        "both |> each(lstm(3), over: s)",
        "both |> each(stack(2, bidirectional(gru(2))), over: s)",
    ] {
        let error = gradient_error(&along(layer));
        assert!(error < 1e-6, "{layer}: {error:e}");
    }
    let messages = common::messages(&along("lstm(3)(both)"), &[]);
    assert!(messages.contains("E0304") && messages.contains("over: t"), "{messages}");
}

#[test]
fn a_row_of_a_matrix_that_changes() {
    let text = "model m {
        input x: [3] over t; input i: index[3] over t; target y: [2] over t;
        m = outer(x, affine(x)); z: [2, 3] = outer(affine(x), x);
        y ~ normal(m[i] + z @ i, 1);
    }";
    let error = gradient_error(text);
    assert!(error < 1e-6, "{error:e}");
}

fn refused(text: &str, code: &str) -> String {
    let messages = common::messages(text, &[]);
    println!("{messages}\n");
    assert!(messages.contains(code), "{code} is missing from\n{messages}");
    messages
}

#[test]
fn what_cannot_be_is_said() {
    let past = "model m { input x: [3] over t; axis s: like t;
        h: [3] = tanh(affine(x, c));
        c = mean(h[s], over: s < t);
        output h; }";
    assert!(refused(past, "E0301").contains("under the name `s`"));
    refused(
        "model m { input x: [3] over t; axis s: like u; output y = x; }",
        "E0204",
    );
    refused("model m { input x: [3] over t; output y = sum(x, over: 3); }", "E0204");
    refused(
        "model m { input x: [3] over t; output y = last(x, over: t < 3); }",
        "E0204",
    );
    refused("model m { input x: [3] over t; output y = tanh(x, over: t); }", "E0103");
    refused("model m { input x: [3] over t; output y = gelu(x, over: t); }", "E0103");
    refused(
        "model m { input x: [3] over t; axis s: like t; axis r: like t; k = x * x[s]; output y = sum(k[r]); }",
        "E0204",
    );
}

#[test]
fn a_target_is_seen_up_to_the_step_before() {
    let model = |over: &str, read: &str| {
        format!(
            "model m {{ target w: index[9] over t; axis s: like t;
               e: [4] = affine({read}); q: [4] = affine(w[t-1]);
               c = sum(softmax(dot(q, e[s]), over: {over}) * e[s], over: {over});
               w ~ categorical(affine(c)); }}"
        )
    };
    for (over, read) in [
        ("s <= t", "w[t-1]"),
        ("s < t", "w"),
        ("t - 4 <= s < t", "w"),
        ("s < t - 2", "w"),
        ("s <= t + 1", "w[t-2]"),
    ] {
        common::system(&model(over, read), &[]);
    }
    for (over, read) in [
        ("s <= t", "w"),
        ("s", "w[t-1]"),
        ("s > t", "w"),
        ("s <= t + 1", "w[t-1]"),
    ] {
        let messages = common::messages(&model(over, read), &[]);
        assert!(messages.contains("E0305"), "{over} {read}: {messages}");
    }
}

/// A metric of a model as training sees it, with draws: of `d`, over 400 steps of inputs that are 1, of so many examples.
fn in_training_of(examples: usize, d: &str, metric: &str) -> f64 {
    let text = format!(
        "model m {{ input x: [2] over t; target y: real over t; d = {d}; metric wanted = {metric}; y ~ normal(sum(x), 1); }}"
    );
    let program = schedule(compile::primal(&common::system(&text, &[])));
    let data = [vec![1.0; 800].into(), vec![1.0; 400].into()];
    let interpreter = Interpreter::new(&program);
    let values = interpreter.run(&Inputs::<f64>::new(
        vec![],
        data,
        vec![vec![1; examples], vec![400 / examples; examples]],
    ));
    let wanted = program.system.roots.iter().find(|r| r.name == "wanted").unwrap();
    values.scalar(wanted.value)
}

fn in_training(d: &str, metric: &str) -> f64 {
    in_training_of(1, d, metric)
}

#[test]
fn a_mask_lasts_as_long_as_it_says() {
    let changed = "where(t > 1, sum(abs(d - d[t-1])), 0)";
    assert_eq!(in_training("dropout(x, p: 0.5, mask: sequence)", changed), 0.0);
    assert!(in_training("dropout(x, p: 0.5, mask: step)", changed) > 1.0);
    // Within the window about half is dropped, twice the rest is kept; outside nothing.
    let window = "where(t <= 200, dropout(x, p: 0.5), x)";
    assert_eq!(in_training(window, "where(t > 200, sum(abs(d - 1)), 0)"), 0.0);
    assert!(in_training(window, "where(t <= 200, sum(abs(d - 1)), 0)") == 1.0);
    let mean = in_training("dropout(x, p: 0.5)", "mean(d)");
    assert!((mean - 1.0).abs() < 0.1, "{mean}");
}

#[test]
fn each_sequence_and_each_call_draws_a_mask_of_its_own() {
    let mask = "dropout(x, p: 0.5, mask: sequence)";
    // Two features, both dropped in a quarter of 200 sequences, none dropped in a quarter; the mean is that of no dropout.
    for (both, share) in [
        ("where(sum(d) <= 0, 1, 0)", 0.25),
        ("where(sum(d) >= 4, 1, 0)", 0.25),
        ("mean(d)", 1.0),
    ] {
        let got = in_training_of(200, mask, both);
        assert!((got - share).abs() < 0.1, "{both}: {got}");
    }
    // A mask for each gate (untied) is a call for each, one mask for all (tied) a value that all read.
    let differ = in_training_of(200, &format!("{mask} - {mask}"), "where(sum(abs(d)) > 0, 1, 0)");
    assert!((differ - 0.75).abs() < 0.1, "{differ}");
}

/// The invariances of Ba, Kiros & Hinton (2016), table 1, of a normalised layer `w @ a`.
#[test]
fn layer_normalisation_sees_neither_scale_nor_mean() {
    let a = "(x ++ sin(x) ++ x * x ++ 1 / x)";
    let w = format!("reshape({a} ++ cos({a}) ++ sin(3 * {a}), 3, 4)");
    let change = |w_too: &str, a_too: &str| {
        let normal = |w: &str, a: &str| format!("layer_norm(({w}) @ ({a}), eps: 0)");
        let changed = format!("max(abs({} - {}))", normal(&w, a), normal(w_too, a_too));
        of(&changed).into_iter().fold(0.0, f64::max)
    };
    // A case scaled, the matrix scaled, and moved by the same row.
    assert!(change(&w, &format!("3 * {a}")) < 1e-9);
    assert!(change(&format!("3 * {w}"), a) < 1e-9);
    assert!(change(&format!("{w} + outer(ones(slice({a}, 0, 3)), {a})"), a) < 1e-9);
    // Not a row of the matrix scaled, nor all cases moved.
    assert!(change(&format!("outer(slice({a}, 0, 3), ones({a})) * {w}"), a) > 1e-3);
    assert!(change(&w, &format!("{a} + 1 / {a}")) > 1e-3);
}

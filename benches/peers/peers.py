#!/usr/bin/env python3
"""Training steps of PyTorch (eager) and JAX (jit of a scan) over the grid of the benches, on one thread in f32.

    python peers.py measure > peers.csv
    python peers.py compare rnnc.csv peers.csv

`rnnc.csv` is what the programs lstm, gru and elman of this crate print, one after the other. A step is forward, backward
and Adam; the loss is the squared distance of the states from targets. Times are seconds of the processor, the quickest
round of several. A peer that is not installed is left out, with a message. Versions: requirements.txt.
"""

import csv
import math
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

STEPS, UNITS, ROWS = 100, (32, 64, 128, 256, 512), (1, 16, 64)
CELLS = ("lstm", "gru", "elman")
ROUNDS, SECONDS = 7, 0.03


def quickest(step):
    """Seconds of a step: rounds of at least 30 ms each, after two steps that warm up."""
    step()
    step()
    start = time.process_time()
    step()
    times = max(1, math.ceil(SECONDS / max(time.process_time() - start, 1e-6)))
    best = math.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            step()
        best = min(best, (time.process_time() - start) / times)
    return best


def torch_step(torch, cell, units, rows):
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[cell]
    torch.manual_seed(1)
    net = kind(units, units)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    x, y = torch.rand(STEPS, rows, units) - 0.5, torch.rand(STEPS, rows, units) - 0.5

    def step():
        adam.zero_grad()
        h, _ = net(x)
        loss = 0.5 * ((h - y) ** 2).sum()
        loss.backward()
        adam.step()

    return step


def jax_step(jax, cell, units, rows):
    np = jax.numpy
    gates = {"lstm": 4, "gru": 3, "elman": 1}[cell]
    keys = jax.random.split(jax.random.PRNGKey(1), 4)
    bound = 1 / math.sqrt(units)
    draw = lambda key, shape: jax.random.uniform(key, shape, np.float32, -bound, bound)
    params = (draw(keys[0], (units, gates * units)), draw(keys[1], (units, gates * units)), np.zeros(gates * units))
    x, y = jax.random.uniform(keys[2], (2, STEPS, rows, units))
    zero = np.zeros((rows, units))

    def loss(params):
        w, u, b = params
        given = x @ w + b

        def lstm(state, z):
            h, c = state
            i, f, g, o = np.split(z + h @ u, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np.tanh(g)
            h = jax.nn.sigmoid(o) * np.tanh(c)
            return (h, c), h

        def gru(h, z):
            (zr, zn), s = np.split(z, [2 * units], axis=1), h @ u
            r, k = np.split(jax.nn.sigmoid(zr + s[:, : 2 * units]), 2, axis=1)
            h = (1 - k) * np.tanh(zn + r * s[:, 2 * units :]) + k * h
            return h, h

        def elman(h, z):
            h = np.tanh(z + h @ u)
            return h, h

        start = (zero, zero) if cell == "lstm" else zero
        _, h = jax.lax.scan({"lstm": lstm, "gru": gru, "elman": elman}[cell], start, given)
        return 0.5 * ((h - y) ** 2).sum()

    @jax.jit
    def update(params, m, v, n):
        g = jax.grad(loss)(params)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 1e-3 * np.sqrt(1 - 0.999**n) / (1 - 0.9**n)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (np.sqrt(v) + 1e-8), params, m, v)
        return params, m, v

    zeros = jax.tree.map(np.zeros_like, params)
    state = [params, zeros, zeros, 0]

    def step():
        state[3] += 1
        state[:3] = update(*state[:3], np.float32(state[3]))
        jax.block_until_ready(state[0])

    return step


def measure():
    peers = []
    try:
        import torch

        torch.set_num_threads(1)
        peers.append((f"torch {torch.__version__}", lambda *at: torch_step(torch, *at)))
    except ImportError as e:
        print(f"PyTorch is left out: {e}", file=sys.stderr)
    try:
        import jax

        peers.append((f"jax {jax.__version__}", lambda *at: jax_step(jax, *at)))
    except ImportError as e:
        print(f"JAX is left out: {e}", file=sys.stderr)
    print("peer,cell,units,rows,steps,ms", flush=True)
    for cell in CELLS:
        for units in UNITS:
            for rows in ROWS:
                for name, make in peers:
                    ms = 1e3 * quickest(make(cell, units, rows))
                    print(f"{name},{cell},{units},{rows},{STEPS},{ms:.4f}", flush=True)


def compare(ours, theirs):
    at = lambda row: (row["cell"], int(row["units"]), int(row["rows"]), int(row["steps"]))
    with open(ours) as f:
        # The programs' headings are lines like any other where they were joined.
        ours = {at(row): row for row in csv.DictReader(f) if row["units"] != "units"}
    peers = {}
    with open(theirs) as f:
        for row in csv.DictReader(f):
            peers.setdefault(row["peer"], {})[at(row)] = float(row["ms"])
    names = sorted(peers)
    print("| cell, units, rows | rnnc, ms | of peak | " + " | ".join(f"{n}, ms" for n in names) + " | ahead of the better |")
    print("|" + "---|" * (len(names) + 4))
    ratios = {name: [] for name in names + ["the better of them"]}
    behind = []
    for point, row in ours.items():
        if not all(point in peers[n] for n in names):
            continue
        ms, times = float(row["ms"]), [peers[n][point] for n in names]
        for name, t in zip(names, times):
            ratios[name].append(t / ms)
        ratios["the better of them"].append(min(times) / ms)
        cell, units, rows, _ = point
        label = f"{cell} {units}, {rows}"
        if min(times) < ms:
            behind.append(label)
        cells = " | ".join(f"{t:.2f}" for t in times)
        print(f"| {label} | {ms:.2f} | {float(row['fraction_of_peak']):.0%} | {cells} | {min(times) / ms:.2f} |")
    print()
    for name, values in ratios.items():
        if values:
            mean = math.exp(sum(map(math.log, values)) / len(values))
            print(f"{mean:.2f} times as fast as {name} (geometric mean of {len(values)} points)")
    print("behind at: " + (", ".join(behind) or "no point"))


def main():
    match sys.argv[1:]:
        case ["measure"]:
            measure()
        case ["compare", ours, theirs]:
            compare(ours, theirs)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()

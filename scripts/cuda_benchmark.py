"""Time operations and training steps on the GPU by events, with taeda or PyTorch.

python scripts/cuda_benchmark.py taeda|torch OUTPUT

OUTPUT is JSON, {library: {case: milliseconds}}, and is written after every case. A case that is in
it already is not run again; one in which a former process died has the value "died".
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPEATS = 20

Work = Callable[[], Any]


def operations(torch: Any) -> dict[str, Callable[[], Work]]:
    """Names and what prepares a call, the same for taeda and PyTorch."""
    functional = importlib.import_module(f"{torch.__name__}.nn.functional")

    def normal(*shape: int, dtype: Any = torch.float32) -> Any:
        return torch.randn(*shape).to("cuda", dtype)

    def on(call: Callable[..., Any], *shapes: tuple[int, ...], dtype: Any = torch.float32) -> Any:
        def prepared() -> Work:
            tensors = [normal(*shape, dtype=dtype) for shape in shapes]
            return lambda: call(*tensors)

        return prepared

    def with_gradient(call: Callable[..., Any], *shapes: tuple[int, ...], dtype: Any) -> Any:
        def prepared() -> Work:
            tensors = [normal(*shape, dtype=dtype).requires_grad_() for shape in shapes]
            return lambda: call(*tensors).sum().backward()

        return prepared

    def cross_entropy() -> Work:
        rows = normal(8192, 4096)
        labels = torch.arange(8192).to("cuda") % 4096
        return lambda: functional.cross_entropy(rows, labels)

    def convolve(x: Any, w: Any) -> Any:
        return functional.conv2d(x, w, padding=1)

    def attend(q: Any, k: Any, v: Any) -> Any:
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    large, rows = (1 << 26,), (8192, 4096)
    heads = (8, 16, 1024, 64)
    half = torch.bfloat16
    return {
        "add 8x8": on(lambda x: x + x, (8, 8)),
        "copy 256 MiB": on(lambda x: x.clone(), large),
        "add 256 MiB": on(lambda x: x + x, large),
        "gelu 256 MiB": on(functional.gelu, large),
        "sum 256 MiB": on(lambda x: x.sum(), large),
        "sum of rows 8192x4096": on(lambda x: x.sum(1), rows),
        "softmax 8192x4096": on(lambda x: x.softmax(1), rows),
        "cumsum 8192x4096": on(lambda x: x.cumsum(1), rows),
        "layer_norm 8192x4096": on(lambda x: functional.layer_norm(x, (4096,)), rows),
        "cross_entropy 8192x4096": cross_entropy,
        "matmul 2048 float32": on(torch.matmul, (2048, 2048), (2048, 2048)),
        "matmul 2048 bfloat16": on(torch.matmul, (2048, 2048), (2048, 2048), dtype=half),
        "matmul 8192 bfloat16": on(torch.matmul, (8192, 8192), (8192, 8192), dtype=half),
        "conv2d 64x64x56x56 float32": on(convolve, (64, 64, 56, 56), (64, 64, 3, 3)),
        "conv2d 64x64x56x56 bfloat16": on(convolve, (64, 64, 56, 56), (64, 64, 3, 3), dtype=half),
        "conv2d with gradients": with_gradient(
            convolve, (64, 64, 56, 56), (64, 64, 3, 3), dtype=torch.float32
        ),
        "attention 8x16x1024x64 float32": on(attend, heads, heads, heads),
        "attention 8x16x1024x64 bfloat16": on(attend, heads, heads, heads, dtype=half),
        "attention with gradients": with_gradient(attend, heads, heads, heads, dtype=half),
    }


def own_kernels(torch: Any) -> dict[str, Callable[[], Work]]:
    """The same products and convolutions without the maker's libraries: taeda only."""
    wanted = ("matmul", "conv2d")

    def without(prepare: Callable[[], Work]) -> Callable[[], Work]:
        def prepared() -> Work:
            work = prepare()

            def run() -> Any:
                torch.backends.cuda.preferred_blas_library("own")
                with torch.backends.cudnn.flags(enabled=False):
                    result = work()
                torch.backends.cuda.preferred_blas_library("default")
                return result

            return run

        return prepared

    return {
        f"{name}, own kernels": without(prepare)
        for name, prepare in operations(torch).items()
        if name.startswith(wanted)
    }


def training(torch: Any) -> dict[str, Callable[[], Work]]:
    nn = importlib.import_module(f"{torch.__name__}.nn")
    functional = importlib.import_module(f"{torch.__name__}.nn.functional")

    def step_of(model: Any, inputs: Any, labels: Any) -> Work:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

        def step() -> Any:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            return loss

        return step

    def digits() -> Work:
        model = nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)),
        ).to("cuda")
        labels = torch.arange(128).to("cuda") % 10
        return step_of(model, torch.randn(128, 1, 28, 28).to("cuda"), labels)

    def transformer() -> Work:
        layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.0, batch_first=True)
        model = nn.Sequential(
            nn.TransformerEncoder(layer, 4), nn.Flatten(), nn.Linear(128 * 256, 10)
        )
        labels = torch.arange(32).to("cuda") % 10
        return step_of(model.to("cuda"), torch.randn(32, 128, 256).to("cuda"), labels)

    return {"training step of a CNN": digits, "training step of a transformer": transformer}


def milliseconds(torch: Any, work: Work) -> float:
    for _ in range(3):
        work()
    torch.cuda.synchronize()
    times = []
    for _ in range(REPEATS):
        start = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def main() -> None:
    name, output = sys.argv[1], Path(sys.argv[2])
    kept: dict[str, Any] = json.loads(output.read_text()) if output.exists() else {"unit": "ms"}
    times: dict[str, Any] = kept.setdefault(name, {})

    def keep(case: str, value: Any) -> None:
        times[case] = value
        output.write_text(json.dumps(kept, indent=2) + "\n")

    torch = importlib.import_module(name)
    if not torch.cuda.is_available():
        keep("skipped", "no CUDA device")
        return
    kept["device"] = torch.cuda.get_device_name()
    cudnn = importlib.import_module(f"{name}.backends.cudnn")
    keep("versions", {"cudnn": cudnn.version(), "library": torch.__version__})
    cases = operations(torch) | training(torch)
    if name == "taeda":
        cases |= own_kernels(torch)
    for case, prepare in cases.items():
        if case in times:
            continue
        keep(case, "died")
        try:
            keep(case, round(milliseconds(torch, prepare()), 5))
        except Exception as error:  # the other cases are worth having
            keep(case, f"{type(error).__name__}: {error}")
            if "illegal" in str(error) or "launch failure" in str(error):
                sys.exit(77)  # the device is lost; a new process does the rest
        torch.cuda.empty_cache()
        print(f"{case:<48}{times[case]}", flush=True)


if __name__ == "__main__":
    main()

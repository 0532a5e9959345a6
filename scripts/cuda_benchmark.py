"""Time operations on the GPU beside PyTorch's, by events, and write what was measured as JSON.

python scripts/cuda_benchmark.py OUTPUT
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


def cases(torch: Any) -> dict[str, Work]:
    """The same calls for taeda and PyTorch."""
    functional = importlib.import_module(f"{torch.__name__}.nn.functional")

    def normal(*shape: int, dtype: Any = torch.float32) -> Any:
        return torch.randn(*shape).to("cuda", dtype)

    small, large = normal(8, 8), normal(1 << 26)
    rows, square = normal(8192, 4096), normal(2048, 2048)
    half = normal(2048, 2048, dtype=torch.bfloat16)
    labels = torch.arange(8192).to("cuda") % 4096
    return {
        "add 8x8": lambda: small + small,
        "copy 256 MiB": lambda: large.clone(),
        "add 256 MiB": lambda: large + large,
        "gelu 256 MiB": lambda: functional.gelu(large),
        "sum 256 MiB": lambda: large.sum(),
        "softmax 8192x4096": lambda: rows.softmax(1),
        "layer_norm 8192x4096": lambda: functional.layer_norm(rows, (4096,)),
        "cross_entropy 8192x4096": lambda: functional.cross_entropy(rows, labels),
        "matmul 2048 float32": lambda: square @ square,
        "matmul 2048 bfloat16": lambda: half @ half,
    }


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


def measured(name: str) -> dict[str, Any]:
    try:
        torch = importlib.import_module(name)
    except ImportError:
        return {}
    if not torch.cuda.is_available():
        return {}
    times: dict[str, Any] = {}
    for case, work in cases(torch).items():
        try:
            times[case] = milliseconds(torch, work)
        except Exception as error:  # the other cases are worth having
            times[case] = f"{type(error).__name__}: {error}"
    return times


def main() -> None:
    result = {"unit": "ms", "taeda": measured("taeda"), "torch": measured("torch")}
    if result["taeda"]:
        import taeda

        result["device"] = taeda.cuda.get_device_name()
    Path(sys.argv[1]).write_text(json.dumps(result, indent=2) + "\n")
    for case, ours in result["taeda"].items():
        print(f"{case:<28}{ours!s:>24}{result['torch'].get(case)!s:>24}")


if __name__ == "__main__":
    main()

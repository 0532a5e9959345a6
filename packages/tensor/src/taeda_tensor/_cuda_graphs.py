"""Graphs: operations that are recorded once and then given to a device as a whole."""

from __future__ import annotations

import gc
import struct
from types import TracebackType

from taeda_kernels import _kernels
from taeda_tensor import _tensor
from taeda_tensor._cuda_devices import init, is_available, synchronize
from taeda_tensor._cuda_memory import empty_cache
from taeda_tensor._cuda_streams import Stream, stream as stream_context

Pool = tuple[int, int]


def graph_pool_handle() -> Pool:
    """A pool of memory that several graphs may share, which then must not run at the same time."""
    init()
    return (0, _kernels._cuda_new_pool(0, 0, False))


def is_current_stream_capturing() -> bool:
    """Whether this thread records a graph."""
    return is_available() and _kernels._cuda_is_recording()


def _random_state() -> tuple[int, int]:
    """The seed of the default generator and how often it has been drawn from."""
    seed, drawn = struct.unpack("=QQ", bytes(_tensor.get_rng_state().tolist()))
    return seed, drawn


def _set_random_state(seed: int, drawn: int) -> None:
    state = struct.pack("=QQ", seed, drawn)
    _tensor.set_rng_state(_tensor.tensor(list(state), dtype=_tensor.uint8))


class CUDAGraph:
    """Operations that one thread recorded, with the memory that they use.

    A replay reads and writes the same memory: inputs are copied into the tensors that were there
    when it was recorded, results are found in those that came out. Random numbers are drawn anew
    at every replay, from the default generator.
    """

    def __init__(self, keep_graph: bool = False) -> None:
        init()
        self._handle = 0
        self._begun = (0, 0)
        self._draws = 0

    def capture_begin(
        self, pool: Pool | None = None, capture_error_mode: str = "thread_local"
    ) -> None:
        """Record what this thread gives to its current stream, which is not the default one.

        Raises RuntimeError where the graph has been recorded already.
        """
        if self._handle:
            raise RuntimeError("CUDAGraph: it holds a recording; reset it first")
        self._begun = _random_state()
        self._handle = _kernels._cuda_begin_graph(pool[1] if pool else 0)

    def capture_end(self) -> None:
        """End the recording. Nothing of it has been done so far.

        Raises RuntimeError where an operation waited for the device, or cannot be recorded.
        """
        seed, begun = self._begun
        try:
            _kernels._cuda_end_graph(self._handle)
        except RuntimeError:
            self.reset()
            raise
        self._draws = _random_state()[1] - begun
        _set_random_state(seed, begun)

    def replay(self) -> None:
        """Have the operations done, on the current stream."""
        seed, drawn = _random_state()
        _kernels._cuda_launch_graph(self._handle, seed, (drawn - self._begun[1]) % 2**64)
        if self._draws:
            _set_random_state(seed, drawn + self._draws)

    def reset(self) -> None:
        """Forget the recording and give up its memory."""
        if self._handle:
            handle, self._handle = self._handle, 0
            _kernels._cuda_destroy_graph(handle)

    def pool(self) -> Pool:
        """The pool of the graph's memory, for others to share."""
        return (0, _kernels._cuda_pool_of(self._handle))

    def __del__(self) -> None:
        if getattr(self, "_handle", 0):
            self.reset()


class graph:
    """Records a `with` block as a graph, on a stream of its own.

    >>> import taeda_tensor as torch
    >>> if torch.cuda.is_available():
    ...     x, recorded = torch.zeros(3, device="cuda"), torch.cuda.CUDAGraph()
    ...     with torch.cuda.graph(recorded):
    ...         y = x + 1
    ...     recorded.replay()
    """

    default_capture_stream: Stream | None = None

    def __init__(
        self,
        cuda_graph: CUDAGraph,
        pool: Pool | None = None,
        stream: Stream | None = None,
        capture_error_mode: str = "thread_local",
    ) -> None:
        if stream is None and graph.default_capture_stream is None:
            graph.default_capture_stream = Stream()
        self.pool = pool
        self.capture_stream = stream or graph.default_capture_stream
        self.cuda_graph = cuda_graph
        self._context = stream_context(self.capture_stream)

    def __enter__(self) -> None:
        synchronize()
        # What is freed while the graph is recorded would wait for the device.
        gc.collect()
        empty_cache()
        self._context.__enter__()
        try:
            self.cuda_graph.capture_begin(self.pool)
        except BaseException:
            self._context.__exit__(None, None, None)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.cuda_graph.capture_end()
        except RuntimeError:
            # Where the block failed, that is what is told.
            if error is None:
                raise
        finally:
            self._context.__exit__(kind, error, trace)

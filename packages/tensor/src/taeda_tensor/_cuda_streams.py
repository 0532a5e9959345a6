"""Streams and events of CUDA devices."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from taeda_kernels import _kernels
from taeda_tensor._cuda_devices import current_device, index_of, init
from taeda_tensor._tensor import device as _device


class Stream:
    """Work that a device does in order, beside that of other streams."""

    def __init__(self, device: Any = None, priority: int = 0) -> None:
        init()
        self.device_index = _chosen(device)
        self.priority = priority
        self.cuda_stream = _kernels._cuda_create_stream(self.device_index, priority)
        self._owned = True

    @classmethod
    def _of(cls, index: int, handle: int) -> Stream:
        stream = cls.__new__(cls)
        stream.device_index, stream.priority = index, 0
        stream.cuda_stream, stream._owned = handle, False
        return stream

    def __del__(self) -> None:
        if getattr(self, "_owned", False):
            _kernels._cuda_destroy_stream(self.device_index, self.cuda_stream)

    @property
    def device(self) -> _device:
        return _device(f"cuda:{self.device_index}")

    def synchronize(self) -> None:
        """Wait until the work given to the stream is done."""
        _kernels._cuda_synchronize_stream(self.device_index, self.cuda_stream)

    def query(self) -> bool:
        """Whether the work given to the stream is done."""
        return _kernels._cuda_stream_is_done(self.device_index, self.cuda_stream)

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event, a new one where none is given, after the work given so far."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let the work given from now on wait for an event."""
        event.wait(self)

    def wait_stream(self, stream: Stream) -> None:
        """Let the work given from now on wait for what another stream was given so far."""
        self.wait_event(stream.record_event())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and (self.device_index, self.cuda_stream) == (
            other.device_index,
            other.cuda_stream,
        )

    def __hash__(self) -> int:
        return hash((self.device_index, self.cuda_stream))

    def __repr__(self) -> str:
        return (
            f"<taeda.cuda.Stream device=cuda:{self.device_index} cuda_stream={self.cuda_stream:#x}>"
        )


class Event:
    """A point in the work of a stream: to wait for, or to take the time of."""

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        if interprocess:
            raise NotImplementedError("Event: events cannot be shared between processes")
        init()
        self._timed = enable_timing
        self.cuda_event = _kernels._cuda_create_event(-1, enable_timing)
        self._recorded = False

    def __del__(self) -> None:
        if hasattr(self, "cuda_event"):
            _kernels._cuda_destroy_event(self.cuda_event)

    def record(self, stream: Stream | None = None) -> None:
        """Take place after the work that the stream, or the current one, was given so far."""
        stream = current_stream() if stream is None else stream
        _kernels._cuda_record_event(stream.device_index, self.cuda_event, stream.cuda_stream)
        self._recorded = True

    def wait(self, stream: Stream | None = None) -> None:
        """Let the work given to the stream from now on wait for the event."""
        stream = current_stream() if stream is None else stream
        _kernels._cuda_wait_event(stream.device_index, stream.cuda_stream, self.cuda_event)

    def query(self) -> bool:
        """Whether the event has taken place."""
        return _kernels._cuda_event_is_done(self.cuda_event)

    def synchronize(self) -> None:
        """Wait for the event."""
        _kernels._cuda_synchronize_event(self.cuda_event)

    def elapsed_time(self, end_event: Event) -> float:
        """The milliseconds from this event to another; both recorded with `enable_timing`.

        Raises ValueError where one is not.
        """
        for event in (self, end_event):
            if not event._timed or not event._recorded:
                raise ValueError(
                    "elapsed_time: both events must be made with enable_timing=True and recorded"
                )
        return _kernels._cuda_elapsed_milliseconds(self.cuda_event, end_event.cuda_event)


class stream:
    """Another current stream for a `with` block; None changes nothing."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream
        self._before: Stream | None = None

    def __enter__(self) -> None:
        if self.stream is not None:
            self._before = current_stream(self.stream.device_index)
            set_stream(self.stream)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            set_stream(self._before)


StreamContext = stream


def _chosen(device: Any) -> int:
    index = index_of(device)
    return current_device() if index < 0 else index


def current_stream(device: Any = None) -> Stream:
    """The stream that the device's operations go to in this thread."""
    init()
    index = _chosen(device)
    return Stream._of(index, _kernels._cuda_current_stream(index))


def default_stream(device: Any = None) -> Stream:
    """The stream that operations go to where none was chosen."""
    init()
    return Stream._of(_chosen(device), 0)


def set_stream(stream: Stream) -> None:
    """Make a stream the current one of its device in this thread. It must stay alive meanwhile."""
    _kernels._cuda_set_stream(stream.device_index, stream.cuda_stream)

"""Context managers that are decorators too."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])


class DecoratingContext:
    """Decorates functions: each call is in a context of its own, a generator while it runs."""

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raise NotImplementedError

    def _again(self) -> DecoratingContext:
        """A fresh context: one decorated function may run within itself."""
        return type(self)()

    def __call__(self, function: Wrapped) -> Wrapped:
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                running = function(*args, **kwargs)
                step: Callable[[], Any] = functools.partial(running.send, None)
                while True:
                    try:
                        with self._again():
                            value = step()
                    except StopIteration as stop:
                        return stop.value
                    try:
                        step = functools.partial(running.send, (yield value))
                    except GeneratorExit:
                        with self._again():
                            running.close()
                        raise
                    except BaseException as error:
                        step = functools.partial(running.throw, error)

            return generator  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]

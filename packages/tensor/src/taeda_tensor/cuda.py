"""CUDA devices, as far as they are there.

Nothing here touches a device before it is asked to: a script that chooses its device by
`is_available()` runs everywhere.
"""

from taeda_tensor import _cuda_memory, _cuda_nvtx, _cuda_profiler
from taeda_tensor._cuda_devices import (
    current_device as current_device,
    device as device,
    device_count as device_count,
    device_of as device_of,
    get_arch_list as get_arch_list,
    get_device_capability as get_device_capability,
    get_device_name as get_device_name,
    get_device_properties as get_device_properties,
    init as init,
    is_available as is_available,
    is_bf16_supported as is_bf16_supported,
    is_initialized as is_initialized,
    set_device as set_device,
    synchronize as synchronize,
)
from taeda_tensor._cuda_graphs import (
    CUDAGraph as CUDAGraph,
    graph as graph,
    graph_pool_handle as graph_pool_handle,
    is_current_stream_capturing as is_current_stream_capturing,
)
from taeda_tensor._cuda_memory import (
    CUDAPluggableAllocator as CUDAPluggableAllocator,
    MemPool as MemPool,
    OutOfMemoryError as OutOfMemoryError,
    caching_allocator_alloc as caching_allocator_alloc,
    caching_allocator_delete as caching_allocator_delete,
    caching_allocator_enable as caching_allocator_enable,
    change_current_allocator as change_current_allocator,
    empty_cache as empty_cache,
    ipc_collect as ipc_collect,
    max_memory_allocated as max_memory_allocated,
    max_memory_reserved as max_memory_reserved,
    mem_get_info as mem_get_info,
    memory_allocated as memory_allocated,
    memory_reserved as memory_reserved,
    memory_snapshot as memory_snapshot,
    memory_stats as memory_stats,
    memory_summary as memory_summary,
    reset_peak_memory_stats as reset_peak_memory_stats,
    set_per_process_memory_fraction as set_per_process_memory_fraction,
    use_mem_pool as use_mem_pool,
)
from taeda_tensor._cuda_monitor import *  # noqa: F403
from taeda_tensor._cuda_names import *  # noqa: F403
from taeda_tensor._cuda_profiler import cudart as cudart
from taeda_tensor._cuda_streams import (
    Event as Event,
    Stream as Stream,
    StreamContext as StreamContext,
    current_stream as current_stream,
    default_stream as default_stream,
    set_stream as set_stream,
    stream as stream,
)
from taeda_tensor._legacy_types import CUDA_TYPES

BFloat16Tensor = CUDA_TYPES["BFloat16Tensor"]
BoolTensor = CUDA_TYPES["BoolTensor"]
ByteTensor = CUDA_TYPES["ByteTensor"]
CharTensor = CUDA_TYPES["CharTensor"]
DoubleTensor = CUDA_TYPES["DoubleTensor"]
FloatTensor = CUDA_TYPES["FloatTensor"]
HalfTensor = CUDA_TYPES["HalfTensor"]
IntTensor = CUDA_TYPES["IntTensor"]
LongTensor = CUDA_TYPES["LongTensor"]
ShortTensor = CUDA_TYPES["ShortTensor"]

memory = _cuda_memory
nvtx = _cuda_nvtx
profiler = _cuda_profiler

# A package to the import system: `taeda.cuda.amp` stands within it.
__path__: list[str] = []

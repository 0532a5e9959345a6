#include "taeda/tensor/ops/creation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "taeda/kernels/parallel.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda {
namespace {

constexpr int64_t kBlock = 1 << 14;
constexpr int64_t kLong = 1 << 18;  // elements for which a thread is woken

template <class T>
T element(double value) {
  if constexpr (std::is_same_v<T, bool>)
    return value != 0;
  else if constexpr (std::is_integral_v<T>) {
    // What an integer type does not hold is undefined in C++; it becomes the nearest that it holds.
    if (!(value >= static_cast<double>(std::numeric_limits<T>::min()))) {
      return std::numeric_limits<T>::min();
    }
    if (value >= static_cast<double>(std::numeric_limits<T>::max())) {
      return std::numeric_limits<T>::max();
    }
    return static_cast<T>(value);
  } else if constexpr (std::is_same_v<T, double>)
    return value;
  else
    return T(static_cast<float>(value));
}

// out[i] = rule(i), doubles both, for elements first .. last - 1 of a contiguous CPU tensor. An
// index within a block is an int, which the oldest vector instructions convert too.
template <class Rule>
void generate(const Tensor& out, int64_t first_index, int64_t last_index, const Rule& rule) {
  const int64_t count = last_index - first_index;
  dispatch(out.dtype(), [&]<class T>() {
    T* data = out->as<T>() + first_index;
    const auto fill = [&](int64_t begin, int64_t end) {
      const auto first = static_cast<double>(first_index + begin);
      const int length = static_cast<int>(end - begin);
      for (int i = 0; i < length; ++i) {
        data[begin + i] = element<T>(rule(first + static_cast<double>(i)));
      }
    };
    parallel_for(count, kBlock, fill, loop_length(count, kLong));
  });
}

bool integral(const Scalar& value) { return value.kind() != DType::Float64; }

[[noreturn]] void arange_too_long(const Scalar& start, const Scalar& end, const Scalar& step) {
  fail<RuntimeError>("arange: from ", start.as_double(), " to ", end.as_double(), " by ",
                     step.as_double(), " are more elements than any memory holds");
}

int64_t arange_count(const Scalar& start, const Scalar& end, const Scalar& step) {
  const double first = start.as_double(), last = end.as_double(), by = step.as_double();
  if (by == 0 || std::isnan(by)) fail<RuntimeError>("arange: step must be nonzero, got ", by);
  if (!std::isfinite(first) || !std::isfinite(last)) {
    fail<RuntimeError>("arange: start and end must be finite, got ", first, " and ", last);
  }
  if ((by > 0 && last < first) || (by < 0 && last > first)) {
    fail<RuntimeError>("arange: upper bound and lower bound inconsistent with step sign: start ",
                       first, ", end ", last, ", step ", by);
  }
  if (integral(start) && integral(end) && integral(step)) {
    const __int128 distance = static_cast<__int128>(end.as_int()) - start.as_int();
    const __int128 by_exact = step.as_int();
    const __int128 count = (distance + by_exact + (by_exact > 0 ? -1 : 1)) / by_exact;
    if (count > std::numeric_limits<int64_t>::max()) arange_too_long(start, end, step);
    return static_cast<int64_t>(count);
  }
  const double count = std::ceil((last - first) / by);
  if (!(count < 0x1p62)) arange_too_long(start, end, step);
  return static_cast<int64_t>(count);
}

int64_t checked_steps(const char* name, int64_t steps) {
  if (steps < 0) fail<RuntimeError>(name, ": number of steps must be non-negative, got ", steps);
  return steps;
}

template <class Rule>
void generate(const Tensor& out, const Rule& rule) {
  generate(out, 0, out.numel(), rule);
}

// The i-th of n equal steps, computed from the nearer end so that both ends are exact.
struct Steps {
  double start, end, step, last;
  int64_t middle;
  Steps(const Scalar& first, const Scalar& last, int64_t n)
      : start(first.as_double()),
        end(last.as_double()),
        step(n > 1 ? (end - start) / static_cast<double>(n - 1) : 0),
        last(static_cast<double>(n - 1)),
        middle((n + 1) / 2) {}

  // out[i] = function(step i), without a question in between that keeps loops from being vectors.
  template <class Function>
  void write(const Tensor& out, const Function& function) const {
    const Steps s = *this;
    generate(out, 0, middle, [=](double i) { return function(s.start + s.step * i); });
    generate(out, middle, out.numel(),
             [=](double i) { return function(s.end - s.step * (s.last - i)); });
  }
};

}  // namespace

Tensor moved(const Tensor& input, DType dtype, Device device, bool copy, bool wait,
             MemoryFormat format) {
  if (!copy && input.dtype() == dtype && input.device() == device && lies_in(format, *input)) {
    return input;
  }
  if (device.type != DeviceType::CPU) kernels(device);  // says what to install
  return run<ToCopy>({input.body()}, {dtype, device, format, wait});
}

Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, DType dtype,
              Device device) {
  const Tensor result = empty({arange_count(start, end, step)}, dtype);
  if (is_integral(dtype) && integral(start) && integral(step)) {
    const int64_t first = start.as_int(), by = step.as_int();
    dispatch(dtype, [&]<class T>() {
      T* data = result->as<T>();
      const auto fill = [&](int64_t begin, int64_t stop) {
        // Unsigned, since what would come after the last may not be an int64.
        auto value = static_cast<uint64_t>(first + by * begin);
        for (int64_t i = begin; i < stop; ++i, value += static_cast<uint64_t>(by)) {
          data[i] = static_cast<T>(static_cast<int64_t>(value));
        }
      };
      parallel_for(result.numel(), kBlock, fill, loop_length(result.numel(), kLong));
    });
  } else {
    const double first = start.as_double(), by = step.as_double();
    generate(result, [=](double i) { return first + by * i; });
  }
  return moved(result, dtype, device);
}

Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, DType dtype, Device device) {
  const Tensor result = empty({checked_steps("linspace", steps)}, dtype);
  Steps(start, end, steps).write(result, [](double value) { return value; });
  return moved(result, dtype, device);
}

Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base, DType dtype,
                Device device) {
  const Tensor result = empty({checked_steps("logspace", steps)}, dtype);
  Steps(start, end, steps).write(result, [=](double power) { return std::pow(base, power); });
  return moved(result, dtype, device);
}

Tensor eye(int64_t rows, int64_t columns, DType dtype, Device device) {
  if (rows < 0 || columns < 0) {
    fail<RuntimeError>("eye: n and m must not be negative, got ", rows, " and ", columns);
  }
  NoGrad no_grad;
  const Tensor result = zeros({rows, columns}, dtype);
  const int64_t step = (columns + 1) * size_of(dtype);
  auto* at = static_cast<char*>(result->data());
  const Tensor one = scalar_tensor(1, dtype);
  for (int64_t i = 0; i < std::min(rows, columns); ++i, at += step) {
    std::memcpy(at, one->data(), static_cast<size_t>(size_of(dtype)));
  }
  return moved(result, dtype, device);
}

Tensor empty_strided(const Dims& shape, const Dims& strides, DType dtype, Device device) {
  if (shape.size() != strides.size()) {
    fail<RuntimeError>("empty_strided: a stride for each size is needed, got size ", shape,
                       " and stride ", strides);
  }
  int64_t reach = 1;
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] < 0 || strides[d] < 0) {
      fail<RuntimeError>("empty_strided: sizes and strides must not be negative, got size ", shape,
                         " and stride ", strides);
    }
    reach = shape[d] == 0 ? 0 : reach;
  }
  for (int d = 0; reach > 0 && d < shape.size(); ++d) {
    int64_t span;
    if (__builtin_mul_overflow(shape[d] - 1, strides[d], &span) ||
        __builtin_add_overflow(reach, span, &reach)) {
      fail<RuntimeError>("empty_strided: size ", shape, " with stride ", strides,
                         " is larger than any memory");
    }
  }
  const Tensor memory = empty({reach}, dtype, device);
  return Tensor::make(memory->storage_ptr(), 0, shape, strides, dtype);
}

Tensor pinned(const Tensor& input) {
  if (input.device().type != DeviceType::CPU) {
    fail<RuntimeError>("pin_memory: only tensors of the CPU can be pinned, got one on ",
                       input.device());
  }
  if (!has_kernels(DeviceType::CUDA)) {
    fail<RuntimeError>("pin_memory: needs a CUDA device; taeda-kernels-cuda is not installed");
  }
  const RuntimeKernels& runtime = kernels(DeviceType::CUDA).runtime;
  if (runtime.device_count() == 0) {
    fail<RuntimeError>("pin_memory: needs a CUDA device; ", runtime.problem());
  }
  const int64_t bytes = input.numel() * size_of(input.dtype());
  const size_t room = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  void* memory = runtime.allocate_pinned(room);
  StoragePtr storage(Storage::adopt(memory, bytes, {}, true, [memory, room, &runtime] {
    runtime.deallocate_pinned(memory, room);
  }));
  const Tensor result =
      Tensor::make(std::move(storage), Dims(input.shape()), input.numel(), input.dtype());
  NoGrad no_grad;
  return copy_(result, input);
}

bool is_pinned(const Tensor& input) {
  if (input.device().type != DeviceType::CPU || !has_kernels(DeviceType::CUDA)) return false;
  const RuntimeKernels& runtime = kernels(DeviceType::CUDA).runtime;
  return runtime.device_count() > 0 && runtime.is_pinned(input->data());
}

}  // namespace taeda

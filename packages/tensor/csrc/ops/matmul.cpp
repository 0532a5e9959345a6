#include "taeda/tensor/ops/matmul.h"

#include <algorithm>
#include <cmath>

#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

void check_dtypes(const char* name, const TensorBody& a, const TensorBody& b) {
  if (a.dtype() != b.dtype()) {
    fail<RuntimeError>(name, ": expected m1 and m2 to have the same dtype, but got: ", a.dtype(),
                       " != ", b.dtype(), "; convert one with .to(dtype)");
  }
  if (a.dtype() == DType::Bool) {
    fail<NotImplementedError>(name, ": not implemented for bool; convert with .to(dtype)");
  }
}

void check_rank(const char* name, const char* argument, const Tensor& tensor, int ndim) {
  if (tensor.ndim() != ndim) {
    fail<RuntimeError>(name, ": ", argument, " must have ", ndim,
                       ndim == 1 ? " dimension" : " dimensions", ", got ", tensor.shape());
  }
}

Dims transposed(const Dims& shape) {
  Dims result = shape;
  const int last = shape.size() - 1;
  std::swap(result[last], result[last - 1]);
  return result;
}

[[noreturn, gnu::cold]] void fail_inner(const char* name, const Dims& a, const Dims& b) {
  const int64_t k = a.back();
  if (b.size() >= 2 && b.back() == k) {
    fail<RuntimeError>(name, ": inner sizes differ: ", a, " @ ", b, "; did you mean the transpose ",
                       transposed(b), "?");
  }
  if (a.size() >= 2 && a[a.size() - 2] == (b.size() == 1 ? b[0] : b[b.size() - 2])) {
    fail<RuntimeError>(name, ": inner sizes differ: ", a, " @ ", b, "; did you mean the transpose ",
                       transposed(a), " on the left?");
  }
  fail<RuntimeError>(name, ": inner sizes differ: ", a, " @ ", b);
}

// The shape of a @ b.
Dims product_shape(const char* name, const TensorBody& a, const TensorBody& b) {
  check_dtypes(name, a, b);
  const Dims &left = a.shape(), &right = b.shape();
  if (left.empty() || right.empty()) {
    fail<RuntimeError>(name, ": both arguments need at least one dimension, got ", left, " and ",
                       right, "; multiply by a number with *");
  }
  const int a_rows = left.size() - 2, b_rows = right.size() - 2;
  if (left.back() != (b_rows < 0 ? right[0] : right[b_rows])) fail_inner(name, left, right);
  if (a_rows == 0 && b_rows == 0) return {left[0], right[1]};
  Dims shape;
  if (a_rows > 0 || b_rows > 0) {
    const Sizes a_batch(left.data(), static_cast<size_t>(std::max(a_rows, 0)));
    const Sizes b_batch(right.data(), static_cast<size_t>(std::max(b_rows, 0)));
    if (a_rows != b_rows || !std::ranges::equal(a_batch, b_batch)) {
      shape = broadcast_shapes(name, a_batch, b_batch);
    } else {
      shape = a_batch;
    }
  }
  if (a_rows >= 0) shape.push_back(left[a_rows]);
  if (b_rows >= 0) shape.push_back(right.back());
  return shape;
}

// The operands of a launch as matrices with the leading dimensions of the result.
class Operands {
 public:
  Operands(const TensorBody& out, const TensorBody& a, const TensorBody& b)
      : a_vector_(a.ndim() == 1), b_vector_(b.ndim() == 1) {
    batch_ = out.ndim() - (a_vector_ ? 0 : 1) - (b_vector_ ? 0 : 1);
    // A vector on the left is a row, one on the right a column.
    place(a_, a, a.ndim() - 2, a_vector_ ? 1 : a.size(a.ndim() - 2), a.size(a.ndim() - 1),
          a_vector_ ? 0 : a.strides()[a.ndim() - 2], a.strides()[a.ndim() - 1]);
    place(b_, b, b.ndim() - 2, b_vector_ ? b.size(0) : b.size(b.ndim() - 2),
          b_vector_ ? 1 : b.size(b.ndim() - 1),
          b_vector_ ? b.strides()[0] : b.strides()[b.ndim() - 2],
          b_vector_ ? 0 : b.strides()[b.ndim() - 1]);
    const Dims& strides = out.strides();
    int next = batch_;
    for (int d = 0; d < batch_; ++d) set(out_, d, out.size(d), strides[d]);
    const int64_t m = a_.shape[batch_], n = b_.shape[batch_ + 1];
    set(out_, batch_, m, a_vector_ ? 0 : strides[next++]);
    set(out_, batch_ + 1, n, b_vector_ ? 0 : strides[next]);
    call.out = array(out_, out);
    call.a = array(a_, a);
    call.b = array(b_, b);
  }
  Operands(const Operands&) = delete;

  // The addend broadcasts to the result.
  void add(const TensorBody& addend, double beta, double alpha) {
    const int missing = batch_ + 2 - addend.ndim();
    for (int d = 0; d < batch_ + 2; ++d) {
      const bool has = d >= missing && addend.size(d - missing) != 1;
      set(addend_, d, out_.shape[d], has ? addend.strides()[d - missing] : 0);
    }
    call.addend = array(addend_, addend);
    call.beta = beta;
    call.alpha = alpha;
  }

  MatmulCall call;

 private:
  struct Layout {
    int64_t shape[kMaxDims + 2], strides[kMaxDims + 2];
  };

  static void set(Layout& layout, int d, int64_t size, int64_t stride) {
    layout.shape[d] = size;
    layout.strides[d] = stride;
  }

  void place(Layout& layout, const TensorBody& x, int own_batch, int64_t rows, int64_t columns,
             int64_t row_stride, int64_t column_stride) {
    const int missing = batch_ - std::max(own_batch, 0);
    for (int d = 0; d < batch_; ++d) {
      const bool has = d >= missing && x.size(d - missing) != 1;
      set(layout, d, has ? x.size(d - missing) : 1, has ? x.strides()[d - missing] : 0);
    }
    set(layout, batch_, rows, row_stride);
    set(layout, batch_ + 1, columns, column_stride);
  }

  Array array(const Layout& layout, const TensorBody& x) const {
    const auto count = static_cast<size_t>(batch_ + 2);
    return {x.data(), x.dtype(), Sizes(layout.shape, count), Sizes(layout.strides, count)};
  }

  bool a_vector_, b_vector_;
  int batch_;
  Layout out_, a_, b_, addend_;
};

void check_factors(const char* name, DType dtype, double beta, double alpha) {
  for (double factor : {beta, alpha}) {
    if (!is_floating(dtype) && factor != std::trunc(factor)) {
      fail<RuntimeError>(name,
                         ": for integral input tensors, beta and alpha must not be "
                         "floating-point numbers, got ",
                         factor);
    }
  }
}

Tensor add_product(const char* name, const Tensor& addend, const Tensor& a, const Tensor& b,
                   double beta, double alpha, const Tensor& out) {
  check_factors(name, a.dtype(), beta, alpha);
  return run_out<AddMatmul>({addend.body(), a.body(), b.body()}, {beta, alpha}, out);
}

// x as a matrix whose rows are all of its last axes, if they lie evenly.
bool fold_rows(const TensorBody& x, int64_t& rows, int64_t& row_stride) {
  rows = 1;
  row_stride = 0;
  for (int d = x.ndim() - 2; d >= 0; --d) {
    if (x.size(d) == 1) continue;
    if (rows == 1)
      row_stride = x.strides()[d];
    else if (x.strides()[d] != rows * row_stride)
      return false;
    rows *= x.size(d);
  }
  return true;
}

// x (..., n) as a matrix of rows.
Tensor rows_of(const Tensor& x) {
  if (x.ndim() == 2) return x;
  const Dims& shape = x.shape();
  return reshape(x, {product(Sizes(shape).first(static_cast<size_t>(x.ndim() - 1))), shape.back()});
}

}  // namespace

void Matmul::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(product_shape(name, *inputs[0], *inputs[1]), inputs[0]->dtype());
}

void Matmul::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&) {
  const TensorBody &a = *inputs[0], &b = *inputs[1], &out = *outputs[0];
  if (a.ndim() == 2 && b.ndim() == 2) {
    kernels.matmul.run({out.array(), a.array(), b.array()});
  } else if (a.ndim() == 1 && b.ndim() == 1) {
    kernels.matmul.dot(out.array(), a.array(), b.array());
  } else {
    const Operands operands(out, a, b);
    kernels.matmul.run(operands.call);
  }
}

void AddMatmul::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  Dims shape = product_shape(name, *inputs[1], *inputs[2]);
  if (inputs[0]->dtype() != inputs[1]->dtype()) {
    fail<RuntimeError>(name, ": the addend and the matrices must have one dtype, got ",
                       inputs[0]->dtype(), " and ", inputs[1]->dtype());
  }
  if (broadcast_shapes(name, inputs[0]->shape(), shape) != shape) {
    fail<RuntimeError>(name, ": the addend ", inputs[0]->shape(),
                       " does not broadcast to the product ", shape);
  }
  outputs.add(std::move(shape), inputs[1]->dtype());
}

void AddMatmul::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  Operands operands(*outputs[0], *inputs[1], *inputs[2]);
  // As in PyTorch, NaN in the addend does not count where beta is zero.
  if (attributes.beta != 0) operands.add(*inputs[0], attributes.beta, attributes.alpha);
  operands.call.alpha = attributes.alpha;
  kernels.matmul.run(operands.call);
}

void Linear::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  const TensorBody &x = *inputs[0], &weight = *inputs[1];
  check_dtypes(name, x, weight);
  if (x.ndim() == 0 || weight.ndim() != 2) {
    fail<RuntimeError>(name, ": takes an input (..., in) and a weight (out, in), got ", x.shape(),
                       " and ", weight.shape());
  }
  if (x.shape().back() != weight.size(1)) {
    fail<RuntimeError>(name, ": the input ", x.shape(), " has ", x.shape().back(),
                       " features, the weight ", weight.shape(), " takes ", weight.size(1));
  }
  if (const TensorBody* bias = inputs[2]) {
    const bool fits =
        bias->ndim() == 0 ||
        (bias->ndim() == 1 && (bias->size(0) == weight.size(0) || bias->size(0) == 1));
    if (!fits) {
      fail<RuntimeError>(name, ": the bias must have shape (", weight.size(0), ",), got ",
                         bias->shape());
    }
    check_dtypes(name, x, *bias);
  }
  Dims shape = x.shape();
  shape[x.ndim() - 1] = weight.size(0);
  outputs.add(std::move(shape), x.dtype());
}

void Linear::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs, const Attributes&) {
  const TensorBody &x = *inputs[0], &weight = *inputs[1], &out = *outputs[0];
  const int64_t in = weight.size(1), features = weight.size(0);
  int64_t rows, row_stride, column_stride = x.strides()[x.ndim() - 1];
  const void* from = x.data();
  Tensor packed;
  if (!fold_rows(x, rows, row_stride)) {
    packed = empty_like(x);
    const Dims strides = contiguous_strides(x.shape());
    kernels.elementwise.copy({packed->data(), x.dtype(), x.shape(), strides}, x.array());
    from = packed->data();
    rows = product(Sizes(x.shape()).first(static_cast<size_t>(x.ndim() - 1)));
    row_stride = in;
    column_stride = 1;
  }
  const int64_t a_shape[2] = {rows, in}, a_strides[2] = {row_stride, column_stride};
  const int64_t b_shape[2] = {in, features};
  const int64_t b_strides[2] = {weight.strides()[1], weight.strides()[0]};
  const int64_t out_shape[2] = {rows, features}, out_strides[2] = {features, 1};
  int64_t addend_strides[2] = {0, 0};
  MatmulCall call{{out.data(), out.dtype(), out_shape, out_strides},
                  {const_cast<void*>(from), x.dtype(), a_shape, a_strides},
                  {weight.data(), weight.dtype(), b_shape, b_strides}};
  if (const TensorBody* bias = inputs[2]) {
    if (bias->numel() > 1) addend_strides[1] = bias->strides()[0];
    call.addend = {bias->data(), bias->dtype(), out_shape, addend_strides};
  }
  kernels.matmul.run(call);
}

void LinearWeightGradient::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &grad = *inputs[0], &x = *inputs[1];
  check_dtypes(name, grad, x);
  outputs.add({grad.size(1), x.size(1)}, grad.dtype());
  if (attributes.bias) outputs.add({grad.size(1)}, grad.dtype());
}

void LinearWeightGradient::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                  const Attributes& attributes) {
  kernels.matmul.weight_gradient({.grad_weight = outputs[0]->array(),
                                  .grad_bias = attributes.bias ? outputs[1]->array() : Array{},
                                  .grad_out = inputs[0]->array(),
                                  .input = inputs[1]->array()});
}

Tensor matmul(const Tensor& a, const Tensor& b, const Tensor& out) {
  return run_out<Matmul>({a.body(), b.body()}, {}, out);
}

Tensor mm(const Tensor& a, const Tensor& b, const Tensor& out) {
  check_rank("mm", "input", a, 2);
  check_rank("mm", "mat2", b, 2);
  return matmul(a, b, out);
}

Tensor bmm(const Tensor& a, const Tensor& b, const Tensor& out) {
  check_rank("bmm", "input", a, 3);
  check_rank("bmm", "mat2", b, 3);
  if (a->size(0) != b->size(0)) {
    fail<RuntimeError>("bmm: batch sizes differ: ", a.shape(), " @ ", b.shape(),
                       "; matmul broadcasts");
  }
  return matmul(a, b, out);
}

Tensor mv(const Tensor& a, const Tensor& b, const Tensor& out) {
  check_rank("mv", "input", a, 2);
  check_rank("mv", "vec", b, 1);
  return matmul(a, b, out);
}

Tensor dot(const Tensor& a, const Tensor& b, const Tensor& out) {
  check_rank("dot", "input", a, 1);
  check_rank("dot", "tensor", b, 1);
  return matmul(a, b, out);
}

Tensor addmm(const Tensor& addend, const Tensor& a, const Tensor& b, double beta, double alpha,
             const Tensor& out) {
  check_rank("addmm", "mat1", a, 2);
  check_rank("addmm", "mat2", b, 2);
  return add_product("addmm", addend, a, b, beta, alpha, out);
}

Tensor baddbmm(const Tensor& addend, const Tensor& a, const Tensor& b, double beta, double alpha,
               const Tensor& out) {
  check_rank("baddbmm", "batch1", a, 3);
  check_rank("baddbmm", "batch2", b, 3);
  if (a->size(0) != b->size(0)) {
    fail<RuntimeError>("baddbmm: batch sizes differ: ", a.shape(), " @ ", b.shape());
  }
  return add_product("baddbmm", addend, a, b, beta, alpha, out);
}

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (weight.ndim() == 1) {
    const Tensor product = matmul(input, weight);
    if (!bias.defined()) return product;
    return run<Elementwise<Add>>({product.body(), bias.body()}, {default_params<Add>()});
  }
  return run<Linear>({input.body(), weight.body(), bias.body()});
}

std::array<Tensor, 2> linear_weight_gradient(const Tensor& grad, const Tensor& input, bool bias) {
  const Tensor rows[] = {rows_of(grad), rows_of(input)};
  TensorBody* inputs[] = {rows[0].body(), rows[1].body()};
  return run_many<LinearWeightGradient, 2>(inputs, {bias});
}

}  // namespace taeda

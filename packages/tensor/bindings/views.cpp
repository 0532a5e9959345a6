#include "taeda/tensor/views.h"

#include <algorithm>
#include <functional>

#include "bindings.h"

namespace taeda::python {
namespace {

// Binds a function of the module and the method of the same name.
template <class Function, class... Extra>
void both(nb::module_& m, TensorClass& tensor, const char* name, Function function,
          const Extra&... extra) {
  m.def(name, function, nb::arg("input"), extra...);
  tensor.def(name, function, extra...);
}

Tensor t(const Tensor& input) {
  if (input.ndim() > 2) {
    fail<RuntimeError>("t: at most 2 dimensions, got shape ", input.shape(),
                       "; use .mT or transpose");
  }
  return input.ndim() == 2 ? transpose(input, 0, 1)
                           : permute(input, input.ndim() ? Dims{0} : Dims{});
}

Tensor reversed(const Tensor& input) {
  Dims dims(input.ndim(), 0);
  for (int d = 0; d < input.ndim(); ++d) dims[d] = input.ndim() - 1 - d;
  return permute(input, dims);
}

// A tuple of piece(0) ... piece(count - 1).
template <class Piece>
nb::tuple pieces(int64_t count, Piece piece) {
  const nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(count)));
  if (!tuple.is_valid()) throw nb::python_error();
  for (int64_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple.ptr(), i, to_python(piece(i)));
  return nb::borrow<nb::tuple>(tuple);
}

int dim_of_pieces(const char* name, const Tensor& input, int64_t dim) {
  if (input.ndim() == 0) {
    fail<RuntimeError>(name, ": at least 1 dimension is needed, got a zero-dimensional tensor");
  }
  return wrap_dim(name, dim, input.ndim());
}

nb::tuple split_evenly(const Tensor& input, int64_t size, int dim) {
  const int64_t total = input->size(dim);
  const int64_t count = size == 0 ? 1 : std::max<int64_t>(1, (total + size - 1) / size);
  return pieces(count, [&](int64_t i) {
    return narrow(input, dim, i * size, std::min(size, total - i * size));
  });
}

nb::tuple split(const Tensor& tensor, nb::handle size_or_sections, int64_t given_dim) {
  const int dim = dim_of_pieces("split", tensor, given_dim);
  const int64_t total = tensor->size(dim);
  if (PyLong_Check(size_or_sections.ptr())) {
    const int64_t size = nb::cast<int64_t>(size_or_sections);
    if (size < 0 || (size == 0 && total != 0)) {
      fail<RuntimeError>("split: split_size must be positive, got ", size);
    }
    return split_evenly(tensor, size, dim);
  }
  Dims sizes;
  if (!read_dims(size_or_sections.ptr(), sizes)) {
    fail<TypeError>("split: the size must be an int or a sequence of ints, got ",
                    nb::repr(size_or_sections).c_str());
  }
  int64_t sum = 0;
  bool negative = false;
  for (int64_t size : sizes) {
    sum += size;
    negative |= size < 0;
  }
  if (negative || sum != total) {
    fail<RuntimeError>("split: the sizes ", sizes, " must be non-negative and add up to ", total,
                       ", the size of dimension ", dim, " of shape ", tensor.shape());
  }
  int64_t start = 0;
  return pieces(sizes.size(), [&](int64_t i) {
    const int64_t size = sizes[static_cast<int>(i)];
    start += size;
    return narrow(tensor, dim, start - size, size);
  });
}

nb::tuple chunk(const Tensor& input, int64_t chunks, int64_t given_dim) {
  if (chunks < 1) {
    fail<RuntimeError>("chunk: the number of chunks must be greater than 0, got ", chunks);
  }
  const int dim = dim_of_pieces("chunk", input, given_dim);
  const int64_t total = input->size(dim);
  if (total == 0) return pieces(chunks, [&](int64_t) { return narrow(input, dim, 0, 0); });
  return split_evenly(input, (total + chunks - 1) / chunks, dim);
}

nb::tuple unbind(const Tensor& input, int64_t given_dim) {
  const int dim = dim_of_pieces("unbind", input, given_dim);
  return pieces(input->size(dim), [&](int64_t i) { return select(input, dim, i); });
}

void bind_pieces(nb::module_& m, TensorClass& tensor) {
#define TAEDA_SPLIT_SIGNATURE(FIRST)                                         \
  nb::sig("def split(" FIRST                                                 \
          ", split_size_or_sections: int | Sequence[int], dim: int = 0) -> " \
          "tuple[Tensor, ...]")
  const char* doc =
      "Views of pieces of one size (the last may be smaller) or of the sizes given.\n\n"
      "RuntimeError where the sizes do not add up to the size of the dimension.\n\n"
      ">>> [piece.tolist() for piece in split(arange(5), 2)]\n[[0, 1], [2, 3], [4]]";
  m.def("split", split, nb::arg("tensor"), nb::arg("split_size_or_sections"), nb::arg("dim") = 0,
        TAEDA_SPLIT_SIGNATURE("tensor: Tensor"), doc);
  tensor.def("split", split, nb::arg("split_size_or_sections"), nb::arg("dim") = 0,
             TAEDA_SPLIT_SIGNATURE("self"), doc);
#undef TAEDA_SPLIT_SIGNATURE
#define TAEDA_PIECES(NAME, ARGUMENTS) \
  nb::sig("def " NAME "(" ARGUMENTS "dim: int = 0) -> tuple[Tensor, ...]")
  doc =
      "At most this many views of equal size along a dimension; the last may be smaller.\n\n"
      ">>> [piece.tolist() for piece in chunk(arange(5), 2)]\n[[0, 1, 2], [3, 4]]";
  m.def("chunk", chunk, nb::arg("input"), nb::arg("chunks"), nb::arg("dim") = 0,
        TAEDA_PIECES("chunk", "input: Tensor, chunks: int, "), doc);
  tensor.def("chunk", chunk, nb::arg("chunks"), nb::arg("dim") = 0,
             TAEDA_PIECES("chunk", "self, chunks: int, "), doc);
  doc =
      "Views of all indices of a dimension, which vanishes.\n\n"
      ">>> unbind(tensor([1, 2]))\n(tensor(1), tensor(2))";
  m.def("unbind", unbind, nb::arg("input"), nb::arg("dim") = 0,
        TAEDA_PIECES("unbind", "input: Tensor, "), doc);
  tensor.def("unbind", unbind, nb::arg("dim") = 0, TAEDA_PIECES("unbind", "self, "), doc);
#undef TAEDA_PIECES
}

Tensor matrix_transpose(const Tensor& input) {
  if (input.ndim() < 2) {
    fail<RuntimeError>("mT: at least 2 dimensions are needed, got shape ", input.shape());
  }
  return transpose(input, -2, -1);
}

Tensor squeeze_many(Tensor input, const nb::object& dim) {
  if (dim.is_none()) return squeeze(input);
  Dims dims = nb::cast<Dims>(dim);
  // From the back, so that the dims not yet dropped keep their numbers.
  for (int i = 0; i < dims.size(); ++i) dims[i] = wrap_dim("squeeze", dims[i], input.ndim());
  std::sort(dims.begin(), dims.end(), std::greater<>());
  if (dims.empty()) return view(input, input.shape());
  for (int64_t d : dims) input = squeeze(input, d);
  return input;
}

Tensor unflatten(const Tensor& input, int64_t dim, const Dims& sizes) {
  const int at = wrap_dim("unflatten", dim, input.ndim());
  Dims shape;
  for (int d = 0; d < input.ndim(); ++d) {
    if (d != at) {
      shape.push_back(input->size(d));
      continue;
    }
    int64_t known = 1;
    bool unknown = false;
    for (int64_t size : sizes) size == -1 ? void(unknown = true) : void(known *= size);
    for (int64_t size : sizes) {
      shape.push_back(size == -1 && known > 0 ? input->size(d) / known : size);
    }
    if (!unknown && known != input->size(d)) {
      fail<RuntimeError>("unflatten: sizes ", sizes, " do not multiply to the size ",
                         input->size(d), " of dimension ", at);
    }
  }
  return view(input, shape);
}

Tensor movedim(const Tensor& input, const Dims& source, const Dims& destination) {
  const int ndim = input.ndim();
  if (source.size() != destination.size()) {
    fail<RuntimeError>("movedim: source ", source, " and destination ", destination,
                       " need as many dims as each other");
  }
  Dims order(ndim, -1), moved(ndim, 0);
  for (int i = 0; i < source.size(); ++i) {
    const int from = wrap_dim("movedim", source[i], ndim);
    const int to = wrap_dim("movedim", destination[i], ndim);
    if (moved[from]++ || order[to] != -1) {
      fail<RuntimeError>("movedim: a dim appears twice in ", source, " or ", destination);
    }
    order[to] = from;
  }
  int next = 0;
  for (int d = 0; d < ndim; ++d) {
    if (order[d] != -1) continue;
    while (moved[next]) ++next;
    order[d] = next++;
  }
  return permute(input, order);
}

}  // namespace

void bind_views(nb::module_& m, TensorClass& tensor) {
  bind_pieces(m, tensor);
  both(m, tensor, "transpose", transpose, nb::arg("dim0"), nb::arg("dim1"),
       "A view with two dimensions exchanged.");
  both(m, tensor, "swapaxes", transpose, nb::arg("axis0"), nb::arg("axis1"), "Same as transpose.");
  both(m, tensor, "swapdims", transpose, nb::arg("dim0"), nb::arg("dim1"), "Same as transpose.");
  both(m, tensor, "t", t, "A matrix transposed; vectors stay.");
  both(m, tensor, "flatten", flatten, nb::arg("start_dim") = 0, nb::arg("end_dim") = -1,
       "Dimensions start_dim to end_dim made one.");
  both(m, tensor, "unsqueeze", unsqueeze, nb::arg("dim"), "A new dimension of size 1 at dim.");
  both(m, tensor, "squeeze", squeeze_many, nb::arg("dim") = nb::none(),
       "Without the dimensions of size 1, or without those given.");
  both(m, tensor, "narrow", narrow, nb::arg("dim"), nb::arg("start"), nb::arg("length"),
       "A view of indices start to start + length of one dimension.");
  both(
      m, tensor, "select",
      [](const Tensor& input, int64_t dim, int64_t index) { return select(input, dim, index); },
      nb::arg("dim"), nb::arg("index"), "A view of one index of a dimension, which vanishes.");
  both(m, tensor, "diagonal", diagonal, nb::arg("offset") = 0, nb::arg("dim1") = 0,
       nb::arg("dim2") = 1,
       "A view of the diagonal of two dimensions, which becomes the last one.");
  both(m, tensor, "unflatten", unflatten, nb::arg("dim"), nb::arg("sizes"),
       "One dimension cut into several.");
  both(m, tensor, "movedim", movedim, nb::arg("source"), nb::arg("destination"),
       "Dimensions moved to other places; the rest keep their order.");
  both(m, tensor, "moveaxis", movedim, nb::arg("source"), nb::arg("destination"),
       "Same as movedim.");
  m.def("reshape", reshape, nb::arg("input"), nb::arg("shape"),
        "The elements in another shape: a view where possible, else a copy.");
  m.def("permute", permute, nb::arg("input"), nb::arg("dims"),
        "A view with the dimensions reordered.");
  m.def("broadcast_to", expand, nb::arg("input"), nb::arg("size"), "A view expanded to a shape.");
  m.def("_slice", slice, nb::arg("input"), nb::arg("dim"), nb::arg("start"), nb::arg("end"),
        nb::arg("step"), "A view of start:end:step along one dimension.");
  m.def(
      "as_strided",
      [](const Tensor& input, const Dims& size, const Dims& stride, const nb::object& offset) {
        return as_strided(input, size, stride,
                          offset.is_none() ? input->offset() : nb::cast<int64_t>(offset));
      },
      nb::arg("input"), nb::arg("size"), nb::arg("stride"), nb::arg("storage_offset") = nb::none(),
      "A view of any shape and strides within the storage.");

  tensor
      .def(
          "as_strided",
          [](const Tensor& input, const Dims& size, const Dims& stride, const nb::object& offset) {
            return as_strided(input, size, stride,
                              offset.is_none() ? input->offset() : nb::cast<int64_t>(offset));
          },
          nb::arg("size"), nb::arg("stride"), nb::arg("storage_offset") = nb::none())
      .def(
          "view",
          [](nb::handle_t<TensorBody> object, const nb::args& shape) {
            const Tensor self(body_of(object.ptr()));
            DType dtype;
            if (shape.size() == 1 && read_dtype(nb::object(shape[0]).ptr(), dtype)) {
              return nb::cast<Tensor>(object.attr("_view_as_dtype")(shape[0]));
            }
            return view(self, dims_from_args("view", shape));
          },
          nb::sig("def view(self, *shape: int | Sequence[int] | _dtype) -> Tensor"),
          "The same memory in another shape; one size may be -1.")
      .def(
          "reshape",
          [](const Tensor& self, const nb::args& shape) {
            return reshape(self, dims_from_args("reshape", shape));
          },
          nb::sig("def reshape(self, *shape: int | Sequence[int]) -> Tensor"),
          "The elements in another shape: a view where possible, else a copy.")
      .def(
          "permute",
          [](const Tensor& self, const nb::args& dims) {
            return permute(self, dims_from_args("permute", dims));
          },
          nb::sig("def permute(self, *dims: int | Sequence[int]) -> Tensor"),
          "A view with the dimensions reordered.")
      .def(
          "expand",
          [](const Tensor& self, const nb::args& sizes) {
            return expand(self, dims_from_args("expand", sizes));
          },
          nb::sig("def expand(self, *sizes: int | Sequence[int]) -> Tensor"),
          "A view with dimensions of size 1 repeated; -1 keeps a size.")
      .def(
          "view_as",
          [](const Tensor& self, const Tensor& other) { return view(self, other.shape()); },
          nb::arg("other"))
      .def(
          "reshape_as",
          [](const Tensor& self, const Tensor& other) { return reshape(self, other.shape()); },
          nb::arg("other"))
      .def(
          "expand_as",
          [](const Tensor& self, const Tensor& other) { return expand(self, other.shape()); },
          nb::arg("other"))
      .def("broadcast_to", expand, nb::arg("size"))
      .def("unfold", unfold, nb::arg("dimension"), nb::arg("size"), nb::arg("step"),
           "Windows of one dimension; the window becomes the last dimension.")
      .def_prop_ro(
          "T", [](const TensorBody& self) { return reversed(tensor_of(self)); },
          "All dimensions reversed.")
      .def_prop_ro(
          "mT", [](const TensorBody& self) { return matrix_transpose(tensor_of(self)); },
          "The last two dimensions exchanged.");
}

}  // namespace taeda::python

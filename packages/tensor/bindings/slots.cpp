// The number protocol of Tensor, written against the C API: operators are the hottest path of all.
#include "slots.h"

#include <string_view>

#include "interop.h"
#include "taeda/tensor/ops/elementwise.h"

namespace taeda::python {
namespace {

template <class Op>
PyObject* unary_slot(PyObject* self) noexcept {
  return slot(
      [&] { return to_python(run<Elementwise<Op>>({body_of(self)}, {default_params<Op>()})); });
}

template <class Op>
PyObject* binary_slot(PyObject* left, PyObject* right) noexcept {
  return slot([&]() -> PyObject* {
    SlotOperand a, b;
    if (!a.read(left) || !b.read(right)) return Py_NewRef(Py_NotImplemented);
    return to_python(run<Elementwise<Op>>({a.body(), b.body()}, {default_params<Op>()}));
  });
}

template <class Op>
PyObject* in_place_slot(PyObject* self, PyObject* other) noexcept {
  return slot([&]() -> PyObject* {
    SlotOperand b;
    if (!b.read(other)) return Py_NewRef(Py_NotImplemented);
    run_in_place<Elementwise<Op>>({body_of(self), b.body()}, {default_params<Op>()});
    return Py_NewRef(self);
  });
}

// pow takes a third operand, a modulus, that tensors do not know.
PyObject* power_slot(PyObject* base, PyObject* exponent, PyObject* modulus) noexcept {
  if (modulus != Py_None) return Py_NewRef(Py_NotImplemented);
  return slot([&]() -> PyObject* { return power(base, exponent); });
}

void* find_unary(std::string_view name) {
  void* found = nullptr;
  UnaryOps::for_each([&]<class Op>() {
    if (name == Op::decl.name) found = reinterpret_cast<void*>(&unary_slot<Op>);
  });
  return found;
}

template <bool InPlace>
void* find_binary(std::string_view name) {
  void* found = nullptr;
  BinaryOps::for_each([&]<class Op>() {
    if (name != Op::decl.name) return;
    if constexpr (InPlace)
      found = reinterpret_cast<void*>(&in_place_slot<Op>);
    else
      found = reinterpret_cast<void*>(&binary_slot<Op>);
  });
  return found;
}

using BinaryFunction = PyObject* (*)(PyObject*, PyObject*);
BinaryFunction comparisons[6];

PyObject* compare_slot(PyObject* left, PyObject* right, int comparison) noexcept {
  return comparisons[comparison](left, right);
}

int truth_slot(PyObject* self) noexcept {
  const TensorBody& body = *body_of(self);
  if (body.numel() != 1) {
    PyErr_SetString(
        PyExc_RuntimeError,
        body.numel() == 0
            ? "bool: a tensor without elements is neither true nor false; use .numel()"
            : "bool: a tensor of more than one element is ambiguous; use .any() or .all()");
    return -1;
  }
  try {
    return item(body).as_bool();
  } catch (...) {
    set_python_error();
    return -1;
  }
}

template <class Error>
Scalar element_of(PyObject* self, const char* purpose) {
  const TensorBody& body = *body_of(self);
  if (body.numel() != 1) {
    fail<Error>(purpose,
                ": only one element tensors can be converted to Python scalars, got shape ",
                body.shape());
  }
  return item(body);
}
PyObject* int_slot(PyObject* self) noexcept {
  return slot([&] {
    const Scalar value = element_of<ValueError>(self, "int");
    if (value.kind() == DType::Float64) return PyLong_FromDouble(value.as_double());
    return PyLong_FromLongLong(value.as_int());
  });
}
PyObject* index_slot(PyObject* self) noexcept {
  return slot([&] {
    const Scalar value = element_of<TypeError>(self, "index");
    if (value.kind() == DType::Float64) {
      fail<TypeError>("index: only integer tensors of one element can be an index, got ",
                      body_of(self)->dtype());
    }
    return PyLong_FromLongLong(value.as_int());
  });
}
PyObject* float_slot(PyObject* self) noexcept {
  return slot(
      [&] { return PyFloat_FromDouble(element_of<ValueError>(self, "float").as_double()); });
}

Py_ssize_t length_slot(PyObject* self) noexcept {
  const TensorBody& body = *body_of(self);
  if (body.ndim() == 0) {
    PyErr_SetString(PyExc_TypeError, "len() of a 0-d tensor");
    return -1;
  }
  return static_cast<Py_ssize_t>(body.size(0));
}

Py_hash_t hash_slot(PyObject* self) noexcept {
  return static_cast<Py_hash_t>(reinterpret_cast<uintptr_t>(self) >> 4);
}

}  // namespace

PyObject* power(PyObject* base, PyObject* exponent) {
  static const auto general = reinterpret_cast<BinaryFunction>(find_binary<false>("pow"));
  return general(base, exponent);
}

std::vector<PyType_Slot> number_slots() {
  std::vector<PyType_Slot> slots;
  const auto add = [&](int id, void* function) {
    if (function) slots.push_back({id, function});
  };
  constexpr std::pair<int, const char*> binary[] = {
      {Py_nb_add, "add"},
      {Py_nb_subtract, "sub"},
      {Py_nb_multiply, "mul"},
      {Py_nb_true_divide, "div"},
      {Py_nb_floor_divide, "floor_divide"},
      {Py_nb_remainder, "remainder"},
      {Py_nb_and, "bitwise_and"},
      {Py_nb_or, "bitwise_or"},
      {Py_nb_xor, "bitwise_xor"},
      {Py_nb_lshift, "bitwise_left_shift"},
      {Py_nb_rshift, "bitwise_right_shift"},
  };
  constexpr std::pair<int, const char*> in_place[] = {
      {Py_nb_inplace_add, "add"},
      {Py_nb_inplace_subtract, "sub"},
      {Py_nb_inplace_multiply, "mul"},
      {Py_nb_inplace_true_divide, "div"},
      {Py_nb_inplace_floor_divide, "floor_divide"},
      {Py_nb_inplace_remainder, "remainder"},
      {Py_nb_inplace_and, "bitwise_and"},
      {Py_nb_inplace_or, "bitwise_or"},
      {Py_nb_inplace_xor, "bitwise_xor"},
      {Py_nb_inplace_lshift, "bitwise_left_shift"},
      {Py_nb_inplace_rshift, "bitwise_right_shift"},
  };
  constexpr std::pair<int, const char*> unary[] = {
      {Py_nb_negative, "neg"}, {Py_nb_absolute, "abs"}, {Py_nb_invert, "bitwise_not"}};
  constexpr std::pair<int, const char*> compare[] = {{Py_LT, "lt"}, {Py_LE, "le"}, {Py_EQ, "eq"},
                                                     {Py_NE, "ne"}, {Py_GT, "gt"}, {Py_GE, "ge"}};
  for (const auto& [id, name] : binary) add(id, find_binary<false>(name));
  for (const auto& [id, name] : in_place) add(id, find_binary<true>(name));
  for (const auto& [id, name] : unary) add(id, find_unary(name));
  for (const auto& [id, name] : compare) {
    comparisons[id] = reinterpret_cast<BinaryFunction>(find_binary<false>(name));
  }
  add(Py_nb_power, reinterpret_cast<void*>(&power_slot));
  add(Py_tp_richcompare, reinterpret_cast<void*>(&compare_slot));
  add(Py_tp_hash, reinterpret_cast<void*>(&hash_slot));
  add(Py_nb_bool, reinterpret_cast<void*>(&truth_slot));
  add(Py_nb_int, reinterpret_cast<void*>(&int_slot));
  add(Py_nb_index, reinterpret_cast<void*>(&index_slot));
  add(Py_nb_float, reinterpret_cast<void*>(&float_slot));
  add(Py_mp_length, reinterpret_cast<void*>(&length_slot));
  add(Py_mp_subscript, reinterpret_cast<void*>(&subscript_slot));
  add(Py_mp_ass_subscript, reinterpret_cast<void*>(&assign_slot));
  add(Py_bf_getbuffer, reinterpret_cast<void*>(&get_buffer));
  add(Py_bf_releasebuffer, reinterpret_cast<void*>(&release_buffer));
  add(Py_nb_matrix_multiply, reinterpret_cast<void*>(&matmul_slot));
  slots.push_back({0, nullptr});
  return slots;
}

}  // namespace taeda::python

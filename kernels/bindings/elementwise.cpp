// Functions of all elementwise operations, made from the lists of their declarations.
#include "taeda/kernels/elementwise.h"

#include <deque>

#include "arrays.h"
#include "bindings.h"
#include "taeda/kernels/ops/parameters.h"
#include "taeda/kernels/promotion.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

constexpr int kMaxParameters = 8;

struct Entry {
  const OpDecl* decl;
  Arity arity;
  int op;
  bool is_where;          // the first operand is a condition, which takes no part in promotion
  std::string signature;  // nanobind keeps the address
  std::string doc;

  const char* name() const { return decl->name; }
  int operands() const { return static_cast<int>(arity); }
};

const char* operand_name(const Entry& entry, int i) {
  static constexpr const char* names[] = {"x", "y", "z"};
  if (entry.is_where) return i == 0 ? "condition" : names[i - 1];
  if (!std::string_view(entry.name()).ends_with("_backward")) return names[i];
  // The second operand of a gradient is the result or the operand of the forward operation.
  const std::string_view doc = entry.decl->doc;
  return i == 0 ? "grad" : doc.find("result") != doc.npos ? "result" : "x";
}

std::string signature_of(const Entry& entry) {
  std::string text = std::string("def ") + entry.name() + "(";
  for (int i = 0; i < entry.operands(); ++i) {
    text += std::string(operand_name(entry, i)) + ": typing.Any, ";
  }
  text += "/, *, ";
  for (int i = 0; i < parameter_count(*entry.decl); ++i) {
    const Parameter given = parameter(*entry.decl, i);
    std::string value(given.text);
    if (value == "inf" || value == "-inf" || value == "nan") value = "float('" + value + "')";
    text += std::string(given.name) + ": float = " + value + ", ";
  }
  return text + "out: typing.Any = None) -> typing.Any";
}

std::string doc_of(const Entry& entry) {
  std::string text = entry.decl->doc;
  text += "\n\n";
  if (entry.arity != Arity::Unary) text += "The operands broadcast and promote as in PyTorch. ";
  switch (entry.decl->accepts) {
    case Accepts::All:
      text += "All dtypes";
      break;
    case Accepts::NoBool:
      text += "All dtypes but bool";
      break;
    case Accepts::Bits:
      text += "Integers and bool";
      break;
    case Accepts::Integers:
      text += "Integers";
      break;
    case Accepts::Floats:
      text += "Float dtypes";
      break;
  }
  if (entry.decl->result == Result::Bool)
    text += "; the result is bool";
  else if (entry.decl->promote == Promote::ToFloat)
    text += "; integers give float32";
  return text +
         ".\nRaises TypeError for other dtypes, ValueError for shapes that do not broadcast and "
         "for an"
         "\n`out` that has another shape or overlaps an operand in part.";
}

// Values of the parameters and `out` from the keywords.
nb::handle read_keywords(const Entry& entry, const nb::kwargs& keywords, double* values) {
  const int count = parameter_count(*entry.decl);
  for (int i = 0; i < count; ++i) values[i] = parameter(*entry.decl, i).default_value();
  nb::handle out;
  for (auto [key, value] : keywords) {
    const std::string_view name = nb::cast<const char*>(key);
    if (name == "out") {
      out = value;
      continue;
    }
    int found = 0;
    while (found < count && parameter(*entry.decl, found).name != name) ++found;
    if (found == count) {
      fail<TypeError>(entry.name(), ": unexpected keyword argument '", name, "'; the signature is ",
                      entry.signature);
    }
    if (!nb::try_cast(value, values[found])) {
      fail<TypeError>(entry.name(), ": ", name, " must be a number");
    }
  }
  return out;
}

void check_parameters(const Entry& entry, DType compute, const double* values) {
  if (is_floating(compute)) return;
  for (int i = 0; i < parameter_count(*entry.decl); ++i) {
    if (std::isfinite(values[i]) && values[i] != std::trunc(values[i])) {
      fail<TypeError>(entry.name(), ": ", parameter(*entry.decl, i).name,
                      " must be an integer for operands of ", compute, ", got ", values[i]);
    }
  }
}

nb::object call(const Entry& entry, const nb::args& arguments, const nb::kwargs& keywords) {
  const char* name = entry.name();
  if (static_cast<int>(arguments.size()) != entry.operands()) {
    fail<TypeError>(name, ": takes ", entry.operands(), " positional arguments, got ",
                    arguments.size());
  }
  double values[kMaxParameters];
  const nb::handle out = read_keywords(entry, keywords, values);

  std::vector<Operand> operands;
  operands.reserve(arguments.size());
  for (int i = 0; i < entry.operands(); ++i) {
    operands.emplace_back(name, operand_name(entry, i), arguments[static_cast<size_t>(i)]);
  }
  std::vector<const Operand*> promoted;
  std::vector<Sizes> shapes;
  for (const Operand& operand : operands) {
    if (!entry.is_where || &operand != operands.data()) promoted.push_back(&operand);
    shapes.push_back(operand.shape());
  }
  const DType common = common_dtype(promoted);
  if (!accepts(*entry.decl, common)) {
    fail<TypeError>(name, ": not defined for ", common, "; ",
                    entry.decl->accepts == Accepts::Floats     ? "float dtypes only"
                    : entry.decl->accepts == Accepts::Bits     ? "integers and bool only"
                    : entry.decl->accepts == Accepts::Integers ? "integers only"
                                                               : "numbers only");
  }
  const DType compute = compute_dtype(*entry.decl, common);
  check_parameters(entry, compute, values);
  const std::vector<int64_t> shape = broadcast_shapes(name, shapes);
  const Output result = output_for(name, out, result_dtype(*entry.decl, common), shape);

  // The bounds that nan_to_num takes by default are those of the dtype itself.
  if (entry.name() == std::string_view(NanToNum::decl.name)) {
    if (std::isnan(values[1])) values[1] = largest_value(compute);
    if (std::isnan(values[2])) values[2] = -largest_value(compute);
  }
  std::vector<std::vector<int64_t>> strides;
  std::vector<Array> inputs;
  for (const Operand& operand : operands) {
    strides.push_back(broadcast_strides(operand.array(), shape));
    inputs.push_back({operand.array().data, operand.dtype(), shape, strides.back()});
  }
  if (out.is_valid() && !out.is_none()) check_overlap(name, result.array(), inputs, true);
  {
    const ReleaseForLarge release(result.array().numel());
    kernels(DeviceType::CPU)
        .elementwise.run({entry.arity, entry.op, compute, result.array(), inputs, values});
  }
  return result.object();
}

void copy(nb::handle out, nb::handle x) {
  const Operand operand("copy", "x", x);
  const Output result("copy", out);
  const Array& to = result.array();
  const Sizes shapes[] = {to.shape, operand.shape()};
  const std::vector<int64_t> shape = broadcast_shapes("copy", shapes);
  if (!std::equal(shape.begin(), shape.end(), to.shape.begin(), to.shape.end())) {
    fail<ValueError>("copy: ", ShapeText{operand.shape()}, " does not broadcast to the shape ",
                     ShapeText{to.shape}, " of out");
  }
  const std::vector<int64_t> strides = broadcast_strides(operand.array(), shape);
  const Array from{operand.array().data, operand.dtype(), shape, strides};
  check_overlap("copy", to, {&from, 1}, true);
  const ReleaseForLarge release(to.numel());
  kernels(DeviceType::CPU).elementwise.copy(to, from);
}

template <class List>
void define(nb::module_& m, std::deque<Entry>& entries) {
  List::for_each([&]<class Op>() {
    static_assert(parameter_count(Op::decl) <= kMaxParameters);
    Entry& entry = entries.emplace_back(Entry{.decl = &Op::decl,
                                              .arity = arity_of<Op>(),
                                              .op = index_of<Op>(),
                                              .is_where = std::is_same_v<Op, Where>,
                                              .signature = {},
                                              .doc = {}});
    entry.signature = signature_of(entry);
    entry.doc = doc_of(entry);
    const Entry* const known = &entry;
    m.def(
        entry.name(),
        [known](const nb::args& arguments, const nb::kwargs& keywords) {
          return call(*known, arguments, keywords);
        },
        nb::sig(entry.signature.c_str()), entry.doc.c_str());
  });
}

}  // namespace

void init_elementwise(nb::module_& m) {
  static auto* entries = new std::deque<Entry>;
  define<UnaryOps>(m, *entries);
  define<BinaryOps>(m, *entries);
  define<TernaryOps>(m, *entries);
  m.def(
      "_operations",
      [] {
        nb::list result;
        for (const Entry& entry : *entries) {
          static constexpr const char* accepts[] = {"all", "no_bool", "bits", "integers", "floats"};
          nb::dict facts;
          facts["name"] = entry.name();
          facts["arity"] = entry.operands();
          facts["parameters"] = entry.decl->parameters;
          facts["accepts"] = accepts[static_cast<int>(entry.decl->accepts)];
          facts["to_float"] = entry.decl->promote == Promote::ToFloat;
          facts["to_bool"] = entry.decl->result == Result::Bool;
          result.append(facts);
        }
        return result;
      },
      nb::sig("def _operations() -> list[dict[str, typing.Any]]"),
      "The facts of each elementwise operation, for tests and documentation.");
  m.def("copy", &copy, nb::arg("out"), nb::arg("x"),
        nb::sig("def copy(out: typing.Any, x: typing.Any) -> None"),
        "Writes x, broadcast and converted, into out: floats are cut towards zero for integers.\n\n"
        "Raises ValueError where x does not broadcast to the shape of out.");
}

}  // namespace taeda::python

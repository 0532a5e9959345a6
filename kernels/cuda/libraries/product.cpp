#include "product.h"

#include "../runtime/allocator.h"
#include "choices.h"
#include "opened.h"
#include "taeda/kernels/error.h"
#include "taeda/kernels/libraries.h"

namespace taeda::cuda::blas {
namespace {

constexpr size_t kMostWorkspace = size_t{32} << 20;

Type type_of(DType dtype) {
  switch (dtype) {
    case DType::Float64:
      return kFloat64;
    case DType::Float16:
      return kFloat16;
    case DType::BFloat16:
      return kBFloat16;
    default:
      return kFloat32;
  }
}

// The largest power of two up to 256 that divides where all matrices of the batch start.
uint32_t alignment_of(const Operand& operand, int64_t count) {
  auto bits = reinterpret_cast<uintptr_t>(operand.data) | 256u;
  if (count > 1) bits |= static_cast<uintptr_t>(operand.batch_step * size_of(operand.dtype));
  return static_cast<uint32_t>(bits & -bits);
}

// A descriptor of the library for the time of a call.
class Descriptor {
 public:
  using Destroy = int (*)(void*);
  using Set = int (*)(void*, int, const void*, size_t);
  Descriptor(const Library& library, Destroy destroy, Set set)
      : library_(library), destroy_(destroy), set_(set) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (pointer_) destroy_(pointer_);
  }
  void** place() { return &pointer_; }
  void* get() const { return pointer_; }
  void created(int status) const { check(status, "creation of a descriptor"); }
  template <class Value>
  void set(int attribute, const Value& value) {
    check(set_(pointer_, attribute, &value, sizeof(value)), "description of a product");
  }
  void check(int status, const char* what) const {
    if (status == kSuccess) return;
    fail<RuntimeError>("matmul: cuBLASLt: ", what, ": ", library_.status_text(status), " (", status,
                       ")");
  }

 private:
  const Library& library_;
  Destroy destroy_;
  Set set_;
  void* pointer_ = nullptr;
};

struct Layout : Descriptor {
  Layout(const Library& library, const Operand& operand, int64_t count)
      : Descriptor(library, library.destroy_layout, library.set_layout) {
    // Rows of ours are columns of theirs.
    const bool by_rows = operand.is_row_major();
    created(library.create_layout(place(), type_of(operand.dtype),
                                  static_cast<uint64_t>(by_rows ? operand.columns : operand.rows),
                                  static_cast<uint64_t>(by_rows ? operand.rows : operand.columns),
                                  operand.step()));
    if (count == 1) return;
    set(kBatchCount, static_cast<int32_t>(count));
    set(kBatchStride, operand.batch_step);
  }
};

struct Choice {
  Suggestion suggestion;
  bool exists;
};

// What the library proposes first: it follows from these facts, no timing is involved.
Choice choose(const Library& library, void* handle, const Product& p, void* operation,
              const Layout (&layouts)[4], uint32_t schemes) {
  Descriptor preference(library, library.destroy_preference, library.set_preference);
  preference.created(library.create_preference(preference.place()));
  preference.set(kMaxWorkspaceBytes, kMostWorkspace);
  preference.set(kReductionSchemes, schemes);
  const Operand* operands[] = {&p.b, &p.a, &p.c, &p.out};
  for (int i = 0; i < 4; ++i) {
    preference.set(kAlignmentA + i, alignment_of(*operands[i], p.count));
  }
  Choice choice{};
  int found = 0;
  const int status =
      library.suggest(handle, operation, layouts[0].get(), layouts[1].get(), layouts[2].get(),
                      layouts[3].get(), preference.get(), 1, &choice.suggestion, &found);
  choice.exists = status == kSuccess && found > 0 && choice.suggestion.status == kSuccess;
  return choice;
}

std::vector<int64_t> facts_of(const Product& p, int compute, uint32_t schemes) {
  std::vector<int64_t> facts{current_device(), p.out.rows, p.out.columns, p.a.columns,
                             p.count,          compute,    schemes,       p.bias != nullptr};
  for (const Operand* operand : {&p.out, &p.a, &p.b, &p.c}) {
    facts.insert(facts.end(),
                 {static_cast<int64_t>(operand->dtype), operand->is_row_major(), operand->step(),
                  p.count > 1 ? operand->batch_step : 0, alignment_of(*operand, p.count)});
  }
  if (p.bias) facts.push_back(static_cast<int64_t>(reinterpret_cast<uintptr_t>(p.bias) % 16));
  return facts;
}

}  // namespace

Outcome run(const Library& library, void* handle, const Product& p) {
  const LibrarySettings& settings = library_settings();
  const bool wide = p.out.dtype == DType::Float64;
  const Compute compute = wide                                                  ? kComputeFloat64
                          : p.a.dtype == DType::Float32 && settings.cublas_tf32 ? kComputeTf32
                                                                                : kComputeFloat32;
  const uint32_t schemes =
      kThroughCompute | (settings.cublas_narrow_sums ? uint32_t{kThroughOutput} : 0u);

  Descriptor operation(library, library.destroy_operation, library.set_operation);
  operation.created(
      library.create_operation(operation.place(), compute, wide ? kFloat64 : kFloat32));
  operation.set(kTransposeA, static_cast<int32_t>(p.b.is_row_major() ? kAsIs : kTransposed));
  operation.set(kTransposeB, static_cast<int32_t>(p.a.is_row_major() ? kAsIs : kTransposed));
  if (p.bias) {
    operation.set(kEpilogue, static_cast<int32_t>(kBias));
    operation.set(kBiasPointer, p.bias);
  }
  const Layout layouts[4] = {{library, p.b, p.count},
                             {library, p.a, p.count},
                             {library, p.c, p.count},
                             {library, p.out, p.count}};

  static auto* const choices = new Choices<Choice>;
  const Choice choice = choices->get(facts_of(p, compute, schemes), [&] {
    return choose(library, handle, p, operation.get(), layouts, schemes);
  });
  if (!choice.exists) return Outcome::Refused;

  const size_t bytes = choice.suggestion.workspace_bytes;
  const DeviceScratch<char> workspace(static_cast<int64_t>(bytes));
  const auto alpha = static_cast<float>(p.alpha), beta = static_cast<float>(p.beta);
  const OpenMemory open;
  const int status =
      library.multiply(handle, operation.get(), wide ? static_cast<const void*>(&p.alpha) : &alpha,
                       p.b.data, layouts[0].get(), p.a.data, layouts[1].get(),
                       wide ? static_cast<const void*>(&p.beta) : &beta, p.c.data, layouts[2].get(),
                       p.out.data, layouts[3].get(), &choice.suggestion.algorithm,
                       bytes > 0 ? workspace.data() : nullptr, bytes, current_stream());
  if (status == kNotSupported) return Outcome::Refused;
  operation.check(status, "product");
  return Outcome::Done;
}

}  // namespace taeda::cuda::blas

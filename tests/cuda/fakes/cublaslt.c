/* cuBLASLt as its documentation describes it, on memory that the CPU can read. Matrices lie by
 * columns. FAKE_REFUSE, FAKE_FAIL and FAKE_NO_DEVICE of the environment make it do so. */
#include "common.h"

enum {
  SUCCESS = 0,
  NOT_INITIALIZED = 1,
  INVALID_VALUE = 7,
  EXECUTION_FAILED = 13,
  NOT_SUPPORTED = 15
};

typedef struct {
  int compute, scale, transpose_a, transpose_b, epilogue;
  const void* bias;
} Operation;
typedef struct {
  int type, count;
  int64_t rows, columns, step, stride;
} Layout;
typedef struct {
  size_t workspace;
  uint32_t schemes, alignment[4];
} Preference;
typedef struct {
  uint64_t words[8];
  size_t workspace;
  int status;
  float waves;
  int reserved[4];
} Suggestion;

static int kind_of(int type) {
  return type == 1 ? DOUBLE : type == 2 ? HALF : type == 14 ? BRAIN : SINGLE;
}

size_t cublasLtGetVersion(void) { return 130099; }
const char* cublasLtGetStatusString(int status) {
  return status == NOT_SUPPORTED ? "not supported" : "it failed";
}

int cublasLtCreate(void** handle) {
  static int made;
  if (told("FAKE_NO_DEVICE")) return NOT_INITIALIZED;
  *handle = &made;
  return SUCCESS;
}

int cublasLtMatmulDescCreate(Operation** place, int compute, int scale) {
  *place = calloc(1, sizeof(Operation));
  (*place)->compute = compute;
  (*place)->scale = scale;
  (*place)->epilogue = 1;
  return SUCCESS;
}
int cublasLtMatmulDescDestroy(Operation* operation) {
  free(operation);
  return SUCCESS;
}
int cublasLtMatmulDescSetAttribute(Operation* o, int attribute, const void* value, size_t bytes) {
  void* const places[] = {
      [3] = &o->transpose_a, [4] = &o->transpose_b, [7] = &o->epilogue, [8] = &o->bias};
  if (attribute < 3 || attribute > 8 || !places[attribute]) return INVALID_VALUE;
  if (bytes != (attribute == 8 ? sizeof(void*) : sizeof(int))) return INVALID_VALUE;
  memcpy(places[attribute], value, bytes);
  return SUCCESS;
}

int cublasLtMatrixLayoutCreate(Layout** place, int type, uint64_t rows, uint64_t columns,
                               int64_t step) {
  const Layout made = {type, 1, (int64_t)rows, (int64_t)columns, step, 0};
  *place = malloc(sizeof(Layout));
  **place = made;
  return SUCCESS;
}
int cublasLtMatrixLayoutDestroy(Layout* layout) {
  free(layout);
  return SUCCESS;
}
int cublasLtMatrixLayoutSetAttribute(Layout* layout, int attribute, const void* value,
                                     size_t bytes) {
  if (attribute == 5 && bytes == sizeof(int32_t))
    return memcpy(&layout->count, value, bytes), SUCCESS;
  if (attribute == 6 && bytes == sizeof(int64_t))
    return memcpy(&layout->stride, value, bytes), SUCCESS;
  return INVALID_VALUE;
}

int cublasLtMatmulPreferenceCreate(Preference** place) {
  *place = calloc(1, sizeof(Preference));
  return SUCCESS;
}
int cublasLtMatmulPreferenceDestroy(Preference* preference) {
  free(preference);
  return SUCCESS;
}
int cublasLtMatmulPreferenceSetAttribute(Preference* p, int attribute, const void* value,
                                         size_t bytes) {
  if (attribute == 1 && bytes == sizeof(size_t))
    return memcpy(&p->workspace, value, bytes), SUCCESS;
  if (bytes != sizeof(uint32_t)) return INVALID_VALUE;
  if (attribute == 3) return memcpy(&p->schemes, value, bytes), SUCCESS;
  if (attribute < 5 || attribute > 8) return INVALID_VALUE;
  memcpy(&p->alignment[attribute - 5], value, bytes);
  return SUCCESS;
}

static int is_layout(const Layout* l) { return l->step >= (l->rows > 1 ? l->rows : 1); }

int cublasLtMatmulAlgoGetHeuristic(void* handle, Operation* o, Layout* a, Layout* b, Layout* c,
                                   Layout* d, Preference* p, int wanted, Suggestion* suggestions,
                                   int* found) {
  (void)handle;
  *found = 0;
  if (told("FAKE_REFUSE") || (o->epilogue == 4 && told("FAKE_REFUSE_BIAS"))) return NOT_SUPPORTED;
  if (wanted < 1 || p->workspace < 1000) return INVALID_VALUE;
  if (!is_layout(a) || !is_layout(b) || !is_layout(c) || !is_layout(d)) return INVALID_VALUE;
  memset(suggestions, 0, sizeof(Suggestion));
  suggestions->words[0] = 0xfeed;
  suggestions->words[1] = p->schemes;
  for (int i = 0; i < 4; ++i) suggestions->words[2 + i] = p->alignment[i];
  suggestions->workspace = 1000;
  *found = 1;
  return SUCCESS;
}

static int64_t index_of(const Layout* l, int transpose, int64_t batch, int64_t row,
                        int64_t column) {
  return batch * l->stride + (transpose ? column + row * l->step : row + column * l->step);
}

int cublasLtMatmul(void* handle, Operation* o, const void* alpha, const void* a, Layout* la,
                   const void* b, Layout* lb, const void* beta, const void* c, Layout* lc, void* d,
                   Layout* ld, const uint64_t* algorithm, void* workspace, size_t bytes,
                   void* stream) {
  const int64_t m = ld->rows, n = ld->columns, k = o->transpose_a ? la->rows : la->columns;
  const int wide = o->scale == 1;
  const double alpha_value = wide ? *(const double*)alpha : *(const float*)alpha;
  const double beta_value = wide ? *(const double*)beta : *(const float*)beta;
  (void)handle, (void)stream;
  if (told("FAKE_FAIL")) return EXECUTION_FAILED;
  if (algorithm[0] != 0xfeed || !workspace || bytes != 1000) return INVALID_VALUE;
  if ((o->transpose_a ? la->columns : la->rows) != m ||
      (o->transpose_b ? lb->rows : lb->columns) != n ||
      (o->transpose_b ? lb->columns : lb->rows) != k || lc->rows != m || lc->columns != n ||
      la->count != ld->count || lb->count != ld->count || lc->count != ld->count) {
    return INVALID_VALUE;
  }
  if ((uintptr_t)a % algorithm[2] || (uintptr_t)b % algorithm[3] || (uintptr_t)d % algorithm[5])
    return INVALID_VALUE;
  for (int64_t batch = 0; batch < ld->count; ++batch) {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < m; ++i) {
        double sum = 0;
        for (int64_t e = 0; e < k; ++e) {
          sum += load(a, kind_of(la->type), index_of(la, o->transpose_a, batch, i, e)) *
                 load(b, kind_of(lb->type), index_of(lb, o->transpose_b, batch, e, j));
        }
        sum *= alpha_value;
        if (beta_value != 0)
          sum += beta_value * load(c, kind_of(lc->type), index_of(lc, 0, batch, i, j));
        if (o->epilogue == 4) sum += load(o->bias, kind_of(ld->type), i);
        store(d, kind_of(ld->type), index_of(ld, 0, batch, i, j), sum);
      }
    }
  }
  FILE* file = log_file();
  if (file) {
    fprintf(
        file,
        "{\"sizes\": [%ld, %ld, %ld], \"transposed\": [%d, %d], \"steps\": [%ld, %ld, %ld, %ld], "
        "\"types\": [%d, %d, %d, %d], \"count\": %d, \"strides\": [%ld, %ld, %ld, %ld], \"beta\": "
        "%g, "
        "\"epilogue\": %d, \"compute\": %d, \"scale\": %d, \"schemes\": %lu, \"in_place\": %s, "
        "\"alignment\": %lu}\n",
        (long)m, (long)n, (long)k, o->transpose_a, o->transpose_b, (long)la->step, (long)lb->step,
        (long)lc->step, (long)ld->step, la->type, lb->type, lc->type, ld->type, ld->count,
        (long)la->stride, (long)lb->stride, (long)lc->stride, (long)ld->stride, beta_value,
        o->epilogue, o->compute, o->scale, (unsigned long)algorithm[1], c == d ? "true" : "false",
        (unsigned long)algorithm[2]);
    fclose(file);
  }
  return SUCCESS;
}

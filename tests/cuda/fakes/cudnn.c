/* cuDNN's convolutions as its documentation describes them, on memory that the CPU can read.
 * FAKE_REFUSE and FAKE_FAIL of the environment make it do so. */
#include "common.h"

enum { SUCCESS = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000 };

typedef struct {
  int type, ndim, sizes[5], strides[5];
} Tensor;
typedef struct {
  int axes, padding[3], stride[3], dilation[3], mode, type, groups, maths;
} Convolution;
typedef struct {
  int number, status;
  float time;
  size_t workspace;
  int is_deterministic, maths, reserved[3];
} Algorithm;

static int kind_of(int type) {
  return type == 1 ? DOUBLE : type == 2 ? HALF : type == 9 ? BRAIN : SINGLE;
}

size_t cudnnGetVersion(void) { return 90099; }
const char* cudnnGetErrorString(int status) {
  return status == EXECUTION_FAILED ? "it failed" : "bad parameter";
}
int cudnnCreate(void** handle) {
  static int made;
  *handle = &made;
  return SUCCESS;
}
int cudnnSetStream(void* handle, void* stream) {
  (void)handle, (void)stream;
  return SUCCESS;
}

static int make(void** place, size_t bytes) {
  *place = calloc(1, bytes);
  return SUCCESS;
}
static int drop(void* made) {
  free(made);
  return SUCCESS;
}
int cudnnCreateTensorDescriptor(void** place) { return make(place, sizeof(Tensor)); }
int cudnnCreateFilterDescriptor(void** place) { return make(place, sizeof(Tensor)); }
int cudnnCreateConvolutionDescriptor(void** place) { return make(place, sizeof(Convolution)); }
int cudnnDestroyTensorDescriptor(void* made) { return drop(made); }
int cudnnDestroyFilterDescriptor(void* made) { return drop(made); }
int cudnnDestroyConvolutionDescriptor(void* made) { return drop(made); }

int cudnnSetTensorNdDescriptor(Tensor* t, int type, int ndim, const int* sizes,
                               const int* strides) {
  if (ndim < 4 || ndim > 5) return BAD_PARAM;
  t->type = type;
  t->ndim = ndim;
  memcpy(t->sizes, sizes, (size_t)ndim * sizeof(int));
  memcpy(t->strides, strides, (size_t)ndim * sizeof(int));
  return SUCCESS;
}
int cudnnSetFilterNdDescriptor(Tensor* t, int type, int format, int ndim, const int* sizes) {
  int strides[5], step = 1;
  if (format != 0) return BAD_PARAM;
  for (int d = ndim - 1; d >= 0; --d) {
    strides[d] = step;
    step *= sizes[d];
  }
  return cudnnSetTensorNdDescriptor(t, type, ndim, sizes, strides);
}
int cudnnSetConvolutionNdDescriptor(Convolution* c, int axes, const int* padding, const int* stride,
                                    const int* dilation, int mode, int type) {
  if (axes < 2 || axes > 3) return BAD_PARAM;
  c->axes = axes;
  c->mode = mode;
  c->type = type;
  memcpy(c->padding, padding, (size_t)axes * sizeof(int));
  memcpy(c->stride, stride, (size_t)axes * sizeof(int));
  memcpy(c->dilation, dilation, (size_t)axes * sizeof(int));
  return SUCCESS;
}
int cudnnSetConvolutionGroupCount(Convolution* c, int groups) {
  c->groups = groups;
  return SUCCESS;
}
int cudnnSetConvolutionMathType(Convolution* c, int maths) {
  c->maths = maths;
  return SUCCESS;
}

/* The fastest is not deterministic; the timed order is another. */
static int propose(int timed, int wanted, int* found, Algorithm* algorithms) {
  const Algorithm known[] = {{.number = 7, .workspace = 64},
                             {.number = 4, .status = NOT_SUPPORTED, .is_deterministic = 1},
                             {.number = 1, .workspace = 128, .is_deterministic = 1},
                             {.number = 2, .workspace = 0, .is_deterministic = 1}};
  if (told("FAKE_REFUSE")) return NOT_SUPPORTED;
  if (wanted < 4) return BAD_PARAM;
  *found = 4;
  for (int i = 0; i < 4; ++i) algorithms[i] = known[timed ? 3 - i : i];
  return SUCCESS;
}
#define PROPOSAL(NAME, TIMED)                                                                    \
  int NAME(void* handle, void* first, void* second, void* convolution, void* result, int wanted, \
           int* found, Algorithm* algorithms) {                                                  \
    (void)handle, (void)first, (void)second, (void)convolution, (void)result;                    \
    return propose(TIMED, wanted, found, algorithms);                                            \
  }
PROPOSAL(cudnnGetConvolutionForwardAlgorithm_v7, 0)
PROPOSAL(cudnnGetConvolutionBackwardDataAlgorithm_v7, 0)
PROPOSAL(cudnnGetConvolutionBackwardFilterAlgorithm_v7, 0)
PROPOSAL(cudnnFindConvolutionForwardAlgorithm, 1)
PROPOSAL(cudnnFindConvolutionBackwardDataAlgorithm, 1)
PROPOSAL(cudnnFindConvolutionBackwardFilterAlgorithm, 1)

static int position(const Tensor* t, int n, int c, const int* place, int axes) {
  int at = n * t->strides[0] + c * t->strides[1];
  for (int axis = 0; axis < axes; ++axis) at += place[axis] * t->strides[2 + axis];
  return at;
}
static void place_of(const Tensor* t, int number, int axes, int* place) {
  for (int axis = axes - 1; axis >= 0; --axis) {
    place[axis] = number % t->sizes[2 + axis];
    number /= t->sizes[2 + axis];
  }
}
static int places(const Tensor* t, int axes) {
  int count = 1;
  for (int axis = 0; axis < axes; ++axis) count *= t->sizes[2 + axis];
  return count;
}

/* Sums x * w into y, y * w into x or x * y into w: the one of them that is `result`. */
static int run(const char* name, const double* alpha, const Tensor* x, const void* x_data,
               const Tensor* w, const void* w_data, const Tensor* y, const void* y_data,
               const Convolution* c, int algorithm, const void* workspace, size_t bytes,
               char result_name, const Tensor* result, void* result_data) {
  const int axes = c->axes, kind = kind_of(x->type);
  const int outputs = w->sizes[0] / c->groups;
  if (told("FAKE_FAIL")) return EXECUTION_FAILED;
  if (alpha[0] != 1 || alpha[1] != 0) return BAD_PARAM;
  if (x->sizes[0] != y->sizes[0] || y->sizes[1] != w->sizes[0] ||
      x->sizes[1] != w->sizes[1] * c->groups)
    return BAD_PARAM;
  if ((bytes > 0) != (workspace != NULL) || c->mode != 1) return BAD_PARAM;
  for (int axis = 0; axis < axes; ++axis) {
    const int reach = c->dilation[axis] * (w->sizes[2 + axis] - 1) + 1;
    if ((x->sizes[2 + axis] + 2 * c->padding[axis] - reach) / c->stride[axis] + 1 !=
        y->sizes[2 + axis])
      return BAD_PARAM;
  }
  const int total = result->sizes[0] * result->sizes[1] * places(result, axes);
  double* const sums = calloc((size_t)total, sizeof(double));
  for (int n = 0; n < y->sizes[0]; ++n)
    for (int o = 0; o < y->sizes[1]; ++o)
      for (int p = 0; p < places(y, axes); ++p)
        for (int channel = 0; channel < w->sizes[1]; ++channel)
          for (int tap = 0; tap < places(w, axes); ++tap) {
            int at[3], step[3], from[3], inside = 1;
            place_of(y, p, axes, at);
            place_of(w, tap, axes, step);
            for (int axis = 0; axis < axes; ++axis) {
              from[axis] =
                  at[axis] * c->stride[axis] - c->padding[axis] + step[axis] * c->dilation[axis];
              inside &= from[axis] >= 0 && from[axis] < x->sizes[2 + axis];
            }
            if (!inside) continue;
            const int ix = position(x, n, o / outputs * w->sizes[1] + channel, from, axes);
            const int iw = position(w, o, channel, step, axes), iy = position(y, n, o, at, axes);
            if (result_name == 'y') sums[iy] += load(x_data, kind, ix) * load(w_data, kind, iw);
            if (result_name == 'x') sums[ix] += load(y_data, kind, iy) * load(w_data, kind, iw);
            if (result_name == 'w') sums[iw] += load(x_data, kind, ix) * load(y_data, kind, iy);
          }
  for (int i = 0; i < total; ++i) store(result_data, kind, i, sums[i]);
  free(sums);
  FILE* file = log_file();
  if (file) {
    fprintf(file,
            "{\"call\": \"%s\", \"algorithm\": %d, \"ndim\": %d, \"type\": %d, \"compute\": %d, "
            "\"maths\": %d, \"groups\": %d}\n",
            name, algorithm, x->ndim, x->type, c->type, c->maths, c->groups);
    fclose(file);
  }
  return SUCCESS;
}

static const double* factors(const Convolution* c, const void* alpha, const void* beta,
                             double* to) {
  to[0] = c->type == 1 ? *(const double*)alpha : *(const float*)alpha;
  to[1] = c->type == 1 ? *(const double*)beta : *(const float*)beta;
  return to;
}

int cudnnConvolutionForward(void* handle, const void* alpha, Tensor* x, const void* x_data,
                            Tensor* w, const void* w_data, Convolution* c, int algorithm,
                            void* workspace, size_t bytes, const void* beta, Tensor* y,
                            void* y_data) {
  double both[2];
  (void)handle;
  return run("forward", factors(c, alpha, beta, both), x, x_data, w, w_data, y, y_data, c,
             algorithm, workspace, bytes, 'y', y, y_data);
}
int cudnnConvolutionBackwardData(void* handle, const void* alpha, Tensor* w, const void* w_data,
                                 Tensor* y, const void* y_data, Convolution* c, int algorithm,
                                 void* workspace, size_t bytes, const void* beta, Tensor* x,
                                 void* x_data) {
  double both[2];
  (void)handle;
  return run("input", factors(c, alpha, beta, both), x, x_data, w, w_data, y, y_data, c, algorithm,
             workspace, bytes, 'x', x, x_data);
}
int cudnnConvolutionBackwardFilter(void* handle, const void* alpha, Tensor* x, const void* x_data,
                                   Tensor* y, const void* y_data, Convolution* c, int algorithm,
                                   void* workspace, size_t bytes, const void* beta, Tensor* w,
                                   void* w_data) {
  double both[2];
  (void)handle;
  return run("weight", factors(c, alpha, beta, both), x, x_data, w, w_data, y, y_data, c, algorithm,
             workspace, bytes, 'w', w, w_data);
}

#include "nn/adapter.h"

#include "base/error.h"
#include "kernels/gemm.h"

namespace vitrine::nn {
namespace {

/// c [m,n] (+)= alpha * a [m,k] · b [n,k]ᵀ
void add_product(const KernelContext& context, const float* a, const Tensor& b, float* c, int64_t rows, float alpha,
                 bool accumulate) {
  const int64_t n = b.shape()[0], k = b.shape()[1];
  kernels::gemm(context, {.m = rows,
                          .n = n,
                          .k = k,
                          .a = {.data = a, .row_stride = k},
                          .b = {.data = b.f32(), .row_stride = 1, .column_stride = k},
                          .c = c,
                          .c_row_stride = n,
                          .alpha = alpha,
                          .accumulate = accumulate});
}

}  // namespace

autograd::LinearAdapters adapt_rows(std::span<const AdaptedRows> rows) {
  if (rows.empty()) return {};
  return [rows](ExecutionContext& context, const Parameter& weight, const Tensor& x, const Tensor& y) {
    for (const AdaptedRows& part : rows) {
      const auto found = part.adapter->maps.find(weight.name);
      if (found == part.adapter->maps.end()) continue;
      const LowRankMap& map = found->second;
      const int64_t rank = map.a.shape()[0], in = map.a.shape()[1], out = map.b.shape()[0];
      VITRINE_CHECK(x.shape().last() == in && y.shape().last() == out, "adapter: a map that does not fit");
      const Tensor low = Tensor::empty({part.count, rank});
      add_product(context.kernels, x.f32() + part.first * in, map.a, low.f32(), part.count, 1, false);
      add_product(context.kernels, low.f32(), map.b, y.f32() + part.first * out, part.count, map.scale, true);
    }
  };
}

void merge_adapter(Transformer& transformer, const Adapter& adapter) {
  const autograd::Runtime runtime(1);
  for (Parameter* const parameter : transformer.parameters()) {
    const auto found = adapter.maps.find(parameter->name);
    if (found == adapter.maps.end()) continue;
    const LowRankMap& map = found->second;
    parameter->weight.make_data();
    const int64_t rank = map.a.shape()[0], in = map.a.shape()[1], out = map.b.shape()[0];
    kernels::gemm(runtime.kernel_context(), {.m = out,
                                             .n = in,
                                             .k = rank,
                                             .a = {.data = map.b.f32(), .row_stride = rank},
                                             .b = {.data = map.a.f32(), .row_stride = in},
                                             .c = parameter->data().f32(),
                                             .c_row_stride = in,
                                             .alpha = map.scale,
                                             .accumulate = true});
    parameter->weight.mark_changed();
  }
}

}  // namespace vitrine::nn

#include "kernels/quantized_calls.h"

#include <algorithm>

#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {

using cpu::kPanelRows;

RowsOfCall::RowsOfCall(const QuantizedGemmArgs& args, Range rows)
    : products_(args.products.begin(), args.products.end()), args_(args) {
  for (QuantizedProduct& product : products_) {
    product.c += rows.begin * product.c_row_stride;
    if (product.residual) product.residual += rows.begin * product.residual_row_stride;
  }
  args_.m = rows.size();
  args_.x += rows.begin * args.x_row_stride;
  args_.products = products_;
}

namespace {

/// What a product takes of the time of a call: one row waits for the weights alone.
int64_t share(const QuantizedProduct& product, int64_t m) {
  return product.weight->num_bytes() * (product.is_sensitive && m > 1 ? cpu::kMaxPasses : 1);
}

}  // namespace

std::vector<PanelRange> cut_panels(const QuantizedGemmArgs& args, int64_t num_pieces) {
  int64_t total = 0;
  for (const QuantizedProduct& product : args.products) total += share(product, args.m);
  std::vector<PanelRange> pieces;
  pieces.reserve(static_cast<size_t>(num_pieces) + args.products.size());
  for (const QuantizedProduct& product : args.products) {
    const int64_t panels = product.weight->state().num_panels(), own = share(product, args.m);
    const int64_t count = std::clamp<int64_t>((own * num_pieces + total / 2) / std::max<int64_t>(total, 1), 1, panels);
    for (int64_t i = 0; i < count; ++i) pieces.push_back({&product, part(panels, count, i)});
  }
  return pieces;
}

void finish_panels(const cpu::QuantizedKernels& kernels, Range rows, const QuantizedProduct& product, Range panels,
                   const PanelSums& sums) {
  const int64_t column = panels.begin * kPanelRows;
  kernels.finish({.sums = sums.sums,
                  .panel_stride = sums.panel_stride,
                  .rows = rows.size(),
                  .columns = std::min(panels.size() * kPanelRows, product.weight->n() - column),
                  .c = product.c + rows.begin * product.c_row_stride + column,
                  .c_row_stride = product.c_row_stride,
                  .bias = product.bias ? product.bias + column : nullptr,
                  .residual = product.residual ? product.residual + rows.begin * product.residual_row_stride + column : nullptr,
                  .residual_row_stride = product.residual_row_stride});
}

}  // namespace vitrine::kernels

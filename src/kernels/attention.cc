#include "kernels/attention.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/attention.h"

namespace vitrine::kernels {
namespace {

void check_shape(const KernelContext& context, const AttentionShape& shape) {
  VITRINE_CHECK(context.pool && context.arena, "attention: the context needs a pool and an arena");
  VITRINE_CHECK(context.device.kind == DeviceKind::kCpu, "attention: only the CPU has a body");
  VITRINE_CHECK(shape.batch >= 0 && shape.queries >= 0 && shape.queries <= shape.keys,
                "attention: more queries than keys");
  VITRINE_CHECK(shape.key_heads >= 1 && shape.heads >= 1 && shape.heads % shape.key_heads == 0,
                "attention: the key heads must divide the query heads");
  VITRINE_CHECK(shape.head_width >= 1 && shape.window >= 0, "attention: head width or window out of range");
}

/// What a trace says: `products` products of head width for each query and key that it sees, and each operand once.
TraceWork attention_work(const AttentionShape& shape, int products, int query_operands, int key_operands) {
  int64_t pairs = 0, keys = 0;
  for (int64_t batch = 0; batch < shape.batch; ++batch) {
    int64_t first = shape.keys;
    for (int64_t query = 0; query < shape.queries; ++query) {
      const cpu::KeyRange visible = cpu::visible_keys(shape, batch, query);
      pairs += visible.end - visible.first;
      first = std::min(first, visible.first);
    }
    keys += shape.keys - first;
  }
  const auto width = static_cast<double>(shape.head_width);
  const double query_floats = static_cast<double>(shape.batch * shape.queries * shape.heads) * width;
  const double key_floats = static_cast<double>(keys * shape.key_heads) * width;
  return {.flops = 2.0 * products * width * static_cast<double>(pairs * shape.heads),
          .bytes = 4 * (query_operands * query_floats + key_operands * key_floats),
          .extents = {shape.batch, shape.heads, shape.queries, shape.keys}};
}

}  // namespace

void attention_forward(const KernelContext& context, const AttentionForwardArgs& args) {
  const TraceScope scope(context.trace, "attention", [&] { return attention_work(args.shape, 2, 2, 2); });
  check_shape(context, args.shape);
  if (args.shape.batch > 0 && args.shape.queries > 0) cpu::attention_forward(context, args);
}

void attention_backward(const KernelContext& context, const AttentionBackwardArgs& args) {
  const TraceScope scope(context.trace, "attention gradient", [&] { return attention_work(args.shape, 5, 4, 4); });
  check_shape(context, args.shape);
  VITRINE_CHECK(args.log_sum_exp || args.shape.batch * args.shape.queries == 0,
                "attention_backward: needs the log_sum_exp of the forward pass");
  if (args.shape.batch > 0 && args.shape.keys > 0) cpu::attention_backward(context, args);
}

}  // namespace vitrine::kernels

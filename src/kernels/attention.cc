#include "kernels/attention.h"

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

}  // namespace

void attention_forward(const KernelContext& context, const AttentionForwardArgs& args) {
  check_shape(context, args.shape);
  if (args.shape.batch > 0 && args.shape.queries > 0) cpu::attention_forward(context, args);
}

void attention_backward(const KernelContext& context, const AttentionBackwardArgs& args) {
  check_shape(context, args.shape);
  VITRINE_CHECK(args.log_sum_exp || args.shape.batch * args.shape.queries == 0,
                "attention_backward: needs the log_sum_exp of the forward pass");
  if (args.shape.batch > 0 && args.shape.keys > 0) cpu::attention_backward(context, args);
}

}  // namespace vitrine::kernels

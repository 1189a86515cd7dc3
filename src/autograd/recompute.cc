#include "autograd/recompute.h"

namespace vitrine::autograd {

Variable recompute(ExecutionContext& context, const Variable& x,
                   const std::function<Variable(ExecutionContext&, const Variable&)>& block) {
  if (!context.recording()) return block(context, x);
  Tape* const tape = context.tape;
  const uint32_t first_stream = context.next_stream;
  context.tape = nullptr;
  Variable y = leaf(block(context, x).data);
  context.tape = tape;
  tape->record([x, slot = y.gradient, block, first_stream](ExecutionContext& ctx) {
    const TraceScope traced(ctx.kernels.trace, TraceKind::kRegion, "recompute");
    Tape inner;
    const Variable input = x.wants_gradient() ? Variable{x.data, x.gradient} : constant(x.data);
    const uint32_t resume_stream = ctx.next_stream;
    ctx.next_stream = first_stream;
    ctx.tape = &inner;
    const Variable output = block(ctx, input);
    ctx.tape = nullptr;
    ctx.next_stream = resume_stream;
    output.gradient->adopt(slot->value());
    slot->release();
    inner.run_backward(ctx);
  });
  return y;
}

}  // namespace vitrine::autograd

#include "autograd/execution_context.h"

#include <utility>

#include "autograd/tape_trace.h"
#include "kernels/kernel_sets.h"

namespace vitrine::autograd {

void Tape::run_backward(ExecutionContext& context) {
  Tape* const outer = std::exchange(context.tape, nullptr);
  TraceRecorder* const trace = context.kernels.trace;
  const TraceScope traced(trace, TraceKind::kRegion, "backward");
  BackwardRegions regions(*this, trace);
  while (!nodes_.empty()) {
    const Node node = std::move(nodes_.back());
    nodes_.pop_back();
    if (trace != nullptr) regions.move_to(node.region);
    const TraceScope scope(node.operation != nullptr ? trace : nullptr, TraceKind::kBackward, node.operation, -1,
                           node.detail);
    node.backward(context);
  }
  context.tape = outer;
}

void GradientSet::clear() {
  for (auto& [parameter, slot] : slots_) slot.clear();
}

Runtime::Runtime(int num_threads, std::string_view kernel_set, TraceRecorder* trace)
    : pool_(std::make_unique<ThreadPool>(num_threads)),
      arena_(std::make_unique<Arena>()),
      kernel_set_(kernel_set.empty() ? kernels::best_kernel_set() : kernels::require_kernel_set(kernel_set)),
      trace_(trace) {
  pool_->set_trace(trace);
}

KernelContext Runtime::kernel_context() const {
  return {.pool = pool_.get(), .arena = arena_.get(), .kernel_set = kernel_set_, .trace = trace_};
}

ExecutionContext Runtime::execution_context() const { return {.kernels = kernel_context()}; }

}  // namespace vitrine::autograd

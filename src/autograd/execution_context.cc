#include "autograd/execution_context.h"

#include <utility>

#include "kernels/kernel_sets.h"

namespace vitrine::autograd {

void Tape::run_backward(ExecutionContext& context) {
  Tape* const outer = std::exchange(context.tape, nullptr);
  while (!nodes_.empty()) {
    const auto node = std::move(nodes_.back());
    nodes_.pop_back();
    node(context);
  }
  context.tape = outer;
}

void GradientSet::clear() {
  for (auto& [parameter, slot] : slots_) slot.clear();
}

Runtime::Runtime(int num_threads, std::string_view kernel_set)
    : pool_(std::make_unique<ThreadPool>(num_threads)),
      arena_(std::make_unique<Arena>()),
      kernel_set_(kernel_set.empty() ? kernels::best_kernel_set() : kernels::require_kernel_set(kernel_set)) {}

KernelContext Runtime::kernel_context() const {
  return {.pool = pool_.get(), .arena = arena_.get(), .kernel_set = kernel_set_};
}

ExecutionContext Runtime::execution_context() const { return {.kernels = kernel_context()}; }

}  // namespace vitrine::autograd

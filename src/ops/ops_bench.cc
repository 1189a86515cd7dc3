// Forward and backward of every op case at realistic sizes.
#include <benchmark/benchmark.h>

#include "op_cases/catalog.h"

namespace vitrine::testing {
namespace {

void run_case(benchmark::State& state, const OpCase& op, bool backward) {
  const autograd::Runtime runtime(static_cast<int>(state.range(0)));
  const OpInputs inputs(op.inputs, false, 11);
  for (auto _ : state) {
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Tape tape;
    if (backward) context.tape = &tape;
    const autograd::Variable y = op.call(context, inputs);
    if (backward && !op.name.starts_with("cross_entropy")) y.gradient->adopt(y.data.clone());
    tape.run_backward(context);
  }
  double elements = 0;
  for (size_t i = 0; i < inputs.size(); ++i) elements += static_cast<double>(inputs.tensor(i).num_elements());
  const double passes = backward ? 3 : 1;
  if (op.flops > 0) {
    state.counters["GFLOP/s"] =
        benchmark::Counter(op.flops * passes * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  } else {
    state.counters["GB/s of inputs"] =
        benchmark::Counter(4e-9 * elements, benchmark::Counter::kIsIterationInvariantRate);
  }
}

const int kRegistered = [] {
  static const std::vector<OpCase> cases = all_op_cases(CaseSizes::kBench);
  for (const OpCase& op : cases)
    for (const bool backward : {false, true})
      benchmark::RegisterBenchmark((op.name + (backward ? "/forward_backward" : "/forward")).c_str(),
                                   [&op, backward](benchmark::State& state) { run_case(state, op, backward); })
          ->Arg(1)
          ->Arg(2)
          ->UseRealTime();
  return 0;
}();

}  // namespace
}  // namespace vitrine::testing

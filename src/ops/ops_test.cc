// Walks the catalog of op cases: f64 agreement per kernel set, gradients, misaligned inputs, threads.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/kernel_sets.h"
#include "op_cases/catalog.h"
#include "support/temporary_folder.h"

namespace vitrine::testing {
namespace {

using autograd::ExecutionContext;
using autograd::Runtime;

struct Evaluation {
  Tensor output;
  std::vector<Tensor> gradients;  // undefined where the input has none
};

/// The weights of L = sum(weight * y), which the gradient check differentiates.
double output_weight(int64_t i) { return 0.5 + std::sin(1.7 * static_cast<double>(i)); }

bool ends_tape(const OpCase& op) { return op.name.starts_with("cross_entropy"); }

Evaluation evaluate(const OpCase& op, const Runtime& runtime, bool misaligned) {
  const OpInputs inputs(op.inputs, misaligned, 11);
  ExecutionContext context = runtime.execution_context();
  autograd::Tape tape;
  context.tape = &tape;
  const autograd::Variable y = op.call(context, inputs);
  Evaluation result{.output = y.data.clone()};
  const Tensor dy = Tensor::empty(y.shape());
  for (int64_t i = 0; i < dy.num_elements(); ++i) dy.f32()[i] = static_cast<float>(output_weight(i));
  if (!ends_tape(op)) y.gradient->adopt(dy);
  tape.run_backward(context);
  for (size_t i = 0; i < inputs.size(); ++i)
    result.gradients.push_back(op.inputs[i].differentiable ? inputs.gradient(i).value() : Tensor());
  return result;
}

F64Arrays reference_inputs(const OpCase& op) {
  const OpInputs inputs(op.inputs, false, 11);
  F64Arrays arrays;
  for (size_t i = 0; i < inputs.size(); ++i) arrays.emplace_back(inputs.tensor(i));
  return arrays;
}

double weighted_output(const OpCase& op, const F64Arrays& inputs) {
  const F64Array y = op.reference(inputs);
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i) sum += (ends_tape(op) ? 1.0 : output_weight(i)) * y[i];
  return sum;
}

void expect_near(const Tensor& got, const std::vector<double>& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(static_cast<size_t>(got.num_elements()), expected.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(got.f32()[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << what << " element " << i;
}

void expect_same_bits(const Tensor& a, const Tensor& b, const std::string& what) {
  ASSERT_EQ(a.num_bytes(), b.num_bytes()) << what;
  ASSERT_EQ(std::memcmp(a.data(), b.data(), static_cast<size_t>(a.num_bytes())), 0) << what;
}

/// Central differences of the f64 reference.
std::vector<double> numeric_gradient(const OpCase& op, F64Arrays inputs, size_t input) {
  constexpr double kStep = 1e-5;
  std::vector<double> gradient;
  for (double& value : inputs[input].data) {
    const double saved = value;
    value = saved + kStep;
    const double above = weighted_output(op, inputs);
    value = saved - kStep;
    const double below = weighted_output(op, inputs);
    value = saved;
    gradient.push_back((above - below) / (2 * kStep));
  }
  return gradient;
}

class OpCases : public ::testing::TestWithParam<KernelSet> {};

TEST_P(OpCases, MatchTheF64ReferenceAndItsGradients) {
  const Runtime runtime(1, kernel_set_name(GetParam()));
  for (const OpCase& op : all_op_cases(CaseSizes::kTest)) {
    SCOPED_TRACE(op.name);
    const F64Arrays inputs = reference_inputs(op);
    const F64Array expected = op.reference(inputs);
    std::vector<std::vector<double>> gradients;
    for (size_t i = 0; i < inputs.size(); ++i)
      gradients.push_back(op.inputs[i].differentiable ? numeric_gradient(op, inputs, i) : std::vector<double>());
    for (const bool misaligned : {false, true}) {
      const Evaluation got = evaluate(op, runtime, misaligned);
      expect_near(got.output, expected.data, op.tolerance, misaligned ? "misaligned output" : "output");
      for (size_t i = 0; i < inputs.size(); ++i)
        if (op.inputs[i].differentiable)
          expect_near(got.gradients[i], gradients[i], op.gradient_tolerance, "gradient of " + op.inputs[i].name);
    }
  }
}

TEST_P(OpCases, GiveTheSameBitsOnAnyNumberOfThreads) {
  const Runtime one(1, kernel_set_name(GetParam())), two(2, kernel_set_name(GetParam())),
      three(3, kernel_set_name(GetParam()));
  for (const OpCase& op : all_op_cases(CaseSizes::kTest)) {
    const Evaluation expected = evaluate(op, one, false);
    for (const Runtime* runtime : {&two, &three}) {
      const Evaluation got = evaluate(op, *runtime, false);
      expect_same_bits(got.output, expected.output, op.name);
      for (size_t i = 0; i < got.gradients.size(); ++i)
        if (got.gradients[i].defined()) expect_same_bits(got.gradients[i], expected.gradients[i], op.name);
    }
  }
}

TEST_P(OpCases, AccumulateOntoAnEarlierGradient) {
  const Runtime runtime(2, kernel_set_name(GetParam()));
  for (const OpCase& op : all_op_cases(CaseSizes::kTest)) {
    const Evaluation once = evaluate(op, runtime, false);
    const OpInputs inputs(op.inputs, false, 11);
    for (int pass = 0; pass < 2; ++pass) {
      ExecutionContext context = runtime.execution_context();
      autograd::Tape tape;
      context.tape = &tape;
      const autograd::Variable y = op.call(context, inputs);
      const Tensor dy = Tensor::empty(y.shape());
      for (int64_t i = 0; i < dy.num_elements(); ++i) dy.f32()[i] = static_cast<float>(output_weight(i));
      if (!ends_tape(op)) y.gradient->adopt(dy);
      tape.run_backward(context);
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!op.inputs[i].differentiable) continue;
      std::vector<double> doubled;
      for (const float value : once.gradients[i].floats()) doubled.push_back(2.0 * static_cast<double>(value));
      expect_near(inputs.gradient(i).value(), doubled, 1e-5, op.name + " " + op.inputs[i].name);
    }
  }
}

TEST(OpTrace, EveryCaseReportsItsWorkUnderOneOperation) {
  const TemporaryFolder folder;
  for (const OpCase& op : all_op_cases(CaseSizes::kTest)) {
    SCOPED_TRACE(op.name);
    TraceRecorder recorder(folder.path() / "trace.json");
    const Runtime runtime(2, "", &recorder);
    const OpInputs inputs(op.inputs, false, 11);
    ExecutionContext context = runtime.execution_context();
    op.call(context, inputs);
    const TraceSummary forward = recorder.summary();
    ASSERT_EQ(forward.operations.size(), 1u) << "one operation that holds all kernels";
    EXPECT_EQ(forward.operations[0].calls, 1);
    EXPECT_GT(forward.operations[0].work.bytes, 0);
    EXPECT_GE(forward.operations[0].work.flops, op.name.starts_with("attention") ? 1 : op.flops);
    if (ends_tape(op)) continue;
    autograd::Tape tape;
    context.tape = &tape;
    const autograd::Variable y = op.call(context, inputs);
    y.gradient->adopt(y.data.clone());
    tape.run_backward(context);
    const std::string name = forward.operations[0].name;
    ASSERT_EQ(recorder.summary().operations.size(), 2u);
    for (const TraceTotal& total : recorder.summary().operations) {
      EXPECT_TRUE(total.name == name || total.name == name + " backward") << total.name;
      EXPECT_TRUE(total.work.bytes > 0 || total.name == "add backward") << total.name;  // which only passes on
    }
  }
}

INSTANTIATE_TEST_SUITE_P(KernelSets, OpCases, ::testing::ValuesIn(kernels::available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

TEST(Dropout, KeepsTheExpectedShareAndPassesTheSameMaskBack) {
  const Runtime runtime(2);
  ExecutionContext context = runtime.execution_context();
  autograd::Tape tape;
  context.tape = &tape;
  context.training = true;
  context.rng = {.seed = 3, .step = 7};
  const autograd::Variable x = autograd::leaf(Tensor::empty({100, 999}));
  std::fill(x.data.floats().begin(), x.data.floats().end(), 1.0f);
  const autograd::Variable y = ops::dropout(context, x, 0.25f);
  double sum = 0;
  for (const float value : y.data.floats()) sum += value;
  EXPECT_NEAR(sum / 99900, 1.0, 0.01);
  y.gradient->adopt(x.data.clone());
  tape.run_backward(context);
  expect_same_bits(x.gradient->value(), y.data, "the gradient of ones is the mask itself");
  EXPECT_THROW(ops::dropout(context, x, 1.0f), Error);
}

TEST(OpErrors, NameTheOpAndBothShapes) {
  const Runtime runtime(1);
  ExecutionContext context = runtime.execution_context();
  const OpInputs in({{"x", {2, 3}}, {"weight", {4, 5}}, {"ids", {1, 1}, false, -1, 1, {9}}}, false, 1);
  const auto message = [&](const auto& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  };
  const std::string linear = message([&] { ops::linear(context, in.variable(0), in.parameter(1)); });
  EXPECT_NE(linear.find("[4,5]"), std::string::npos) << linear;
  EXPECT_NE(linear.find("[2,3]"), std::string::npos) << linear;
  EXPECT_NE(message([&] { ops::embedding(context, in.tensor(2), in.parameter(1)); }).find("got 9"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::testing

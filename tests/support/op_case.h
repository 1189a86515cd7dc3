// One op case (inputs, call, reference) gives: agreement with f64 on every kernel set, gradients, odd sizes, misaligned
// inputs, equality over threads, and a benchmark.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/execution_context.h"
#include "autograd/parameter.h"
#include "core/rng.h"
#include "support/f64_array.h"

namespace vitrine::testing {

/// An input drawn uniformly from [low, high], or given integers.
struct OpInput {
  std::string name;
  Shape shape;
  bool differentiable = true;
  double low = -1, high = 1;
  std::vector<int32_t> integers = {};
};

/// The inputs of one call, as variables, parameters or plain tensors. References stay valid until the backward pass.
class OpInputs {
 public:
  OpInputs(const std::vector<OpInput>& specs, bool misaligned, uint64_t seed) {
    for (size_t i = 0; i < specs.size(); ++i) {
      const OpInput& spec = specs[i];
      const int64_t count = spec.shape.num_elements(), shift = misaligned ? 1 : 0;
      const DType dtype = spec.integers.empty() ? DType::kF32 : DType::kI32;
      const Tensor data = Tensor::empty({count + shift}, dtype).slice_rows(shift, count + shift).reshaped(spec.shape);
      Rng rng(seed, 99, static_cast<uint32_t>(i));
      for (int64_t j = 0; j < count; ++j) {
        if (dtype == DType::kI32) {
          data.i32()[j] = spec.integers[static_cast<size_t>(j)];
        } else {
          data.f32()[j] = static_cast<float>(spec.low + (spec.high - spec.low) * rng.next_uniform());
        }
      }
      parameters_.push_back(std::make_unique<autograd::Parameter>());
      parameters_.back()->name = spec.name;
      parameters_.back()->weight = autograd::Weight(data);
      parameters_.back()->trainable = spec.differentiable;
    }
  }

  const autograd::Parameter& parameter(size_t i) const { return *parameters_[i]; }
  const Tensor& tensor(size_t i) const { return parameters_[i]->data(); }
  /// A variable whose gradient lands where parameter(i)'s would. Ops that work in place get a copy.
  autograd::Variable variable(size_t i) const {
    return {tensor(i).clone(), parameters_[i]->trainable ? parameters_[i]->gradient : nullptr};
  }
  const autograd::GradientSlot& gradient(size_t i) const { return *parameters_[i]->gradient; }
  size_t size() const { return parameters_.size(); }

 private:
  std::vector<std::unique_ptr<autograd::Parameter>> parameters_;
};

struct OpCase {
  std::string name;
  std::vector<OpInput> inputs;
  std::function<autograd::Variable(autograd::ExecutionContext&, const OpInputs&)> call;
  std::function<F64Array(const F64Arrays&)> reference;
  double tolerance = 2e-5;           ///< of values, relative to 1 + |reference|
  double gradient_tolerance = 1e-3;  ///< of gradients, likewise
  double flops = 0;                  ///< of one forward pass, for the benchmark; 0: report bytes
};

/// Which sizes a list of cases is made for.
enum class CaseSizes { kTest, kBench };

/// "linear_m5_n7": the name of a case of given sizes.
inline std::string case_name(const std::string& op, std::initializer_list<int64_t> sizes) {
  std::string name = op;
  for (const int64_t size : sizes) name += "_" + std::to_string(size);
  return name;
}

}  // namespace vitrine::testing

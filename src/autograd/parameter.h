// Weights with a version and re-laid caches, and the trainable parameter made of one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "autograd/gradient_slot.h"
#include "kernels/gemm.h"

namespace vitrine::autograd {

/// One canonical storage with a version. Layouts that a kernel likes better are caches: made on demand, dropped when
/// the version moves on. Threads: packed() may be called from one thread at a time for a kernel set.
class Weight {
 public:
  Weight() = default;
  explicit Weight(Tensor data) : data_(std::move(data)) {}

  const Tensor& data() const { return data_; }
  const Shape& shape() const { return data_.shape(); }
  uint64_t version() const { return version_; }

  /// Replaces the storage (loading). `stored` is the same weight as its file holds it. Errors: kInvalidArgument when a
  /// shape differs.
  void assign(Tensor data, Tensor stored = {});
  /// The weight in the element type of the file that it was loaded from (f16, bf16 or blocks, read-only), for kernels
  /// that compute with it as it is; undefined where data() is all there is. Gone once the weight has changed.
  const Tensor& stored() const { return stored_; }
  /// To be called after writing into data(): drops the caches and stored().
  void mark_changed();
  /// The weight [N,K] transposed into panels for products x·Wᵀ with few rows.
  const kernels::PackedMatrix& packed(const KernelContext& context) const;

 private:
  Tensor data_;
  Tensor stored_;
  uint64_t version_ = 0;
  mutable std::unique_ptr<kernels::PackedMatrix> packed_;
  mutable uint64_t packed_version_ = 0;
};

/// How an optimiser should treat a parameter.
enum class ParameterRole { kMatrix, kEmbedding, kVector };

/// A named, trainable weight. Modules own theirs; gradients accumulate over the micro-batches of a step.
struct Parameter {
  std::string name;
  Weight weight;
  GradientSlotPtr gradient = std::make_shared<GradientSlot>();
  ParameterRole role = ParameterRole::kMatrix;
  bool trainable = true;

  const Tensor& data() const { return weight.data(); }
  const Shape& shape() const { return weight.shape(); }
};

}  // namespace vitrine::autograd

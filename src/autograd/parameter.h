// Weights with a version and re-laid caches, and the trainable parameter made of one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/gradient_slot.h"
#include "kernels/gemm.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::autograd {

/// A matrix in the element type of its file (f16, bf16 or blocks), read-only.
struct StoredWeight {
  Tensor rows;                          ///< [N,K] as they lie, often in the mapped file
  std::vector<int32_t> row_order;       ///< our row i is rows[row_order[i]]; empty: as they lie
  std::function<void()> release_pages;  ///< gives the mapped memory back until it is read again; may be empty

  bool defined() const { return rows.defined(); }
  DType dtype() const { return rows.dtype(); }
  kernels::StoredMatrix matrix() const;
};

/// One canonical storage with a version: f32 values, or the blocks of a file, which are only read. Layouts that a
/// kernel likes better are caches: made on demand, dropped when the version moves on. Threads: packed() and quantized()
/// may be called from one thread at a time for a kernel set.
class Weight {
 public:
  Weight() = default;
  explicit Weight(Tensor data) : shape_(data.shape()), data_(std::move(data)) {}
  /// A weight without memory, to be loaded.
  static Weight of_shape(const Shape& shape);

  /// The f32 values. Errors: kUnsupported where only stored() is held.
  const Tensor& data() const;
  bool has_data() const { return data_.defined(); }
  const Shape& shape() const { return shape_; }
  uint64_t version() const { return version_; }

  /// Replaces the storage (loading). Errors: kInvalidArgument when a shape differs.
  void assign(Tensor data);
  void assign(StoredWeight stored);
  /// Undefined where the weight is held as f32.
  const StoredWeight& stored() const { return stored_; }
  /// data(), or the values of stored() in memory of their own.
  Tensor values() const;
  /// Holds the weight as f32 from now on, so that it can be changed.
  void make_data();
  /// To be called after writing into data(): drops the caches.
  void mark_changed();
  /// Whether stored() is f16 or bf16, which packed() takes as they are.
  bool holds_16_bit_values() const;
  /// data() [N,K] transposed into panels for products x·Wᵀ with few rows; or stored() where it holds 16-bit values, for
  /// any number of rows: the mapped memory is given back then.
  const kernels::PackedMatrix& packed(const KernelContext& context) const;
  /// stored() [N,K] in panels for products x·Wᵀ by quantized_gemm; the mapped memory is given back when they are made.
  const kernels::QuantizedMatrix& quantized(const KernelContext& context) const;
  /// Those panels where they have been made; else null.
  const kernels::QuantizedMatrix* quantized_if_made() const { return quantized_.get(); }

 private:
  Shape shape_;
  Tensor data_;
  StoredWeight stored_;
  uint64_t version_ = 0;
  mutable std::unique_ptr<kernels::PackedMatrix> packed_;
  mutable std::unique_ptr<kernels::QuantizedMatrix> quantized_;
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
  bool is_sensitive = false;  ///< to the rounding of its input: see kernels::QuantizedProduct

  const Tensor& data() const { return weight.data(); }
  const Shape& shape() const { return weight.shape(); }
};

}  // namespace vitrine::autograd

// Tensor owns its elements (by a shared handle), View and ConstView borrow them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/dtype.h"
#include "core/memory.h"
#include "core/shape.h"

namespace vitrine {

/// Borrowed elements. Rows may be strided: `row_stride` is the distance in elements between neighbours along the
/// second-last axis; the last axis is contiguous, and further axes are packed over whole rows.
template <typename Pointer>
struct BasicView {
  Pointer data = nullptr;
  DType dtype = DType::kF32;
  Shape shape;
  int64_t row_stride = 0;

  /// Number of rows when every axis but the last is folded into one.
  int64_t num_rows() const { return shape.rank() == 0 ? 1 : shape.num_elements() / (columns() ? columns() : 1); }
  int64_t columns() const { return shape.rank() == 0 ? 1 : shape.last(); }
};
using View = BasicView<void*>;
using ConstView = BasicView<const void*>;

/// A handle to owned, contiguous, row-major elements. Copies share the elements; clone() copies them.
class Tensor {
 public:
  Tensor() = default;
  /// Allocates without clearing. Errors: kOutOfMemory; kInvalidArgument when rows are no whole blocks of the type.
  static Tensor empty(const Shape& shape, DType dtype = DType::kF32);
  static Tensor zeros(const Shape& shape, DType dtype = DType::kF32);
  static Tensor from_floats(const Shape& shape, std::span<const float> values);
  static Tensor from_ints(const Shape& shape, std::span<const int32_t> values);

  /// Elements that lie in memory of another owner, such as a mapped file. They are read-only: writing may end the
  /// program. `bytes` must be as long as shape and type say, and live as long as `owner`.
  static Tensor borrowed(const Shape& shape, DType dtype, std::span<const std::byte> bytes,
                         std::shared_ptr<const void> owner);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int64_t num_elements() const { return shape_.num_elements(); }
  int64_t num_bytes() const { return storage_bytes(dtype_, num_elements()); }

  std::byte* data() const { return storage_ ? storage_->data() + offset_bytes_ : nullptr; }
  /// Elements as f32. Errors: kInternal when the type is another.
  float* f32() const;
  int32_t* i32() const;
  std::span<float> floats() const { return {f32(), static_cast<size_t>(num_elements())}; }
  std::span<int32_t> ints() const { return {i32(), static_cast<size_t>(num_elements())}; }

  /// The same elements under another shape. Errors: kInvalidArgument when the count differs.
  Tensor reshaped(const Shape& shape) const;
  /// Rows [begin, end) of the first axis, sharing the elements.
  Tensor slice_rows(int64_t begin, int64_t end) const;
  Tensor clone() const;
  void fill_zero() const;

  View view() const { return {data(), dtype_, shape_, shape_.rank() ? shape_.last() : 1}; }
  ConstView const_view() const { return {data(), dtype_, shape_, shape_.rank() ? shape_.last() : 1}; }

 private:
  std::shared_ptr<Storage> storage_;
  int64_t offset_bytes_ = 0;
  Shape shape_;
  DType dtype_ = DType::kF32;
};

/// Throws kInvalidArgument `operation: name has shape …, expected …` unless the shapes are equal.
void expect_shape(const char* operation, const char* name, const Shape& got, const Shape& expected);

}  // namespace vitrine

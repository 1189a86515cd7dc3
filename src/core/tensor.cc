#include "core/tensor.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace vitrine {
namespace {

/// Blocks never go over the end of a row.
void check_whole_rows(const Shape& shape, DType dtype) {
  const int64_t columns = shape.rank() ? shape.last() : 1, block = dtype_block_elements(dtype);
  if (columns % block != 0)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("tensor: rows do not fill whole {} blocks (got shape {}, expected a multiple of {})",
                            dtype_name(dtype), shape.to_text(), block));
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  Tensor tensor;
  tensor.shape_ = shape;
  tensor.dtype_ = dtype;
  check_whole_rows(shape, dtype);
  tensor.storage_ = std::make_shared<Storage>(storage_bytes(dtype, shape.num_elements()));
  return tensor;
}

Tensor Tensor::borrowed(const Shape& shape, DType dtype, std::span<const std::byte> bytes,
                        std::shared_ptr<const void> owner) {
  Tensor tensor;
  tensor.shape_ = shape;
  tensor.dtype_ = dtype;
  check_whole_rows(shape, dtype);
  VITRINE_CHECK(static_cast<int64_t>(bytes.size()) == tensor.num_bytes(), "borrowed: size differs from shape");
  tensor.storage_ = std::make_shared<Storage>(bytes, std::move(owner));
  return tensor;
}

Tensor Tensor::zeros(const Shape& shape, DType dtype) {
  Tensor tensor = empty(shape, dtype);
  tensor.fill_zero();
  return tensor;
}

Tensor Tensor::from_floats(const Shape& shape, std::span<const float> values) {
  VITRINE_CHECK(shape.num_elements() == static_cast<int64_t>(values.size()), "from_floats: count differs from shape");
  Tensor tensor = empty(shape);
  std::copy(values.begin(), values.end(), tensor.f32());
  return tensor;
}

Tensor Tensor::from_ints(const Shape& shape, std::span<const int32_t> values) {
  VITRINE_CHECK(shape.num_elements() == static_cast<int64_t>(values.size()), "from_ints: count differs from shape");
  Tensor tensor = empty(shape, DType::kI32);
  std::copy(values.begin(), values.end(), tensor.i32());
  return tensor;
}

float* Tensor::f32() const {
  VITRINE_CHECK(dtype_ == DType::kF32, fmt::format("tensor is {}, expected f32", dtype_name(dtype_)));
  return reinterpret_cast<float*>(data());
}

int32_t* Tensor::i32() const {
  VITRINE_CHECK(dtype_ == DType::kI32, fmt::format("tensor is {}, expected i32", dtype_name(dtype_)));
  return reinterpret_cast<int32_t*>(data());
}

Tensor Tensor::reshaped(const Shape& shape) const {
  if (shape.num_elements() != num_elements())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("reshape: element counts differ (got {}, expected {})", shape.to_text(), shape_.to_text()));
  Tensor result = *this;
  result.shape_ = shape;
  return result;
}

Tensor Tensor::slice_rows(int64_t begin, int64_t end) const {
  VITRINE_CHECK(shape_.rank() >= 1 && begin >= 0 && begin <= end && end <= shape_[0], "slice_rows: out of range");
  std::array<int64_t, Shape::kMaxRank> extents{};
  std::copy(shape_.extents().begin(), shape_.extents().end(), extents.begin());
  extents[0] = end - begin;
  Tensor result = *this;
  result.shape_ = Shape(std::span<const int64_t>(extents.data(), static_cast<size_t>(shape_.rank())));
  const int64_t row_bytes = shape_[0] ? num_bytes() / shape_[0] : 0;
  result.offset_bytes_ += begin * row_bytes;
  return result;
}

Tensor Tensor::clone() const {
  Tensor copy = empty(shape_, dtype_);
  std::memcpy(copy.data(), data(), static_cast<size_t>(num_bytes()));
  return copy;
}

void Tensor::fill_zero() const { std::memset(data(), 0, static_cast<size_t>(num_bytes())); }

void expect_shape(const char* operation, const char* name, const Shape& got, const Shape& expected) {
  if (!(got == expected))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} has shape {}, expected {}", operation, name, got.to_text(), expected.to_text()));
}

}  // namespace vitrine

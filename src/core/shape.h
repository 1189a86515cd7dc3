// Tensor shapes: up to six extents, slowest first.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace vitrine {

/// Extents of a tensor, row-major: the last dimension is contiguous.
class Shape {
 public:
  static constexpr int kMaxRank = 6;

  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  /// Errors: kInvalidArgument for more than six extents or a negative one.
  explicit Shape(std::span<const int64_t> extents);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return extents_[static_cast<size_t>(axis)]; }
  /// Extent counted from the end: last(0) is the contiguous one.
  int64_t last(int from_end = 0) const { return extents_[static_cast<size_t>(rank_ - 1 - from_end)]; }
  /// Product of the extents; 1 for rank 0. Errors: kInvalidArgument on overflow.
  int64_t num_elements() const;
  std::span<const int64_t> extents() const { return {extents_.data(), static_cast<size_t>(rank_)}; }
  bool operator==(const Shape& other) const;
  /// "[2,3,4]"
  std::string to_text() const;

 private:
  std::array<int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

}  // namespace vitrine

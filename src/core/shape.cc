#include "core/shape.h"

#include <algorithm>

#include "base/error.h"

namespace vitrine {

Shape::Shape(std::span<const int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  if (extents.size() > kMaxRank)
    throw Error(ErrorCode::kInvalidArgument, "shape: too many dimensions (got " + std::to_string(extents.size()) +
                                                 ", expected at most " + std::to_string(kMaxRank) + ")");
  for (const int64_t extent : extents)
    if (extent < 0)
      throw Error(ErrorCode::kInvalidArgument, "shape: negative extent (got " + std::to_string(extent) + ")");
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

int64_t Shape::num_elements() const {
  int64_t product = 1;
  for (const int64_t extent : extents())
    if (__builtin_mul_overflow(product, extent, &product))
      throw Error(ErrorCode::kInvalidArgument, "shape: number of elements overflows (got " + to_text() + ")");
  return product;
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(extents().begin(), extents().end(), other.extents().begin(), other.extents().end());
}

std::string Shape::to_text() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) text += (axis ? "," : "") + std::to_string((*this)[axis]);
  return text + "]";
}

}  // namespace vitrine

#include "autograd/parameter.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::autograd {

kernels::StoredMatrix StoredWeight::matrix() const {
  return {.dtype = rows.dtype(),
          .n = rows.shape()[0],
          .k = rows.shape().last(),
          .data = rows.data(),
          .row_order = row_order.empty() ? nullptr : row_order.data()};
}

Weight Weight::of_shape(const Shape& shape) {
  Weight weight;
  weight.shape_ = shape;
  return weight;
}

const Tensor& Weight::data() const {
  if (!data_.defined())
    throw Error(ErrorCode::kUnsupported,
                stored_.defined() ? fmt::format("weight: its f32 values are wanted, but it is held as {}",
                                                dtype_name(stored_.dtype()))
                                  : "weight: it has not been loaded",
                stored_.defined() ? "convert the model to f32 first: vitrine model convert" : "");
  return data_;
}

void Weight::assign(Tensor data) {
  if (shape_.rank() > 0) expect_shape("assign weight", "new data", data.shape(), shape_);
  shape_ = data.shape();
  data_ = std::move(data);
  stored_ = {};
  mark_changed();
}

void Weight::assign(StoredWeight stored) {
  if (shape_.rank() > 0) expect_shape("assign weight", "stored data", stored.rows.shape(), shape_);
  shape_ = stored.rows.shape();
  data_ = {};
  stored_ = std::move(stored);
  mark_changed();
}

Tensor Weight::values() const {
  if (data_.defined() || !stored_.defined()) return data();
  const kernels::StoredMatrix matrix = stored_.matrix();
  const Tensor values = Tensor::empty(shape_);
  kernels::dequantize_part(matrix, 0, matrix.n, 0, matrix.k, values.f32(), matrix.k);
  return values;
}

void Weight::make_data() {
  if (!data_.defined()) assign(values());
}

bool Weight::holds_16_bit_values() const {
  return !data_.defined() && stored_.defined() && (stored_.dtype() == DType::kF16 || stored_.dtype() == DType::kBF16);
}

void Weight::mark_changed() {
  ++version_;
  packed_.reset();
  quantized_.reset();
}

const kernels::PackedMatrix& Weight::packed(const KernelContext& context) const {
  if (!packed_ || packed_version_ != version_ || packed_->kernel_set() != context.kernel_set) {
    const int64_t n = shape_[0], k = shape_[1];
    if (holds_16_bit_values()) {
      packed_ = std::make_unique<kernels::PackedMatrix>(context, stored_.matrix());
      if (stored_.release_pages) stored_.release_pages();
    } else {
      packed_ = std::make_unique<kernels::PackedMatrix>(
          context, kernels::GemmMatrix{.data = data().f32(), .row_stride = 1, .column_stride = k}, k, n);
    }
    packed_version_ = version_;
  }
  return *packed_;
}

const kernels::QuantizedMatrix& Weight::quantized(const KernelContext& context) const {
  if (!quantized_) {
    quantized_ = std::make_unique<kernels::QuantizedMatrix>(context, stored_.matrix(), stored_.release_pages);
  }
  return *quantized_;
}

}  // namespace vitrine::autograd

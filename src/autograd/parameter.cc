#include "autograd/parameter.h"

namespace vitrine::autograd {

void Weight::assign(Tensor data, Tensor stored) {
  if (data_.defined()) expect_shape("assign weight", "new data", data.shape(), data_.shape());
  if (stored.defined()) expect_shape("assign weight", "stored data", stored.shape(), data.shape());
  data_ = std::move(data);
  mark_changed();
  stored_ = std::move(stored);
}

void Weight::mark_changed() {
  ++version_;
  packed_.reset();
  stored_ = {};
}

const kernels::PackedMatrix& Weight::packed(const KernelContext& context) const {
  if (!packed_ || packed_version_ != version_ || packed_->kernel_set() != context.kernel_set) {
    const int64_t n = data_.shape()[0], k = data_.shape()[1];
    packed_ = std::make_unique<kernels::PackedMatrix>(
        context, kernels::GemmMatrix{.data = data_.f32(), .row_stride = 1, .column_stride = k}, k, n);
    packed_version_ = version_;
  }
  return *packed_;
}

}  // namespace vitrine::autograd

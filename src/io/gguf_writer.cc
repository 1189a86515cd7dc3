#include "io/gguf_writer.h"

#include <fmt/format.h>

#include <set>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "io/gguf_reader.h"

namespace vitrine::io {
namespace {

constexpr size_t kMaxTensorNameBytes = 63;

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void put_text(std::string& out, std::string_view text) {
  put<uint64_t>(out, text.size());
  out += text;
}

void put_array(std::string& out, const GgufArray& array) {
  put(out, static_cast<uint32_t>(array.element_type));
  put<uint64_t>(out, array.size());
  out.append(reinterpret_cast<const char*>(array.scalars.data()), array.scalars.size());
  for (const std::string& text : array.texts) put_text(out, text);
  for (const GgufArray& inner : array.arrays) put_array(out, inner);
}

void put_value(std::string& out, const GgufValue& value) {
  put(out, static_cast<uint32_t>(gguf_type_of(value)));
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>)
          put_text(out, v);
        else if constexpr (std::is_same_v<T, GgufArray>)
          put_array(out, v);
        else
          put(out, v);
      },
      value);
}

int64_t aligned(int64_t bytes, int64_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }

void check_plan(const std::vector<GgufTensorPlan>& plan) {
  std::set<std::string_view> names;
  for (const GgufTensorPlan& tensor : plan) {
    if (tensor.name.empty() || tensor.name.size() > kMaxTensorNameBytes || !names.insert(tensor.name).second)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("write gguf: the tensor name '{}' is empty, given twice or longer than {} bytes",
                              excerpt(tensor.name), kMaxTensorNameBytes));
    if (tensor.shape.rank() > kGgufMaxAxes)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("write gguf: tensor '{}' has {} axes (expected at most {})",
                                                           tensor.name, tensor.shape.rank(), kGgufMaxAxes));
    const int64_t columns = tensor.shape.rank() ? tensor.shape.last() : 1;
    if (columns % dtype_block_elements(tensor.dtype) != 0)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("write gguf: tensor '{}' has rows of {} elements (expected a multiple of {} for {})",
                              tensor.name, columns, dtype_block_elements(tensor.dtype), dtype_name(tensor.dtype)));
  }
}

std::string header_bytes(const GgufMetadata& metadata, const std::vector<GgufTensorPlan>& plan, int64_t alignment) {
  std::string out = "GGUF";
  put<uint32_t>(out, 3);
  put<uint64_t>(out, plan.size());
  put<uint64_t>(out, metadata.entries().size());
  for (const auto& [key, value] : metadata.entries()) {
    put_text(out, key);
    put_value(out, value);
  }
  int64_t offset = 0;
  for (const GgufTensorPlan& tensor : plan) {
    put_text(out, tensor.name);
    put<uint32_t>(out, static_cast<uint32_t>(tensor.shape.rank()));
    for (int axis = tensor.shape.rank() - 1; axis >= 0; --axis)
      put<uint64_t>(out, static_cast<uint64_t>(tensor.shape[axis]));
    put<uint32_t>(out, gguf_tensor_type(tensor.dtype).id);
    put<uint64_t>(out, static_cast<uint64_t>(offset));
    offset = aligned(offset + storage_bytes(tensor.dtype, tensor.shape.num_elements()), alignment);
  }
  return out;
}

}  // namespace

GgufWriter::GgufWriter(const std::filesystem::path& path, const GgufMetadata& metadata,
                       std::vector<GgufTensorPlan> plan)
    : file_(path), plan_(std::move(plan)) {
  check_plan(plan_);
  alignment_bytes_ = metadata.integer_or("general.alignment", kGgufDefaultAlignment);
  if (alignment_bytes_ < 8 || (alignment_bytes_ & (alignment_bytes_ - 1)) != 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("write gguf: general.alignment is {} (expected a power of two "
                                                         "from 8 on)",
                                                         alignment_bytes_));
  const std::string header = header_bytes(metadata, plan_, alignment_bytes_);
  file_.write(header);
  position_bytes_ = static_cast<int64_t>(header.size());
  pad();
}

void GgufWriter::pad() {
  const std::string zeros(static_cast<size_t>(aligned(position_bytes_, alignment_bytes_) - position_bytes_), '\0');
  file_.write(zeros);
  position_bytes_ += static_cast<int64_t>(zeros.size());
}

void GgufWriter::write(const std::string& name, std::span<const std::byte> elements) {
  VITRINE_CHECK(next_ < plan_.size() && plan_[next_].name == name, "gguf: tensor '" + name + "' is out of order");
  const GgufTensorPlan& tensor = plan_[next_++];
  VITRINE_CHECK(static_cast<int64_t>(elements.size()) == storage_bytes(tensor.dtype, tensor.shape.num_elements()),
                "gguf: tensor '" + name + "' has another size than planned");
  file_.write(elements.data(), elements.size());
  position_bytes_ += static_cast<int64_t>(elements.size());
  pad();
}

void GgufWriter::finish() {
  VITRINE_CHECK(next_ == plan_.size(), "gguf: tensors are missing");
  file_.commit();
}

void write_gguf(const std::filesystem::path& path, const GgufMetadata& metadata,
                const std::vector<std::pair<std::string, Tensor>>& tensors) {
  std::vector<GgufTensorPlan> plan;
  for (const auto& [name, tensor] : tensors) plan.push_back({name, tensor.shape(), tensor.dtype()});
  GgufWriter writer(path, metadata, std::move(plan));
  for (const auto& [name, tensor] : tensors)
    writer.write(name, {tensor.data(), static_cast<size_t>(tensor.num_bytes())});
  writer.finish();
}

}  // namespace vitrine::io

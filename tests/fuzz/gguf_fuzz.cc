// libFuzzer target: any bytes as a GGUF file, read as far as they go. Errors are fine, anything else is not.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "core/blocks.h"
#include "io/gguf_reader.h"
#include "model/gguf_config.h"
#include "model/gguf_vocabulary.h"

namespace {

using namespace vitrine;

constexpr int64_t kMaxElements = 1 << 16;  // of one tensor; larger ones take time and go through the same code

void read_values(std::span<const std::byte> file, const io::GgufHeader& header) {
  for (const io::GgufTensor& tensor : header.tensors) {
    const int64_t count = tensor.shape.num_elements();
    if (!tensor.type->dtype || find_block_format(*tensor.type->dtype) == nullptr || count > kMaxElements) continue;
    const auto bytes = file.subspan(static_cast<size_t>(tensor.begin_bytes), static_cast<size_t>(tensor.num_bytes));
    std::vector<float> values(static_cast<size_t>(count));
    dequantize(*tensor.type->dtype, bytes, values);
    find_non_finite(values);
    find_non_finite_block(*tensor.type->dtype, bytes);
  }
}

template <typename Body>
void tolerate_errors(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  const std::vector<std::byte> copy(bytes, bytes + size);  // aligned, as a mapped file is
  tolerate_errors([&] {
    const io::GgufHeader header = io::parse_gguf_header(copy);
    for (const auto& [key, value] : header.metadata.entries()) io::gguf_value_text(value);
    read_values(copy, header);
    tolerate_errors([&] { tokenizer::make_tokenizer(model::read_gguf_vocabulary(header.metadata)); });
    model::read_gguf_config(header, {});
  });
  return 0;
}

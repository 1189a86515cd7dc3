// Any bytes as a GGUF file; what can be read is written and read again, and its vocabulary becomes a tokenizer.
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/blocks.h"
#include "fuzz/fuzz_target.h"
#include "io/gguf_reader.h"
#include "io/gguf_writer.h"
#include "model/gguf_vocabulary.h"

namespace vitrine::fuzz {
namespace {

constexpr int64_t kMaxElements = 1 << 16;  // of one tensor; larger ones take time and go through the same code

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// By what is written, since a NaN in the metadata differs from itself.
std::string metadata_text(const io::GgufMetadata& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata.entries()) text += key + "=" + io::gguf_value_text(value) + "\n";
  return text;
}

void read_values(const io::GgufFile& file, const io::GgufTensor& tensor) {
  if (!tensor.type->dtype || find_block_format(*tensor.type->dtype) == nullptr) return;
  if (tensor.shape.num_elements() > kMaxElements) return;
  const bool is_finite = accepts([&] { file.read_f32(tensor); });
  const int64_t bad_block = find_non_finite_block(*tensor.type->dtype, file.bytes(tensor));
  require(!is_finite || bad_block < 0, "a tensor with a bad scale is refused");
}

void write_and_read_again(const io::GgufFile& first) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const io::GgufTensor& tensor : first.tensors()) {
    if (!accepts([&] { tensors.emplace_back(tensor.name, first.mapped(tensor)); })) return;
  }
  const auto path = std::filesystem::temp_directory_path() / ("vitrine-fuzz-" + std::to_string(getpid()) + ".gguf");
  if (!accepts([&] { io::write_gguf(path, first.metadata(), tensors); })) return;  // a long name
  const io::GgufFile second = must([&] { return io::GgufFile(path); });
  std::filesystem::remove(path);
  require(metadata_text(second.metadata()) == metadata_text(first.metadata()), "metadata survive writing");
  require(second.tensors().size() == first.tensors().size(), "every tensor is written");
  for (size_t i = 0; i < tensors.size(); ++i) {
    const io::GgufTensor &a = first.tensors()[i], &b = second.tensors()[i];
    require(a.name == b.name && a.shape == b.shape && a.type == b.type, "names, shapes and types survive writing");
    require(same_bytes(first.bytes(a), second.bytes(b)), "bytes survive writing");
  }
}

}  // namespace

void run_target(std::string_view input) {
  const MemoryFile bytes(input);
  accepts([&] {
    const io::GgufFile file(bytes.path());
    for (const io::GgufTensor& tensor : file.tensors()) {
      require(file.find(tensor.name) == &tensor, "a tensor is found by its name");
      require(file.bytes(tensor).size() == static_cast<size_t>(tensor.num_bytes), "its bytes lie in the file");
      read_values(file, tensor);
    }
    accepts([&] { model::gguf_tokenizer_config(file.metadata()); });
    accepts([&] { tokenizer::make_tokenizer(model::read_gguf_vocabulary(file.metadata())).encode("a cat's 12 hats"); });
    write_and_read_again(file);
  });
}

}  // namespace vitrine::fuzz

// Any bytes as a GGUF file, read as far as they go: header, values of every block type, vocabulary, config.
#include <algorithm>
#include <vector>

#include "core/blocks.h"
#include "fuzz/fuzz_target.h"
#include "io/gguf_reader.h"
#include "model/gguf_config.h"
#include "model/gguf_layout.h"
#include "model/gguf_vocabulary.h"

namespace vitrine::model {

// The catalog without what needs a whole transformer: names and layouts are all that reading a config asks for.
const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> list{{.name = "gpt2", .gguf = &kGpt2Gguf},
                                              {.name = "llama", .gguf = &kLlamaGguf},
                                              {.name = "qwen2", .gguf = &kQwen2Gguf},
                                              {.name = "qwen3", .gguf = &kQwen3Gguf}};
  return list;
}

}  // namespace vitrine::model

namespace vitrine::fuzz {
namespace {

constexpr int64_t kMaxElements = 1 << 16;  // of one tensor; larger ones take time and go through the same code

void read_values(std::span<const std::byte> file, const io::GgufTensor& tensor) {
  require(tensor.begin_bytes >= 0 && tensor.num_bytes >= 0 &&
              tensor.begin_bytes + tensor.num_bytes <= static_cast<int64_t>(file.size()),
          "a tensor lies in its file");
  const int64_t count = tensor.shape.num_elements();
  if (!tensor.type->dtype || find_block_format(*tensor.type->dtype) == nullptr || count > kMaxElements) return;
  const auto bytes = file.subspan(static_cast<size_t>(tensor.begin_bytes), static_cast<size_t>(tensor.num_bytes));
  std::vector<float> values(static_cast<size_t>(count));
  must([&] { dequantize(*tensor.type->dtype, bytes, values); });
  const int64_t block = must([&] { return find_non_finite_block(*tensor.type->dtype, bytes); });
  // Blocks with finite scales hold finite values; what a scale spoils need not be seen where its factor is 0.
  require(block >= 0 || find_non_finite(values) < 0, "values that are not finite are found by their block");
}

void use_tokenizer(const io::GgufMetadata& metadata) {
  const tokenizer::Tokenizer tokenizer = tokenizer::make_tokenizer(model::read_gguf_vocabulary(metadata));
  std::vector<tokenizer::TokenId> ids;
  if (!accepts([&] { ids = tokenizer.encode("The cat's 12 hats.\n <s>\u2581\u65e5 \xFF"); })) return;
  for (const tokenizer::TokenId id : ids) require(id >= 0 && id < tokenizer.vocab_size(), "an id is of the vocabulary");
  must([&] { return tokenizer.decode(ids); });
}

}  // namespace

void run_target(std::string_view input) {
  const auto* const begin = reinterpret_cast<const std::byte*>(input.data());
  const std::vector<std::byte> file(begin, begin + input.size());  // aligned, as a mapped file is
  accepts([&] {
    const io::GgufHeader header = io::parse_gguf_header(file);
    for (const auto& [key, value] : header.metadata.entries()) {
      require(header.metadata.find(key) == &value, "an entry is found by its key");
      must([&] { return io::gguf_value_text(value); });
    }
    for (const io::GgufTensor& tensor : header.tensors) read_values(file, tensor);
    if (model::has_gguf_vocabulary(header.metadata)) accepts([&] { use_tokenizer(header.metadata); });
    accepts([&] { model::read_gguf_config(header, {}); });
    std::vector<float> factors(std::min<size_t>(file.size() / 16, 64), 1.0f);
    accepts([&] { model::read_gguf_config(header, factors); });
  });
}

}  // namespace vitrine::fuzz

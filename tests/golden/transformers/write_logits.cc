// Writes the logits of a model folder or GGUF file for some token ids as a safetensors file: check.py compares them.
// Usage: write_logits MODEL OUT.safetensors ID...
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/safetensors.h"
#include "model/model_folder.h"

int main(int count, char** words) {
  using namespace vitrine;
  if (count < 4) {
    std::fputs("usage: write_logits MODEL OUT.safetensors ID...\n", stderr);
    return 2;
  }
  try {
    const auto transformer = model::load_transformer(words[1]);
    std::vector<int32_t> ids;
    for (int i = 3; i < count; ++i) {
      const std::string_view word = words[i];
      std::from_chars(word.data(), word.data() + word.size(), ids.emplace_back());
    }
    const autograd::Runtime runtime;
    autograd::ExecutionContext context = runtime.execution_context();
    const nn::TokenBatch batch{.ids = Tensor::from_ints({1, static_cast<int64_t>(ids.size())}, ids)};
    const Tensor logits = transformer->logits(context, transformer->hidden(context, batch));
    io::write_safetensors(words[2], {{"logits", logits}});
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

// Writes the logits of a model folder or GGUF file for some token ids as a safetensors file: check.py compares them.
// Usage: write_logits [--fast SET] MODEL OUT.safetensors ID...
//        write_logits --kernels: names the kernel sets of this machine
// Weights of fewer bits are multiplied as their values in f32, with --fast in integers, as the program does by default,
// by the kernels of a set.
#include <charconv>
#include <cstdio>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "infer/engine.h"
#include "io/safetensors.h"
#include "kernels/kernel_sets.h"
#include "model/model_folder.h"

int main(int count, char** words) {
  using namespace vitrine;
  if (count == 2 && std::string_view(words[1]) == "--kernels") {
    for (const KernelSet set : kernels::available_kernel_sets()) std::puts(std::string(kernel_set_name(set)).c_str());
    return 0;
  }
  const bool is_fast = count > 2 && std::string_view(words[1]) == "--fast";
  const std::string_view set = is_fast ? words[2] : "";
  if (is_fast) {
    count -= 2;
    words += 2;
  }
  if (count < 4) {
    std::fputs("usage: write_logits [--fast SET] MODEL OUT.safetensors ID...\n", stderr);
    return 2;
  }
  try {
    const auto transformer = model::load_transformer(words[1]);
    std::vector<int32_t> ids;
    for (int i = 3; i < count; ++i) {
      const std::string_view word = words[i];
      std::from_chars(word.data(), word.data() + word.size(), ids.emplace_back());
    }
    autograd::Runtime runtime(0, set);
    runtime.set_precision(is_fast ? Precision::kFast : Precision::kExact);
    autograd::ExecutionContext context = runtime.execution_context();
    const auto tokens = static_cast<int64_t>(ids.size());
    nn::KvPages pages(transformer->config(), {.dtype = infer::default_cache_dtype(*transformer, runtime),
                                              .page_tokens = 16,
                                              .num_pages = (tokens + 15) / 16});
    std::vector<int32_t> table(static_cast<size_t>(pages.num_pages()));
    std::iota(table.begin(), table.end(), 0);
    const nn::CachedSequence sequence{table, 0, tokens};
    const nn::CachedBatch cached{&pages, {&sequence, 1}};
    for (const int32_t page : table) pages.ready(page);
    const nn::TokenBatch batch{
        .ids = Tensor::from_ints({1, tokens}, ids), .cached = &cached, .prompt_rows = tokens};
    const Tensor logits = transformer->logits(context, transformer->hidden(context, batch));
    io::write_safetensors(words[2], {{"logits", logits}});
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

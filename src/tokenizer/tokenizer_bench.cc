// Speed of training and encoding on a text of one's own: VITRINE_BENCH_TEXT=file build/…/tokenizer_bench.
// VITRINE_BENCH_TOKENIZER names a tokenizer.json to encode with; without it one of 32,768 entries is trained.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>

#include "base/files.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/trainer.h"

namespace vitrine::tokenizer {
namespace {

constexpr int64_t kVocabSize = 32768;

/// Returns the text, or nothing when none is named.
std::string_view bench_text() {
  static const MappedFile map = [] {
    const char* path = std::getenv("VITRINE_BENCH_TEXT");
    return path == nullptr ? MappedFile() : MappedFile(path);
  }();
  return {reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size()};
}

bool has_text(benchmark::State& state) {
  if (!bench_text().empty()) return true;
  state.SkipWithError("set VITRINE_BENCH_TEXT to a file of some MB");
  return false;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bench_text().size()));
}

Tokenizer train(int num_threads) {
  const std::string_view text = bench_text();
  ThreadPool pool(num_threads);
  return train_bpe({.vocab_size = kVocabSize}, std::span(&text, 1), pool);
}

const Tokenizer& bench_tokenizer() {
  static const Tokenizer tokenizer = [] {
    const char* path = std::getenv("VITRINE_BENCH_TOKENIZER");
    return path == nullptr ? train(0) : load_tokenizer(path);
  }();
  return tokenizer;
}

void Train(benchmark::State& state) {
  if (!has_text(state)) return;
  for (auto _ : state) benchmark::DoNotOptimize(train(static_cast<int>(state.range(0))));
  count_bytes(state);
}
BENCHMARK(Train)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void Split(benchmark::State& state) {
  if (!has_text(state)) return;
  const PreTokenizer* scanner = bench_tokenizer().scanner();
  if (scanner == nullptr) return state.SkipWithError("this tokenizer has no scanner");
  for (auto _ : state) {
    const char* end = bench_text().data() + bench_text().size();
    for (const char* at = bench_text().data(); at != end;) at = scanner->word_end(at, end);
  }
  count_bytes(state);
}
BENCHMARK(Split)->Unit(benchmark::kMillisecond);

/// Each round starts from an empty cache of words, as the first call of a program does.
void EncodeCold(benchmark::State& state) {
  if (!has_text(state)) return;
  const Tokenizer& source = bench_tokenizer();
  for (auto _ : state) {
    state.PauseTiming();
    const Tokenizer tokenizer(source.definition());
    state.ResumeTiming();
    benchmark::DoNotOptimize(tokenizer.encode(bench_text()));
  }
  count_bytes(state);
}
BENCHMARK(EncodeCold)->Unit(benchmark::kMillisecond);

void EncodeWarm(benchmark::State& state) {
  if (!has_text(state)) return;
  for (auto _ : state) benchmark::DoNotOptimize(bench_tokenizer().encode(bench_text()));
  count_bytes(state);
}
BENCHMARK(EncodeWarm)->Unit(benchmark::kMillisecond);

void Decode(benchmark::State& state) {
  if (!has_text(state)) return;
  const std::vector<TokenId> ids = bench_tokenizer().encode(bench_text());
  for (auto _ : state) benchmark::DoNotOptimize(bench_tokenizer().decode(ids));
  count_bytes(state);
}
BENCHMARK(Decode)->Unit(benchmark::kMillisecond);

/// The worst word: nothing but one letter.
void EncodeOneWordOfAMegabyte(benchmark::State& state) {
  if (!has_text(state)) return;
  const std::string word(size_t{1} << 20, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(bench_tokenizer().encode(word));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(word.size()));
}
BENCHMARK(EncodeOneWordOfAMegabyte)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrine::tokenizer

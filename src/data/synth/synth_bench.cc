// How fast documents are written and checked, and what a language costs when it is first used.
#include <benchmark/benchmark.h>

#include "data/synth/language.h"
#include "data/synth/synth.h"

namespace vitrine::data {
namespace {

Level level_of(const benchmark::State& state) { return state.range(0) == 0 ? Level::kSmall : Level::kFull; }

void make_documents(benchmark::State& state) {
  const WorldOptions options{.seed = 1, .level = level_of(state)};
  uint64_t index = 0;
  int64_t num_bytes = 0;
  for (auto _ : state) num_bytes += static_cast<int64_t>(spoken_text(make_document(options, index++)).size());
  state.SetBytesProcessed(num_bytes);
}
BENCHMARK(make_documents)->Arg(0)->Arg(1);

void check_documents(benchmark::State& state) {
  const WorldOptions options{.seed = 1, .level = level_of(state)};
  std::string text;
  for (uint64_t index = 0; text.size() < 200'000; ++index) text += spoken_text(make_document(options, index)) + '\n';
  for (auto _ : state) benchmark::DoNotOptimize(check_text(options.level, text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(check_documents)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void build_language(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Language(level_of(state)));
}
BENCHMARK(build_language)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrine::data

#include "bench/start_speed.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/gguf_part_name.h"
#include "core/rng.h"
#include "infer/engine.h"

namespace vitrine::bench {
namespace {

namespace fs = std::filesystem;

/// Seconds since this process was started. Source: proc(5), field 22 of /proc/self/stat.
double process_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
         std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// "VmRSS" or "VmHWM" of /proc/self/status, in bytes.
int64_t status_bytes(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(name + ":", 0) == 0) return 1024 * std::stoll(line.substr(name.size() + 1));
  return 0;
}

int64_t weight_file_bytes(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return gguf_bytes(path);
  int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(path, ignored))
    if (entry.path().extension() == ".safetensors") bytes += static_cast<int64_t>(entry.file_size());
  return bytes;
}

}  // namespace

Start measure_start(const fs::path& path, const autograd::Runtime& runtime, int64_t prompt_tokens,
                    std::optional<DType> cache_dtype) {
  const double begun = process_seconds();
  Start start{.model = model::load_model(path), .figures = {.begun_seconds = begun}};
  StartFigures& figures = start.figures;
  figures.loaded_seconds = process_seconds();
  const nn::Transformer& transformer = *start.model.transformer;
  figures.prompt_tokens = std::min(prompt_tokens, transformer.config().context_length - 1);
  infer::Request request;
  request.segments.resize(1);
  Rng rng(1, 79);
  for (int64_t i = 0; i < figures.prompt_tokens; ++i)
    request.segments[0].ids.push_back(
        static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(transformer.config().vocab_size))));
  request.max_tokens = 1;
  request.on_token = [&](const infer::SampledToken&) {
    figures.first_token_seconds = process_seconds();
    return true;
  };
  infer::Engine engine(
      transformer, runtime, {.cache_dtype = cache_dtype.value_or(infer::default_cache_dtype(transformer, runtime))});
  engine.submit(std::move(request));
  engine.run();
  figures.file_bytes = weight_file_bytes(start.model.folder);
  figures.cache_bytes = engine.cache().pages_bytes();
  figures.resident_bytes = status_bytes("VmRSS");
  figures.peak_resident_bytes = status_bytes("VmHWM");
  return start;
}

}  // namespace vitrine::bench

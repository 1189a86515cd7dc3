#include "serve/served_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/gguf_part_name.h"
#include "base/hash.h"
#include "serve/api_error.h"

namespace vitrine::serve {
namespace {

namespace fs = std::filesystem;

/// Reads little of a large file: what is asked is which weights these are, not whether they are whole.
std::string fingerprint_of(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> files = gguf_parts(path);
  if (fs::is_directory(path, error)) {
    files.clear();
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
      if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
  }
  constexpr size_t kPieces = 64, kPieceBytes = 64 * 1024;
  Checksum checksum;
  for (const fs::path& file : files) {
    const FileReader reader(file);
    const uint64_t size = reader.size();
    std::vector<std::byte> piece;
    checksum.update(&size, sizeof size);
    for (size_t i = 0; i < kPieces && size > 0; ++i) {
      const size_t begin = static_cast<size_t>(size / kPieces * i);
      piece.resize(std::min<size_t>(kPieceBytes, reader.size() - begin));
      reader.read(begin, piece);
      checksum.update(piece.data(), piece.size());
    }
  }
  return checksum.hex();
}

/// Of weights with an adapter, which are others than those without.
std::string joined_checksum(const std::string& weights, const std::string& adapter) {
  Checksum both;
  both.update(weights.data(), weights.size());
  both.update(adapter.data(), adapter.size());
  return both.hex();
}

/// What within calls of a form is text, and what of it would end them.
infer::VocabularyMarks marks_within_calls(const data::ToolCallForm& form, const tokenizer::Tokenizer& tokenizer) {
  infer::VocabularyMarks marks;
  for (const tokenizer::AddedToken& token : tokenizer.definition().added_tokens) {
    const auto has = [&](std::string_view text) { return text.find(token.content) != text.npos; };
    const bool is_within = std::ranges::any_of(form.notations, [&](const data::CallNotation& notation) {
      return has(notation.begin) || has(notation.behind_name) || has(notation.before_key) || has(notation.behind_key) ||
             has(notation.behind_value) || has(notation.end);
    });
    if (token.special && is_within) marks.text.push_back(token.id);
    if (!token.special && (token.content == form.begin || token.content == form.end)) marks.never.push_back(token.id);
  }
  return marks;
}

}  // namespace

int64_t weight_file_bytes(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return gguf_bytes(path);
  int64_t own = 0, largest_below = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    if (fs::is_directory(entry.path(), error))
      largest_below = std::max(largest_below, weight_file_bytes(entry.path()));
    else if (entry.path().extension() == ".safetensors" && entry.path().stem() != "optimizer")
      own += static_cast<int64_t>(entry.file_size(error));
  }
  return own > 0 ? own : largest_below;
}

ServedModel::ServedModel(std::string id, const fs::path& path, const autograd::Runtime& runtime,
                         infer::EngineOptions options, std::optional<DType> cache_dtype,
                         const std::vector<NamedAdapter>& adapters)
    : id_(std::move(id)), weights_(std::make_shared<Weights>(path)) {
  model::LoadedModel& model = weights_->loaded;
  weights_->id = id_;
  weights_->num_bytes = weight_file_bytes(model.folder);
  weights_->fingerprint = fingerprint_ = fingerprint_of(model.folder);
  if (!model.tokenizer_config.chat_template.empty())
    weights_->format.emplace(model.tokenizer,
                             data::ChatConventions{.chat_template = model.tokenizer_config.chat_template,
                                                   .bos_token = model.tokenizer_config.bos_token,
                                                   .eos_token = model.tokenizer_config.eos_token,
                                                   .end_ids = model.end_ids});
  options.adapters = load_named_adapters(adapters, *model.transformer);
  for (const NamedAdapter& adapter : adapters)
    weights_->adapters.emplace_back(adapter.name, joined_checksum(fingerprint_, fingerprint_of(adapter.folder)));
  const int64_t context = model.transformer->config().context_length;
  if (options.cache_tokens == 0) options.cache_tokens = std::max<int64_t>(2 * context, 16 * 1024);
  options.cache_tokens = std::max(options.cache_tokens, context + options.page_tokens);
  options.cache_dtype = cache_dtype.value_or(infer::default_cache_dtype(*model.transformer, runtime));
  options.drawable_tokens = model::drawable_tokens(model);
  weights_->engine = std::make_unique<infer::Engine>(*model.transformer, runtime, options);
}

std::shared_ptr<ServedModel> ServedModel::with_adapter(const std::string& name) const {
  std::shared_ptr<ServedModel> other(new ServedModel(name.empty() ? weights_->id : name, weights_));
  other->fingerprint_ = weights_->fingerprint;
  if (name.empty()) return other;
  for (const auto& [own, fingerprint] : weights_->adapters) {
    ++other->adapter_;
    if (own != name) continue;
    other->fingerprint_ = fingerprint;
    return other;
  }
  return nullptr;
}

const data::TemplateFormat& ServedModel::format() const {
  if (!weights_->format)
    throw ApiError(400, fmt::format("the model '{}' has no chat template: it was not made to hold conversations", id_),
                   "model", "no_chat_template");
  return *weights_->format;
}

infer::TextRule ServedModel::rule(schema::Grammar grammar) const {
  const std::lock_guard lock(weights_->vocabulary_mutex);
  const model::LoadedModel& model = weights_->loaded;
  if (!weights_->vocabulary) weights_->vocabulary = infer::make_vocabulary(model.tokenizer, model.end_ids);
  return {std::move(grammar), weights_->vocabulary, infer::make_speller(model.tokenizer)};
}

infer::TextRule ServedModel::call_rule(schema::Grammar grammar, const data::ToolCallForm& form) const {
  const tokenizer::Tokenizer& tokenizer = this->tokenizer();
  const infer::VocabularyMarks marks = marks_within_calls(form, tokenizer);
  if (marks.text.empty() && marks.never.empty()) return rule(std::move(grammar));
  const std::lock_guard lock(weights_->vocabulary_mutex);
  auto& vocabulary = weights_->call_vocabularies[&form];
  if (!vocabulary) vocabulary = infer::make_vocabulary(tokenizer, end_ids(), marks);
  return {std::move(grammar), vocabulary, infer::make_speller(tokenizer)};
}

EngineLoop::EngineLoop() : thread_([this] { run(); }) {}

EngineLoop::~EngineLoop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void EngineLoop::add(std::shared_ptr<ServedModel> model) {
  const std::lock_guard lock(mutex_);
  models_.push_back(std::move(model));
}

void EngineLoop::remove(const ServedModel& model) {
  const std::lock_guard lock(mutex_);
  std::erase_if(models_, [&](const auto& each) { return each->shares_engine(model); });
}

void EngineLoop::wake() {
  {
    const std::lock_guard lock(mutex_);
    has_news_ = true;
  }
  news_.notify_one();
}

void EngineLoop::run() {
  std::vector<std::shared_ptr<ServedModel>> models;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (is_over_) return;
      models = models_;
      has_news_ = false;
    }
    bool has_work = false;
    for (const auto& model : models) has_work = model->engine().step() || has_work;
    models.clear();
    if (has_work) continue;
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return has_news_ || is_over_; });
  }
}

}  // namespace vitrine::serve

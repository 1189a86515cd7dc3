// A model that answers requests, and the one thread that runs all of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "autograd/execution_context.h"
#include "data/template_format.h"
#include "infer/engine.h"
#include "infer/token_constraint.h"
#include "model/model_folder.h"
#include "serve/adapter_names.h"

namespace vitrine::serve {

/// Bytes of the weights that lie there: a file's, those of a folder, or of the largest checkpoint below it. 0: none.
int64_t weight_file_bytes(const std::filesystem::path& path);

/// A loaded model with its engine, as it is or with one of its adapters. Threads: const members are safe; the engine as
/// it says.
class ServedModel {
 public:
  /// Errors: as of model::load_model, load_named_adapters and infer::Engine.
  ServedModel(std::string id, const std::filesystem::path& path, const autograd::Runtime& runtime,
              infer::EngineOptions options, std::optional<DType> cache_dtype = {},
              const std::vector<NamedAdapter>& adapters = {});

  /// The same weights and engine with the adapter of that name; null: there is none. An empty name: as it is.
  std::shared_ptr<ServedModel> with_adapter(const std::string& name) const;
  bool shares_engine(const ServedModel& other) const { return weights_ == other.weights_; }
  /// For infer::Request::adapter.
  int64_t adapter() const { return adapter_; }

  const std::string& id() const { return id_; }
  const tokenizer::Tokenizer& tokenizer() const { return weights_->loaded.tokenizer; }
  const std::vector<int32_t>& end_ids() const { return weights_->loaded.end_ids; }
  const model::SamplingDefaults& sampling_defaults() const { return weights_->loaded.sampling; }
  const std::vector<int32_t>& text_start() const { return weights_->loaded.text_start; }
  int64_t context_length() const { return engine().config().context_length; }
  int64_t num_parameters() const { return engine().config().num_parameters(); }
  int64_t num_bytes() const { return weights_->num_bytes; }
  /// Tells weights apart: a checksum of the size and of pieces from all over the file.
  const std::string& fingerprint() const { return fingerprint_; }
  /// How conversations are written. Errors: ApiError 400 for a model without a chat template.
  const data::TemplateFormat& format() const;
  bool has_format() const { return weights_->format.has_value(); }
  /// A rule for what this model writes. Errors: as of infer::make_vocabulary.
  infer::TextRule rule(schema::Grammar grammar) const;
  /// The same for calls in a form: special tokens that stand within its calls may be written, its marks may not.
  infer::TextRule call_rule(schema::Grammar grammar, const data::ToolCallForm& form) const;

  infer::Engine& engine() { return *weights_->engine; }
  const infer::Engine& engine() const { return *weights_->engine; }

  /// Generations of these weights that are running or waiting, with whichever adapter.
  std::atomic<int64_t>& num_active() const { return weights_->num_active; }
  std::atomic<int64_t>& last_use() const { return weights_->last_use; }

 private:
  /// What a model has in common with itself under adapters.
  struct Weights {
    explicit Weights(const std::filesystem::path& path) : loaded(model::load_model(path)) {}

    std::string id, fingerprint;  // without adapters
    model::LoadedModel loaded;
    int64_t num_bytes = 0;
    std::optional<data::TemplateFormat> format;
    std::vector<std::pair<std::string, std::string>> adapters;  // names, and fingerprints with them
    std::unique_ptr<infer::Engine> engine;
    std::atomic<int64_t> num_active{0}, last_use{0};
    std::mutex vocabulary_mutex;
    std::shared_ptr<const schema::Vocabulary> vocabulary;
    std::map<const data::ToolCallForm*, std::shared_ptr<const schema::Vocabulary>> call_vocabularies;
  };

  ServedModel(std::string id, std::shared_ptr<Weights> weights) : id_(std::move(id)), weights_(std::move(weights)) {}

  std::string id_, fingerprint_;
  std::shared_ptr<Weights> weights_;
  int64_t adapter_ = 0;
};

/// Steps the engines of all loaded models, one pass after the other, while any has something to do.
class EngineLoop {
 public:
  EngineLoop();
  ~EngineLoop();
  EngineLoop(const EngineLoop&) = delete;
  EngineLoop& operator=(const EngineLoop&) = delete;

  void add(std::shared_ptr<ServedModel> model);
  void remove(const ServedModel& model);
  /// Something was submitted or cancelled. Threads: safe.
  void wake();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::shared_ptr<ServedModel>> models_;
  bool has_news_ = false, is_over_ = false;
  std::thread thread_;
};

}  // namespace vitrine::serve

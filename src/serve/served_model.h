// A model that answers requests, and the one thread that runs all of them.
#pragma once

#include <atomic>
#include <condition_variable>
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

namespace vitrine::serve {

/// Bytes of the weights that lie there: a file's, those of a folder, or of the largest checkpoint below it. 0: none.
int64_t weight_file_bytes(const std::filesystem::path& path);

/// A loaded model with its engine. Threads: const members are safe; the engine as it says.
class ServedModel {
 public:
  /// Errors: as of model::load_model and infer::Engine.
  ServedModel(std::string id, const std::filesystem::path& path, const autograd::Runtime& runtime,
              infer::EngineOptions options, std::optional<DType> cache_dtype = {});

  const std::string& id() const { return id_; }
  const tokenizer::Tokenizer& tokenizer() const { return model_.tokenizer; }
  const std::vector<int32_t>& end_ids() const { return model_.end_ids; }
  const std::vector<int32_t>& text_start() const { return model_.text_start; }
  int64_t context_length() const { return engine_->config().context_length; }
  int64_t num_parameters() const { return engine_->config().num_parameters(); }
  int64_t num_bytes() const { return num_bytes_; }
  /// Tells weights apart: a checksum of the size and of pieces from all over the file.
  const std::string& fingerprint() const { return fingerprint_; }
  /// How conversations are written. Errors: ApiError 400 for a model without a chat template.
  const data::TemplateFormat& format() const;
  bool has_format() const { return format_.has_value(); }
  /// A rule for what this model writes. Errors: as of infer::make_vocabulary.
  infer::TextRule rule(schema::Grammar grammar) const;

  infer::Engine& engine() { return *engine_; }
  const infer::Engine& engine() const { return *engine_; }

  std::atomic<int64_t> num_active{0};  ///< generations that are running or waiting
  std::atomic<int64_t> last_use{0};

 private:
  std::string id_;
  model::LoadedModel model_;
  int64_t num_bytes_ = 0;
  std::string fingerprint_;
  std::optional<data::TemplateFormat> format_;
  std::unique_ptr<infer::Engine> engine_;
  mutable std::mutex vocabulary_mutex_;
  mutable std::shared_ptr<const schema::Vocabulary> vocabulary_;
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

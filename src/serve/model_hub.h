// The models that there are: found by name, loaded on demand, let go when memory is short.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/facts_cache.h"
#include "serve/served_model.h"

namespace vitrine::serve {

struct HubOptions {
  std::filesystem::path default_model;  ///< loaded at the start
  std::string default_id;               ///< empty: after its path
  std::vector<NamedAdapter> adapters;   ///< of the default model
  infer::EngineOptions engine;
  std::optional<DType> cache_dtype;  ///< nothing: infer::default_cache_dtype of each model
  /// Of the weights of loaded models. 0: half of what the machine has, which one alone may pass.
  int64_t max_memory_bytes = 0;
  int64_t max_waiting = 128;        ///< generations of one model that may wait or run; beyond them is 429
  bool offers_other_models = true;  ///< fetched models and runs, not only the default
};

/// What is known of a model that may not be loaded.
struct ModelEntry {
  std::string id;
  std::filesystem::path path;
  int64_t num_bytes = 0;
  int64_t created = 0;  ///< seconds since 1970
  bool is_default = false;
  std::string parent = {};                    ///< of an adapter: the id of the model that it belongs to
  std::vector<std::string> aliases = {};      ///< other names it answers to, where no model has them as its own
  std::shared_ptr<const ServedModel> loaded;  ///< null: it is not
  std::optional<model::ModelFacts> facts;     ///< what its files say, where it is not loaded and they can be read
};

/// A place in a model's queue, given back when it goes.
class Place {
 public:
  explicit Place(std::shared_ptr<ServedModel> model) : model_(std::move(model)) { ++model_->num_active(); }
  ~Place() { --model_->num_active(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<ServedModel> model_;
};

/// Threads: safe; loading holds up only those who ask for a model that is not loaded.
class ModelHub {
 public:
  /// Loads the default model. Errors: as of ServedModel; kOutOfMemory where it alone passes max_memory_bytes;
  /// kInvalidArgument for an adapter that is called like a model.
  ModelHub(const HubOptions& options, const autograd::Runtime& runtime);
  ~ModelHub();

  /// The model of that id or alias, or the default for an empty one; loaded when it is not. Errors: ApiError 404
  /// model_not_found, 503 where it does not fit the memory.
  std::shared_ptr<ServedModel> get(const std::string& id);
  std::vector<ModelEntry> list();
  /// The model of that id or alias among these; null: none.
  static const ModelEntry* find(const std::vector<ModelEntry>& all, const std::string& name);
  const std::string& default_id() const { return default_id_; }

  /// Places for so many generations. Errors: ApiError 429 with the time to wait where the queue is full.
  std::vector<std::shared_ptr<Place>> places(const std::shared_ptr<ServedModel>& model, int64_t count);
  EngineLoop& loop() { return loop_; }
  const HubOptions& options() const { return options_; }

 private:
  std::vector<ModelEntry> known() const;
  std::vector<ModelEntry> default_and_adapters() const;
  void check_adapter_names() const;
  void make_room(const std::string& id, int64_t num_bytes);

  HubOptions options_;
  const autograd::Runtime& runtime_;
  std::string default_id_;
  int64_t max_alone_bytes_ = 0;  // of one model
  bool is_started_ = false;      // the default model has been loaded once
  FactsCache facts_;
  EngineLoop loop_;
  std::mutex loading_mutex_;  // held while a model is loaded
  mutable std::mutex mutex_;  // of what follows
  std::vector<std::shared_ptr<ServedModel>> loaded_;
  std::map<std::string, std::string> ids_of_aliases_;  // of loaded models, so that folders are not read each time
  int64_t clock_ = 0;
};

}  // namespace vitrine::serve

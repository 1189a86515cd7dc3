#include "serve/model_hub.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "model/model_store.h"
#include "serve/api_error.h"

namespace vitrine::serve {
namespace {

namespace fs = std::filesystem;

int64_t machine_bytes() { return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE); }

/// The name of a model that is given by its path: without folders and the ending of a file.
std::string id_of(const fs::path& path) {
  fs::path name = path.filename().empty() ? path.parent_path().filename() : path.filename();
  if (name.extension() == ".gguf") name = name.stem();
  return name.string();
}

int64_t time_of(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? static_cast<int64_t>(status.st_mtime) : 0;
}

std::vector<model::StoredModel> fetched_models() {
  try {
    return model::stored_models();
  } catch (const Error&) {  // no folder for models is no reason not to serve
    return {};
  }
}

/// The name under which what lies there was fetched: it is called so whichever way it is served.
std::optional<std::string> fetched_name(const fs::path& path) {
  std::error_code error;
  for (const model::StoredModel& stored : fetched_models())
    if (fs::equivalent(stored.path, path, error)) return stored.name;
  return std::nullopt;
}

/// The runs of training below ./runs that have a checkpoint.
std::vector<ModelEntry> trained_models() {
  std::vector<ModelEntry> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("runs", error)) {
    if (!fs::is_directory(entry.path() / "checkpoints", error)) continue;
    found.push_back({.id = entry.path().filename().string(),
                     .path = entry.path(),
                     .num_bytes = weight_file_bytes(entry.path()),
                     .created = time_of(entry.path())});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return found;
}

/// Fetched ones and trained ones.
std::vector<ModelEntry> other_models() {
  std::vector<ModelEntry> found;
  for (const model::StoredModel& stored : fetched_models())
    found.push_back({.id = stored.name,
                     .path = stored.path,
                     .num_bytes = weight_file_bytes(stored.path),
                     .created = time_of(stored.path),
                     .aliases = {id_of(stored.path)}});
  for (ModelEntry& entry : trained_models()) found.push_back(std::move(entry));
  return found;
}

}  // namespace

ModelHub::ModelHub(const HubOptions& options, const autograd::Runtime& runtime)
    : options_(options), runtime_(runtime), default_id_(options.default_id) {
  if (default_id_.empty()) default_id_ = fetched_name(options.default_model).value_or(id_of(options.default_model));
  max_alone_bytes_ = options_.max_memory_bytes == 0 ? INT64_MAX : options_.max_memory_bytes;
  if (options_.max_memory_bytes == 0) options_.max_memory_bytes = machine_bytes() / 2;
  if (const int64_t wanted = weight_file_bytes(options_.default_model); wanted > max_alone_bytes_)
    throw Error(ErrorCode::kOutOfMemory,
                fmt::format("serve: the weights of '{}' take {} bytes, and loaded models may take {}", default_id_,
                            wanted, max_alone_bytes_),
                "give more with --max-model-memory, or another model");
  check_adapter_names();
  get("");
  is_started_ = true;
}

void ModelHub::check_adapter_names() const {
  // Whatever else is on offer: what has an adapter's name could not be reached.
  std::vector<ModelEntry> all = default_and_adapters();
  std::erase_if(all, [](const ModelEntry& entry) { return !entry.parent.empty(); });
  if (options_.offers_other_models)
    for (ModelEntry& entry : other_models()) all.push_back(std::move(entry));
  std::error_code error;
  for (const NamedAdapter& adapter : options_.adapters)
    for (const ModelEntry& entry : all)
      if ((entry.id == adapter.name ||
           std::find(entry.aliases.begin(), entry.aliases.end(), adapter.name) != entry.aliases.end()) &&
          !fs::equivalent(entry.path, adapter.folder, error))
        throw Error(ErrorCode::kInvalidArgument, fmt::format("--adapter: '{}' is the name of a model", adapter.name),
                    "give the adapter another name");
}

ModelHub::~ModelHub() = default;

std::vector<ModelEntry> ModelHub::default_and_adapters() const {
  const fs::path& path = options_.default_model;
  std::vector<ModelEntry> all{{.id = default_id_,
                               .path = path,
                               .num_bytes = weight_file_bytes(path),
                               .created = time_of(path),
                               .is_default = true}};
  all.front().aliases.push_back(id_of(path));
  if (const auto name = fetched_name(path)) all.front().aliases.push_back(*name);
  for (const NamedAdapter& adapter : options_.adapters)
    all.push_back({.id = adapter.name,
                   .path = adapter.folder,
                   .num_bytes = weight_file_bytes(adapter.folder),
                   .created = time_of(adapter.folder),
                   .parent = default_id_});
  return all;
}

std::vector<ModelEntry> ModelHub::known() const {
  std::vector<ModelEntry> all = default_and_adapters();
  if (!options_.offers_other_models) return all;
  const auto add = [&](ModelEntry entry) {
    std::error_code error;
    const bool is_there = std::any_of(all.begin(), all.end(), [&](const ModelEntry& each) {
      return each.id == entry.id || fs::equivalent(each.path, entry.path, error);
    });
    if (!is_there) all.push_back(std::move(entry));
  };
  for (ModelEntry& entry : other_models()) add(std::move(entry));
  return all;
}

const ModelEntry* ModelHub::find(const std::vector<ModelEntry>& all, const std::string& name) {
  for (const ModelEntry& entry : all)
    if (entry.id == name) return &entry;
  for (const ModelEntry& entry : all)
    if (std::find(entry.aliases.begin(), entry.aliases.end(), name) != entry.aliases.end()) return &entry;
  return nullptr;
}

std::vector<ModelEntry> ModelHub::list() {
  std::vector<ModelEntry> all = known();
  {
    const std::lock_guard lock(mutex_);
    for (ModelEntry& entry : all)
      for (const auto& model : loaded_)
        if (model->id() == entry.id) {
          entry.loaded = model;
          entry.num_bytes = model->num_bytes();
        } else if (model->id() == entry.parent) {
          entry.loaded = model->with_adapter(entry.id);
        }
  }
  for (ModelEntry& entry : all)  // an adapter is of the default model
    if (!entry.loaded) entry.facts = facts_.get(entry.parent.empty() ? entry.path : options_.default_model);
  return all;
}

std::shared_ptr<ServedModel> ModelHub::get(const std::string& given) {
  for (const NamedAdapter& adapter : options_.adapters)
    if (adapter.name == given) return get("")->with_adapter(given);
  std::string id = given.empty() ? default_id_ : given;
  const auto find_loaded = [&]() -> std::shared_ptr<ServedModel> {
    const std::lock_guard lock(mutex_);
    const auto alias = ids_of_aliases_.find(id);
    for (const std::string& name : {id, alias == ids_of_aliases_.end() ? id : alias->second})
      for (const auto& model : loaded_)
        if (model->id() == name) {
          model->last_use() = ++clock_;
          return model;
        }
    return nullptr;
  };
  if (auto model = find_loaded()) return model;
  const std::lock_guard loading(loading_mutex_);
  if (auto model = find_loaded()) return model;
  const std::vector<ModelEntry> all = known();
  const ModelEntry* const entry = find(all, id);
  if (!entry) throw ApiError(404, fmt::format("there is no model '{}' here", excerpt(id)), "model", "model_not_found");
  if (entry->id != id) {
    {
      const std::lock_guard lock(mutex_);
      ids_of_aliases_[id] = entry->id;
    }
    id = entry->id;
    if (auto model = find_loaded()) return model;
  }
  make_room(id, weight_file_bytes(entry->path));
  std::shared_ptr<ServedModel> model;
  try {
    model = std::make_shared<ServedModel>(id, entry->path, runtime_, options_.engine, options_.cache_dtype,
                                          entry->is_default ? options_.adapters : std::vector<NamedAdapter>());
  } catch (const Error& error) {
    if (entry->is_default && !is_started_) throw;
    throw ApiError(error.code() == ErrorCode::kOutOfMemory ? 503 : 409, error.message(), "model", "model_not_loadable");
  }
  loop_.add(model);
  const std::lock_guard lock(mutex_);
  model->last_use() = ++clock_;
  loaded_.push_back(model);
  return model;
}

void ModelHub::make_room(const std::string& id, int64_t num_bytes) {
  if (num_bytes > max_alone_bytes_)  // nothing is let go for what does not fit either way
    throw ApiError(503,
                   fmt::format("the weights of '{}' take {} bytes, and loaded models may take {}", excerpt(id),
                               num_bytes, max_alone_bytes_),
                   "model", "out_of_memory");
  const std::lock_guard lock(mutex_);
  for (;;) {
    int64_t used = num_bytes;
    for (const auto& model : loaded_) used += model->num_bytes();
    if (used <= options_.max_memory_bytes || loaded_.empty()) return;
    auto oldest = loaded_.end();
    for (auto at = loaded_.begin(); at != loaded_.end(); ++at)
      if ((*at)->num_active() == 0 && (oldest == loaded_.end() || (*at)->last_use() < (*oldest)->last_use()))
        oldest = at;
    if (oldest == loaded_.end()) {
      ApiError error(503, "every loaded model is answering, and there is no memory for another", "model",
                     "out_of_memory");
      error.retry_after_s = 5;
      throw error;
    }
    loop_.remove(**oldest);
    loaded_.erase(oldest);
  }
}

std::vector<std::shared_ptr<Place>> ModelHub::places(const std::shared_ptr<ServedModel>& model, int64_t count) {
  const std::lock_guard lock(mutex_);
  if (model->num_active() + count > options_.max_waiting) {
    ApiError error(429,
                   fmt::format("the queue is full: {} requests are running or waiting", model->num_active().load()), "",
                   "server_busy");
    error.retry_after_s = 2;
    throw error;
  }
  // It may have been let go since it was asked for: whoever has a place in it needs it stepped.
  if (std::none_of(loaded_.begin(), loaded_.end(), [&](const auto& each) { return each->shares_engine(*model); })) {
    const auto plain = model->with_adapter("");
    loop_.add(plain);
    loaded_.push_back(plain);
  }
  std::vector<std::shared_ptr<Place>> places;
  for (int64_t i = 0; i < count; ++i) places.push_back(std::make_shared<Place>(model));
  return places;
}

}  // namespace vitrine::serve

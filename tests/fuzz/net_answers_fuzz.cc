// What servers and settings say: descriptions of models, pages of package indexes, addresses, pip's configuration.
#include "base/zip_file.h"
#include "fuzz/fuzz_target.h"
#include "net/hub.h"
#include "net/package_index.h"
#include "net/url.h"

namespace vitrine::fuzz {
namespace {

/// An address that was accepted means one host and can be written down and read again.
void require_round_trip(const net::Url& url) {
  const net::Url again = must([&] { return net::parse_url(url.text()); });
  require(again.origin() == url.origin() && again.path == url.path && again.query == url.query, "an address is stable");
  require(url.path.starts_with('/') && url.path.find("/../") == std::string::npos, "a path has no way up");
}

void require_safe(const net::RemoteFile& file) {
  require_round_trip(must([&] { return net::parse_url(file.url); }));
  require(is_safe_relative_path(file.name), "a file stays below its folder");
  require(file.sha256.empty() || file.sha256.size() == 64, "a checksum is whole or unknown");
  require(file.num_bytes.value_or(0) >= 0, "a size is no less than nothing");
}

void try_hub(std::string_view text, const net::HubAddress& address) {
  const net::RemoteModel model = net::select_files(text, address, {.endpoint = "https://h.example", .token = "t"});
  require(!model.files.empty(), "an accepted model has files");
  for (const net::RemoteFile& file : model.files) {
    require_safe(file);
    require(net::parse_url(file.url).origin() == "https://h.example", "files come from the hub");
  }
}

void try_url(std::string_view text) {
  accepts([&] { require_round_trip(net::parse_url(text)); });
  const net::Url base = net::parse_url("https://u:p@b.example/x/y?z");
  const net::Url resolved = net::resolve_url(base, text);
  require_round_trip(resolved);
  require(resolved.user_info != "u:p", "a password is not taken over");
}

void try_address(std::string_view text) {
  const net::ModelAddress address = net::parse_model_address(text, "https://m.example/hub");
  if (const auto* hub = std::get_if<net::HubAddress>(&address)) {
    require(hub->file.empty() || is_safe_relative_path(hub->file), "a file stays below its folder");
    require(is_safe_relative_path(hub->repository), "a model's name is one of folders");
  } else {
    require_round_trip(net::parse_url(std::get<net::FileAddress>(address).url));
  }
}

}  // namespace

void run_target(std::string_view input) {
  accepts([&] {
    switch (take_byte(input)) {
      case 'h':
        return try_hub(input, {"o/n"});
      case 'g':
        return try_hub(input, {"o/n", "main", "m-Q8_0.gguf"});
      case 'v':
        return try_hub(input, {"o/n", "main", "", "q8_0"});
      case 'p':
        if (const auto file = net::find_on_page(input, "https://u:p@i.example/simple/a/", "a-1.whl"))
          require_safe(*file);
        return;
      case 'i':
        require(net::package_indexes("", "", {std::string(input)}).size() <= input.size() + 1,
                "indexes come from the text");
        return;
      case 'u':
        return try_url(input);
      default:
        return try_address(input);
    }
  });
}

}  // namespace vitrine::fuzz

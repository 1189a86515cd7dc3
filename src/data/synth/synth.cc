#include "data/synth/synth.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/random_key.h"

namespace vitrine::data {

Level level_from_name(std::string_view name) {
  if (name == "small") return Level::kSmall;
  if (name == "full") return Level::kFull;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("synth: unknown level (got '{}', expected small or full)", name),
              "small has some 300 words and feeds the quickest preset; full has the whole language");
}

Document make_document(const WorldOptions& options, uint64_t index) {
  Composer composer(language(options.level), random_key(options.seed, RandomUse::kTraining, index));
  double total = 0;
  for (const KindSpec& kind : kind_catalog()) total += kind.weight(options.level);
  double draw = composer.rng().next_uniform() * total;
  const KindSpec* chosen = nullptr;
  for (const KindSpec& kind : kind_catalog()) {
    if (kind.weight(options.level) <= 0) continue;
    chosen = &kind;
    draw -= kind.weight(options.level);
    if (draw < 0) break;
  }
  VITRINE_CHECK(chosen != nullptr, "no kinds at this level");
  Document document = chosen->make(composer);
  document.kind = chosen->name;
  return document;
}

std::vector<std::string> kind_names(Level level) {
  std::vector<std::string> names;
  for (const KindSpec& kind : kind_catalog()) {
    if (kind.weight(level) > 0) names.emplace_back(kind.name);
  }
  return names;
}

ParseReport check_text(Level level, std::string_view text) { return language(level).parser.check(text); }

std::string spoken_text(const Document& document) {
  if (!document.is_conversation()) return document.text;
  std::string out;
  for (const Message& message : document.messages) {
    if (message.role != Role::kUser && message.role != Role::kAssistant) continue;
    const std::string text = message.text();
    if (!text.empty()) out += text + '\n';
  }
  return out;
}

}  // namespace vitrine::data
